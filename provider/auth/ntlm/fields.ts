/**
 * What NTLM messages are made of: a header, texts, a version, and fields. A field is length u16, maximum length u16, offset
 * u32 (LE), and a payload.
 */
import { WinrmError } from "../../errors";
import { NTLM_FLAGS } from "./flags";

/** 10.0 build 20348, revision 15. [MS-NLMP] 2.2.2.10 */
const NTLM_VERSION = Buffer.from("0a007c4f0000000f", "hex");

const SIGNATURE = Buffer.from("NTLMSSP\0", "latin1");

/** The size of a version in bytes. */
export const VERSION_LENGTH = 8;
/** The size of a MIC in bytes. */
export const MIC_LENGTH = 16;
/** The size of one field descriptor in bytes. */
export const FIELD_LENGTH = 8;

/** @throws always: a `WinrmError` `WINRM_E_HANDSHAKE` that says which part of a message is wrong, and no bytes of it. */
export function malformed(what: string): never {
  throw new WinrmError("WINRM_E_HANDSHAKE", `The NTLM message is malformed: ${what}.`);
}

/** Reads the fields of one message and remembers where the payload begins. */
export class FieldReader {
  readonly #message: Buffer;
  readonly #headerLength: number;
  /** The lowest offset of the non-empty fields read so far; the length of the message if all were empty. */
  payloadStart: number;

  constructor(message: Buffer, headerLength: number) {
    this.#message = message;
    this.#headerLength = headerLength;
    this.payloadStart = message.length;
  }

  /**
   * The payload of the field described at `at`, copied. An empty field's offset is not looked at.
   * @throws WinrmError `WINRM_E_HANDSHAKE` if it lies outside the message or inside the fixed header.
   */
  read(at: number, name: string): Buffer {
    const length = this.#message.readUInt16LE(at);
    if (length === 0) return Buffer.alloc(0);
    const offset = this.#message.readUInt32LE(at + 4);
    if (offset < this.#headerLength || offset + length > this.#message.length) malformed(`${name} is out of bounds`);
    this.payloadStart = Math.min(this.payloadStart, offset);
    return Buffer.from(this.#message.subarray(offset, offset + length));
  }
}

/** Collects payloads in the order written and makes the descriptors that point at them. */
export class FieldWriter {
  readonly #payloads: Buffer[] = [];
  #offset: number;

  constructor(headerLength: number) {
    this.#offset = headerLength;
  }

  /** Appends a payload of at most 65,535 bytes and returns its descriptor. */
  write(payload: Buffer): Buffer {
    if (payload.length > 0xffff) throw new WinrmError("WINRM_E_ARGUMENT", "A field of the NTLM message is too long.");
    const descriptor = Buffer.alloc(FIELD_LENGTH);
    descriptor.writeUInt16LE(payload.length, 0);
    descriptor.writeUInt16LE(payload.length, 2);
    descriptor.writeUInt32LE(this.#offset, 4);
    this.#payloads.push(payload);
    this.#offset += payload.length;
    return descriptor;
  }

  /** All payloads, in the order written. */
  payload(): Buffer {
    return Buffer.concat(this.#payloads);
  }
}

/** What every message begins with: signature 8, type 4. */
export function header(type: 1 | 2 | 3): Buffer {
  return Buffer.concat([SIGNATURE, u32(type)]);
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` if the message is of another type, or shorter than its fixed header. */
export function expectHeader(bytes: Buffer, want: { type: 1 | 2 | 3; headerLength: number }): void {
  if (bytes.length < want.headerLength) malformed("it is too short");
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) malformed("it does not begin with NTLMSSP");
  const type = bytes.readUInt32LE(8);
  if (type !== want.type) malformed(`its type is ${type}, not ${want.type}`);
}

/** A number in 4 bytes. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** @throws WinrmError `WINRM_E_INTERNAL` for a value of another length. */
export function sized(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) {
    throw new WinrmError("WINRM_E_INTERNAL", `An NTLM value of ${length} bytes is ${bytes.length} bytes long.`);
  }
  return bytes;
}

/** A version; that of this code where a message names none. */
export function encodeVersion(bytes: Buffer | undefined): Buffer {
  return sized(bytes ?? NTLM_VERSION, VERSION_LENGTH);
}

/** The version at `at`, if the fixed header reaches beyond it. */
export function readVersion(bytes: Buffer, where: { at: number; end: number }): { version?: Buffer } {
  if (where.end < where.at + VERSION_LENGTH) return {};
  return { version: Buffer.from(bytes.subarray(where.at, where.at + VERSION_LENGTH)) };
}

/** A text in the character set that the flags say. */
export function encodeText(value: string, flags: number): Buffer {
  return Buffer.from(value, (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE) !== 0 ? "utf16le" : "latin1");
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` for half a character of UTF-16. */
export function readText(bytes: Buffer, flags: number): string {
  if ((flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE) === 0) return bytes.toString("latin1");
  if (bytes.length % 2 !== 0) malformed("a UTF-16 text has an odd length");
  return bytes.toString("utf16le");
}
