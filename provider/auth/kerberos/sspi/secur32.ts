/** Windows' `secur32.dll`, loaded on first use through `koffi`. */
import { WinrmError } from "../../../errors";
import { ADDRESS, NativeCalls, openKoffi, U32 } from "../ffi/library";

/** sspi.h. Every function gives a SECURITY_STATUS. */
const SIGNATURES = {
  AcquireCredentialsHandleW: [ADDRESS, ADDRESS, U32, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  FreeCredentialsHandle: [ADDRESS],
  InitializeSecurityContextW: [
    ...[ADDRESS, ADDRESS, ADDRESS, U32, U32, U32],
    ...[ADDRESS, U32, ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  ],
  DeleteSecurityContext: [ADDRESS],
  QueryContextAttributesW: [ADDRESS, U32, ADDRESS],
  EncryptMessage: [ADDRESS, U32, ADDRESS, U32],
  DecryptMessage: [ADDRESS, ADDRESS, U32, ADDRESS],
  MakeSignature: [ADDRESS, U32, ADDRESS, U32],
  VerifySignature: [ADDRESS, ADDRESS, U32, ADDRESS],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A function of the library. */
export type SspiFunction = keyof typeof SIGNATURES;

/** The library, open. */
export type Secur32 = NativeCalls<SspiFunction>;

let opened: Secur32 | undefined;

/**
 * The system's library, loaded at the first call.
 * @param loadKoffi gives the koffi module, or throws as `require` does. For tests.
 * @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` if koffi or a function is missing.
 */
export function openSecur32(loadKoffi?: () => unknown): Secur32 {
  if (loadKoffi !== undefined) return open(loadKoffi);
  opened ??= open();
  return opened;
}

function open(loadKoffi?: () => unknown): Secur32 {
  if (process.arch === "ia32") {
    throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", "Kerberos is not supported by 32-bit Node.", {
      remedy: "use a 64-bit Node, or NTLM",
    });
  }
  const koffi = openKoffi(loadKoffi);
  const missing = (name: SspiFunction, cause: unknown): WinrmError =>
    new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `secur32.dll has no function ${name}.`, {
      remedy: "use NTLM, or Basic over https",
      cause,
    });
  return new NativeCalls(koffi, koffi.load("secur32.dll"), { signatures: SIGNATURES, missing });
}
