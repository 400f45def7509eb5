/** `pulumi-winrm prove` against simulated hosts, whose clock it shares. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Proven, prove } from "../../../provider/cli/prove/prove";
import type { Row, Verdict } from "../../../provider/cli/prove/row";
import { ROWS } from "../../../provider/cli/prove/rows";
import type { Wait } from "../../../provider/session/session";
import { SessionPool } from "../../../provider/session/session-pool";
import { type HostOptions, ManualClock, SimulatedHost } from "../../../simulator";
import { clockOf } from "./confirm";
import { targetOf } from "../hosts/sessions";

/** A local administrator whom remote UAC filters, unlike the built-in one. */
const OPS = { name: "ops", password: "Winter-2031!" } as const;

/** How a host is asked. */
export interface Asking {
  readonly https?: boolean;
  readonly method?: "basic" | "ntlm";
  readonly mayRestart?: boolean;
  /** Is called at each sleep. */
  readonly onSleep?: () => void;
  readonly signal?: AbortSignal;
  /** Is called with the host before anything is asked. */
  readonly prepare?: (host: SimulatedHost) => void;
  /** What is asked. Default: everything. */
  readonly rows?: readonly Row[];
  /** Makes the sessions. */
  readonly pool?: (wait: Wait) => SessionPool;
  /** Nobody can look at the host in the end. */
  readonly unreachable?: boolean;
}

/** Asks everything, and sees that the host is then as it was. */
export async function ask(t: TestContext, options: HostOptions, asking: Asking = {}): Promise<Proven> {
  const { https = false, method = "ntlm", mayRestart = true, signal = new AbortController().signal } = asking;
  const clock = new ManualClock();
  const host = await SimulatedHost.start({ accounts: [OPS], clock, http: !https, https, ...options });
  t.after(() => host.stop());
  asking.prepare?.(host);
  const before = stateOf(host);
  const target = targetOf((host.https ?? host.http)!.port, {
    ...{ transport: https ? "https" : "http", method, username: OPS.name, password: OPS.password },
    ...(https ? { tls: { ca: host.https!.certificatePem, serverName: "localhost" } } : {}),
  });
  const wait: Wait = (ms, limit) => clock.sleep(ms, limit);
  const pool = asking.pool?.(wait) ?? new SessionPool(wait);
  t.after(() => {
    pool.close();
  });
  const shared = clockOf(clock);
  const watched = {
    ...shared,
    sleep: (ms: number, limit: AbortSignal) => {
      asking.onSleep?.();
      return shared.sleep(ms, limit);
    },
  };
  const found = await prove({ pool, target, clock: watched, signal, mayRestart }, asking.rows ?? ROWS, () => undefined);
  if (asking.unreachable !== true) assert.deepEqual([stateOf(host), found.left], [before, []]);
  return found;
}

/** Everything that a row may have changed. */
function stateOf({ config, scheduler, registry, groups, shells }: SimulatedHost): unknown {
  return {
    config: config.all(),
    tasks: scheduler.tasks.map(({ name }) => name),
    markers: registry.keys("HKLM\\SOFTWARE\\pulumi-winrm"),
    filter: registry.getDword(
      "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System",
      "LocalAccountTokenFilterPolicy",
    ),
    readers: groups.get("S-1-5-32-573").members,
    shells: shells.open,
  };
}

/** Names of the rows with a verdict. */
export function named({ proofs }: Proven, verdict: Verdict): string[] {
  return proofs.filter((proof) => proof.verdict === verdict).map(({ assumption }) => assumption);
}
