/** Simulated hosts and programs that manage them: what the engine tests of the resources share. */
import type { TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../simulator/index.js";
import type { CommandOptions, EngineFixture, FixtureOptions } from "./harness.js";
import { engineFixture } from "./harness.js";

/** The administrator of every test host. */
export const USERNAME = "admin";
/** Its password. */
export const PASSWORD = "Correct-Horse-7431";

/** How a program finds the test hosts' credential where it does not say it itself. */
export const CREDENTIAL = { WINRM_USERNAME: USERNAME, WINRM_PASSWORD: PASSWORD } as const;

/** A resource as a program declares it; the arguments are JSON. */
export interface Declared {
  readonly type: "AuthConfig" | "CertMapping" | "GroupMembership" | "TokenFilterPolicy" | "TrustedHosts";
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** JavaScript of the resource options. Default: none. */
  readonly options?: string;
}

/** Starts a host on loopback, with the administrator; the test's end stops it. */
export async function startHost(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [{ name: USERNAME, password: PASSWORD }], ...options });
  t.after(() => host.stop());
  return host;
}

/** `connection` for a host's http listener. */
export function connectionTo(host: SimulatedHost, more: object = {}): Record<string, unknown> {
  return { host: "127.0.0.1", transport: "http", port: portOf(host), ...more };
}

/** The port of the http listener. */
export function portOf(host: SimulatedHost): number {
  if (host.http === undefined) throw new Error("the host has no http listener");
  return host.http.port;
}

/** A CommonJS program that declares resources; each is a constant by its own name, so that `code` can use it. */
export function programOf(resources: readonly Declared[], code = ""): string {
  const declarations = resources.map(({ type, name, args, options }) => {
    const list = [JSON.stringify(name), JSON.stringify(args), ...(options === undefined ? [] : [options])];
    return `const ${name} = new winrm.${type}(${list.join(", ")});`;
  });
  return [
    'const pulumi = require("@pulumi/pulumi");',
    'const winrm = require("pulumi-winrm");',
    ...declarations,
    code,
    "",
  ].join("\n");
}

/** A fixture with such a program. The credential is in the environment. */
export interface HostFixture extends EngineFixture {
  /** Replaces the program. */
  declare(resources: readonly Declared[], code?: string): void;
  /** Applies the program without a preview. */
  apply(options?: CommandOptions): ReturnType<EngineFixture["pulumi"]>;
}

/** How such a fixture is made. */
export interface HostFixtureOptions extends Omit<FixtureOptions, "program"> {
  readonly resources: readonly Declared[];
  /** Further code of the program. */
  readonly code?: string;
}

/** Makes the project, its backend and its stack. */
export async function hostFixture(t: TestContext, options: HostFixtureOptions): Promise<HostFixture> {
  const { resources, code, env, ...rest } = options;
  const program = { "index.js": programOf(resources, code) };
  const fixture = await engineFixture(t, { ...rest, program, env: { ...CREDENTIAL, ...env } });
  return {
    ...fixture,
    declare: (changed, changedCode) => {
      fixture.write({ "index.js": programOf(changed, changedCode) });
    },
    apply: (command) => fixture.pulumi(["up", "--yes", "--skip-preview"], command),
  };
}

/** Where runs that change one list take turns; a key is there only for the time of a write. */
const TURN = "\\pulumi-winrm\\Writers\\";

/** Everything that was written on a host but the marker that confirms a risky change and the key that holds a turn. */
export function writesOn(host: SimulatedHost): ReturnType<SimulatedHost["journal"]["writes"]> {
  return host.journal.writes().filter(({ action, leaves = {} }) => {
    if (action?.endsWith("/SetStringValue") === true) return false;
    return !Object.keys(leaves).some((key) => key.includes(TURN));
  });
}

/** What a host's accepted Puts wrote, in order: `{"service/auth/Basic": "false"}` for each. */
export function putsOf(host: SimulatedHost): Readonly<Record<string, string>>[] {
  return writesOn(host).flatMap(({ status, leaves }) => (status === 200 ? [leaves ?? {}] : []));
}

/** The last part of each action that a logged-on caller sent: `Get`, `Put`. */
export function actionsOf(host: SimulatedHost): string[] {
  return host.journal.requests().map(({ action }) => action?.split("/").at(-1) ?? "");
}

/** Everything that a command printed. */
export function printed({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return `${stdout}\n${stderr}`;
}

/** The lines that hold a text, without the blanks around them. */
export function linesWith(text: string, part: string | RegExp): string[] {
  const holds = (line: string) => (typeof part === "string" ? line.includes(part) : part.test(line));
  return text
    .split("\n")
    .filter(holds)
    .map((line) => line.trim());
}

/** The lines of the section `Diagnostics` by their heading: `AuthConfig (web01)`, `Stack (proj-dev)`. */
export function diagnosticsOf(text: string): Readonly<Record<string, readonly string[]>> {
  const sections: Record<string, string[]> = {};
  let current: string[] | undefined;
  let inside = false;
  for (const line of text.split("\n")) {
    const heading = /^ {2}\S*:(\w+ \(\S+\)):$/.exec(line)?.[1];
    if (/^\S/.test(line)) inside = line.startsWith("Diagnostics:");
    else if (inside && heading !== undefined) current = sections[heading] ??= [];
    else if (inside && line.startsWith("    ")) current?.push(line.trim());
  }
  return sections;
}

/** The lines of the section `Diagnostics` that have an error code, sorted; notes have none. */
export function findingsIn(text: string): string[] {
  return Object.values(diagnosticsOf(text))
    .flat()
    .filter((line) => line.includes("[WINRM_E_"))
    .sort();
}

/** Lines of findings without their wording: `warning: service.basic [WINRM_E_DRIFT]`. */
export function byCode(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^((?:\w+: |- )\S*[^\s:]):? .*(?=\[WINRM_E_\w+\]$)/, "$1 "));
}

/** A line of a stack trace. */
export const STACK_LINE = /^\s+at .*[:(]/m;

/** Waits until something is so; asks again and again, and fails after the deadline. */
export async function until(what: string, holds: () => boolean, deadlineMs = 60_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`after ${deadlineMs / 1000} s, not yet: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
