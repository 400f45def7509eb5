import { WinrmError, isWinrmError, summaryOf } from "../../errors";
import type { Session } from "../../session/session";
import { hostKey } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";
import type { ResourceLog } from "./context";
import { type LoggingIn, freshLogon } from "./fresh-logon";
import type { WriteProof } from "./plan";

/**
 * Make before break, where the host cannot restore by itself: a write that connections depend on from then on is proven by
 * logging in afresh, and undone if that fails.
 */

/** The end of a change that failed has its own limit: it must not depend on the signal that ended the change. */
const UNDO_LIMIT_MS = 30_000;

/** What proving needs. */
export interface Proving extends LoggingIn {
  /** The session that made the write. */
  readonly session: Session;
  /** Host for messages. */
  readonly host: string;
  readonly log: Pick<ResourceLog, "progress" | "warn">;
}

/** A write that was not proven. */
export interface Unproven {
  readonly error: WinrmError;
  /** The host is as it was before the write. */
  readonly undone: boolean;
}

/** Logs in afresh by every way in that the write concerns. @returns `undefined` if each of them works. */
export async function proveOrUndo(proof: WriteProof, proving: Proving): Promise<Unproven | undefined> {
  const { host, log } = proving;
  for (const { target, read } of proof.logons) {
    log.progress(`${host}: written; logging in afresh`);
    const fresh = await freshLogon(proving, target, (session) => read(new WsmanClient(session), proving.signal));
    if (!(fresh instanceof Error)) {
      fresh.session.close();
      continue;
    }
    log.warn(`${host}: a fresh logon does not work, so that the change is undone`);
    const failure = await undo(proof, proving.session);
    return { error: unproven(host, fresh, failure), undone: failure === undefined };
  }
  log.progress(`${host}: proven`);
  return undefined;
}

/** Over the connection that made the write, and where that does not work any more over the run's others to this host. */
async function undo(proof: WriteProof, session: Session): Promise<unknown> {
  const here = hostKey(session.target);
  const others = session.sessions().filter((one) => one !== session && hostKey(one.target) === here);
  let failure: unknown;
  for (const one of [session, ...others]) {
    try {
      await proof.undo(new WsmanClient(one), AbortSignal.timeout(UNDO_LIMIT_MS));
      return undefined;
    } catch (error) {
      failure ??= error;
    }
  }
  return failure;
}

function unproven(host: string, met: Error, failure: unknown): WinrmError {
  const undone = failure === undefined;
  const end = undone ? "the host has what it had before" : `it could not be undone (${summaryOf(failure)})`;
  return new WinrmError(
    "WINRM_E_CONFIRM_FAILED",
    `a fresh logon did not prove the change (${summaryOf(met)}): ${end}`,
    {
      host,
      ...(undone ? {} : { outcomeUnknown: true }),
      causes: isWinrmError(met) ? (met.context.causes ?? []) : [],
      remedy: undone
        ? "find out why a fresh logon fails after the change, and apply again"
        : "connect with another method, and run pulumi refresh to see what the host has now",
      cause: met,
    },
  );
}
