/** A provider process whose log lines a test can read, and simulated hosts that it can reach. */
import type { TestContext } from "node:test";
import { dynamicProviderFor } from "../../provider/engine/dynamic-provider";
import type { EngineLog } from "../../provider/engine/log";
import { ProviderProcess } from "../../provider/engine/process";
import { LIFECYCLES } from "../../provider/lifecycle/registry";
import { type HostOptions, SimulatedHost } from "../../simulator";

/** One line to the engine. */
export interface LogLine {
  readonly severity: "warning" | "note" | "progress";
  readonly text: string;
  readonly urn: string | undefined;
}

/** Where settings come from. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly config?: Readonly<Record<string, unknown>>;
}

class RecordingProcess extends ProviderProcess {
  readonly lines: LogLine[] = [];
  override readonly log: EngineLog = {
    warn: (text, urn) => {
      this.lines.push({ severity: "warning", text, urn });
    },
    note: (text, urn) => {
      this.lines.push({ severity: "note", text, urn });
    },
    progress: (text, urn) => {
      this.lines.push({ severity: "progress", text, urn });
    },
    flush: () => Promise.resolve(),
  };
}

/** The runtime of one provider process. */
export function startProcess(t: TestContext, { env = {}, config = {} }: Surroundings = {}) {
  const process = new RecordingProcess([], env);
  process.configure({ get: (key) => config[key] });
  t.after(() => process.stop());
  return {
    process,
    lines: process.lines,
    warnings: () => process.lines.filter(({ severity }) => severity === "warning").map(({ text }) => text),
    notes: () => process.lines.filter(({ severity }) => severity === "note").map(({ text }) => text),
    auth: dynamicProviderFor(LIFECYCLES.AuthConfig, process),
    groups: dynamicProviderFor(LIFECYCLES.GroupMembership, process),
    hosts: dynamicProviderFor(LIFECYCLES.TrustedHosts, process),
    mappings: dynamicProviderFor(LIFECYCLES.CertMapping, process),
    filter: dynamicProviderFor(LIFECYCLES.TokenFilterPolicy, process),
  };
}

/** The administrator of every host in these tests. */
export const ADMIN = { name: "ops", password: "Planted-9c1!Secret" } as const;

/** A host that the test stops. */
export async function startHost(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [ADMIN], ...options });
  t.after(() => host.stop());
  return host;
}

/** NTLM over http, sealed; the password comes by value. */
export function connectionTo(host: SimulatedHost, over: Readonly<Record<string, unknown>> = {}) {
  return {
    host: "127.0.0.1",
    transport: "http" as const,
    port: host.http!.port,
    auth: { method: "ntlm" as const, username: `${host.name}\\${ADMIN.name}`, password: ADMIN.password },
    ...over,
  };
}

/** The accepted writes of settings that a host has seen: the leaves of each Put; not what confirming writes. */
export function writesTo(host: SimulatedHost): Readonly<Record<string, string>>[] {
  return host.journal
    .writes()
    .filter(({ status }) => status === 200)
    .map(({ leaves }) => leaves ?? {})
    .filter((leaves) => !Object.keys(leaves).some((path) => path.includes("\\pulumi-winrm\\")));
}

/** NTLM exchanges that a host has seen. */
export function logonsAt(host: SimulatedHost): number {
  return new Set(host.journal.entries().flatMap(({ phase, connection }) => (phase === "handshake" ? [connection] : [])))
    .size;
}
