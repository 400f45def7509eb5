/** Sealing of messages by SSPI under an established context. */
import type { SealedMessage } from "../../auth-context";
import type { MechListProtection } from "../../spnego/mech-list";
import { KerberosError } from "../errors";
import type { Handle } from "../ffi/handle";
import { UnsealSequence } from "../sealing";
import type { Secur32 } from "./secur32";
import { type Described, describe } from "./memory";
import { checkStatus } from "./status";

/** A `CtxtHandle`. */
export type SspiContext = Handle<Buffer>;

const SECPKG_ATTR_SIZES = 0;
const SECQOP_WRAP_NO_ENCRYPT = 0x8000_0001;
/** Room for the header of every encryption type (76 bytes for aes256-sha384 with EC), also where SIZES says less than is used. */
const MIN_TRAILER_LENGTH = 128;

/** Sealing by `EncryptMessage` with TOKEN and DATA only, as a WinRM service does it. [MS-WSMV] 2.2.9.1.1.2.2 */
export class SspiSealing implements MechListProtection {
  readonly #library: Secur32;
  readonly #context: SspiContext;
  readonly #maxSignature: number;
  readonly #trailer: number;
  readonly #opening = new UnsealSequence();

  constructor(library: Secur32, context: SspiContext) {
    this.#library = library;
    this.#context = context;
    const sizes = Buffer.alloc(16);
    checkStatus(library.call("QueryContextAttributesW", context.raw, SECPKG_ATTR_SIZES, sizes), {});
    this.#maxSignature = sizes.readUInt32LE(4);
    this.#trailer = Math.max(sizes.readUInt32LE(12), MIN_TRAILER_LENGTH);
  }

  seal(plain: Uint8Array): SealedMessage {
    const [signature, sealed] = [Buffer.alloc(this.#trailer), Buffer.from(plain)];
    const message = this.#describe(signature, sealed);
    checkStatus(this.#library.call("EncryptMessage", this.#context.raw, 0, message.descriptor, 0), {});
    return { signature: signature.subarray(0, message.lengthOf(0)), sealed: sealed.subarray(0, message.lengthOf(1)) };
  }

  unseal({ signature, sealed }: SealedMessage): Buffer {
    return this.#opening.run(() => {
      const plain = Buffer.from(sealed);
      const message = this.#describe(Buffer.from(signature), plain);
      const quality = Buffer.alloc(4);
      checkStatus(this.#library.call("DecryptMessage", this.#context.raw, message.descriptor, 0, quality), {});
      if (quality.readUInt32LE() === SECQOP_WRAP_NO_ENCRYPT) throw new KerberosError("bad-token");
      return message.bytesOf(1);
    });
  }

  signMechList(list: Buffer): Buffer {
    const mic = Buffer.alloc(this.#maxSignature);
    const message = this.#describe(mic, Buffer.from(list));
    checkStatus(this.#library.call("MakeSignature", this.#context.raw, 0, message.descriptor, 0), {});
    return mic.subarray(0, message.lengthOf(0));
  }

  verifyMechList(list: Buffer, mic: Buffer): void {
    this.#opening.run(() => {
      const message = this.#describe(Buffer.from(mic), Buffer.from(list));
      checkStatus(this.#library.call("VerifySignature", this.#context.raw, message.descriptor, 0, Buffer.alloc(4)), {});
    });
  }

  #describe(token: Buffer, data: Buffer): Described {
    return describe(this.#library, [
      { type: "token", bytes: token },
      { type: "data", bytes: data },
    ]);
  }
}
