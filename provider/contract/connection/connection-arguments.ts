import { type Check, array, boolean, certificate, integer, oneOf, secret, string } from "../checks";
import { checkConfirm } from "../confirm";
import { fingerprint } from "../names/fingerprint";
import { METHODS, checkMethod, checkProxy, checkUserName, host } from "./connection-checks";

/**
 * The one table of a connection's arguments: checks, configuration keys, environment variables, the settings of an explicit
 * provider, secrets, defaults and the options of the command line come from it. Its types have their doc comments in
 * `connection.ts` and `provider-settings.ts`, and the compiler and the tests hold them together.
 */

/** An argument of the connection or a setting, wherever it can be given. */
export interface ConnectionArgument {
  /** Below `connection`; absent for what only configuration has. */
  readonly path?: string;
  /** Key of stack configuration (`winrm:<setting>`) and name of the argument of an explicit provider. */
  readonly setting?: string;
  /** Environment variable, asked last. */
  readonly variable?: string;
  /** `secret` may be a reference; `window` is a number of seconds, or `false`. */
  readonly kind: "string" | "number" | "boolean" | "choice" | "secret" | "list" | "window";
  readonly choices?: readonly string[];
  readonly check: Check;
  /** Where nothing is given and it does not depend on other arguments. */
  readonly default?: string | number;
  /** By value it is a secret in state. Default `false`. */
  readonly secret?: true;
  /** Options of the command line. */
  readonly options?: readonly ArgumentOption[];
}

/** One option of the command line. */
export interface ArgumentOption {
  readonly flags: string;
  readonly description: string;
  /** What is typed says only where the value stands: secrets are not for command lines. */
  readonly reference?: "env" | "file";
}

/** Every argument, in the order of messages and help. */
export const CONNECTION_ARGUMENTS = [
  { path: "host", kind: "string", check: host("a DNS name or an IP address, without scheme, port or brackets") },
  {
    path: "transport",
    setting: "transport",
    variable: "WINRM_TRANSPORT",
    kind: "choice",
    choices: ["https", "http"],
    default: "https",
    check: oneOf("https", "http"),
    options: [{ flags: "--transport <transport>", description: "how to connect (default: https)" }],
  },
  {
    path: "port",
    setting: "port",
    variable: "WINRM_PORT",
    kind: "number",
    check: integer(1, 65_535),
    options: [{ flags: "--port <port>", description: "default: 5986 for https, 5985 for http" }],
  },
  {
    path: "path",
    setting: "path",
    variable: "WINRM_PATH",
    kind: "string",
    check: string({ pattern: /^\/[A-Za-z0-9_/.-]*$/, what: "a path such as /wsman" }),
    default: "/wsman",
    options: [{ flags: "--path <path>", description: "URL path of the listener (default: /wsman)" }],
  },
  {
    path: "auth.method",
    setting: "method",
    variable: "WINRM_METHOD",
    kind: "choice",
    choices: METHODS,
    check: checkMethod,
    options: [
      {
        flags: "--method <method>",
        description: "how to log in (default: negotiate with a password, kerberos without)",
      },
    ],
  },
  {
    path: "auth.username",
    setting: "username",
    variable: "WINRM_USERNAME",
    kind: "string",
    check: checkUserName,
    options: [{ flags: "--username <name>", description: "MACHINE\\user, DOMAIN\\user or user@domain" }],
  },
  {
    path: "auth.password",
    setting: "password",
    variable: "WINRM_PASSWORD",
    kind: "secret",
    check: secret(),
    secret: true,
    options: [
      { flags: "--password-env <variable>", description: "environment variable with the password", reference: "env" },
      { flags: "--password-file <file>", description: "file with the password", reference: "file" },
    ],
  },
  {
    path: "auth.certificatePem",
    setting: "certificatePem",
    variable: "WINRM_CERTIFICATE_PEM",
    kind: "secret",
    check: certificate(),
    options: [
      { flags: "--cert <file>", description: "PEM of the client certificate and its chain", reference: "file" },
    ],
  },
  {
    path: "auth.privateKeyPem",
    setting: "privateKeyPem",
    variable: "WINRM_PRIVATE_KEY_PEM",
    kind: "secret",
    check: secret(),
    secret: true,
    options: [{ flags: "--key <file>", description: "PEM of its private key", reference: "file" }],
  },
  {
    path: "auth.pfx",
    setting: "pfx",
    variable: "WINRM_PFX",
    kind: "secret",
    check: secret(),
    secret: true,
    options: [
      { flags: "--pfx <file>", description: "client certificate and key in one PFX instead", reference: "file" },
    ],
  },
  {
    path: "auth.passphrase",
    setting: "passphrase",
    variable: "WINRM_PASSPHRASE",
    kind: "secret",
    check: secret(),
    secret: true,
    options: [
      {
        flags: "--passphrase-env <variable>",
        description: "environment variable with the passphrase of the key or the PFX",
        reference: "env",
      },
      { flags: "--passphrase-file <file>", description: "file with that passphrase", reference: "file" },
    ],
  },
  {
    path: "auth.kerberos.cache",
    kind: "string",
    check: string({
      pattern: /^(?:(?:FILE|DIR|KEYRING):.+|(?:KCM|API):.*)$/,
      what: "a ticket cache such as FILE:/path",
    }),
    options: [
      {
        flags: "--ticket-cache <name>",
        description: "FILE:/path, DIR:/path, KEYRING:... or KCM:... (default: the system's)",
      },
    ],
  },
  {
    path: "auth.kerberos.keytab",
    kind: "string",
    check: string(),
    options: [{ flags: "--keytab <file>", description: "keytab of the account; no kinit, no ticket cache" }],
  },
  {
    path: "auth.kerberos.realm",
    kind: "string",
    check: string({ pattern: /^[A-Za-z0-9._-]+$/, what: "a realm such as CORP.EXAMPLE.COM" }),
    options: [
      {
        flags: "--realm <realm>",
        description: "Kerberos realm of the account and of the host, where the names do not tell",
      },
    ],
  },
  {
    path: "auth.kerberos.service",
    kind: "choice",
    choices: ["HTTP", "HOST", "WSMAN"],
    check: oneOf("HTTP", "HOST", "WSMAN"),
    options: [{ flags: "--spn-service <service>", description: "service of the host's principal (default: HTTP)" }],
  },
  {
    path: "auth.kerberos.host",
    kind: "string",
    check: host("a DNS name"),
    options: [
      {
        flags: "--spn-host <name>",
        description: "host name of the host's principal, where <host> is an address or an alias",
      },
    ],
  },
  {
    path: "auth.channelBinding",
    kind: "boolean",
    check: boolean(),
    options: [{ flags: "--no-channel-binding", description: "do not bind the logon to the TLS channel" }],
  },
  {
    path: "allowUnencrypted",
    kind: "boolean",
    check: boolean(),
    options: [{ flags: "--allow-unencrypted", description: "let basic and digest travel readable over http" }],
  },
  {
    path: "tls.ca",
    setting: "ca",
    variable: "WINRM_CA",
    kind: "secret",
    check: certificate(),
    options: [
      {
        flags: "--ca <file>",
        description: "PEM of the authorities to trust instead of the system's",
        reference: "file",
      },
    ],
  },
  {
    path: "tls.serverName",
    kind: "string",
    check: host("a DNS name"),
    options: [
      { flags: "--server-name <name>", description: "name that the certificate must carry, where it is not <host>" },
    ],
  },
  {
    path: "tls.pinnedSha256",
    kind: "string",
    check: fingerprint("SHA-256", "the SHA-256 fingerprint of the host's certificate"),
    options: [{ flags: "--pin <sha256>", description: "fingerprint of the host's own certificate" }],
  },
  {
    path: "tls.insecureSkipVerify",
    kind: "boolean",
    check: boolean(),
    options: [{ flags: "--insecure", description: "accept any certificate" }],
  },
  {
    path: "tls.maxVersion",
    kind: "choice",
    choices: ["TLSv1.2", "TLSv1.3"],
    check: oneOf("TLSv1.2", "TLSv1.3"),
    options: [{ flags: "--tls-max <version>", description: "newest TLS version to offer" }],
  },
  {
    path: "proxy",
    setting: "proxy",
    variable: "WINRM_PROXY",
    kind: "secret",
    check: checkProxy,
    secret: true,
    options: [
      {
        flags: "--proxy <url>",
        description: "HTTP proxy to tunnel through, http://proxy:3128, or environment, or none",
      },
      {
        flags: "--proxy-env <variable>",
        description: "environment variable with its URL, where it holds a password",
        reference: "env",
      },
      { flags: "--proxy-file <file>", description: "file with its URL", reference: "file" },
    ],
  },
  {
    path: "timeouts.connectSeconds",
    setting: "connectSeconds",
    variable: "WINRM_CONNECT_SECONDS",
    kind: "number",
    check: integer(1, 300, " seconds"),
    default: 10,
    options: [
      { flags: "--connect-seconds <seconds>", description: "limit for name, TCP and TLS together (default: 10)" },
    ],
  },
  {
    path: "timeouts.operationSeconds",
    setting: "operationSeconds",
    variable: "WINRM_OPERATION_SECONDS",
    kind: "number",
    check: integer(1, 300, " seconds"),
    default: 30,
    options: [{ flags: "--operation-seconds <seconds>", description: "limit for one request (default: 30)" }],
  },
  {
    path: "timeouts.totalSeconds",
    setting: "totalSeconds",
    variable: "WINRM_TOTAL_SECONDS",
    kind: "number",
    check: integer(1, 600, " seconds"),
    default: 300,
  },
  { setting: "trustedHosts", variable: "WINRM_TRUSTED_HOSTS", kind: "list", check: array(string()) },
  {
    path: "preflight",
    setting: "preflight",
    variable: "WINRM_PREFLIGHT",
    kind: "choice",
    choices: ["error", "warn", "off"],
    default: "error",
    check: oneOf("error", "warn", "off"),
  },
  { setting: "confirm", variable: "WINRM_CONFIRM", kind: "window", check: checkConfirm },
] as const satisfies readonly ConnectionArgument[];
