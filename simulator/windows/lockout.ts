/**
 * Account lockout: after so many wrong passwords an account is refused, also with the right one. Assumed
 * (lockout-order, lockout-everyone).
 */

import { WinrmError } from "../../provider/errors";

/** The account lockout policy of the host. */
export interface LockoutOptions {
  /** Wrong passwords that lock an account, 1 to 999; 0: never. Default 0. */
  readonly threshold: number;
  /** Milliseconds until a locked account is let in again; 0: not before somebody unlocks it. Default 30 minutes. */
  readonly durationMs?: number;
  /** Milliseconds after which a wrong password is forgotten. Default: `durationMs`, or 30 minutes where that is 0. */
  readonly forgetAfterMs?: number;
  /** Milliseconds since any fixed moment. Default: the system's clock. */
  readonly now?: () => number;
}

interface Failures {
  readonly count: number;
  readonly lastAt: number;
}

const DEFAULT_MS = 30 * 60_000;
const MAX_THRESHOLD = 999;

/** Counts wrong passwords. Names are compared without regard to case. */
export class AccountLockout {
  readonly #threshold: number;
  readonly #durationMs: number;
  readonly #forgetAfterMs: number;
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();

  /** @throws WinrmError `WINRM_E_ARGUMENT` for a threshold that is not 0 to 999. */
  constructor(
    { threshold, durationMs = DEFAULT_MS, forgetAfterMs, now = Date.now }: LockoutOptions = { threshold: 0 },
  ) {
    if (!Number.isInteger(threshold) || threshold < 0 || threshold > MAX_THRESHOLD) {
      throw new WinrmError("WINRM_E_ARGUMENT", `lockout.threshold must be 0 to ${MAX_THRESHOLD}, not ${threshold}`);
    }
    this.#threshold = threshold;
    this.#durationMs = durationMs;
    this.#forgetAfterMs = forgetAfterMs ?? (durationMs === 0 ? DEFAULT_MS : durationMs);
    this.#now = now;
  }

  /** True while nobody is let in under this name. */
  isLocked(name: string): boolean {
    const failures = this.#failures.get(name.toLowerCase());
    if (failures === undefined || !this.#locks(failures)) return false;
    if (this.#durationMs === 0 || this.#now() - failures.lastAt < this.#durationMs) return true;
    this.unlock(name);
    return false;
  }

  /** A wrong password. One for a locked account does not prolong the lock. */
  failed(name: string): void {
    if (this.#threshold === 0 || this.isLocked(name)) return;
    const known = this.#failures.get(name.toLowerCase());
    const lastAt = this.#now();
    const remembered = known !== undefined && lastAt - known.lastAt < this.#forgetAfterMs ? known.count : 0;
    this.#failures.set(name.toLowerCase(), { count: remembered + 1, lastAt });
  }

  /** Forgets what was counted: after a logon, or because somebody unlocks the account. */
  unlock(name: string): void {
    this.#failures.delete(name.toLowerCase());
  }

  #locks({ count }: Failures): boolean {
    return count >= this.#threshold;
  }
}
