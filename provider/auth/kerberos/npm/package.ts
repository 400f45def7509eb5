/** The npm package `kerberos` (version 7), loaded on first use: the part of it that works on a client. */
import { createRequire } from "node:module";
import { trackNativeCall } from "../../../native-exit";
import { KerberosError, type KerberosNames } from "../errors";
import { orMissing } from "../optional-package";

/** One logon of the package. Bytes are base64. */
export interface NpmKerberosClient {
  /** The account, once the context is established on this side; `null` before. (`contextComplete` is no proof on Windows.) */
  readonly username: string | null;
  /** @returns the next token, or `null` if there is none to send. */
  step(challenge: string): Promise<string | null>;
  /** Windows only: elsewhere the package replaces the message by one of SASL. */
  wrap(message: string, options: { readonly protect: true }): Promise<string>;
  /** Crashes the process if the message is empty. */
  unwrap(message: string): Promise<string>;
}

/** What the package exports, as far as it is used. */
export interface NpmKerberos {
  /**
   * @param service `HTTP@host` of GSSAPI; on Windows the service principal name, `HTTP/host`.
   * @param options `mechOID`: 9 is Kerberos. `flags`: what is asked of the context (the typings call it `gssFlag`, which
   * the package does not read). `principal`: whose tickets, from the collection of caches that the system is set to use.
   */
  initializeClient(
    service: string,
    options: { readonly mechOID: number; readonly flags: number; readonly principal?: string },
  ): Promise<NpmKerberosClient>;
}

/** @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` that says how to install it. */
export function openNpmKerberos(load: () => unknown = () => createRequire(__filename)("kerberos")): NpmKerberos {
  return orMissing(load, {
    asked: "WINRM_KERBEROS asks for the npm package kerberos",
    remedy: "install it beside this package: npm install kerberos; or unset WINRM_KERBEROS to use koffi",
  }) as NpmKerberos;
}

/**
 * A call that may wait for a domain controller, on another thread. The package has no way to end the process around it, so
 * the process ends itself.
 * @throws KerberosError `WINRM_E_KERBEROS` with the message of the system's library.
 */
export async function callPackage<T>(call: () => Promise<T>, names: KerberosNames = {}): Promise<T> {
  const over = trackNativeCall(() => {
    process.kill(process.pid, "SIGKILL");
  });
  try {
    return await call();
  } catch (error) {
    throw new KerberosError("other", names, { text: error instanceof Error ? error.message : String(error) });
  } finally {
    over();
  }
}
