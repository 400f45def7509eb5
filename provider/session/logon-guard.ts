import { createHmac, randomBytes } from "node:crypto";
import pLimit from "p-limit";
import { WinrmError, isWinrmError } from "../errors";
import { type SessionTarget, accountOf, hostIdentity, passwordOf } from "./target";

/** Keys of this process only: credentials are compared by keyed hash and never kept as map keys. */
const PROCESS_KEY = randomBytes(32);

/**
 * Sees to it that a rejected credential is tried once: logons of one account at one host go one by one until one
 * succeeds, and after a rejection no further one is made.
 */
export class LogonGuard {
  readonly #limit = pLimit(1);
  #proven = false;
  #rejection: WinrmError | undefined;

  /**
   * Runs one logon.
   * @throws WinrmError `WINRM_E_LOGON_NOT_REPEATED` if the credential was rejected before.
   */
  attempt<T>(logon: () => Promise<T>): Promise<T> {
    return this.#proven ? this.#run(logon) : this.#limit(() => this.#run(logon));
  }

  async #run<T>(logon: () => Promise<T>): Promise<T> {
    if (this.#rejection !== undefined) {
      throw new WinrmError(
        "WINRM_E_LOGON_NOT_REPEATED",
        "the host refused this credential before, so it is not tried again",
        {
          next: "correct the credential and run again",
          cause: this.#rejection,
        },
      );
    }
    try {
      const result = await logon();
      this.#proven = true;
      return result;
    } catch (error) {
      if (isWinrmError(error) && error.code === "WINRM_E_LOGON_DENIED") this.#rejection = error;
      throw error;
    }
  }
}

/** The same text for the same account, password or certificate, and host; it says nothing about the password. */
export function credentialKey(target: SessionTarget): string {
  const { auth } = target;
  const account = accountOf(auth);
  const other = auth.method === "certificate" ? auth.certificate.fingerprint : `${auth.method} without a password`;
  const password = passwordOf(auth) ?? other;
  const hmac = createHmac("sha256", PROCESS_KEY);
  for (const part of [hostIdentity(target), account.toLowerCase(), password]) hmac.update(`${part.length}:${part}`);
  return hmac.digest("base64");
}
