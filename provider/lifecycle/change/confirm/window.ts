import type { Written } from "../write";
import { WinrmError, isUncertain, isWinrmError } from "../../../errors";
import { setString } from "../../../host/registry";
import { MARKER_KEY } from "../../../host/tasks/rollback";
import { startRollback } from "../../../host/tasks/rollback-task";
import { readableOld } from "../../safety/risk";
import type { Session } from "../../../session/session";
import { WsmanClient } from "../../../session/wsman-client";
import { PASSING, freshLogon } from "../fresh-logon";
import { type Armed, type Arming, arm, rememberConfirmed } from "./arm";
import { type OtherConnection, connectionsBefore, lockedOut } from "./other-connections";
import { type ConfirmState, mayStillWrite, nextState } from "./protocol";
import { markersOf, notConfirmed, recover } from "./recover";

/** A change that the host undoes unless a fresh logon proves it. */
export interface ConfirmedChange<Observed> extends Arming {
  /**
   * Sends the writes.
   * @param mayWrite throws when the window is too far gone for another write.
   * @returns what went wrong, if anything did, and whether something was or may have been written.
   */
  readonly apply: (mayWrite: () => void) => Promise<Written>;
  /** Reads the host over a session of its own. */
  readonly look: (session: Session) => Promise<Observed>;
}

/** `again`: nothing was changed, and the host is not what was read any more. */
export type Confirmation<Observed> =
  | { readonly kind: "confirmed"; readonly observed: Observed }
  | { readonly kind: "again" };

const VERDICT_POLL_MS = 2_000;

/**
 * Arm, apply, prove, confirm, read the verdict, tidy up.
 * @throws WinrmError `WINRM_E_CONFIRM_UNAVAILABLE`, `WINRM_E_CONFIRM_PENDING` or the write's own error with nothing changed;
 *   `WINRM_E_CONFIRM_FAILED` where the host has restored or will restore.
 */
export async function confirmedChange<Observed>(change: ConfirmedChange<Observed>): Promise<Confirmation<Observed>> {
  const { host, log, windowSeconds } = change;
  const others = await connectionsBefore(change);
  const armed = await arm(change);
  if (armed === undefined) return { kind: "again" };
  log.progress(
    `${host}: armed; without a confirmation the host restores ${readableOld(change.old)} after ${windowSeconds} s`,
  );
  return await new Window(change, armed, others).run();
}

class Window<Observed> {
  #state: ConfirmState = "armed";
  /** `confirmed` was, or may have been, written. */
  #offered = false;

  constructor(
    private readonly change: ConfirmedChange<Observed>,
    private readonly armed: Armed,
    private readonly others: readonly OtherConnection[],
  ) {}

  async run(): Promise<Confirmation<Observed>> {
    const { host, log } = this.change;
    const written = await this.#apply();
    if (written.failure !== undefined && !written.touched) {
      await this.#withdraw();
      throw written.failure;
    }
    this.#state = nextState(this.#state, { kind: "applied" });
    if (written.failure !== undefined) return await this.#failed(written.failure);
    log.progress(`${host}: applied; logging in afresh`);
    const { session, look } = this.change;
    const proving = { ...this.change, deadlineMs: this.#deadlineMs };
    const proof = await freshLogon(proving, session.target, look);
    if (proof instanceof Error) return await this.#failed(proof);
    try {
      const met = await lockedOut(this.others, proving);
      if (met !== undefined) return await this.#failed(met);
      this.#state = nextState(this.#state, { kind: "proven" });
      log.progress(`${host}: proven; confirming`);
      return await this.#confirm(proof);
    } finally {
      proof.session.close();
    }
  }

  async #apply(): Promise<Written> {
    const { apply, clock, windowSeconds } = this.change;
    return await apply(() => {
      if (mayStillWrite(clock.steadyMs() - this.armed.sinceMs, windowSeconds)) return;
      throw new WinrmError("WINRM_E_TIMEOUT", `half of the ${windowSeconds} s to confirm were over before the write`);
    });
  }

  /** Idempotent, so that it is repeated where its response was lost; the host has the last word. */
  async #confirm(proof: { readonly session: Session; readonly read: Observed }): Promise<Confirmation<Observed>> {
    const { pool, session, signal, clock } = this.change;
    const { token } = this.armed;
    let current = proof.session;
    let met: unknown;
    for (let sent = false; clock.steadyMs() < this.#deadlineMs; ) {
      try {
        if (!sent) {
          await this.#offer(current);
          sent = true;
          this.#state = nextState(this.#state, { kind: "confirmation-sent" });
        }
        const markers = await markersOf(current, token, signal);
        this.#state = nextState(this.#state, { kind: "markers", markers });
        if (this.#state === "confirmed") {
          await this.#tidy(current);
          return { kind: "confirmed", observed: proof.read };
        }
        if (this.#state !== "confirming") break;
      } catch (error) {
        met = error;
        if (!isWinrmError(error) || !PASSING.has(error.code) || signal.aborted) break;
        if (current !== proof.session) current.close();
        current = pool.freshSession(session.target);
      }
      await this.#sleep(VERDICT_POLL_MS);
    }
    if (current !== proof.session) current.close();
    const cause = met instanceof Error ? met : new WinrmError("WINRM_E_TIMEOUT", "the confirmation came too late");
    return await this.#failed(cause, proof.read);
  }

  async #offer(session: Session): Promise<void> {
    const value = { key: MARKER_KEY, name: "confirmed", value: this.armed.token };
    try {
      await setString(new WsmanClient(session), value, this.change.signal);
      this.#offered = true;
    } catch (error) {
      this.#offered ||= isUncertain(error);
      throw error;
    }
  }

  /** The change was not confirmed as far as is known: the host decides, and is asked what it decided. */
  async #failed(met: Error, observed?: Observed): Promise<Confirmation<Observed>> {
    const { log, host } = this.change;
    log.warn(`${host}: the change is not confirmed; waiting until the host has restored the old settings`);
    const recovery = await recover(this.change, this.armed).catch(() => ({ state: "left-to-expire" }) as const);
    if (recovery.state === "confirmed" && observed !== undefined) return { kind: "confirmed", observed };
    throw notConfirmed(this.change, met, { armed: this.armed, recovery, offered: this.#offered });
  }

  /** Nothing was written: the host is told that what is there may stay, and does not restart its service. */
  async #withdraw(): Promise<void> {
    const { session } = this.change;
    try {
      await this.#offer(session);
      await this.#tidy(session);
    } catch {
      // The host restores what is there anyway.
    }
  }

  /** The task looks, finds its confirmation and deletes itself; if this is lost, it does so at the deadline. */
  async #tidy(session: Session): Promise<void> {
    const { pool, signal } = this.change;
    rememberConfirmed(pool, this.armed.token);
    await startRollback(new WsmanClient(session), signal).catch(() => undefined);
  }

  get #deadlineMs(): number {
    return this.armed.sinceMs + this.change.windowSeconds * 1000;
  }

  async #sleep(ms: number): Promise<void> {
    const { clock, signal } = this.change;
    await clock.sleep(ms, signal).catch(() => undefined);
  }
}
