import { WinrmError, isWinrmError, messageOf } from "../../errors";
import type { Session } from "../../session/session";
import { type SessionTarget, displayHost } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";
import type { Connection } from "../../contract/connection";
import { findingText, refuse } from "../../contract/finding";
import { HostSnapshot, type HostView, coalescingReader } from "../../host/host-view";
import type { LifecycleContext } from "./context";
import type { Plan, Write } from "./plan";
import { resolveTarget } from "../../connect/target";

/** The one way in which a host is read and changed: observe, plan, refuse or write, read back. */

/** A host reached through a connection argument. */
export interface ReachedHost {
  readonly target: SessionTarget;
  readonly session: Session;
  /** Name for messages. */
  readonly host: string;
}

/** How a resource sees the host, and what it would do to it. */
export interface ReconcileSteps<Observed> {
  readonly observe: (view: HostView) => Promise<Observed>;
  readonly plan: (observed: Observed, reached: ReachedHost) => Plan<Observed>;
}

/** What a reconcile did. */
export interface ReconcileResult<Observed> {
  readonly before: Observed;
  /** Read back after a write; the same as `before` if nothing was written; what is known if reading failed. */
  readonly after: Observed;
  /** Set if something was or may have been written before the failure. */
  readonly failure?: Error;
}

/** Decodes the connection, warns about weak choices, and takes the session of the run; sends nothing. */
export function connectionFor(connection: Connection, context: LifecycleContext): ReachedHost {
  const { target, warnings } = resolveTarget(connection, context.settings);
  for (const warning of warnings) context.log.warn(warning);
  return { target, session: context.pool.session(target), host: displayHost(target) };
}

/** Reads a host for a refresh; resources of one host that ask while a read is under way share it. */
export function observeNow<Observed>(
  connection: Connection,
  context: LifecycleContext,
  observe: (view: HostView) => Promise<Observed>,
): Promise<Observed> {
  return observe(coalescingReader(connectionFor(connection, context).session, context.signal));
}

/**
 * Brings a host to what the plan wants. Nothing is written if it finds an error, or if nothing differs.
 * @throws WinrmError if nothing was written; a failure after a write is returned, because state must show it.
 */
export function reconcile<Observed>(
  connection: Connection,
  context: LifecycleContext,
  { observe, plan }: ReconcileSteps<Observed>,
): Promise<ReconcileResult<Observed>> {
  const reached = connectionFor(connection, context);
  const look = () => observe(new HostSnapshot(reached.session).view(context.signal));
  return context.pool.exclusively(reached.target, context.signal, async () => {
    context.log.progress(`reading ${reached.host}`);
    const before = await look();
    const { findings, writes } = plan(before, reached);
    refuse(findings, reached.host);
    for (const finding of findings) if (finding.severity === "warning") context.log.warn(findingText(finding));
    if (writes.length === 0) return { before, after: before };
    return await apply(before, writes, { reached, context, look });
  });
}

interface ApplyContext<Observed> {
  readonly reached: ReachedHost;
  readonly context: LifecycleContext;
  readonly look: () => Promise<Observed>;
}

async function apply<Observed>(
  before: Observed,
  writes: readonly Write<Observed>[],
  applying: ApplyContext<Observed>,
): Promise<ReconcileResult<Observed>> {
  const { reached, context } = applying;
  let touched = false;
  let failure: Error | undefined;
  for (const write of writes) {
    context.log.progress(`${reached.host}: ${write.operation}`);
    try {
      await writeOnce(write, applying);
      touched = true;
    } catch (error) {
      const uncertain = isWinrmError(error) && error.context.outcomeUnknown === true;
      if (!touched && !uncertain && write.nonAtomic !== true) throw error;
      failure = error instanceof Error ? error : new Error(messageOf(error));
      break;
    }
  }
  return await verify(before, writes, { ...applying, failure });
}

/** A write whose outcome is unknown is looked up on the host before it is repeated, and repeated once. */
async function writeOnce<Observed>(
  write: Write<Observed>,
  { reached, context, look }: ApplyContext<Observed>,
): Promise<void> {
  const client = new WsmanClient(reached.session);
  try {
    await write.run(client, context.signal);
  } catch (error) {
    if (!isWinrmError(error) || error.context.outcomeUnknown !== true || context.signal.aborted) throw error;
    const observed = await look().catch((cause: unknown) => {
      throw new WinrmError(
        "WINRM_E_UNCERTAIN_WRITE",
        "the connection broke during a write, and the host could not be read afterwards",
        {
          host: reached.host,
          operation: write.operation,
          outcomeUnknown: true,
          remedy: "run pulumi up again when the host answers: it reads first and writes only what differs",
          cause,
        },
      );
    });
    if (write.unmet(observed).length === 0) return;
    await write.run(client, context.signal);
  }
}

async function verify<Observed>(
  before: Observed,
  writes: readonly Write<Observed>[],
  { reached, context, look, failure }: ApplyContext<Observed> & { readonly failure: Error | undefined },
): Promise<ReconcileResult<Observed>> {
  let after: Observed;
  try {
    context.log.progress(`reading back ${reached.host}`);
    after = await look();
  } catch (error) {
    const known = failure === undefined ? writes.reduce((host, write) => write.predictedState(host), before) : before;
    return { before, after: known, failure: failure ?? unverified(error, reached.host) };
  }
  if (failure !== undefined) return { before, after, failure };
  const unmet = writes.flatMap((write) => write.unmet(after));
  if (unmet.length === 0) return { before, after };
  return {
    before,
    after,
    failure: new WinrmError(
      "WINRM_E_NOT_APPLIED",
      `the host accepted the change, but reading it back shows: ${unmet.join("; ")}`,
      {
        host: reached.host,
        causes: ["something else on the host changed it back: Group Policy, or another tool"],
        remedy: "run pulumi refresh to see what the host has now",
      },
    ),
  };
}

function unverified(error: unknown, host: string): Error {
  return new WinrmError(
    "WINRM_E_NOT_APPLIED",
    `the change was written, but the host could not be read back: ${messageOf(error)}`,
    {
      host,
      remedy: "run pulumi refresh when the host answers",
      cause: error,
    },
  );
}
