/**
 * HTTP message encryption ([MS-WSMV] 2.2.9.1): `multipart/encrypted` with one message.
 *
 * ```text
 * --Encrypted Boundary CRLF
 * TAB Content-Type: <protocol> CRLF
 * TAB OriginalContent: type=<media type>;charset=<charset>;Length=<plain bytes> CRLF
 * --Encrypted Boundary CRLF
 * TAB Content-Type: application/octet-stream CRLF
 * u32le signature length, signature, sealed bytes, --Encrypted Boundary-- CRLF
 * ```
 * The tabs are mandatory by the specification, but some clients leave them out and cannot read them; the answer takes
 * the style of the request.
 */

import type { SealedMessage } from "../../provider/auth/auth-context";

/** The `protocol` of messages under the scheme Negotiate. */
export const SPNEGO_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted";
/** The `protocol` of messages under the scheme Kerberos. */
export const KERBEROS_PROTOCOL = "application/HTTP-Kerberos-session-encrypted";

/** What a connection's scheme makes of the `protocol`. */
export type EncryptionProtocol = typeof SPNEGO_PROTOCOL | typeof KERBEROS_PROTOCOL;

/** A message as it lies in the request. */
export interface EncryptedBody {
  readonly message: SealedMessage;
  /** `OriginalContent` without its length: `application/soap+xml;charset=UTF-8`. */
  readonly originalType: string;
  /** Part headers begin with a tab. */
  readonly tabs: boolean;
  readonly protocol: EncryptionProtocol;
}

/** The body is not a well-formed multipart/encrypted body with one message. */
export class MalformedEncryption extends Error {
  override readonly name = "MalformedEncryption";
}

const BOUNDARY = "Encrypted Boundary";
const MAX_SIGNATURE_BYTES = 4096;

/** True for the content type of an encrypted message. */
export function isEncryptedType(contentType: string): boolean {
  return /^multipart\/encrypted\s*(?:;|$)/i.test(contentType.trim());
}

/**
 * Reads an encrypted body, strictly forward: the sealed bytes may hold anything.
 * @throws MalformedEncryption
 */
export function readEncrypted(contentType: string, body: Buffer): EncryptedBody {
  const boundary = /boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const cursor = new Cursor(body, boundary?.[1] ?? boundary?.[2] ?? BOUNDARY);
  cursor.boundary();
  const protocol = cursor.header("Content-Type");
  if (protocol.value !== SPNEGO_PROTOCOL && protocol.value !== KERBEROS_PROTOCOL) {
    throw new MalformedEncryption("the protocol is not known");
  }
  const original = cursor.header("OriginalContent");
  cursor.boundary();
  cursor.header("Content-Type");
  const content = /^type\s*=\s*(.*?);\s*length\s*=\s*(\d{1,10})\s*$/i.exec(original.value);
  const [, originalType, length] = content ?? [];
  if (originalType === undefined || length === undefined) throw new MalformedEncryption("OriginalContent is not valid");
  return { message: cursor.payload(Number(length)), originalType, tabs: protocol.tab, protocol: protocol.value };
}

/**
 * Writes an encrypted body. The content type that goes with it is `encryptedType` of the same protocol.
 * @param about `length` is the one to declare, that of the sealed bytes; `protocol` is SPNEGO's where it is left out.
 */
export function writeEncrypted(
  message: SealedMessage,
  about: {
    readonly originalType: string;
    readonly length: number;
    readonly tabs: boolean;
    readonly protocol?: EncryptionProtocol;
  },
): Buffer {
  const indent = about.tabs ? "\t" : "";
  const head = [
    `--${BOUNDARY}`,
    `${indent}Content-Type: ${about.protocol ?? SPNEGO_PROTOCOL}`,
    `${indent}OriginalContent: type=${about.originalType};Length=${about.length}`,
    `--${BOUNDARY}`,
    `${indent}Content-Type: application/octet-stream`,
    "",
  ].join("\r\n");
  const signatureLength = Buffer.alloc(4);
  signatureLength.writeUInt32LE(message.signature.length);
  const tail = `--${BOUNDARY}--\r\n`;
  return Buffer.concat([Buffer.from(head), signatureLength, message.signature, message.sealed, Buffer.from(tail)]);
}

/** The content type of what `writeEncrypted` writes. */
export function encryptedType(protocol: EncryptionProtocol): string {
  return `multipart/encrypted;protocol="${protocol}";boundary="${BOUNDARY}"`;
}

/** The content type under the scheme Negotiate. */
export const encryptedContentType = encryptedType(SPNEGO_PROTOCOL);

class Cursor {
  #at = 0;
  constructor(
    readonly body: Buffer,
    readonly name: string,
  ) {}

  boundary(): void {
    const line = this.#line();
    if (line !== `--${this.name}` && line !== `-- ${this.name}`) throw new MalformedEncryption("a boundary is missing");
  }

  header(name: string): { readonly value: string; readonly tab: boolean } {
    const line = this.#line();
    const colon = line.indexOf(":");
    if (line.slice(0, Math.max(0, colon)).trim().toLowerCase() !== name.toLowerCase()) {
      throw new MalformedEncryption(`${name} is missing`);
    }
    return { value: line.slice(colon + 1).trim(), tab: line.startsWith("\t") };
  }

  /** Signature and sealed bytes; after them only the closing boundary and line ends. */
  payload(length: number): SealedMessage {
    if (this.#at + 4 > this.body.length) throw new MalformedEncryption("the message is cut off");
    const signatureLength = this.body.readUInt32LE(this.#at);
    const start = this.#at + 4;
    const sealedAt = start + signatureLength;
    const end = sealedAt + length;
    if (signatureLength > MAX_SIGNATURE_BYTES || end > this.body.length) {
      throw new MalformedEncryption("a length is wrong");
    }
    const tail = this.body.toString("latin1", end).replace(/(?:\r\n)*$/, "");
    if (tail !== `--${this.name}--` && tail !== `-- ${this.name}--`) throw new MalformedEncryption("Length is wrong");
    return { signature: this.body.subarray(start, sealedAt), sealed: this.body.subarray(sealedAt, end) };
  }

  #line(): string {
    const end = this.body.indexOf("\r\n", this.#at);
    if (end < 0) throw new MalformedEncryption("the part headers are cut off");
    const line = this.body.toString("latin1", this.#at, end);
    this.#at = end + 2;
    return line;
  }
}
