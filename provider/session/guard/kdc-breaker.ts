import { isWinrmError } from "../../errors";

/** How long nobody is asked again where nobody answered, milliseconds. */
const OPEN_MS = 60_000;

/**
 * Asks the domain controllers of one realm for all hosts. Where none can be reached, the library finds out in half a minute
 * or so: that is waited for once, not for each host. Until somebody has answered they are asked one by one; a silence is the
 * outcome for all who wait, and for all who come within a minute.
 */
export class KdcBreaker {
  readonly #now: () => number;
  #answers = false;
  #silence: { readonly error: unknown; readonly until: number } | undefined;
  #asking: Promise<unknown> | undefined;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @throws what `ask` throws, or what it threw when nobody answered (`WINRM_E_UNREACHABLE`). */
  async ask<T>(ask: () => Promise<T>): Promise<T> {
    while (!this.#answers && this.#asking !== undefined) await this.#asking;
    if (this.#silence !== undefined && this.#now() < this.#silence.until) throw this.#silence.error;
    const asking = this.#learn(ask());
    this.#asking = asking.then(nothing, nothing);
    return asking;
  }

  async #learn<T>(asked: Promise<T>): Promise<T> {
    try {
      const answer = await asked;
      this.#answers = true;
      return answer;
    } catch (error) {
      if (isWinrmError(error) && error.code === "WINRM_E_UNREACHABLE") {
        this.#answers = false;
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
