/** The building block of NTLM messages: a field is length u16, maximum length u16, offset u32 (LE), and a payload. */
import { WinrmError } from "../../errors";

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
