import { resolveTarget } from "../../connect/target";
import type { Connection } from "../../contract/connection/connection";
import { type Judgement, refuse } from "../../contract/finding";
import { HostSnapshot } from "../../host/host-view";
import { type SessionTarget, displayHost } from "../../session/target";
import type { LifecycleContext } from "./context";
import type { ReconcileSteps } from "./reconcile";

/** What a preview can tell only with the state, which the pre-flight does not see: asked while the engine compares. */

/** What is judged ahead of a change. */
export interface Judging<Observed> {
  /** The connection through which the change would be made. */
  readonly connection: Connection;
  /** The argument `preflight` of the new arguments; with another value than `error` nothing is asked. */
  readonly preflight: Connection["preflight"];
  /** Whether it is asked through such a connection. */
  readonly concerns: (target: SessionTarget) => boolean;
  readonly steps: () => Promise<ReconcileSteps<Observed>>;
}

/** A preview waits no longer for a host that is down, which the pre-flight reports. */
const LIMIT_MS = 3_000;

/**
 * Reads a host, and refuses what the plan for it refuses; writes nothing. What keeps it from judging is met, and said, where
 * the change is made.
 * @throws WinrmError as the plan's findings say.
 */
export async function judgeAhead<Observed>(
  { connection, preflight, concerns, steps }: Judging<Observed>,
  { pool, settings, signal }: LifecycleContext,
): Promise<void> {
  let judged: { readonly findings: readonly Judgement[]; readonly host: string };
  try {
    if ((preflight ?? settings.choice("preflight")) !== "error") return;
    const { target } = resolveTarget(connection, settings);
    if (!concerns(target)) return;
    const reached = { target, session: pool.session(target), host: displayHost(target) };
    const { observe, plan } = await steps();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const observed = await observe(new HostSnapshot(reached.session).view(limit));
    judged = { findings: plan(observed, reached).findings, host: reached.host };
  } catch {
    return;
  }
  refuse(judged.findings, judged.host);
}
