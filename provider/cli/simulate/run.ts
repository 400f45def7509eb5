/** Hosts in the foreground: start, say how to use them, wait for a signal, stop. */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { HostOptions } from "../../../simulator/index";
import { displayVariable } from "../../contract/names/plausible-names";
import { WinrmError } from "../../errors";
import type { Assignment, NamedAccount } from "../shared/arguments";
import { readText, writeText } from "../shared/files";
import { surroundings } from "../shared/surroundings";
import { print } from "../shared/terminal";
import { asJson, asText, inventoryOf, type Running, type Secret } from "./banner";

/** The options of `pulumi-winrm simulate` as commander decodes them. */
export interface SimulateOptions {
  readonly name: string;
  readonly count?: number;
  /** `true` for the flag without a port. */
  readonly http?: true | number;
  readonly https?: true | number;
  readonly certificateOut?: string;
  readonly inventory?: string;
  readonly account: string;
  readonly passwordEnv?: string;
  /** Other local accounts. */
  readonly user?: readonly NamedAccount[];
  readonly set?: readonly Assignment[];
  readonly gpo?: readonly Assignment[];
  /** False with `--no-quick-config`. */
  readonly quickConfig: boolean;
  readonly denyNetworkLogon?: readonly string[];
  readonly publicNetwork?: true;
  readonly keytab?: string;
  readonly authority?: string;
  readonly latency?: number;
  readonly json?: boolean;
}

/** What the printed commands call the variable of a password that was generated. */
const DEFAULT_VARIABLE = "WINRM_PASSWORD";

/**
 * Runs hosts until SIGINT or SIGTERM.
 * @throws WinrmError `WINRM_E_ARGUMENT` for options that make no host, and for a port in use.
 */
export async function runHosts(options: SimulateOptions): Promise<void> {
  if (options.certificateOut !== undefined && (options.count ?? 1) > 1) {
    throw new WinrmError("WINRM_E_ARGUMENT", "--certificate-out is for one host; --inventory has all fingerprints");
  }
  const secret = secretFrom(options.passwordEnv, DEFAULT_VARIABLE);
  const users = (options.user ?? []).map(({ name, passwordVariable }) => {
    return { name, ...secretFrom(passwordVariable, variableFor(name)) };
  });
  const described = hostOptions(options, secret, users);
  const stops: (() => Promise<void>)[] = [];
  try {
    const running: Running[] = [];
    const stopped = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    const { openControl, SimulatedHost } = await import("../../../simulator/index.js");
    for (const one of numbered(options, described)) {
      const host = await SimulatedHost.start(one);
      stops.push(() => host.stop());
      const control = await openControl(host);
      stops.push(() => control.close());
      running.push({ host, controlUrl: control.url, account: options.account, secret, users });
    }
    if (options.certificateOut !== undefined) {
      const https = running[0]?.host.https;
      if (https === undefined) throw new WinrmError("WINRM_E_ARGUMENT", "--certificate-out needs --https");
      writeText("--certificate-out", options.certificateOut, https.certificatePem);
    }
    if (options.inventory !== undefined) writeText("--inventory", options.inventory, inventoryOf(running));
    print(...(options.json === true ? running.map(asJson) : asText(running, options)));
    await stopped;
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
}

const MAX_PORT = 65_535;

/** One description for each host: `WEB01`, `WEB02`, …, on ports that count up where they are given. */
function numbered({ name, count = 1, http, https }: SimulateOptions, described: HostOptions): HostOptions[] {
  const [, stem = "", digits = ""] = /^(.*?)(\d*)$/.exec(name) ?? [];
  const listener = (port: true | number | undefined, index: number) => {
    if (typeof port !== "number" || port === 0) return port !== undefined;
    if (port + index > MAX_PORT)
      throw new WinrmError("WINRM_E_ARGUMENT", `${count} hosts from port ${port} on go beyond port ${MAX_PORT}`);
    return { port: port + index };
  };
  return Array.from({ length: count }, (_, index) => ({
    ...described,
    name: index === 0 ? name : `${stem}${String(Number(digits || 1) + index).padStart(digits.length || 2, "0")}`,
    http: listener(http ?? (https === undefined ? true : undefined), index),
    https: listener(https, index),
  }));
}

function hostOptions(options: SimulateOptions, secret: Secret, users: Running["users"]): HostOptions {
  const { denyNetworkLogon } = options;
  return {
    accounts: [
      { name: options.account, password: secret.password },
      ...users.map(({ name, password }) => ({ name, password, administrator: false })),
    ],
    config: record(options.set),
    policy: record(options.gpo),
    latencyMs: options.latency ?? 0,
    publicNetwork: options.publicNetwork ?? false,
    ...(denyNetworkLogon === undefined ? {} : { logonRights: { SeDenyNetworkLogonRight: denyNetworkLogon } }),
    ...(options.authority === undefined ? {} : { certificates: { authorities: [readText(options.authority)] } }),
    ...(options.quickConfig ? {} : { quickConfig: false }),
    ...(options.keytab === undefined ? {} : { kerberos: { keytab: options.keytab } }),
  };
}

function record(assignments: readonly Assignment[] = []): Record<string, string> {
  return Object.fromEntries(assignments.map(({ path, value }) => [path, value]));
}

/** @param variable where the password is; absent: one is generated, which `suggested` may hold. */
function secretFrom(variable: string | undefined, suggested: string): Secret {
  if (variable === undefined) {
    return { password: `${randomBytes(12).toString("base64url")}-9aZ`, variable: suggested, generated: true };
  }
  const password = surroundings().env[variable];
  if (password !== undefined && password !== "") return { password, variable, generated: false };
  throw new WinrmError("WINRM_E_ARGUMENT", `the environment variable ${displayVariable(variable)} holds no password`);
}

/** `svc-deploy` → `SVC_DEPLOY_PASSWORD` */
function variableFor(name: string): string {
  return `${name
    .toUpperCase()
    .replaceAll(/\W/g, "_")
    .replace(/^(?=\d)/, "_")}_PASSWORD`;
}
