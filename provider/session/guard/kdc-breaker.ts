import { isWinrmError } from "../../errors";

/** How long no KDC is asked again after none responded, milliseconds. */
const OPEN_MS = 60_000;

/**
 * Asks the domain controllers of one realm for all hosts. Where none can be reached, the library finds out in half a minute
 * or so: that is waited for once, not for each host. Until one has responded they are asked one by one; a silence is the
 * outcome for all who wait, and for all who come within a minute.
 */
export class KdcBreaker {
  readonly #now: () => number;
  #responds = false;
  #silence: { readonly error: unknown; readonly until: number } | undefined;
  #asking: Promise<unknown> | undefined;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @throws what `ask` throws, or what it threw when none responded (`WINRM_E_UNREACHABLE`). */
  async ask<T>(ask: () => Promise<T>): Promise<T> {
    while (!this.#responds && this.#asking !== undefined) await this.#asking;
    if (this.#silence !== undefined && this.#now() < this.#silence.until) throw this.#silence.error;
    const asking = this.#learn(ask());
    this.#asking = asking.then(nothing, nothing);
    return asking;
  }

  async #learn<T>(asked: Promise<T>): Promise<T> {
    try {
      const response = await asked;
      this.#responds = true;
      return response;
    } catch (error) {
      if (isWinrmError(error) && error.code === "WINRM_E_UNREACHABLE") {
        this.#responds = false;
        this.#silence = { error, until: this.#now() + OPEN_MS };
      }
      throw error;
    } finally {
      this.#asking = undefined;
    }
  }
}

function nothing(): void {
  // Whoever asked learns what came of it.
}
