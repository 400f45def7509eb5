/** Sealing of messages by the npm package `kerberos`, which can only on Windows. RFC 4121 §4.2, [MS-WSMV] 2.2.9.1.1.2.2 */
import type { DeferredMessageProtection, SealedMessage } from "../../auth-context";
import { KerberosError } from "../errors";
import { UnsealSequence } from "../sealing";
import { joinWrapToken, splitWrapToken } from "../wrap";
import { type NpmKerberosClient, callPackage } from "./package";

/** No SOAP message is shorter, and padding is at most 16 bytes: an empty message would crash the package. */
const MIN_SEALED_BYTES = 17;

/** Both directions of one context; the package seals on another thread. */
export class NpmSealing implements DeferredMessageProtection {
  readonly deferred = true;
  readonly #client: NpmKerberosClient;
  readonly #opening = new UnsealSequence();

  constructor(client: NpmKerberosClient) {
    this.#client = client;
  }

  async seal(plain: Uint8Array): Promise<SealedMessage> {
    const message = Buffer.from(plain).toString("base64");
    const token = await callPackage(() => this.#client.wrap(message, { protect: true }));
    return splitWrapToken(Buffer.from(token, "base64"), plain.length);
  }

  unseal(message: SealedMessage): Promise<Buffer> {
    return this.#opening.runDeferred(async () => {
      if (message.sealed.length < MIN_SEALED_BYTES) throw new KerberosError("bad-token");
      // Checks that the header is of a sealed message, which the package does not tell; Windows reads its own order of bytes.
      joinWrapToken(message);
      const token = Buffer.concat([message.signature, message.sealed]);
      return Buffer.from(await callPackage(() => this.#client.unwrap(token.toString("base64"))), "base64");
    });
  }
}
