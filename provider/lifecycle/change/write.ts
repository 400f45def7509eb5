import { WinrmError, asError, isUncertain } from "../../errors";
import type { Session } from "../../session/session";
import type { SessionTarget } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";
import { trace, traceCode } from "../../trace";
import type { Clock } from "./confirm/clock";
import type { LifecycleContext } from "./context";
import type { Write } from "./plan";
import { type Proving, proveOrUndo } from "./proven-write";

/** The writes of a plan, one after the other. */

/** A host reached through a connection argument. */
export interface ReachedHost {
  readonly target: SessionTarget;
  readonly session: Session;
  /** Name for messages. */
  readonly host: string;
}

/** What writing needs. */
export interface WriteContext<Observed> {
  readonly reached: ReachedHost;
  readonly context: LifecycleContext;
  readonly clock: Clock;
  /** @param session default: the run's own. */
  readonly look: (session?: Session) => Promise<Observed>;
}

/** How writing ended. */
export interface Written {
  readonly failure: Error | undefined;
  /** Something was written, or may have been. */
  readonly touched: boolean;
}

/**
 * Makes writes in order, up to the first failure.
 * @param mayWrite throws when it is too late for another write.
 * @returns what went wrong, if anything did, and whether something was or may have been written.
 */
export async function writeAll<Observed>(
  writes: readonly Write<Observed>[],
  applying: WriteContext<Observed>,
  mayWrite?: () => void,
): Promise<Written> {
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
      const uncertain = isUncertain(error);
      const outcome = uncertain ? "unknown" : "failed";
      trace("write", () => ({ host: reached.host, operation: write.operation, outcome, ...traceCode(error) }));
      return { failure: asError(error), touched: touched || uncertain || write.nonAtomic === true };
    }
  }
  return { failure: undefined, touched };
}

function proving({ reached, context, clock }: Omit<WriteContext<unknown>, "look">): Proving {
  return { ...context, ...reached, clock };
}

/** A write whose outcome is unknown is looked up on the host before it is repeated, and repeated once. */
async function writeOnce<Observed>(
  write: Write<Observed>,
  { reached, context, look }: WriteContext<Observed>,
): Promise<void> {
  const client = new WsmanClient(reached.session);
  try {
    await write.run(client, context.signal);
  } catch (error) {
    if (!isUncertain(error) || context.signal.aborted) throw error;
    const observed = await look().catch((cause: unknown) => {
      throw new WinrmError(
        "WINRM_E_UNCERTAIN_WRITE",
        "the connection broke during a write, and the host could not be read afterwards",
        {
          host: reached.host,
          operation: write.operation,
          outcomeUnknown: true,
          remedy: "run pulumi up again when the host responds: it reads first and writes only what differs",
          cause,
        },
      );
    });
    if (write.unmet(observed).length === 0) return;
    await write.run(client, context.signal);
  }
}
