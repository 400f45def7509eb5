/** The options of `pulumi-winrm doctor`: one table from the arguments of a connection to what is typed. */

import { type Command, Option } from "commander";
import { WinrmError, isWinrmError } from "../../errors";
import { isRecord } from "../../contract/checks";
import { METHODS } from "../../contract/connection";
import { parseProxyUrl } from "../../session/transport/proxy";
import { parsePort, parseSeconds } from "./arguments";

/** What commander decoded, by the name of the option in camel case. */
export type TypedOptions = Readonly<Record<string, unknown>>;

/** An option that says something of the connection. */
interface ConnectionOption {
  readonly flags: string;
  /** Path of the argument, without `connection.`. */
  readonly property: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly parse?: (text: string) => number;
  /** What is typed says only where the value stands: secrets are not for command lines. */
  readonly reference?: "env" | "file";
}

const OPTIONS: readonly ConnectionOption[] = [
  {
    flags: "--transport <transport>",
    property: "transport",
    description: "how to connect (default: https)",
    choices: ["https", "http"],
  },
  {
    flags: "--port <port>",
    property: "port",
    description: "default: 5986 for https, 5985 for http",
    parse: parsePort,
  },
  { flags: "--path <path>", property: "path", description: "URL path of the listener (default: /wsman)" },
  {
    flags: "--method <method>",
    property: "auth.method",
    description: "how to log in (default: negotiate with a password, kerberos without)",
    choices: METHODS,
  },
  {
    flags: "--username <name>",
    property: "auth.username",
    description: "MACHINE\\user, DOMAIN\\user or user@domain",
  },
  {
    flags: "--password-env <variable>",
    property: "auth.password",
    description: "environment variable with the password",
    reference: "env",
  },
  {
    flags: "--password-file <file>",
    property: "auth.password",
    description: "file with the password",
    reference: "file",
  },
  {
    flags: "--cert <file>",
    property: "auth.certificatePem",
    description: "PEM of the client certificate and its chain",
    reference: "file",
  },
  {
    flags: "--key <file>",
    property: "auth.privateKeyPem",
    description: "PEM of its private key",
    reference: "file",
  },
  {
    flags: "--pfx <file>",
    property: "auth.pfx",
    description: "client certificate and key in one PFX instead",
    reference: "file",
  },
  {
    flags: "--passphrase-env <variable>",
    property: "auth.passphrase",
    description: "environment variable with the passphrase of the key or the PFX",
    reference: "env",
  },
  {
    flags: "--passphrase-file <file>",
    property: "auth.passphrase",
    description: "file with that passphrase",
    reference: "file",
  },
  {
    flags: "--realm <realm>",
    property: "auth.kerberos.realm",
    description: "Kerberos realm of the account and of the host, where the names do not tell",
  },
  {
    flags: "--keytab <file>",
    property: "auth.kerberos.keytab",
    description: "keytab of the account; no kinit, no ticket cache",
  },
  {
    flags: "--ticket-cache <name>",
    property: "auth.kerberos.cache",
    description: "FILE:/path, DIR:/path, KEYRING:... or KCM:... (default: the system's)",
  },
  {
    flags: "--spn-service <service>",
    property: "auth.kerberos.service",
    description: "service of the host's principal (default: HTTP)",
    choices: ["HTTP", "HOST", "WSMAN"],
  },
  {
    flags: "--spn-host <name>",
    property: "auth.kerberos.host",
    description: "host name of the host's principal, where <host> is an address or an alias",
  },
  {
    flags: "--no-channel-binding",
    property: "auth.channelBinding",
    description: "do not bind the logon to the TLS channel",
  },
  {
    flags: "--allow-unencrypted",
    property: "allowUnencrypted",
    description: "let basic and digest travel readable over http",
  },
  {
    flags: "--ca <file>",
    property: "tls.ca",
    description: "PEM of the authorities to trust instead of the system's",
    reference: "file",
  },
  {
    flags: "--server-name <name>",
    property: "tls.serverName",
    description: "name that the certificate must carry, where it is not <host>",
  },
  { flags: "--pin <sha256>", property: "tls.pinnedSha256", description: "fingerprint of the host's own certificate" },
  { flags: "--insecure", property: "tls.insecureSkipVerify", description: "accept any certificate" },
  {
    flags: "--tls-max <version>",
    property: "tls.maxVersion",
    description: "newest TLS version to offer",
    choices: ["TLSv1.2", "TLSv1.3"],
  },
  {
    flags: "--proxy <url>",
    property: "proxy",
    description: "HTTP proxy to tunnel through, http://proxy:3128, or environment, or none",
  },
  {
    flags: "--proxy-env <variable>",
    property: "proxy",
    description: "environment variable with its URL, where it holds a password",
    reference: "env",
  },
  { flags: "--proxy-file <file>", property: "proxy", description: "file with its URL", reference: "file" },
  {
    flags: "--connect-seconds <seconds>",
    property: "timeouts.connectSeconds",
    description: "limit for name, TCP and TLS together (default: 10)",
    parse: parseSeconds,
  },
  {
    flags: "--operation-seconds <seconds>",
    property: "timeouts.operationSeconds",
    description: "limit for one request (default: 30)",
    parse: parseSeconds,
  },
];

/** Options that a user may try, and what there is instead; they are taken so that an error need not repeat their value. */
const SECRETS = { password: "--password-env or --password-file", passphrase: "--passphrase-env or --passphrase-file" };

/** Adds the options of a connection to the command, in the order of the table. */
export function addConnectionOptions(command: Command): void {
  for (const { flags, property, description, choices, parse } of OPTIONS) {
    const option = new Option(flags, description);
    if (choices !== undefined) option.choices(choices);
    if (parse !== undefined) option.argParser(parse);
    const others = OPTIONS.filter((other) => other.property === property && other.flags !== flags);
    command.addOption(option.conflicts(others.map((other) => attributeOf(other))));
  }
  for (const name of Object.keys(SECRETS)) command.addOption(new Option(`--${name} <text>`).hideHelp());
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
  for (const option of OPTIONS) {
    const value = typed[attributeOf(option)];
    // Commander gives options with `no` the value true where they are not typed.
    if (value === undefined || (isNegated(option) && value === true)) continue;
    assign(connection, option.property.split("."), option.reference ? { [option.reference]: value } : value);
  }
  return connection;
}

function readable(what: string, next: string): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", `${what}, and everybody on this machine can read its command lines`, {
    remedy: next,
  });
}

function assign(target: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = isRecord(target[key]) ? target[key] : {};
  target[key] = inner;
  assign(inner, rest, value);
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
  const candidates = OPTIONS.filter((option) => option.property === property);
  const used = candidates.filter((option) => typed[attributeOf(option)] !== undefined);
  return (used.length === 0 ? candidates : used).map(longFlag).join(" or ");
}

function longFlag({ flags }: ConnectionOption): string {
  return flags.split(" ")[0] ?? flags;
}

function isNegated(option: ConnectionOption): boolean {
  return longFlag(option).startsWith("--no-");
}

/** The key under which commander keeps the option's value. */
function attributeOf({ flags }: ConnectionOption): string {
  return new Option(flags).attributeName();
}
