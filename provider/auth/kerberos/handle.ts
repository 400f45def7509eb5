/** Things that the library holds for us. */
import { WinrmError } from "../../errors";
import { Memory } from "./memory";
import type { GssFunction, NativeGss } from "./native";

/** What a handle stands for. */
export type HandleKind = "name" | "cred" | "context";

const RELEASE: Readonly<Record<HandleKind, GssFunction>> = {
  name: "gss_release_name",
  cred: "gss_release_cred",
  context: "gss_delete_sec_context",
};

/** A net for handles whose owner forgot them; `dispose` is the rule. */
const forgotten = new FinalizationRegistry<() => void>((release) => {
  release();
});

/** Owned by one holder, who ends it with `dispose`. Ending it while a call on another thread uses it waits for that call. */
export class GssHandle {
  readonly #native: NativeGss;
  readonly #kind: HandleKind;
  #raw: bigint;
  #borrowed = 0;
  #ended = false;

  constructor(native: NativeGss, kind: HandleKind, raw: bigint) {
    this.#native = native;
    this.#kind = kind;
    this.#raw = raw;
    forgotten.register(
      this,
      () => {
        release(native, kind, raw);
      },
      this,
    );
  }

  /** @throws WinrmError `WINRM_E_INTERNAL` after `dispose`. */
  get raw(): bigint {
    if (this.#ended) throw new WinrmError("WINRM_E_INTERNAL", `A Kerberos ${this.#kind} was used after its end.`);
    return this.#raw;
  }

  /** Runs the call with the handle, which stays until it ends. */
  async during<T>(call: (raw: bigint) => Promise<T>): Promise<T> {
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
  forget(): void {
    this.#ended = true;
    this.#raw = 0n;
    forgotten.unregister(this);
  }

  /** Gives it back to the library, once. */
  dispose(): void {
    this.#ended = true;
    this.#releaseIfEnded();
  }

  #releaseIfEnded(): void {
    if (!this.#ended || this.#borrowed > 0 || this.#raw === 0n) return;
    const raw = this.#raw;
    this.forget();
    release(this.#native, this.#kind, raw);
  }
}

function release(native: NativeGss, kind: HandleKind, raw: bigint): void {
  const memory = new Memory(native);
  native.call(RELEASE[kind], memory.u32(), memory.handle(raw), ...(kind === "context" ? [null] : []));
}
