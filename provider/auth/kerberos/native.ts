/**
 * The system's GSSAPI library, loaded on first use through `koffi`. Every argument is an integer or an address: structures
 * are laid out by hand (`memory.ts`), because their packing differs on one platform.
 */
import { createRequire } from "node:module";
import { endianness } from "node:os";
import { WinrmError } from "../../errors";

/** What is passed for an address: memory of ours, an address the library gave, or none. */
export type Address = Buffer | bigint | null;
type Argument = Address | number;

interface NativeFunction {
  (...args: Argument[]): number;
  readonly async: (...args: [...Argument[], (error: Error | null, result: number) => void]) => void;
}

interface NativeLibrary {
  func(name: string, result: string, args: readonly string[]): NativeFunction;
}

/** The part of koffi that is used. */
interface Koffi {
  load(path: string): NativeLibrary;
  address(memory: Buffer): bigint;
  view(address: bigint, length: number): ArrayBuffer;
  config(settings: Readonly<Record<string, number>>): unknown;
}

/** Name resolution inside libkrb5 needs more than koffi's 128 KiB for calls off the main thread. */
const ASYNC_STACK_BYTES = 0x10_0000;

const U32 = "uint32";
const INT = "int";
const ADDRESS = "void *";

/** RFC 2744, RFC 5588 and the extensions that MIT and Heimdal share. The first argument is `OM_uint32 *minor`. */
const SIGNATURES = {
  gss_import_name: [ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  gss_display_name: [ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  gss_release_name: [ADDRESS, ADDRESS],
  gss_acquire_cred: [ADDRESS, ADDRESS, U32, ADDRESS, INT, ADDRESS, ADDRESS, ADDRESS],
  gss_acquire_cred_with_password: [ADDRESS, ADDRESS, ADDRESS, U32, ADDRESS, INT, ADDRESS, ADDRESS, ADDRESS],
  gss_acquire_cred_from: [ADDRESS, ADDRESS, U32, ADDRESS, INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  gss_release_cred: [ADDRESS, ADDRESS],
  gss_init_sec_context: [
    ...[ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, U32, U32],
    ...[ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  ],
  gss_accept_sec_context: [
    ...[ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
    ...[ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  ],
  gss_delete_sec_context: [ADDRESS, ADDRESS, ADDRESS],
  gss_wrap: [ADDRESS, ADDRESS, INT, U32, ADDRESS, ADDRESS, ADDRESS],
  gss_unwrap: [ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  gss_get_mic: [ADDRESS, ADDRESS, U32, ADDRESS, ADDRESS],
  gss_verify_mic: [ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  gss_display_status: [ADDRESS, U32, INT, ADDRESS, ADDRESS, ADDRESS],
  gss_release_buffer: [ADDRESS, ADDRESS],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A function of the library. */
export type GssFunction = keyof typeof SIGNATURES;

/** The library, open. */
export class NativeGss {
  readonly #koffi: Koffi;
  readonly #library: NativeLibrary;
  readonly #functions = new Map<GssFunction, NativeFunction>();
  readonly #inFlight = new Set<object>();

  constructor(koffi: Koffi, library: NativeLibrary) {
    this.#koffi = koffi;
    this.#library = library;
  }

  /** @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` if the library has no such function. */
  call(name: GssFunction, ...args: Argument[]): number {
    return this.#function(name)(...args) >>> 0;
  }

  /**
   * The same on a thread of its own, for calls that use the network.
   * @param keep what the arguments point to; it is not collected before the call ends.
   */
  callAsync(name: GssFunction, args: readonly Argument[], keep: object): Promise<number> {
    const native = this.#function(name);
    return new Promise((resolve, reject) => {
      this.#inFlight.add(keep);
      native.async(...args, (error, major) => {
        this.#inFlight.delete(keep);
        if (error === null) resolve(major >>> 0);
        else reject(error);
      });
    });
  }

  addressOf(memory: Buffer): bigint {
    return this.#koffi.address(memory);
  }

  /** A copy of the library's memory. */
  copy(address: bigint, length: number): Buffer {
    return length === 0 ? Buffer.alloc(0) : Buffer.from(Buffer.from(this.#koffi.view(address, length)));
  }

  #function(name: GssFunction): NativeFunction {
    const known = this.#functions.get(name);
    if (known !== undefined) return known;
    try {
      const native = this.#library.func(name, U32, SIGNATURES[name]);
      this.#functions.set(name, native);
      return native;
    } catch (cause) {
      throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `The system's Kerberos library has no function ${name}.`, {
        causes: ["it is not MIT Kerberos, and its version lacks keytabs and named ticket caches for programs"],
        next: "run kinit (kinit -kt for a keytab) and use the ticket cache, or install MIT Kerberos",
        cause,
      });
    }
  }
}

/** How the library is found, and what a person installs when it is not. For tests; the default is the running system. */
export interface NativeSource {
  readonly platform?: NodeJS.Platform;
  /** Gives the koffi module, or throws as `require` does. */
  readonly loadKoffi?: () => unknown;
}

let opened: NativeGss | undefined;

/**
 * The system's library, loaded at the first call.
 * @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` that names what is missing: the npm package koffi or a system package.
 */
export function openNativeGss(source: NativeSource = {}): NativeGss {
  if (Object.keys(source).length > 0) return open(source);
  opened ??= open(source);
  return opened;
}

function open({ platform = process.platform, loadKoffi = requireKoffi }: NativeSource): NativeGss {
  const names = libraryNames(platform);
  if (names.length === 0 || endianness() !== "LE" || process.arch === "ia32" || process.arch === "arm") {
    throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `Kerberos is not supported on ${platform} (${process.arch}).`, {
      next: "use NTLM, Basic over https or another machine",
    });
  }
  const koffi = koffiModule(loadKoffi);
  try {
    koffi.config({ async_stack_size: ASYNC_STACK_BYTES });
  } catch {
    // Another part of the program uses koffi already, and its settings are fixed.
  }
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      return new NativeGss(koffi, koffi.load(name));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new WinrmError(
    "WINRM_E_METHOD_UNSUPPORTED",
    `The system's Kerberos library is missing (${names.join(", ")}).`,
    {
      next: "install it: apt-get install libgssapi-krb5-2, dnf install krb5-libs, or apk add krb5-libs",
      cause: failures[0],
    },
  );
}

function libraryNames(platform: NodeJS.Platform): readonly string[] {
  switch (platform) {
    case "linux":
    case "freebsd":
      return ["libgssapi_krb5.so.2", "libgssapi.so.3"];
    case "darwin":
      return ["/System/Library/Frameworks/GSS.framework/GSS"];
    default:
      return [];
  }
}

function koffiModule(loadKoffi: () => unknown): Koffi {
  try {
    return loadKoffi() as Koffi;
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND";
    const what = missing ? "is not installed" : "cannot be loaded on this system";
    throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `Kerberos needs the npm package koffi, which ${what}.`, {
      next: "install it beside this package: npm install koffi",
      cause,
    });
  }
}

function requireKoffi(): unknown {
  return createRequire(__filename)("koffi");
}
