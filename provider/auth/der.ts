/** The little of DER that SPNEGO and the channel binding need. X.690 §8, §10 */
import { WinrmError } from "../errors";

/** Universal tags. */
export const DER = { OCTET_STRING: 0x04, OBJECT_IDENTIFIER: 0x06, ENUMERATED: 0x0a, SEQUENCE: 0x30 } as const;

/** What RFC 2743 §3.1 frames an initiator's first token in. */
export const APPLICATION_0 = 0x60;

/** The tag `[number]`, of an element that holds another one. */
export const contextTag = (number: number): number => 0xa0 | number;

/** More is refused: no SPNEGO token and no certificate is that long. */
const MAX_LENGTH = 0x10_0000;

/** One element, whole. */
export function encodeElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  if (length < 0x1_0000) return [0x82, length >> 8, length & 0xff];
  return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
}

/**
 * Elements one after the other. A length is a definite one of at most four bytes and stays inside its parent. It may have
 * more bytes than DER gives it, as OpenSSL reads it, too: what is signed is taken as it came and never encoded anew.
 */
export class DerReader {
  readonly #bytes: Buffer;
  readonly #malformed: () => never;
  #at = 0;

  /** @param refuse throws what the bytes are not; default: `malformed`. */
  constructor(bytes: Buffer, refuse = malformed) {
    this.#bytes = bytes;
    this.#malformed = refuse;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag of the next element, without taking it. */
  get tag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The content of the next element, which must have this tag. */
  take(tag: number): Buffer {
    const first = this.#bytes[this.#at + 1];
    if (this.tag !== tag || first === undefined) return this.#malformed();
    const count = first < 0x80 ? 0 : first & 0x7f;
    const start = this.#at + 2 + count;
    if (first === 0x80 || count > 4 || start > this.#bytes.length) return this.#malformed();
    const length = count === 0 ? first : this.#bytes.readUIntBE(this.#at + 2, count);
    if (length > MAX_LENGTH || start + length > this.#bytes.length) return this.#malformed();
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** The elements in the next one, which must have this tag. */
  enter(tag: number): DerReader {
    return new DerReader(this.take(tag), this.#malformed);
  }

  /** The content of the next element if it has this tag. */
  takeIf(tag: number): Buffer | undefined {
    return this.tag === tag ? this.take(tag) : undefined;
  }

  /** Nothing may follow. */
  end(): void {
    if (!this.atEnd) this.#malformed();
  }
}

/** The content of the OCTET STRING that the bytes are. */
export function octetsOf(field: Buffer | undefined): Buffer | undefined {
  return field && contentOf(field, DER.OCTET_STRING);
}

/** The content of the one element that the bytes are. */
export function contentOf(field: Buffer, tag: number): Buffer {
  const reader = new DerReader(field);
  const content = reader.take(tag);
  reader.end();
  return content;
}

/** The elements in it. */
export function inside(field: Buffer, tag: number): DerReader {
  return new DerReader(contentOf(field, tag));
}

/** The content bytes of an object identifier written as `1.3.6.1`. */
export function encodeOid(dotted: string): Buffer {
  const arcs = dotted.split(".").map(Number);
  const [first, second, ...rest] = arcs;
  const valid = /^[0-2](\.\d{1,10})+$/.test(dotted) && arcs.every((arc) => arc <= 0xffff_ffff);
  if (!valid || first === undefined || second === undefined || (first < 2 && second > 39)) {
    throw new WinrmError("WINRM_E_INTERNAL", "This is no object identifier.");
  }
  return Buffer.from([first * 40 + second, ...rest].flatMap((arc) => base128(arc)));
}

function base128(arc: number): number[] {
  const bytes = [arc % 0x80];
  for (let rest = Math.floor(arc / 0x80); rest > 0; rest = Math.floor(rest / 0x80)) bytes.unshift((rest % 0x80) | 0x80);
  return bytes;
}

/** The reverse; an arc has at most 35 bits. */
export function decodeOid(content: Buffer): string {
  const arcs: number[] = [];
  let [arc, length] = [0, 0];
  for (const byte of content) {
    if (++length > 5 || (length === 1 && byte === 0x80)) malformed();
    arc = arc * 0x80 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    [arc, length] = [0, 0];
  }
  const [head, ...rest] = arcs;
  if (head === undefined || length !== 0) malformed();
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - first * 40, ...rest].join(".");
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` */
export function malformed(): never {
  throw new WinrmError("WINRM_E_HANDSHAKE", "The SPNEGO token is malformed.");
}
