import { WinrmError, isUncertain, isWinrmError, summaryOf } from "../../../errors";
import { getString } from "../../../host/registry";
import { MARKER_KEY } from "../../../host/tasks/rollback";
import { startRollback } from "../../../host/tasks/rollback-task";
import { readableOld } from "../../safety/risk";
import type { Session } from "../../../session/session";
import { WsmanClient } from "../../../session/wsman-client";
import type { Armed, Arming } from "./arm";
import { RESTORE_MARGIN_SECONDS } from "./pending";
import { type ConfirmState, type Markers, nextState, readMarkers } from "./protocol";

/** What became of a change that was not confirmed. */
export interface Recovery {
  readonly state: Extract<ConfirmState, "confirmed" | "restored" | "left-to-expire">;
}

/** After a restoration that was asked for, the service takes a moment to stop and start. */
const SOON_POLL_MS = 3_000;
const LATE_POLL_MS = 15_000;
/** A logon that is refused counts towards locking the account: the proof's, and these. */
const MAX_REFUSED_LOGONS = 2;

/** Reads the markers of a change. */
export async function markersOf(session: Session, token: string, signal: AbortSignal): Promise<Markers> {
  const client = new WsmanClient(session);
  const checking = await getString(client, { key: MARKER_KEY, name: "checking" }, signal);
  // Without `checking` there is no result yet.
  if (checking !== token) return readMarkers(token, { checking });
  return readMarkers(token, { checking, result: await getString(client, { key: MARKER_KEY, name: "result" }, signal) });
}

/**
 * Has the host restore at once if some connection still works, and waits until it says that it did, by the way that
 * worked before the change. At the latest it restores at the deadline; that is not asked for but waited for.
 */
export async function recover(arming: Arming, armed: Armed): Promise<Recovery> {
  const { pool, session, clock, signal, windowSeconds } = arming;
  const deadlineMs = armed.sinceMs + windowSeconds * 1000;
  const endMs = deadlineMs + RESTORE_MARGIN_SECONDS * 1000;
  const asked = await askForRestoration(arming);
  if (!asked) await clock.sleep(Math.max(deadlineMs + SOON_POLL_MS - clock.steadyMs(), 0), signal);
  let state: ConfirmState = "applied";
  for (let refusals = 0; refusals < MAX_REFUSED_LOGONS; ) {
    await clock.sleep(asked && clock.steadyMs() < deadlineMs ? SOON_POLL_MS : LATE_POLL_MS, signal);
    if (clock.steadyMs() > endMs) break;
    const fresh = pool.freshSession(session.target);
    try {
      state = nextState(state, { kind: "markers", markers: await markersOf(fresh, armed.token, signal) });
      if (state === "restored" || state === "confirmed") return { state };
    } catch (error) {
      if (!isWinrmError(error) || signal.aborted) throw error;
      if (error.code === "WINRM_E_LOGON_DENIED") refusals += 1;
    } finally {
      fresh.close();
    }
  }
  return { state: "left-to-expire" };
}

/** Only over a connection that is open: a new logon is what has just failed. */
async function askForRestoration({ session, signal }: Arming): Promise<boolean> {
  if (!session.connected) return false;
  try {
    return (await startRollback(new WsmanClient(session), signal)) === 0;
  } catch (error) {
    // The restoration stops the service, and so may take the response with it.
    return isUncertain(error);
  }
}

/** What is known of a change that was not confirmed. */
interface Unconfirmed {
  readonly armed: Armed;
  readonly recovery: Recovery;
  /** The confirmation was, or may have been, written: then the host may keep the change. */
  readonly offered: boolean;
}

/** @param met what a fresh logon met, or the write. */
export function notConfirmed(arming: Arming, met: Error, { armed, recovery, offered }: Unconfirmed): WinrmError {
  const restored = recovery.state === "restored";
  const old = readableOld(arming.old);
  const later = `the host restores ${old} by ${armed.settledAt.toISOString()} at the latest`;
  const what = restored
    ? `the host has restored ${old}`
    : offered
      ? `its confirmation was sent, and what the host made of it could not be read; the new values stay, or ${later}`
      : `${later}; that could not be verified from here`;
  return new WinrmError("WINRM_E_CONFIRM_FAILED", `the change could not be confirmed (${summaryOf(met)}): ${what}`, {
    host: arming.host,
    ...(restored ? {} : { outcomeUnknown: true }),
    causes: isWinrmError(met) ? (met.context.causes ?? []) : [],
    remedy: restored
      ? "find out why a fresh logon fails with the new settings, and apply again"
      : `wait until then, and run pulumi refresh; on the host, HKLM\\${MARKER_KEY} (result) says what it did`,
    cause: met,
  });
}
