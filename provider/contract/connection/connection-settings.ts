import { type Check, object } from "../checks";
import { CONNECTION_ARGUMENTS, type ConnectionArgument } from "./connection-arguments";
import { checkAuth } from "./connection-checks";

/** What follows from the table of connection arguments: settings by name, their checks, and the check of `connection`. */

type Configured = Extract<(typeof CONNECTION_ARGUMENTS)[number], { readonly setting: string }>;
/** Name of a setting: what configuration, environment and explicit providers may give. */
export type SettingName = Configured["setting"];
/** Names of the settings of one kind. */
export type SettingOf<Kind extends ConnectionArgument["kind"]> = Extract<
  Configured,
  { readonly kind: Kind }
>["setting"];
/** What a choice may be. */
export type ChoiceOf<Name extends SettingOf<"choice">> = Extract<
  Configured,
  { readonly setting: Name; readonly choices: readonly string[] }
>["choices"][number];

/** `undefined` for a setting without a default of its own, else nothing. */
export type Unset<Name extends SettingName> =
  Extract<Configured, { readonly setting: Name }> extends { readonly default: string | number } ? never : undefined;

/** The row of a setting. */
export function settingRow(name: SettingName): ConnectionArgument & { readonly variable: string } {
  return ROWS[name];
}

function bySetting<Value>(value: (row: Configured) => Value): Readonly<Record<SettingName, Value>> {
  const rows = CONNECTION_ARGUMENTS.filter((row): row is Configured => "setting" in row);
  return Object.fromEntries(rows.map((row) => [row.setting, value(row)])) as Record<SettingName, Value>;
}

const ROWS = bySetting<ConnectionArgument & { readonly variable: string }>((row) => row);

/** Environment variable of each setting; its configuration key is `winrm:<setting>`. */
export const SETTING_VARIABLES = bySetting((row): string => row.variable);

/** The check of each setting. */
export const SETTING_CHECKS = bySetting((row): Check => row.check);

/** Settings that are secrets where they are given by value. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set(
  Object.values(ROWS).flatMap(({ setting, secret: isSecret }) => (isSecret && setting !== undefined ? [setting] : [])),
);

type AuthRow = Extract<Configured, { readonly path: `auth.${string}`; readonly secret: true }>;
/** The arguments of `connection.auth` that are secrets where they are given by value. */
export const SECRET_AUTH = Object.values(ROWS).flatMap(({ path, setting, secret: isSecret }) =>
  isSecret && path?.startsWith("auth.") ? [setting as AuthRow["setting"]] : [],
);

/** Checks the whole argument `connection`. */
export const checkConnection: Check = object(nested("", CONNECTION_ARGUMENTS), ["host"]);

/** The checks below a path, by the next part of the paths. */
function nested(prefix: string, rows: readonly ConnectionArgument[]): Readonly<Record<string, Check>> {
  const checks: Record<string, Check> = {};
  for (const { path, check } of rows) {
    if (path?.startsWith(prefix) !== true) continue;
    const [name = "", deeper] = path.slice(prefix.length).split(".");
    if (deeper === undefined) checks[name] = check;
    else checks[name] ??= group(`${prefix}${name}.`, rows);
  }
  return checks;
}

function group(prefix: string, rows: readonly ConnectionArgument[]): Check {
  const checks = nested(prefix, rows);
  return prefix === "auth." ? checkAuth(checks) : object(checks);
}
