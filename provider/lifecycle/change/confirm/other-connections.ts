import { WinrmError, isWinrmError, summaryOf } from "../../../errors";
import { HostSnapshot } from "../../../host/host-view";
import { type LogonRead, firstPossibleRead } from "../../../host/logon-reads";
import { type SessionTarget, displayLogon } from "../../../session/target";
import { WsmanClient } from "../../../session/wsman-client";
import { freshLogon } from "../fresh-logon";
import type { Arming } from "./arm";

/**
 * The program's other connections to a host. A change that one of them does not survive is no good change, whoever made it,
 * and one that was out before says nothing of it.
 */

/** A connection that got in before the change, and must get in after it. */
export interface OtherConnection {
  readonly target: SessionTarget;
  /** What it could read. */
  readonly read: LogonRead;
}

/**
 * Logs in afresh by each of the others, before anything is armed; one that does not get in is named and left out. What may
 * pass by itself is tried three times, a credential that was refused in this run not again. One request for each, and none
 * where there is no other.
 */
export async function connectionsBefore(arming: Arming): Promise<OtherConnection[]> {
  const { session, host, signal, log } = arming;
  const found: OtherConnection[] = [];
  for (const { target } of await new HostSnapshot(session).view(signal).logons(() => true)) {
    if (target === session.target) continue;
    log.progress(`${host}: trying another connection of this program (${displayLogon(target)}) before the change`);
    const fresh = await freshLogon({ ...arming, logons: "counted" }, target, (one) =>
      firstPossibleRead(new WsmanClient(one), signal),
    );
    if (!(fresh instanceof Error)) {
      fresh.session.close();
      found.push({ target, read: fresh.read });
      continue;
    }
    if (signal.aborted) throw fresh;
    log.warn(
      `${host}: another connection of this program (${displayLogon(target)}) does not get in even before the change (${summaryOf(fresh)}): whether the change locks it out is not tried`,
    );
  }
  return found;
}

/** Logs in afresh by each of them after the change. @returns what the first met that does not get in, with its name. */
export async function lockedOut(
  others: readonly OtherConnection[],
  proving: Arming & { readonly deadlineMs: number },
): Promise<Error | undefined> {
  const { host, log, signal } = proving;
  for (const { target, read } of others) {
    log.progress(`${host}: logging in afresh by another connection of this program (${displayLogon(target)})`);
    const fresh = await freshLogon(proving, target, (one) => read(new WsmanClient(one), signal));
    // Whoever ends the run says nothing of the connection.
    if (fresh instanceof Error) return signal.aborted ? fresh : named(target, fresh);
    fresh.session.close();
  }
  return undefined;
}

function named(target: SessionTarget, met: Error): WinrmError {
  const summary = `another connection of this program (${displayLogon(target)}) got in before the change and does not get in after it: ${summaryOf(met)}`;
  if (isWinrmError(met)) return new WinrmError(met.code, summary, { ...met.context, cause: met });
  return new WinrmError("WINRM_E_INTERNAL", summary, { cause: met });
}
