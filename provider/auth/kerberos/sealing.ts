/** Sealing of messages under an established Kerberos context. RFC 4121 §4.2, [MS-WSMV] 2.2.9.1.1.2.2 */
import { WinrmError } from "../../errors";
import type { SealedMessage } from "../auth-context";
import type { MechListProtection } from "../spnego/mech-list";
import type { Gss, GssHandle } from "./gss/gssapi";
import { joinWrapToken, splitWrapToken } from "./wrap";

/**
 * Both directions of one context. `sealed` is as long as the message with AES, and longer by the padding with RC4; the
 * length that multipart/encrypted declares is that of `sealed`. After one message that cannot be verified nothing more is
 * opened: the other end and this one are out of step.
 */
export class KerberosSealing implements MechListProtection {
  readonly #gss: Gss;
  readonly #context: GssHandle;
  readonly #opening = new UnsealSequence();

  constructor(gss: Gss, context: GssHandle) {
    this.#gss = gss;
    this.#context = context;
  }

  seal(plain: Uint8Array): SealedMessage {
    return splitWrapToken(this.#gss.wrap(this.#context, plain), plain.length);
  }

  unseal(message: SealedMessage): Buffer {
    return this.#opening.run(() => this.#gss.unwrap(this.#context, joinWrapToken(message)));
  }

  signMechList(list: Buffer): Buffer {
    return this.#gss.sign(this.#context, list);
  }

  verifyMechList(list: Buffer, mic: Buffer): void {
    this.#opening.run(() => {
      this.#gss.verify(this.#context, list, mic);
    });
  }
}

/** The order of what is opened: after one message that cannot be verified nothing more is, for the ends are out of step. */
export class UnsealSequence {
  #broken = false;

  /** @throws WinrmError `WINRM_E_MESSAGE_INTEGRITY` for whatever the library says about a message, and after the first such error. */
  run<T>(open: () => T): T {
    this.#begin();
    try {
      const result = open();
      this.#broken = false;
      return result;
    } catch (cause) {
      throw integrityError(cause);
    }
  }

  /** The same for a library that works on another thread. */
  async runDeferred<T>(open: () => Promise<T>): Promise<T> {
    this.#begin();
    try {
      const result = await open();
      this.#broken = false;
      return result;
    } catch (cause) {
      throw integrityError(cause);
    }
  }

  #begin(): void {
    if (this.#broken)
      throw new WinrmError(
        "WINRM_E_MESSAGE_INTEGRITY",
        "A sealed message was refused: an earlier one could not be verified.",
      );
    this.#broken = true;
  }
}

/** Whatever the library says about a message, to the caller it is a message that cannot be verified. */
function integrityError(cause: unknown): WinrmError {
  if (cause instanceof WinrmError && (cause.code === "WINRM_E_MESSAGE_INTEGRITY" || cause.code === "WINRM_E_INTERNAL"))
    return cause;
  return new WinrmError(
    "WINRM_E_MESSAGE_INTEGRITY",
    "A sealed message was refused: it was changed, repeated or is not the next one.",
    { cause },
  );
}
