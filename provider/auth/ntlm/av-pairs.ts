/** The attribute list that a challenge carries and the client's response echoes. [MS-NLMP] 2.2.2.1 */
import { malformed } from "./fields";

/** Attribute ids, in the spelling of [MS-NLMP] 2.2.2.1. */
export const AV_ID = {
  MsvAvEOL: 0,
  MsvAvNbComputerName: 1,
  MsvAvNbDomainName: 2,
  MsvAvDnsComputerName: 3,
  MsvAvDnsDomainName: 4,
  MsvAvDnsTreeName: 5,
  MsvAvFlags: 6,
  MsvAvTimestamp: 7,
  MsvAvSingleHost: 8,
  MsvAvTargetName: 9,
  MsvAvChannelBindings: 10,
} as const;

/** The bit of MsvAvFlags that says: the AUTHENTICATE message carries a MIC. */
export const AV_FLAG_MIC_PRESENT = 0x2;

/** One attribute: id u16, length u16, value. Names are UTF-16LE, times FILETIME, flags u32, all little-endian. */
export interface AvPair {
  /** One of `AV_ID` or an id that is not known here; never 0. */
  readonly id: number;
  readonly value: Buffer;
}

/** The list as bytes, with its end mark (id 0, length 0). */
export function encodeAvPairs(pairs: readonly AvPair[]): Buffer {
  const parts = pairs.map(({ id, value }) => {
    const header = Buffer.alloc(4);
    header.writeUInt16LE(id, 0);
    header.writeUInt16LE(value.length, 2);
    return Buffer.concat([header, value]);
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/**
 * The pairs up to the end mark; bytes after it are ignored.
 * @throws WinrmError `WINRM_E_HANDSHAKE` if a pair is cut off or the end mark is missing.
 */
export function decodeAvPairs(bytes: Buffer): AvPair[] {
  const pairs: AvPair[] = [];
  let at = 0;
  for (;;) {
    if (at + 4 > bytes.length) malformed("the attribute list has no end");
    const id = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    at += 4;
    if (id === AV_ID.MsvAvEOL) {
      if (length !== 0) malformed("the end of the attribute list has a length");
      return pairs;
    }
    if (at + length > bytes.length) malformed("an attribute is cut off");
    pairs.push({ id, value: Buffer.from(bytes.subarray(at, at + length)) });
    at += length;
  }
}

/** The value of the first pair with this id. */
export function avValue(pairs: readonly AvPair[], id: number): Buffer | undefined {
  return pairs.find((pair) => pair.id === id)?.value;
}

/** MsvAvFlags, 0 if absent. @throws WinrmError `WINRM_E_HANDSHAKE` if it is not 4 bytes long. */
export function avFlags(pairs: readonly AvPair[]): number {
  return numberValue(pairs, "MsvAvFlags", 4)?.readUInt32LE() ?? 0;
}

/** MsvAvTimestamp as FILETIME. @throws WinrmError `WINRM_E_HANDSHAKE` if it is not 8 bytes long. */
export function avTimestamp(pairs: readonly AvPair[]): bigint | undefined {
  return numberValue(pairs, "MsvAvTimestamp", 8)?.readBigUInt64LE();
}

function numberValue(pairs: readonly AvPair[], name: keyof typeof AV_ID, length: number): Buffer | undefined {
  const value = avValue(pairs, AV_ID[name]);
  if (value !== undefined && value.length !== length) malformed(`${name} is not ${length} bytes long`);
  return value;
}

/** The list with one value set: in place if the id is there, at the end otherwise. */
export function withAvPair(pairs: readonly AvPair[], pair: AvPair): AvPair[] {
  if (!pairs.some(({ id }) => id === pair.id)) return [...pairs, pair];
  return pairs.map((old) => (old.id === pair.id ? pair : old));
}
