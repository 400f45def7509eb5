import { WinrmError, asError } from "../../errors";
import { trace } from "../../trace";
import { displayHost } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";
import type { Connection } from "../../contract/connection/connection";
import { findingText, refuse } from "../../contract/finding";
import { HostSnapshot, type HostView, coalescingReader } from "../../host/host-view";
import type { LifecycleContext } from "./context";
import type { Plan, Write } from "./plan";
import { MACHINE_CLOCK } from "./confirm/clock";
import { inTurnOnHost } from "./host-turn";
import { type Seen, leaveSeen, nextMoment, takeSeen } from "./last-seen";
import { unconfirmedSettled } from "./confirm/settle";
import { SharedWindow, waitForTurn } from "./confirm/shared-window";
import { confirmedChange } from "./confirm/window";
import { confirmationOf, intentOf } from "./confirm/confirmation";
import { type ReconcileResult, judged, verify } from "./verify";
import { type Converging, WaitingChange } from "./waiting-change";
import { type ReachedHost, writeAll } from "./write";
import { resolveTarget } from "../../connect/target";

/** The one way in which a host is read and changed: observe, plan, refuse or write, read back. */

/** How a resource sees the host, and what it would do to it. */
export interface ReconcileSteps<Observed> {
  readonly observe: (view: HostView) => Promise<Observed>;
  readonly plan: (observed: Observed, reached: ReachedHost) => Plan<Observed>;
  /** The argument `confirm`. */
  readonly confirm: number | false | undefined;
  /** While it waits for its turn, it may be asked whether it shares a window. Default `false`. */
  readonly canBeRisky?: boolean | undefined;
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
  { observe, plan, confirm, canBeRisky = false }: ReconcileSteps<Observed>,
): Promise<ReconcileResult<Observed>> {
  const reached = connectionFor(connection, context);
  const asked = nextMoment();
  let seen: Seen | undefined;
  const clock = context.clock ?? MACHINE_CLOCK;
  const look = async (session = reached.session) => {
    const [snapshot, at, began] = [new HostSnapshot(session), nextMoment(), clock.steadyMs()];
    const observed = await observe(snapshot.view(context.signal));
    seen = { snapshot: snapshot.through(reached.session), at, paceMs: clock.steadyMs() - began };
    return observed;
  };
  const applying = { reached, context, clock, look, plan, confirm };
  const inTurn = canBeRisky ? inTurnOrShared : inOwnTurn;
  return inTurn(applying, async () => {
    const result = await change(takeSeen(context.pool, reached, asked));
    if (seen !== undefined && result.failure === undefined) leaveSeen(context.pool, reached.target, seen);
    return result;
  });

  async function change(ahead: Seen | undefined): Promise<ReconcileResult<Observed>> {
    context.log.progress(`reading ${reached.host}`);
    seen = ahead;
    let before = await (ahead === undefined ? look() : observe(ahead.snapshot.view(context.signal)));
    let first = plan(before, reached);
    // Arming waits for a pending change itself.
    const arms = intentOf(before, first.writes, { confirm, context }) !== undefined;
    if (!arms && (await unconfirmedSettled(first.already, { ...reached, ...context, clock }))) {
      before = await look();
      first = plan(before, reached);
    }
    const { findings, writes } = first;
    const planned = writes.map(({ operation }) => operation);
    trace("plan", () => ({ host: reached.host, findings: findings.length, writes: planned }));
    refuse(findings, reached.host);
    for (const finding of findings) if (finding.severity === "warning") context.log.warn(findingText(finding));
    if (writes.length === 0) return { before, after: before };
    return await context.pool.exclusivelyNamed(reached.session.hostNames, context.signal, async (waited) => {
      if (writes.every(({ shared }) => shared === true))
        return { ...(await convergeInTurn(applying, seen?.paceMs ?? 0)), before };
      return { ...(await converge(waited ? await look() : before, applying)), before };
    });
  }
}

/** One change of a host at a time. */
function inOwnTurn<Observed>(
  { reached, context }: Converging<Observed>,
  change: () => Promise<ReconcileResult<Observed>>,
): Promise<ReconcileResult<Observed>> {
  return context.pool.exclusively(reached.target, context.signal, change);
}

/** The same; while it waits, the change before it may take it along in its window. */
async function inTurnOrShared<Observed>(
  applying: Converging<Observed>,
  change: () => Promise<ReconcileResult<Observed>>,
): Promise<ReconcileResult<Observed>> {
  const { reached, context } = applying;
  const waiting = new WaitingChange(applying);
  const leave = waitForTurn(context.pool, reached.target, waiting);
  try {
    return await inOwnTurn(applying, async () => {
      leave();
      return (await waiting.made()) ?? (await change());
    });
  } catch (error) {
    leave();
    // It may have been cancelled while it waited, and have been made meanwhile.
    const made = await waiting.made();
    if (made === undefined) throw error;
    return made;
  }
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

/** How often the host may turn out to be changed by another writer between reading and arming. */
const MAX_ROUNDS = 3;

/** Applies the plan, and where another process changed the host meanwhile, the plan for what is there then. */
async function converge<Observed>(
  before: Observed,
  applying: Converging<Observed>,
): Promise<ReconcileResult<Observed>> {
  const { reached, plan, look } = applying;
  let observed = before;
  let shared = true;
  for (let [rounds, merges] = [1, 1]; ; ) {
    const { findings, writes } = plan(observed, reached);
    refuse(findings, reached.host);
    if (writes.length === 0) return { before, after: observed };
    const result = await apply(observed, writes, { ...applying, shared });
    if (result === "again" || result === "apart") {
      if (result === "apart") shared = false;
      else if (rounds++ === MAX_ROUNDS) throw alwaysChanged(reached.host);
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

/** `again`: nothing was changed, and the host has to be read again. `apart`: so it is, with what others changed in the window. */
type Applied<Observed> = ReconcileResult<Observed> | "again" | "apart";

async function apply<Observed>(
  before: Observed,
  writes: readonly Write<Observed>[],
  { shared: mayShare, ...applying }: Converging<Observed> & { readonly shared: boolean },
): Promise<Applied<Observed>> {
  const { reached, context, clock, look } = applying;
  const window = confirmationOf(before, writes, { ...applying, host: reached.host });
  const plain = await writeAll(window === undefined ? writes : writes.slice(0, window.from), applying);
  if (plain.failure !== undefined && !plain.touched) throw plain.failure;
  if (plain.failure !== undefined || window === undefined) {
    return await verify(before, writes, { ...applying, failure: plain.failure });
  }
  const shared = mayShare ? await SharedWindow.of(window, context.pool, reached.target) : SharedWindow.alone(window);
  try {
    const confirmation = await confirmedChange({
      ...{ session: reached.session, host: reached.host, pool: context.pool, log: context.log, look },
      ...{ clock, signal: context.signal },
      ...{ windowSeconds: shared.seconds, restored: shared.risk.restored, old: shared.risk.old },
      apply: async (mayWrite) => {
        const own = await writeAll(writes.slice(window.from), applying, mayWrite);
        return own.failure === undefined ? await shared.writeOthers(mayWrite) : own;
      },
    });
    await shared.confirmed();
    if (confirmation.kind === "again") return "again";
    return judged(writes, { before, after: confirmation.observed }, reached.host);
  } catch (error) {
    if (await shared.failed(asError(error))) {
      context.log.warn(`${reached.host}: changes that were made together were not confirmed; each is tried by itself`);
      return "apart";
    }
    if (!plain.touched) throw error;
    return await verify(before, writes, { ...applying, failure: asError(error) });
  }
}
