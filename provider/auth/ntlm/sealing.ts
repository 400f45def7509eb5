/** Sealing of messages under an NTLM session with extended session security. [MS-NLMP] 3.4 */
import { WinrmError } from "../../errors";
import type { MessageProtection, SealedMessage } from "../auth-context";
import { hmacMd5Under, md5, sameBytes } from "./crypto";
import { NTLM_FLAGS } from "./flags";
import { Rc4 } from "./rc4";

const SIGNATURE_LENGTH = 16;
const SIGNATURE_VERSION = 1;

type Direction = "client-to-server" | "server-to-client";

/**
 * `SignKey = MD5(ConcatenationOf(ExportedSessionKey, "session key to <direction> signing key magic constant\0"))`.
 * [MS-NLMP] 3.4.5.2
 */
export function signKey(exportedSessionKey: Buffer, direction: Direction): Buffer {
  return md5(exportedSessionKey, magic(direction, "signing"));
}

/**
 * `SealKey = MD5(ConcatenationOf(K, "session key to <direction> sealing key magic constant\0"))`, where K is the session
 * key, cut to 7 bytes without the 128-bit flag and to 5 bytes without the 56-bit flag too. [MS-NLMP] 3.4.5.3
 */
export function sealKey(exportedSessionKey: Buffer, direction: Direction, flags: number): Buffer {
  const strong = (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_128) !== 0;
  const medium = (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_56) !== 0;
  return md5(exportedSessionKey.subarray(0, strong ? 16 : medium ? 7 : 5), magic(direction, "sealing"));
}

function magic(direction: Direction, use: "signing" | "sealing"): Buffer {
  return Buffer.from(`session key to ${direction} ${use} key magic constant\0`, "latin1");
}

/** The state of one direction: its keys, its RC4 stream, which starts over after mechListMIC only, and its sequence number. */
class Channel {
  /** Under the signing key. */
  readonly #hmac: (...parts: readonly Buffer[]) => Buffer;
  readonly #sealKey: Buffer;
  #stream: Rc4;
  readonly #keyExchange: boolean;
  sequence = 0;

  constructor(exportedSessionKey: Buffer, direction: Direction, flags: number) {
    this.#hmac = hmacMd5Under(signKey(exportedSessionKey, direction));
    this.#sealKey = sealKey(exportedSessionKey, direction, flags);
    this.#stream = new Rc4(this.#sealKey);
    this.#keyExchange = (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_KEY_EXCH) !== 0;
  }

  /** The key stream from its start; the sequence number goes on. */
  restart(): void {
    this.#stream = new Rc4(this.#sealKey);
  }

  crypt(bytes: Uint8Array): Buffer {
    return this.#stream.update(bytes);
  }

  /**
   * `Checksum = RC4(Handle, HMAC_MD5(SigningKey, ConcatenationOf(SeqNum, Message))[0..7])`, taken after the message went
   * through the same handle; RC4 only with key exchange. `Signature = Version(1) ‖ Checksum ‖ SeqNum`. [MS-NLMP] 3.4.4.2
   */
  sign(plain: Buffer): Buffer {
    const signature = Buffer.alloc(SIGNATURE_LENGTH);
    signature.writeUInt32LE(SIGNATURE_VERSION, 0);
    signature.writeUInt32LE(this.sequence, 12);
    const checksum = this.#hmac(signature.subarray(12), plain).subarray(0, 8);
    signature.set(this.#keyExchange ? this.#stream.update(checksum) : checksum, 4);
    this.sequence = (this.sequence + 1) >>> 0;
    return signature;
  }
}

/**
 * Both directions of one NTLM session. The two sides seal under keys and sequence numbers of their own, from 0.
 * After one message that cannot be verified the session opens no more: the key stream's position is lost.
 */
export class NtlmSealing implements MessageProtection {
  readonly #outgoing: Channel;
  readonly #incoming: Channel;
  #broken = false;

  /** @param session `flags` are those of the AUTHENTICATE message; `role` is whether this side sent it. */
  constructor(session: { exportedSessionKey: Buffer; flags: number; role: "initiate" | "accept" }) {
    const client = new Channel(session.exportedSessionKey, "client-to-server", session.flags);
    const server = new Channel(session.exportedSessionKey, "server-to-client", session.flags);
    [this.#outgoing, this.#incoming] = session.role === "initiate" ? [client, server] : [server, client];
  }

  /** `SealedMessage = RC4(Handle, Message)`, then the signature over the plain message. [MS-NLMP] 3.4.3 */
  seal(plain: Uint8Array): SealedMessage {
    const sealed = this.#outgoing.crypt(plain);
    return { sealed, signature: this.#outgoing.sign(asBuffer(plain)) };
  }

  /**
   * The mechListMIC of SPNEGO. It takes a sequence number, and afterwards the key stream of its direction starts over.
   * [MS-SPNG] 3.3.5.1
   */
  signMechList(list: Buffer): Buffer {
    const signature = this.#outgoing.sign(list);
    this.#outgoing.restart();
    return signature;
  }

  verifyMechList(list: Buffer, mic: Buffer): void {
    if (this.#broken) fail("an earlier message could not be verified");
    this.#broken = true;
    if (!sameBytes(this.#incoming.sign(list), mic)) fail("the signature over the mechanisms does not match");
    this.#incoming.restart();
    this.#broken = false;
  }

  unseal(message: SealedMessage): Buffer {
    if (this.#broken) fail("an earlier message could not be verified");
    this.#broken = true;
    const { signature, sealed } = message;
    if (signature.length !== SIGNATURE_LENGTH) fail("its signature is not 16 bytes long");
    if (signature.readUInt32LE(12) !== this.#incoming.sequence) fail("it is not the next one in sequence");
    const plain = this.#incoming.crypt(sealed);
    if (!sameBytes(this.#incoming.sign(plain), signature)) fail("its signature does not match");
    this.#broken = false;
    return plain;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function fail(why: string): never {
  throw new WinrmError("WINRM_E_MESSAGE_INTEGRITY", `A sealed message was refused: ${why}.`);
}
