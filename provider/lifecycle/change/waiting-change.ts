import { findingText } from "../../contract/finding";
import { intentOf } from "./confirm/confirmation";
import type { Companion, Intent, SharedIntent, WindowEnd } from "./confirm/shared-window";
import type { Plan, Write } from "./plan";
import { type ReconcileResult, verify } from "./verify";
import { type ReachedHost, type WriteContext, type Written, writeAll } from "./write";

/** What making a change needs. */
export interface Converging<Observed> extends WriteContext<Observed> {
  readonly plan: (observed: Observed, reached: ReachedHost) => Plan<Observed>;
  /** The argument `confirm`. */
  readonly confirm: number | false | undefined;
}

interface Begun<Observed> {
  readonly before: Observed;
  readonly writes: readonly Write<Observed>[];
  readonly end: (result: ReconcileResult<Observed> | undefined) => void;
  readonly fail: (error: Error) => void;
}

/** A change that waits for its turn, and may be made in the window of the change before it. */
export class WaitingChange<Observed> implements Companion {
  #begun: Begun<Observed> | undefined;
  #made: Promise<ReconcileResult<Observed> | undefined> | undefined;

  constructor(private readonly applying: Converging<Observed>) {}

  /**
   * Resolves once a window in which it was written has ended; `undefined` if it was in none, or is to be tried by itself.
   * @throws WinrmError `WINRM_E_CONFIRM_FAILED` where the host has yet to restore it.
   */
  async made(): Promise<ReconcileResult<Observed> | undefined> {
    return await this.#made;
  }

  async intend(): Promise<Intent | undefined> {
    return (await this.#planned())?.intent;
  }

  async write(armed: SharedIntent, mayWrite: () => void): Promise<Written | undefined> {
    const { reached, context } = this.applying;
    const planned = await this.#planned();
    if (planned?.intent.seconds !== armed.seconds || !armed.covers(planned.intent.risk.restored)) return undefined;
    const { before, writes, warnings } = planned;
    context.log.progress(`${reached.host}: made together with another change, within its time to confirm`);
    this.#made = new Promise((end, fail) => {
      this.#begun = { before, writes, end, fail };
    });
    // Whoever waits for the turn gets it; until then nobody does.
    this.#made.catch(() => undefined);
    const written = await writeAll(writes, this.applying, mayWrite);
    if (written.failure !== undefined && !written.touched) {
      await this.ended("apart");
      return undefined;
    }
    for (const finding of warnings) context.log.warn(findingText(finding));
    return written;
  }

  async ended(how: WindowEnd): Promise<void> {
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun === undefined) return;
    if (how === "confirmed") {
      begun.end(await verify(begun.before, begun.writes, { ...this.applying, failure: undefined }));
    } else if (how === "apart") begun.end(undefined);
    else begun.fail(how);
  }

  /** What it would do now; `undefined` where its own turn has to say what is wrong, or what it changes cannot be shared. */
  async #planned() {
    const { context, look, plan, reached } = this.applying;
    if (context.signal.aborted) return undefined;
    try {
      const before = await look();
      // What a run that died has left there is settled once this window is armed, and the host is read again then.
      const { findings, writes } = plan(before, reached);
      if (findings.some(({ severity }) => severity === "error")) return undefined;
      if (writes.some(({ shared, proof }) => shared === true || proof !== undefined)) return undefined;
      const intent = intentOf(before, writes, this.applying);
      const warnings = findings.filter(({ severity }) => severity === "warning");
      return intent === undefined ? undefined : { before, writes, intent, warnings };
    } catch {
      return undefined;
    }
  }
}
