/** The options of commands that connect to a host: one table from the arguments of a connection to what is typed. */

import { type Command, Option } from "commander";
import { WinrmError, isWinrmError } from "../../errors";
import { CONNECTION_ARGUMENTS, type ConnectionArgument } from "../../contract/connection/connection-arguments";
import { parseProxyUrl } from "../../session/transport/proxy";
import { numberFrom } from "./arguments";

/** What commander decoded, by the name of the option in camel case. */
export type TypedOptions = Readonly<Record<string, unknown>>;

const parsePort = numberFrom(1, 65_535, "A port is a number from 1 to 65535.");
const parseSeconds = numberFrom(1, 300, "Give whole seconds, 1 to 300.");

const ROWS: readonly ConnectionArgument[] = CONNECTION_ARGUMENTS;
/** Each option that says something of the connection, with the path of the argument without `connection.`. */
const OPTIONS = ROWS.flatMap(({ path: property = "", kind, choices, options = [] }) =>
  options.map(({ flags, description, reference }) => {
    const option = new Option(flags, description);
    if (choices !== undefined) option.choices(choices);
    if (kind === "number") option.argParser(property === "port" ? parsePort : parseSeconds);
    const others = options.filter((other) => other.flags !== flags).map((other) => new Option(other.flags));
    option.conflicts(others.map((other) => other.attributeName()));
    return { option, property, reference };
  }),
);

/** Options that a user may try, and what there is instead; they are taken so that an error need not repeat their value. */
const SECRETS = { password: "--password-env or --password-file", passphrase: "--passphrase-env or --passphrase-file" };

/** Adds a command that examines one host, with the options of a connection in the order of the table, and `--json`. */
export function addHostCommand(program: Command, name: string, description: string): Command {
  const command = program.command(name).description(description).argument("<host>", "DNS name or IP address");
  for (const { option } of OPTIONS) command.addOption(option);
  for (const name of Object.keys(SECRETS)) command.addOption(new Option(`--${name} <text>`).hideHelp());
  return command.option("--json", "print one line of JSON instead of text");
}

/**
 * What was typed as the `connection` argument of a resource; not checked yet.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a password that was typed; it is not repeated.
 */
export function connectionOf(host: string, typed: TypedOptions): Record<string, unknown> {
  for (const [name, instead] of Object.entries(SECRETS)) {
    if (typed[name] !== undefined) throw readable(`--${name} gives a secret`, `give it by reference: ${instead}`);
  }
  const { proxy } = typed;
  if (typeof proxy === "string" && parseProxyUrl(proxy)?.credential !== undefined)
    throw readable("--proxy holds a password", "give the URL by reference: --proxy-env or --proxy-file");
  const connection: Record<string, unknown> = { host };
  for (const { option, property, reference } of OPTIONS) {
    const value = typed[option.attributeName()];
    // Commander gives options with `no` the value true where they are not typed.
    if (value === undefined || (option.negate && value === true)) continue;
    assign(connection, property, reference === undefined ? value : { [reference]: value });
  }
  return connection;
}

function readable(what: string, next: string): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", `${what}, and everyone on this machine can read its command lines`, {
    remedy: next,
  });
}

function assign(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let inner = target;
  for (const key of keys) inner = (inner[key] ??= {}) as Record<string, unknown>;
  inner[last] = value;
}

/** The arguments that have an option; a text may name them with or without `connection.`, and a reference with its kind. */
const PROPERTIES = [...new Set(["host", ...OPTIONS.map(({ property }) => property)])];
const NAMED = new RegExp(
  `(?<![\\w.-])(?:connection\\.(${alternatives(PROPERTIES)})|(${alternatives(PROPERTIES.filter((one) => one.includes(".")))}))(?:\\.(?:env|file))?(?![\\w-])`,
  "g",
);

function alternatives(properties: readonly string[]): string {
  return properties.map((property) => property.replaceAll(".", "\\.")).join("|");
}

/**
 * Puts the option before each argument of a connection that a text names: `--key (connection.auth.privateKeyPem)`. Of
 * several options for one argument it is the one that was typed.
 */
export function inOptions(text: string, typed: TypedOptions): string {
  return text.replaceAll(NAMED, (found: string, first?: string, second?: string, offset = 0) => {
    const option = optionFor(first ?? second ?? "", typed);
    return text[offset - 1] === "(" ? `${option}, ${found}` : `${option} (${found})`;
  });
}

/** The same for what an error says. */
export function errorInOptions(thrown: unknown, typed: TypedOptions): unknown {
  if (!isWinrmError(thrown)) return thrown;
  const { causes, remedy: next, ...context } = thrown.context;
  return new WinrmError(thrown.code, inOptions(thrown.summary, typed), {
    ...context,
    ...(causes === undefined ? {} : { causes: causes.map((cause) => inOptions(cause, typed)) }),
    ...(next === undefined ? {} : { remedy: inOptions(next, typed) }),
  });
}

function optionFor(property: string, typed: TypedOptions): string {
  if (property === "host") return "<host>";
  const candidates = OPTIONS.filter((one) => one.property === property);
  const used = candidates.filter(({ option }) => typed[option.attributeName()] !== undefined);
  return (used.length === 0 ? candidates : used).map(({ option }) => option.long).join(" or ");
}
