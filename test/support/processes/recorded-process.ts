/** A provider process whose log lines a test can read, and simulated hosts that it can reach. */
import type { TestContext } from "node:test";
import { dynamicProviderFor } from "../../../provider/engine/dynamic-provider";
import type { EngineLog } from "../../../provider/engine/log";
import { ProviderProcess } from "../../../provider/engine/process";
import { Claims } from "../../../provider/lifecycle/change/claims";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import type { Provider } from "./provider-calls.js";

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
  override claims = new Claims();
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

/** A delete is that of a destroy, which in a real run has a process of its own: nothing was checked there. */
function destroying(process: RecordingProcess, provider: Provider): Provider {
  return {
    ...provider,
    delete: (id, props) => {
      process.claims = new Claims();
      return provider.delete(id, props);
    },
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
    auth: destroying(process, dynamicProviderFor(LIFECYCLES.AuthConfig, process)),
    groups: destroying(process, dynamicProviderFor(LIFECYCLES.GroupMembership, process)),
    hosts: destroying(process, dynamicProviderFor(LIFECYCLES.TrustedHosts, process)),
    mappings: destroying(process, dynamicProviderFor(LIFECYCLES.CertMapping, process)),
    filter: destroying(process, dynamicProviderFor(LIFECYCLES.TokenFilterPolicy, process)),
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
