import { isUncertain, isWinrmError } from "../../../errors";
import { type Restored, fitsOneTask } from "../../../host/tasks/rollback";
import type { SessionPool } from "../../../session/session-pool";
import { type SessionTarget, hostIdentity } from "../../../session/target";
import type { Risk } from "../../safety/risk";
import type { Written } from "../write";

/**
 * Several risky changes of one host in one run share a window. The change whose turn it is takes those along that wait for
 * theirs: one task that restores all of them, one proof, one confirmation. Each still judges the host as it is when its
 * own writes come. A window that was not confirmed is taken apart: then each change is tried by itself, so that the one
 * that locks out is the one that fails.
 */

/** What a change would be armed with. */
export interface Intent {
  readonly risk: Risk;
  readonly seconds: number;
}

/** `apart`: the host has put everything back, and each change is tried by itself; else why it was not confirmed. */
export type WindowEnd = "confirmed" | "apart" | Error;

/** A risky change that waits for its turn at a host. */
export interface Companion {
  /** Reads the host and plans; `undefined` if it has to have a turn of its own. Writes nothing, and throws nothing. */
  intend(): Promise<Intent | undefined>;
  /**
   * Reads the host again and makes its writes, if that is still what was armed.
   * @param armed what is armed for all of them.
   * @returns `undefined` if nothing of it was written: it keeps its turn.
   */
  write(armed: SharedIntent, mayWrite: () => void): Promise<Written | undefined>;
  /** The window has ended. */
  ended(how: WindowEnd): Promise<void>;
}

/** What is armed for all changes of a window. */
export interface SharedIntent extends Intent {
  /** Whether it restores all of it. */
  covers(restored: readonly Restored[]): boolean;
}

/** Those who wait, by the sessions of the run and the host. */
const waiting = new WeakMap<SessionPool, Map<string, Set<Companion>>>();

/** Others may make the change in their window from now on. @returns ends that. */
export function waitForTurn(pool: SessionPool, target: SessionTarget, companion: Companion): () => void {
  const hosts = waiting.get(pool) ?? new Map<string, Set<Companion>>();
  const here = hosts.get(hostIdentity(target)) ?? new Set();
  waiting.set(pool, hosts.set(hostIdentity(target), here.add(companion)));
  return () => {
    here.delete(companion);
  };
}

/** A window that others may share. */
export class SharedWindow implements SharedIntent {
  readonly #joined: Companion[] = [];

  private constructor(
    readonly risk: Risk,
    readonly seconds: number,
    private readonly invited: readonly Companion[],
  ) {}

  /** Asks those who wait at the host, in their order; whoever wants another time, or does not fit into the task, keeps his turn. */
  static async of(own: Intent, pool: SessionPool, target: SessionTarget): Promise<SharedWindow> {
    const invited: Companion[] = [];
    let { risk } = own;
    for (const companion of waiting.get(pool)?.get(hostIdentity(target)) ?? []) {
      const intent = await companion.intend();
      const both = intent?.seconds === own.seconds ? united(risk, intent.risk) : undefined;
      if (both === undefined) continue;
      risk = both;
      invited.push(companion);
    }
    return new SharedWindow(risk, own.seconds, invited);
  }

  /** A window for one change. */
  static alone({ risk, seconds }: Intent): SharedWindow {
    return new SharedWindow(risk, seconds, []);
  }

  covers(restored: readonly Restored[]): boolean {
    return restored.every((item) => this.risk.restored.some((armed) => isSame(armed, item)));
  }

  /** The writes of the others, after one's own. */
  async writeOthers(mayWrite: () => void): Promise<Written> {
    for (const companion of this.invited) {
      const written = await companion.write(this, mayWrite);
      if (written === undefined) continue;
      this.#joined.push(companion);
      if (written.failure !== undefined) return written;
    }
    return { failure: undefined, touched: true };
  }

  async confirmed(): Promise<void> {
    await this.#end("confirmed");
  }

  /** @returns whether the host has put everything back, and each change of several is to be tried by itself. */
  async failed(error: Error): Promise<boolean> {
    const restored = isWinrmError(error) && error.code === "WINRM_E_CONFIRM_FAILED" && !isUncertain(error);
    await this.#end(restored ? "apart" : error);
    return restored && this.#joined.length > 0;
  }

  async #end(how: WindowEnd): Promise<void> {
    await Promise.all(this.#joined.map((companion) => companion.ended(how)));
  }
}

/** Both in one task; `undefined` if that is too much for it, or if both restore the same thing to different values. */
function united(one: Risk, other: Risk): Risk | undefined {
  const added = other.restored.filter((item) => !one.restored.some((known) => isSame(known, item)));
  const names = new Set(one.restored.map(nameOf));
  const restored = [...one.restored, ...added];
  if (added.some((item) => names.has(nameOf(item))) || !fitsOneTask(restored)) return undefined;
  return { restored, old: [one.old, other.old].filter(Boolean).join("/") };
}

function nameOf(item: Restored): string {
  return (item.kind === "value" ? `${item.key}\\${item.name}` : `${item.group}:${item.member}`).toLowerCase();
}

function isSame(one: Restored, other: Restored): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
