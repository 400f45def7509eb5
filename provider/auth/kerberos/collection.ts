/**
 * The cache of one principal in a collection. GSSAPI looks at the primary cache of a collection that is named; libkrb5 finds
 * the others, in a context of its own, so that neither the process nor another logon sees another default.
 */
import { ADDRESS, type Koffi, type LibraryShape, NativeCalls, type NativeLibrary, openKoffi } from "./library";
import { WinrmError } from "../../errors";

const SIGNATURES = {
  krb5_init_context: [ADDRESS],
  krb5_free_context: [ADDRESS],
  krb5_cc_set_default_name: [ADDRESS, ADDRESS],
  krb5_parse_name: [ADDRESS, ADDRESS, ADDRESS],
  krb5_free_principal: [ADDRESS, ADDRESS],
  krb5_cc_cache_match: [ADDRESS, ADDRESS, ADDRESS],
  krb5_cc_get_full_name: [ADDRESS, ADDRESS, ADDRESS],
  krb5_free_string: [ADDRESS, ADDRESS],
  krb5_cc_close: [ADDRESS, ADDRESS],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Krb5Function = keyof typeof SIGNATURES;

const SHAPE: LibraryShape<Krb5Function> = {
  signatures: SIGNATURES,
  missing: (name, cause) =>
    new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `The system's Kerberos library has no function ${name}.`, { cause }),
};
/** MIT's; the others have no such collections. */
const LIBRARY = "libkrb5.so.3";
/** No name of a cache is longer. */
const MAX_NAME_LENGTH = 4096;

/** Types whose name may be that of a collection. */
const COLLECTION = /^(?:DIR:(?!:)|KEYRING:|KCM:)/;

/** MIT's libkrb5, open. */
export class Krb5 extends NativeCalls<Krb5Function> {
  constructor(koffi: Koffi, library: NativeLibrary) {
    super(koffi, library, SHAPE);
  }

  /** Text of the library's memory. */
  text(address: bigint): string {
    const bytes: number[] = [];
    for (let at = 0n; at < MAX_NAME_LENGTH; at++) {
      const byte = new Uint8Array(this.koffi.view(address + at, 1))[0] ?? 0;
      if (byte === 0) break;
      bytes.push(byte);
    }
    return Buffer.from(bytes).toString("utf8");
  }
}

let opened: Krb5 | "absent" | undefined;

/** The system's library, or `undefined` where it is not MIT's. */
function system(): Krb5 | undefined {
  if (opened === undefined) {
    try {
      const koffi = openKoffi();
      opened = new Krb5(koffi, koffi.load(LIBRARY));
    } catch {
      opened = "absent";
    }
  }
  return opened === "absent" ? undefined : opened;
}

/**
 * The full name of a principal's cache in a collection, such as `KEYRING:session:work:krb_ccache_5Yx`; `undefined` if the
 * name is not that of a collection, the principal has none there, or the library cannot tell.
 * @param principal `user@REALM`.
 */
export async function cacheInCollection(
  collection: string,
  principal: string,
  krb5: Krb5 | undefined = COLLECTION.test(collection) ? system() : undefined,
): Promise<string | undefined> {
  if (krb5 === undefined) return undefined;
  const pointers = { context: pointer(), principal: pointer(), cache: pointer(), name: pointer() };
  const [wanted, where] = [cString(principal), cString(collection)];
  if (krb5.call("krb5_init_context", pointers.context) !== 0) return undefined;
  const context = valueOf(pointers.context);
  try {
    if (krb5.call("krb5_cc_set_default_name", context, where) !== 0) return undefined;
    if (krb5.call("krb5_parse_name", context, wanted, pointers.principal) !== 0) return undefined;
    // A cache may be held by a daemon, which answers when it likes.
    const args = [context, valueOf(pointers.principal), pointers.cache];
    if ((await krb5.callAsync("krb5_cc_cache_match", args, pointers)) !== 0) return undefined;
    if (krb5.call("krb5_cc_get_full_name", context, valueOf(pointers.cache), pointers.name) !== 0) return undefined;
    return krb5.text(valueOf(pointers.name));
  } finally {
    if (valueOf(pointers.name) !== 0n) krb5.call("krb5_free_string", context, valueOf(pointers.name));
    if (valueOf(pointers.cache) !== 0n) krb5.call("krb5_cc_close", context, valueOf(pointers.cache));
    if (valueOf(pointers.principal) !== 0n) krb5.call("krb5_free_principal", context, valueOf(pointers.principal));
    krb5.call("krb5_free_context", context);
  }
}

function pointer(): Buffer {
  return Buffer.alloc(8);
}

function valueOf(out: Buffer): bigint {
  return out.readBigUInt64LE();
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf8");
}
