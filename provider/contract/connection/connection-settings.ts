import { type Check, object } from "../checks";
import { CONNECTION_ARGUMENTS, type ConfiguredRow, type ConnectionArgument } from "./connection-arguments";
import { checkAuth } from "./connection-checks";

/** What follows from the table of connection arguments: settings by name, and the check of `connection`. */

/** Name of a setting: what configuration, environment and explicit providers may give. */
export type SettingName = ConfiguredRow["setting"];
/** Names of the settings of one kind. */
export type SettingOf<Kind extends ConnectionArgument["kind"]> = Extract<
  ConfiguredRow,
  { readonly kind: Kind }
>["setting"];
/** What a choice may be. */
export type ChoiceOf<Name extends SettingOf<"choice">> = Extract<
  ConfiguredRow,
  { readonly setting: Name; readonly choices: readonly string[] }
>["choices"][number];

/** `undefined` for a setting without a default of its own, else nothing. */
export type Unset<Name extends SettingName> =
  Extract<ConfiguredRow, { readonly setting: Name }> extends { readonly default: string | number } ? never : undefined;

/** The row of a setting. */
export type SettingRow = ConnectionArgument & { readonly setting: SettingName; readonly variable: string };

const ROWS = CONNECTION_ARGUMENTS.filter((row): row is SettingRow => row.setting !== undefined);

/** Every setting by its name; the key of its configuration is `winrm:<name>`. */
export const SETTINGS = Object.fromEntries(ROWS.map((row) => [row.setting, row])) as Readonly<
  Record<SettingName, SettingRow>
>;

type AuthRow = Extract<ConfiguredRow, { readonly path: `auth.${string}`; readonly secret: true }>;
/** The arguments of `connection.auth` that are secrets where they are given by value. */
export const SECRET_AUTH = ROWS.filter((row) => row.secret && row.path?.startsWith("auth.")).map(
  ({ setting }) => setting as AuthRow["setting"],
);

/** Checks the whole argument `connection`. */
export const checkConnection: Check = object(checksBelow(""), ["host"]);

/** The checks below a path, by the next part of the paths. */
function checksBelow(prefix: string): Readonly<Record<string, Check>> {
  const checks: Record<string, Check> = {};
  for (const { path, check } of CONNECTION_ARGUMENTS) {
    if (path?.startsWith(prefix) !== true) continue;
    const [name = "", deeper] = path.slice(prefix.length).split(".");
    checks[name] ??= deeper === undefined ? check : checkGroup(`${prefix}${name}.`);
  }
  return checks;
}

function checkGroup(prefix: string): Check {
  const checks = checksBelow(prefix);
  return prefix === "auth." ? checkAuth(checks) : object(checks);
}
