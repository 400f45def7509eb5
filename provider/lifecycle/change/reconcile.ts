import { WinrmError, isWinrmError, messageOf } from "../../errors";
import { trace, traceCode } from "../../trace";
import type { Session } from "../../session/session";
import { type SessionTarget, displayHost } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";
import type { Connection } from "../../contract/connection/connection";
import { findingText, refuse } from "../../contract/finding";
import { HostSnapshot, type HostView, coalescingReader } from "../../host/host-view";
import type { LifecycleContext } from "./context";
import type { Plan, Write } from "./plan";
import { type Clock, MACHINE_CLOCK } from "./confirm/clock";
import { inTurnOnHost } from "./host-turn";
import { type Proving, proveOrUndo } from "./proven-write";
import { unconfirmedSettled } from "./confirm/settle";
import { confirmedChange } from "./confirm/window";
import { confirmationOf } from "./confirm/confirmation";
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
  /** The argument `confirm`. */
  readonly confirm: number | false | undefined;
}

/** What a reconcile did. */
export interface ReconcileResult<Observed> {
  readonly before: Observed;
  /** Read back after a write; the same as `before` if nothing was written; what is known if reading failed. */
  readonly after: Observed;
  /** Set if something was or may have been written before the failure. */
  readonly failure?: Error;
  /** The host took every write, and does not have all of it when it is read back. */
  readonly overwritten?: boolean;
}

/** So often a value that several processes write is merged and written again before the operation fails. */
const MERGE_ATTEMPTS = 5;

/** Decodes the connection, warns about weak choices, and takes the session of the run; sends nothing. */
export function connectionFor(connection: Connection, context: LifecycleContext): ReachedHost {
  const { target, warnings } = resolveTarget(connection, context.settings);
  for (const warning of warnings) context.log.warn(warning);
  return { target, session: context.pool.session(target), host: displayHost(target) };
}

/**
 * Counts a connection among the ways in to its host that the run uses, before anything is sent through it. What is wrong
 * with it is said where it is used.
 */
export function announceConnection(
  connection: Connection,
  { pool, settings }: Pick<LifecycleContext, "pool" | "settings">,
): void {
  try {
    pool.session(resolveTarget(connection, settings).target);
  } catch {
    // A connection that cannot be resolved yet is no way in; the operation that needs it fails with the reason.
  }
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
  { observe, plan, confirm }: ReconcileSteps<Observed>,
): Promise<ReconcileResult<Observed>> {
  const reached = connectionFor(connection, context);
  const look = (session = reached.session) => observe(new HostSnapshot(session).view(context.signal));
  return context.pool.exclusively(reached.target, context.signal, async () => {
    context.log.progress(`reading ${reached.host}`);
    const clock = context.clock ?? MACHINE_CLOCK;
    const began = clock.steadyMs();
    let before = await look();
    const paceMs = clock.steadyMs() - began;
    let first = plan(before, reached);
    if (await unconfirmedSettled(first.already, { ...reached, ...context, clock })) {
      before = await look();
      first = plan(before, reached);
    }
    const { findings, writes } = first;
    const planned = writes.map(({ operation }) => operation);
    trace("plan", () => ({ host: reached.host, findings: findings.length, writes: planned }));
    refuse(findings, reached.host);
    for (const finding of findings) if (finding.severity === "warning") context.log.warn(findingText(finding));
    if (writes.length === 0) return { before, after: before };
    const applying = { reached, context, clock, look, plan, confirm };
    return await context.pool.exclusivelyNamed(reached.session.hostNames, context.signal, async (waited) => {
      if (writes.every(({ shared }) => shared === true)) return { ...(await convergeInTurn(applying, paceMs)), before };
      return { ...(await converge(waited ? await look() : before, applying)), before };
    });
  });
}

/** What other processes write, too, is read and written while none of them does. */
async function convergeInTurn<Observed>(
  applying: Converging<Observed>,
  paceMs: number,
): Promise<ReconcileResult<Observed>> {
  const { reached, context, clock, look } = applying;
  const { result, overtaken } = await inTurnOnHost(
    {
      client: new WsmanClient(reached.session),
      ...{ host: reached.host, clock, paceMs, log: context.log, signal: context.signal },
    },
    async () => converge(await look(), applying),
  );
  if (!overtaken || result.failure !== undefined) return result;
  const failure = new WinrmError(
    "WINRM_E_NOT_APPLIED",
    "the change was made so slowly that another run took it for abandoned; what that run wrote may be lost",
    { host: reached.host, remedy: "run pulumi refresh, here and for the other stack, to see what the host has now" },
  );
  return { ...result, failure };
}

/** How often the host may turn out to be changed by somebody else between reading and arming. */
const MAX_ROUNDS = 3;

/** Applies the plan, and where another process changed the host meanwhile, the plan for what is there then. */
async function converge<Observed>(
  before: Observed,
  applying: Converging<Observed>,
): Promise<ReconcileResult<Observed>> {
  const { reached, plan, look } = applying;
  let observed = before;
  for (let [rounds, merges] = [1, 1]; ; ) {
    const { findings, writes } = plan(observed, reached);
    refuse(findings, reached.host);
    if (writes.length === 0) return { before, after: observed };
    const result = await apply(observed, writes, applying);
    if (result === undefined) {
      if (rounds++ === MAX_ROUNDS) throw alwaysChanged(reached.host);
      observed = await look();
      continue;
    }
    const lost = result.overwritten === true && writes.every(({ shared }) => shared === true);
    if (!lost || merges++ === MERGE_ATTEMPTS) return result;
    observed = result.after;
  }
}

function alwaysChanged(host: string): WinrmError {
  const summary = "the host was changed by others each time before it was armed";
  return new WinrmError("WINRM_E_CONFIRM_PENDING", summary, { host, remedy: "run again later" });
}

interface ApplyContext<Observed> {
  readonly reached: ReachedHost;
  readonly context: LifecycleContext;
  readonly clock: Clock;
  /** @param session default: the run's own. */
  readonly look: (session?: Session) => Promise<Observed>;
  readonly confirm: number | false | undefined;
}

type Converging<Observed> = ApplyContext<Observed> & Pick<ReconcileSteps<Observed>, "plan">;

/** @returns `undefined` if nothing was changed and the host has to be read again. */
async function apply<Observed>(
  before: Observed,
  writes: readonly Write<Observed>[],
  applying: ApplyContext<Observed>,
): Promise<ReconcileResult<Observed> | undefined> {
  const { reached, context, clock, look } = applying;
  const window = confirmationOf(before, writes, { ...applying, host: reached.host });
  const plain = await writeAll(window === undefined ? writes : writes.slice(0, window.from), applying);
  if (plain.failure !== undefined && !plain.touched) throw plain.failure;
  if (plain.failure !== undefined || window === undefined) {
    return await verify(before, writes, { ...applying, failure: plain.failure });
  }
  try {
    const confirmation = await confirmedChange({
      ...{ session: reached.session, host: reached.host, pool: context.pool, log: context.log, look },
      ...{ clock, signal: context.signal },
      ...{ windowSeconds: window.seconds, restored: window.risk.restored, old: window.risk.old },
      apply: (mayWrite) => writeAll(writes.slice(window.from), applying, mayWrite),
    });
    if (confirmation.kind === "again") return undefined;
    return judged(writes, { before, after: confirmation.observed }, reached.host);
  } catch (error) {
    if (!plain.touched) throw error;
    return await verify(before, writes, { ...applying, failure: asError(error) });
  }
}

/** In order, up to the first failure. */
async function writeAll<Observed>(
  writes: readonly Write<Observed>[],
  applying: ApplyContext<Observed>,
  mayWrite?: () => void,
): Promise<{ readonly failure: Error | undefined; readonly touched: boolean }> {
  const { reached, context } = applying;
  let touched = false;
  for (const write of writes) {
    context.log.progress(`${reached.host}: ${write.operation}`);
    try {
      mayWrite?.();
      await writeOnce(write, applying);
      const unproven = write.proof === undefined ? undefined : await proveOrUndo(write.proof, proving(applying));
      if (unproven?.undone === true) return { failure: unproven.error, touched };
      touched = true;
      if (unproven !== undefined) return { failure: unproven.error, touched };
      trace("write", () => ({ host: reached.host, operation: write.operation, outcome: "done" }));
    } catch (error) {
      const uncertain = isWinrmError(error) && error.context.outcomeUnknown === true;
      const outcome = uncertain ? "unknown" : "failed";
      trace("write", () => ({ host: reached.host, operation: write.operation, outcome, ...traceCode(error) }));
      return { failure: asError(error), touched: touched || uncertain || write.nonAtomic === true };
    }
  }
  return { failure: undefined, touched };
}

function proving({ reached, context, clock }: Omit<ApplyContext<unknown>, "look" | "confirm">): Proving {
  return { ...context, ...reached, clock };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
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
  return failure === undefined ? judged(writes, { before, after }, reached.host) : { before, after, failure };
}

/** What the writes were to bring about must be there. */
function judged<Observed>(
  writes: readonly Write<Observed>[],
  { before, after }: ReconcileResult<Observed>,
  host: string,
): ReconcileResult<Observed> {
  const unmet = writes.flatMap((write) => write.unmet(after));
  if (unmet.length === 0) return { before, after };
  return {
    before,
    after,
    overwritten: true,
    failure: new WinrmError(
      "WINRM_E_NOT_APPLIED",
      `the host accepted the change, but reading it back shows: ${unmet.join("; ")}`,
      {
        host,
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
