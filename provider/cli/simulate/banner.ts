/** What `simulate` prints and writes: how to reach its hosts, and what to do with them next. */

import type { SimulatedHost } from "../../../simulator/index";
import { styled, table } from "../shared/terminal";

/** A password, and the environment variable that holds it or may hold it. */
export interface Secret {
  readonly password: string;
  readonly variable: string;
  /** Made up: only such a password is ever shown. */
  readonly generated: boolean;
}

/** A host that runs. */
export interface Running {
  readonly host: SimulatedHost;
  readonly controlUrl: string;
  readonly account: string;
  readonly secret: Secret;
  readonly users: readonly (Secret & { readonly name: string })[];
}

/** The argument `connection` of a resource, with the password by reference. */
function connectionTo({ host, account, secret }: Running): object {
  const auth = { username: account, password: { env: secret.variable } };
  const { http, https } = host;
  if (https === undefined) return { host: "127.0.0.1", transport: "http", port: http?.port, auth };
  return { host: "127.0.0.1", port: https.port, auth, tls: { pinnedSha256: https.fingerprintSha256 } };
}

/** The file of `--inventory`: `{"hosts": [{"name", "connection", "control"}]}`. It holds no password. */
export function inventoryOf(running: readonly Running[]): string {
  const hosts = running.map((one) => {
    return { name: one.host.name, connection: connectionTo(one), control: one.controlUrl };
  });
  return `${JSON.stringify({ hosts }, undefined, 2)}\n`;
}

/** What `--json` prints in place of the banner, on one line. */
export function asJson(running: Running): string {
  const { host, controlUrl, account, secret, users } = running;
  const made = users.filter(({ generated }) => generated).map(({ name, password }) => [name, password] as const);
  return JSON.stringify({
    name: host.name,
    http: host.http,
    https: host.https,
    account,
    password: secret.generated ? secret.password : undefined,
    users: made.length === 0 ? undefined : Object.fromEntries(made),
    connection: connectionTo(running),
    control: controlUrl,
  });
}

/** Lines for a person. */
export function asText(
  running: readonly Running[],
  files: { readonly certificateOut?: string; readonly inventory?: string },
): string[] {
  const [first, ...others] = running;
  if (first === undefined) return [];
  const { secret, users, account } = first;
  const secrets = [{ name: account, ...secret }, ...users];
  const written = [
    ...(files.certificateOut === undefined ? [] : [`certificate written to ${files.certificateOut}`]),
    ...(files.inventory === undefined ? [] : [`names, connections and control URLs written to ${files.inventory}`]),
  ];
  return [
    ...running.flatMap(hostLines),
    ...written.map((line) => `  ${line}`),
    "",
    styled("bold", "Accounts"),
    ...table(
      secrets.map(({ name, generated, password, variable }) => {
        return [`  ${name}`, generated ? password : `password in ${variable}`];
      }),
    ),
    ...(secrets.some(({ generated }) => generated)
      ? [styled("dim", "  Passwords are generated for these simulated hosts; they are not valid anywhere else.")]
      : []),
    "",
    styled("bold", "Log in, in another terminal"),
    ...(secret.generated ? [`  export ${secret.variable}='${secret.password}'`] : []),
    `  ${doctorCommand(first)}`,
    "",
    styled("bold", "In a program"),
    `  const connection = ${literal(connectionTo(first))};`,
    "",
    styled("bold", "Change it manually, or see what it saw"),
    `  npx pulumi-winrm simulate set ${first.controlUrl} service/auth/Basic=true`,
    `  npx pulumi-winrm simulate show ${first.controlUrl}`,
    `  npx pulumi-winrm simulate journal ${first.controlUrl}`,
    "  npx pulumi-winrm simulate --help   lists the edits of groups, mappings and the registry",
    "",
    styled("dim", others.length === 0 ? "Ctrl-C stops it." : "Ctrl-C stops them."),
  ];
}

function hostLines({ host, controlUrl }: Running): string[] {
  const rows: (readonly [string, string])[] = [];
  if (host.http !== undefined) rows.push(["http", host.http.url]);
  if (host.https !== undefined) {
    rows.push(["https", host.https.url], ["", `certificate SHA-256 ${host.https.fingerprintSha256}`]);
  }
  rows.push(["control", controlUrl]);
  return [
    styled("bold", `${host.name}, a simulated Windows host: WinRM only, on this machine only`),
    ...table(rows.map(([label, text]) => [{ text: `  ${label}`, style: "dim" }, text])),
  ];
}

function doctorCommand({ host, account, secret }: Running): string {
  const { http, https } = host;
  const way =
    https === undefined
      ? `--transport http --port ${http?.port ?? ""}`
      : `--port ${https.port} --pin ${https.fingerprintSha256}`;
  const username = /^[\w.-]+$/.test(account) ? account : `'${account.replaceAll("'", String.raw`'\''`)}'`;
  return `npx pulumi-winrm doctor 127.0.0.1 ${way} --username ${username} --password-env ${secret.variable}`;
}

/** A value as a person writes TypeScript. */
function literal(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${literal(inner)}`)
    .join(", ")} }`;
}
