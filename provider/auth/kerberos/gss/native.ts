/**
 * The system's GSSAPI library, loaded on first use through `koffi`. Every argument is an integer or an address: structures
 * are laid out manually (`memory.ts`), because their packing differs on one platform.
 */
import { endianness } from "node:os";
import { WinrmError } from "../../../errors";
import { type GssLayout, gssLayout } from "./layout";
import {
  ADDRESS,
  type Koffi,
  type LibraryShape,
  NativeCalls,
  type NativeLibrary,
  openKoffi,
  U32,
} from "../ffi/library";

const INT = "int";

/** RFC 2744, RFC 5588 and the extensions that MIT and Heimdal share; the first argument of GSSAPI is `OM_uint32 *minor`. */
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
  // Of libraries that this one depends on; they are found through it. libkrb5's functions have the context first.
  krb5_init_context: [ADDRESS],
  krb5_free_context: [ADDRESS],
  krb5_parse_name: [ADDRESS, ADDRESS, ADDRESS],
  krb5_free_principal: [ADDRESS, ADDRESS],
  krb5_cc_set_default_name: [ADDRESS, ADDRESS],
  krb5_cc_cache_match: [ADDRESS, ADDRESS, ADDRESS],
  krb5_cc_get_full_name: [ADDRESS, ADDRESS, ADDRESS],
  krb5_cc_close: [ADDRESS, ADDRESS],
  krb5_free_string: [ADDRESS, ADDRESS],
  strlen: [ADDRESS],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A function of the library. */
export type GssFunction = keyof typeof SIGNATURES;

/** Apple's library has no `gss_acquire_cred_from` (exports of GSS.framework), and no other one is looked for on macOS. */
function shape(platform: NodeJS.Platform): LibraryShape<GssFunction> {
  const apple = platform === "darwin";
  const kinit = "run kinit (kinit -kt for a keytab) and use the system's ticket cache";
  return {
    signatures: SIGNATURES,
    missing: (name, cause) =>
      new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `The system's Kerberos library has no function ${name}.`, {
        causes: [
          apple
            ? "the library of macOS has no keytabs and no named ticket caches for programs"
            : "it is not MIT Kerberos, and its version lacks keytabs and named ticket caches for programs",
        ],
        remedy: apple
          ? `${kinit}: without auth.kerberos.keytab and auth.kerberos.cache; or give a password`
          : `${kinit}, or install MIT Kerberos`,
        cause,
      }),
  };
}

const MIT_OR_HEIMDAL = ["libgssapi_krb5.so.2", "libgssapi.so.3"];
/** Names of the library, by platform; those of one are tried in this order. */
const LIBRARIES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: MIT_OR_HEIMDAL,
  freebsd: MIT_OR_HEIMDAL,
  darwin: ["/System/Library/Frameworks/GSS.framework/GSS"],
};

/** The library, open. */
export class NativeGss extends NativeCalls<GssFunction> {
  readonly layout: GssLayout;

  constructor(koffi: Koffi, library: NativeLibrary, { platform, arch }: { platform: NodeJS.Platform; arch: string }) {
    super(koffi, library, shape(platform));
    this.layout = gssLayout(platform, arch);
  }

  /** A copy of the library's memory. */
  copy(address: bigint, length: number): Buffer {
    return length === 0 ? Buffer.alloc(0) : Buffer.from(Buffer.from(this.koffi.view(address, length)));
  }
}

/** How the library is found, and what a person installs when it is not. For tests; the default is the running system. */
export interface NativeSource {
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
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

function open({ platform = process.platform, arch = process.arch, loadKoffi }: NativeSource): NativeGss {
  const names = LIBRARIES[platform] ?? [];
  if (names.length === 0 || endianness() !== "LE" || arch === "ia32" || arch === "arm") {
    throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `Kerberos is not supported on ${platform} (${arch}).`, {
      remedy: "use NTLM, Basic over https or another machine",
    });
  }
  const koffi = openKoffi(loadKoffi);
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      return new NativeGss(koffi, koffi.load(name), { platform, arch });
    } catch (error) {
      failures.push(error);
    }
  }
  throw new WinrmError(
    "WINRM_E_METHOD_UNSUPPORTED",
    `The system's Kerberos library is missing (${names.join(", ")}).`,
    {
      remedy: "install it: apt-get install libgssapi-krb5-2, dnf install krb5-libs, or apk add krb5-libs",
      cause: failures[0],
    },
  );
}
