/** A host in the foreground: start, tell, wait for a signal, stop. */

import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { HostOptions, SimulatedHost } from "../../../simulator/index";
import { WinrmError } from "../../errors";
import type { Assignment } from "../shared/arguments";
import { print, styled, table } from "../shared/terminal";

/** The options of `pulumi-winrm simulate` as commander decodes them. */
export interface SimulateOptions {
  readonly name: string;
  /** `true` for the flag without a port. */
  readonly http?: true | number;
  readonly https?: true | number;
  readonly certificateOut?: string;
  readonly account: string;
  readonly passwordEnv?: string;
  /** Other local accounts. */
  readonly user?: readonly string[];
  readonly set?: readonly Assignment[];
  readonly gpo?: readonly Assignment[];
  /** False with `--no-quick-config`. */
  readonly quickConfig: boolean;
  readonly keytab?: string;
  readonly authority?: string;
  readonly latency?: number;
  readonly json?: boolean;
}

interface Running {
  readonly host: SimulatedHost;
  readonly controlUrl: string;
  readonly account: string;
  /** Only a made-up password is ever shown. */
  readonly generatedPassword?: string;
  readonly certificateFile?: string;
}

/**
 * Runs a host until SIGINT or SIGTERM.
 * @throws WinrmError `WINRM_E_ARGUMENT` for options that make no host.
 */
export async function runHost(options: SimulateOptions): Promise<void> {
  const givenPassword = options.passwordEnv === undefined ? undefined : passwordFrom(options.passwordEnv);
  const password = givenPassword ?? generatePassword();
  const { openControl, SimulatedHost } = await import("../../../simulator/index.js");
  const host = await SimulatedHost.start(await hostOptions(options, password));
  const stopped = nextSignal();
  const control = await openControl(host);
  try {
    if (options.certificateOut !== undefined) await writeCertificate(host, options.certificateOut);
    const running: Running = {
      host,
      controlUrl: control.url,
      account: options.account,
      ...(givenPassword === undefined ? { generatedPassword: password } : {}),
      ...(options.certificateOut === undefined ? {} : { certificateFile: options.certificateOut }),
    };
    print(...(options.json === true ? [asJson(running)] : asText(running)));
    await stopped;
  } finally {
    await Promise.all([host.stop(), control.close()]);
  }
}

async function hostOptions(options: SimulateOptions, password: string): Promise<HostOptions> {
  const { http, https } = options;
  return {
    name: options.name,
    accounts: [
      { name: options.account, password },
      ...(options.user ?? []).map((name) => ({ name, password: generatePassword(), administrator: false })),
    ],
    http: http === undefined ? https === undefined : http === true ? true : { port: http },
    https: https === undefined ? false : https === true ? true : { port: https },
    config: record(options.set),
    policy: record(options.gpo),
    latencyMs: options.latency ?? 0,
    ...(options.authority === undefined
      ? {}
      : { certificates: { authorities: [await readFile(options.authority, "utf8")] } }),
    ...(options.quickConfig ? {} : { quickConfig: false }),
    ...(options.keytab === undefined ? {} : { kerberos: { keytab: options.keytab } }),
  };
}

function record(assignments: readonly Assignment[] = []): Record<string, string> {
  return Object.fromEntries(assignments.map(({ path, value }) => [path, value]));
}

function passwordFrom(variable: string): string {
  const password = process.env[variable];
  if (password !== undefined && password !== "") return password;
  throw new WinrmError("WINRM_E_ARGUMENT", `the environment variable ${variable} holds no password`);
}

function generatePassword(): string {
  return `${randomBytes(12).toString("base64url")}-9aZ`;
}

async function writeCertificate(host: SimulatedHost, file: string): Promise<void> {
  if (host.https === undefined) throw new WinrmError("WINRM_E_ARGUMENT", "--certificate-out needs --https");
  await writeFile(file, host.https.certificatePem);
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
  });
}

function asJson({ host, controlUrl, account, generatedPassword }: Running): string {
  return JSON.stringify({
    name: host.name,
    http: host.http,
    https: host.https,
    account,
    password: generatedPassword,
    control: controlUrl,
  });
}

function asText(running: Running): string[] {
  const { host, controlUrl, account, generatedPassword } = running;
  const rows: (readonly [string, string])[] = [];
  if (host.http !== undefined) rows.push(["http", host.http.url]);
  if (host.https !== undefined) {
    rows.push(["https", host.https.url], ["", `certificate SHA-256 ${host.https.fingerprintSha256}`]);
  }
  if (running.certificateFile !== undefined) rows.push(["", `certificate written to ${running.certificateFile}`]);
  rows.push(["account", account]);
  if (generatedPassword !== undefined) {
    rows.push(["password", generatedPassword], ["", "made up for this simulated host; it opens nothing else"]);
  }
  rows.push(["control", controlUrl]);
  return [
    styled("bold", `${host.name}, a simulated Windows host: WinRM only, on this machine only`),
    "",
    ...table(rows.map(([label, text]) => [{ text: `  ${label}`, style: "dim" }, { text }])),
    "",
    styled("bold", "Ask who it is"),
    `  ${identifyCommand(host)}`,
    "",
    styled("bold", "Change it by hand, or see what it saw, in another terminal"),
    `  pulumi-winrm simulate set ${controlUrl} service/auth/Basic=true`,
    `  pulumi-winrm simulate show ${controlUrl}`,
    `  pulumi-winrm simulate journal ${controlUrl}`,
    "",
    styled("dim", "Ctrl-C stops it."),
  ];
}

const IDENTIFY =
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Body><i:Identify/></s:Body></s:Envelope>';

function identifyCommand(host: SimulatedHost): string {
  const tls = host.http === undefined ? " --insecure" : "";
  const url = host.http?.url ?? host.https?.url ?? "";
  const headers = "-H 'WSMANIDENTIFY: unauthenticated' -H 'Content-Type: application/soap+xml;charset=UTF-8'";
  return `curl -s${tls} ${headers} -d '${IDENTIFY}' ${url}`;
}
