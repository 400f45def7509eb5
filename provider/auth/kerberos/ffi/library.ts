/** Functions of a system library through `koffi`, which is loaded on first use. Arguments are integers and addresses. */
import { createRequire } from "node:module";
import type { WinrmError } from "../../../errors";
import { trackNativeCall } from "../../../native-exit";
import { orMissing } from "../optional-package";

/** What is passed for an address: memory of ours, an address the library gave, or none. */
export type Address = Buffer | bigint | null;
/** What a function of a library takes. */
export type Argument = Address | number;

interface NativeFunction {
  (...args: Argument[]): number;
  readonly async: (...args: [...Argument[], (error: Error | null, result: number) => void]) => void;
}

/** A library that koffi opened. */
export interface NativeLibrary {
  func(name: string, result: string, args: readonly string[]): NativeFunction;
}

/** The part of koffi that is used. */
export interface Koffi {
  load(path: string): NativeLibrary;
  address(memory: Buffer): bigint;
  view(address: bigint, length: number): ArrayBuffer;
  config(settings: Readonly<Record<string, number>>): unknown;
}

/** koffi's name of a DWORD or OM_uint32. */
export const U32 = "uint32";
/** koffi's name of an address. */
export const ADDRESS = "void *";

/** Name resolution inside a Kerberos library needs more than koffi's 128 KiB for calls off the main thread. */
const ASYNC_STACK_BYTES = 0x10_0000;

/** What an open library can do, and what is said when it lacks one of its functions. */
export interface LibraryShape<Name extends string> {
  readonly signatures: Readonly<Record<Name, readonly string[]>>;
  readonly missing: (name: Name, cause: unknown) => WinrmError;
}

/** A library, open. Every function gives 32 bits. */
export class NativeCalls<Name extends string> {
  protected readonly koffi: Koffi;
  readonly #library: NativeLibrary;
  readonly #shape: LibraryShape<Name>;
  readonly #functions = new Map<Name, NativeFunction>();
  readonly #inFlight = new Set<object>();

  constructor(koffi: Koffi, library: NativeLibrary, shape: LibraryShape<Name>) {
    this.koffi = koffi;
    this.#library = library;
    this.#shape = shape;
  }

  /** @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` if the library has no such function. */
  call(name: Name, ...args: Argument[]): number {
    return this.#function(name)(...args) >>> 0;
  }

  /**
   * The same on a thread of its own, for calls that use the network.
   * @param keep what the arguments point to; it is not collected before the call ends.
   */
  callAsync(name: Name, args: readonly Argument[], keep: object): Promise<number> {
    const native = this.#function(name);
    return new Promise((resolve, reject) => {
      this.#inFlight.add(keep);
      const over = trackNativeCall(this.#endAtOnce);
      native.async(...args, (error, status) => {
        this.#inFlight.delete(keep);
        over();
        if (error === null) resolve(status >>> 0);
        else reject(error);
      });
    });
  }

  addressOf(memory: Buffer): bigint {
    return this.koffi.address(memory);
  }

  /** `_exit` of the C library, which every library brings with it; on Windows Node's own exit waits for no thread. */
  readonly #endAtOnce = (exitCode: number): void => {
    try {
      this.#library.func("_exit", "void", ["int"])(exitCode);
    } catch {
      // Then the process ends when the call does.
    }
  };

  #function(name: Name): NativeFunction {
    const known = this.#functions.get(name);
    if (known !== undefined) return known;
    try {
      const native = this.#library.func(name, U32, this.#shape.signatures[name]);
      this.#functions.set(name, native);
      return native;
    } catch (cause) {
      throw this.#shape.missing(name, cause);
    }
  }
}

/**
 * koffi, with room enough on the stacks of its threads.
 * @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` that says how to install it.
 */
export function openKoffi(loadKoffi: () => unknown = () => createRequire(__filename)("koffi")): Koffi {
  const koffi = orMissing(loadKoffi, {
    asked: "Kerberos needs the npm package koffi",
    remedy: "install it beside this package: npm install koffi",
  }) as Koffi;
  try {
    koffi.config({ async_stack_size: ASYNC_STACK_BYTES });
  } catch {
    // Another part of the program uses koffi already, and its settings are fixed.
  }
  return koffi;
}
