import { type Check, array, boolean, certificate, integer, oneOf, secret, string } from "../checks";
import { checkConfirm } from "../confirm";
import { fingerprint } from "../names/fingerprint";
import { METHODS, checkMethod, checkProxy, checkUserName, host } from "./connection-checks";

/**
 * The one table of a connection's arguments: checks, configuration keys, environment variables, the settings of an explicit
 * provider, secrets, defaults and the options of the command line come from it. Its types have their doc comments in
 * `connection.ts` and `provider-settings.ts`, and the compiler and the tests hold them together.
 */

/** What a row says of an argument of the connection or a setting, wherever it can be given. */
interface Facts {
  /** Below `connection`; absent for what only configuration has. */
  readonly path?: string;
  /** Key of stack configuration (`winrm:<setting>`) and name of the argument of an explicit provider. */
  readonly setting?: string;
  readonly choices?: readonly string[];
  /** Where nothing is given and it does not depend on other arguments. */
  readonly default?: string | number;
  /** By value it is a secret in state. Default `false`. */
  readonly secret?: true;
}

/** A row as it is written here; a check of its own has what its kind does not say all of. */
type Row = Facts & {
  /** Options of the command line with their descriptions. */
  readonly options?: Readonly<Record<string, string>>;
} & (
    | { readonly kind: "string" | "boolean" | "choice" | "secret"; readonly check?: Check }
    | { readonly kind: "number" | "list" | "window"; readonly check: Check }
  );

/** An argument with what follows from its row. */
export interface ConnectionArgument extends Facts {
  /** `secret` may be a reference; `window` is a number of seconds, or `false`. */
  readonly kind: Row["kind"];
  /** Environment variable, asked last; every setting has one. */
  readonly variable?: string;
  readonly check: Check;
  readonly options?: readonly ArgumentOption[];
}

/** One option of the command line. */
export interface ArgumentOption {
  readonly flags: string;
  readonly description: string;
  /** What is typed says only where the value stands: secrets are not for command lines. */
  readonly reference?: "env" | "file";
}

const ROWS = [
  { path: "host", kind: "string", check: host("a DNS name or an IP address, without scheme, port or brackets") },
  {
    path: "transport",
    setting: "transport",
    kind: "choice",
    choices: ["https", "http"],
    default: "https",
    options: { "--transport <transport>": "how to connect (default: https)" },
  },
  {
    path: "port",
    setting: "port",
    kind: "number",
    check: integer(1, 65_535),
    options: { "--port <port>": "default: 5986 for https, 5985 for http" },
  },
  {
    path: "path",
    setting: "path",
    kind: "string",
    check: string({ pattern: /^\/[A-Za-z0-9_/.-]*$/, what: "a path such as /wsman" }),
    default: "/wsman",
    options: { "--path <path>": "URL path of the listener (default: /wsman)" },
  },
  {
    path: "auth.method",
    setting: "method",
    kind: "choice",
    choices: METHODS,
    check: checkMethod,
    options: { "--method <method>": "how to log in (default: negotiate with a password, kerberos without)" },
  },
  {
    path: "auth.username",
    setting: "username",
    kind: "string",
    check: checkUserName,
    options: { "--username <name>": "MACHINE\\user, DOMAIN\\user or user@domain" },
  },
  {
    path: "auth.password",
    setting: "password",
    kind: "secret",
    secret: true,
    options: {
      "--password-env <variable>": "environment variable with the password",
      "--password-file <file>": "file with the password",
    },
  },
  {
    path: "auth.certificatePem",
    setting: "certificatePem",
    kind: "secret",
    check: certificate(),
    options: { "--cert <file>": "PEM of the client certificate and its chain" },
  },
  {
    path: "auth.privateKeyPem",
    setting: "privateKeyPem",
    kind: "secret",
    secret: true,
    options: { "--key <file>": "PEM of its private key" },
  },
  {
    path: "auth.pfx",
    setting: "pfx",
    kind: "secret",
    secret: true,
    options: { "--pfx <file>": "client certificate and key in one PFX instead" },
  },
  {
    path: "auth.passphrase",
    setting: "passphrase",
    kind: "secret",
    secret: true,
    options: {
      "--passphrase-env <variable>": "environment variable with the passphrase of the key or the PFX",
      "--passphrase-file <file>": "file with that passphrase",
    },
  },
  {
    path: "auth.kerberos.cache",
    kind: "string",
    check: string({
      pattern: /^(?:(?:FILE|DIR|KEYRING):.+|(?:KCM|API):.*)$/,
      what: "a ticket cache such as FILE:/path",
    }),
    options: { "--ticket-cache <name>": "FILE:/path, DIR:/path, KEYRING:... or KCM:... (default: the system's)" },
  },
  {
    path: "auth.kerberos.keytab",
    kind: "string",
    options: { "--keytab <file>": "keytab of the account; no kinit, no ticket cache" },
  },
  {
    path: "auth.kerberos.realm",
    kind: "string",
    check: string({ pattern: /^[A-Za-z0-9._-]+$/, what: "a realm such as CORP.EXAMPLE.COM" }),
    options: { "--realm <realm>": "Kerberos realm of the account and of the host, where the names do not tell" },
  },
  {
    path: "auth.kerberos.service",
    kind: "choice",
    choices: ["HTTP", "HOST", "WSMAN"],
    options: { "--spn-service <service>": "service of the host's principal (default: HTTP)" },
  },
  {
    path: "auth.kerberos.host",
    kind: "string",
    check: host("a DNS name"),
    options: { "--spn-host <name>": "host name of the host's principal, where <host> is an address or an alias" },
  },
  {
    path: "auth.channelBinding",
    kind: "boolean",
    options: { "--no-channel-binding": "do not bind the logon to the TLS channel" },
  },
  {
    path: "allowUnencrypted",
    kind: "boolean",
    options: { "--allow-unencrypted": "let basic and digest travel readable over http" },
  },
  {
    path: "tls.ca",
    setting: "ca",
    kind: "secret",
    check: certificate(),
    options: { "--ca <file>": "PEM of the authorities to trust instead of the system's" },
  },
  {
    path: "tls.serverName",
    kind: "string",
    check: host("a DNS name"),
    options: { "--server-name <name>": "name that the certificate must carry, where it is not <host>" },
  },
  {
    path: "tls.pinnedSha256",
    kind: "string",
    check: fingerprint("SHA-256", "the SHA-256 fingerprint of the host's certificate"),
    options: { "--pin <sha256>": "fingerprint of the host's own certificate" },
  },
  {
    path: "tls.insecureSkipVerify",
    kind: "boolean",
    options: { "--insecure": "accept any certificate" },
  },
  {
    path: "tls.maxVersion",
    kind: "choice",
    choices: ["TLSv1.2", "TLSv1.3"],
    options: { "--tls-max <version>": "newest TLS version to offer" },
  },
  {
    path: "proxy",
    setting: "proxy",
    kind: "secret",
    check: checkProxy,
    secret: true,
    options: {
      "--proxy <url>": "HTTP proxy to tunnel through, http://proxy:3128, or environment, or none",
      "--proxy-env <variable>": "environment variable with its URL, where it holds a password",
      "--proxy-file <file>": "file with its URL",
    },
  },
  {
    path: "timeouts.connectSeconds",
    setting: "connectSeconds",
    kind: "number",
    check: integer(1, 300, " seconds"),
    default: 10,
    options: { "--connect-seconds <seconds>": "limit for name, TCP and TLS together (default: 10)" },
  },
  {
    path: "timeouts.operationSeconds",
    setting: "operationSeconds",
    kind: "number",
    check: integer(1, 300, " seconds"),
    default: 30,
    options: { "--operation-seconds <seconds>": "limit for one request (default: 30)" },
  },
  {
    path: "timeouts.totalSeconds",
    setting: "totalSeconds",
    kind: "number",
    check: integer(1, 600, " seconds"),
    default: 300,
  },
  { setting: "trustedHosts", kind: "list", check: array(string()) },
  {
    path: "preflight",
    setting: "preflight",
    kind: "choice",
    choices: ["error", "warn", "off"],
    default: "error",
  },
  { setting: "confirm", kind: "window", check: checkConfirm },
] as const satisfies readonly Row[];

/** A row that is a setting. */
export type ConfiguredRow = Extract<(typeof ROWS)[number], { readonly setting: string }>;

/** Every argument, in the order of messages and help. */
export const CONNECTION_ARGUMENTS: readonly ConnectionArgument[] = ROWS.map((row: Row) => ({
  ...row,
  ...(row.setting === undefined ? {} : { variable: `WINRM_${row.setting.replace(/[A-Z]/g, "_$&").toUpperCase()}` }),
  check: row.check ?? usualCheck(row),
  options: Object.entries(row.options ?? {}).map(([flags, description]) => ({
    flags,
    description,
    ...(row.kind === "secret" ? referenceOf(flags) : {}),
  })),
}));

function usualCheck({ kind, choices }: Row): Check {
  if (choices !== undefined) return oneOf(...choices);
  if (kind === "boolean") return boolean();
  return kind === "secret" ? secret() : string();
}

function referenceOf(flags: string): Pick<ArgumentOption, "reference"> {
  if (flags.endsWith("<file>")) return { reference: "file" };
  return flags.endsWith("<variable>") ? { reference: "env" } : {};
}
