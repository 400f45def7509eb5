import { WinrmError, asError, isWinrmError } from "../../errors";
import type { Session } from "../../session/session";
import type { SessionPool } from "../../session/session-pool";
import type { SessionTarget } from "../../session/target";
import type { Clock } from "./confirm/clock";

/** The proof that a change did not lock out: a logon that has nothing in common with the connection that made it. */

/** What a fresh logon needs. */
export interface LoggingIn {
  readonly pool: SessionPool;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** By the steady clock, after which no further attempt is begun. Default: none. */
  readonly deadlineMs?: number;
  /** See {@link SessionPool.freshSession}. Default `anew`. */
  readonly logons?: "anew" | "counted";
}

/** Errors that may pass by themselves: the service restarts, a packet is lost. */
export const PASSING: ReadonlySet<string> = new Set([
  ...["WINRM_E_CONNECTION_LOST", "WINRM_E_CONNECTION_REFUSED", "WINRM_E_CONNECT_TIMEOUT", "WINRM_E_TIMEOUT"],
  ...["WINRM_E_HTTP_STATUS", "WINRM_E_UNREACHABLE"],
]);
const WAITS_MS = [0, 2_000, 5_000] as const;

/**
 * A fresh socket, TLS without resumption, a fresh logon by the same way, and a read that needs an administrator. What may
 * pass by itself is tried three times; a refused logon is not tried again.
 * @param read what is to be read over the session.
 * @returns the open session, which the caller closes; or what the last attempt met.
 */
export async function freshLogon<T>(
  { pool, clock, signal, deadlineMs = Infinity, logons }: LoggingIn,
  target: SessionTarget,
  read: (session: Session) => Promise<T>,
): Promise<{ readonly session: Session; readonly read: T } | Error> {
  let met: Error | undefined;
  for (const waitMs of WAITS_MS) {
    if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined);
    if (signal.aborted) break;
    const session = pool.freshSession(target, logons);
    try {
      return { session, read: await read(session) };
    } catch (error) {
      session.close();
      met = asError(error);
      if (!isWinrmError(error) || !PASSING.has(error.code)) break;
    }
    if (clock.steadyMs() >= deadlineMs) break;
  }
  return met ?? new WinrmError("WINRM_E_CANCELLED", "the operation was cancelled before the proof");
}
