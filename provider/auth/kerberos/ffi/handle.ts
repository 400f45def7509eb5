/** Things that a library holds for us. */
import { WinrmError } from "../../../errors";

/** A net for handles whose owner forgot them; `dispose` is the rule. */
const finalizers = new FinalizationRegistry<() => void>((release) => {
  release();
});

/** Owned by one holder, who ends it with `dispose`. Ending it while a call on another thread uses it waits for that call. */
export class Handle<Raw> {
  readonly #what: string;
  readonly #raw: Raw;
  readonly #release: (raw: Raw) => void;
  #borrowed = 0;
  #ended = false;
  #released = false;

  /**
   * @param what for errors: `context`.
   * @param release gives `raw` back to the library; it must not hold this handle.
   */
  constructor(what: string, raw: Raw, release: (raw: Raw) => void) {
    this.#what = what;
    this.#raw = raw;
    this.#release = release;
    finalizers.register(
      this,
      () => {
        release(raw);
      },
      this,
    );
  }

  /** @throws WinrmError `WINRM_E_INTERNAL` after `dispose`. */
  get raw(): Raw {
    if (this.#ended) throw new WinrmError("WINRM_E_INTERNAL", `A Kerberos ${this.#what} was used after its end.`);
    return this.#raw;
  }

  /** Runs the call with the handle, which stays until it ends. */
  async borrow<T>(call: (raw: Raw) => Promise<T>): Promise<T> {
    const raw = this.raw;
    this.#borrowed++;
    try {
      return await call(raw);
    } finally {
      this.#borrowed--;
      this.#releaseIfEnded();
    }
  }

  /** The library took the handle back itself. */
  markReleased(): void {
    this.#ended = true;
    this.#released = true;
    finalizers.unregister(this);
  }

  /** Gives it back to the library, once. */
  dispose(): void {
    this.#ended = true;
    this.#releaseIfEnded();
  }

  #releaseIfEnded(): void {
    if (!this.#ended || this.#borrowed > 0 || this.#released) return;
    this.markReleased();
    this.#release(this.#raw);
  }
}
