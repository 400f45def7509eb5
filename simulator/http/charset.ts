/** UTF-8 and UTF-16, the two charsets of WinRM ([MS-WSMV] 2.2.1). */

import { MalformedXml } from "../wsman/xml-reader";

/** The charset of a message; the answer uses the same. */
export type Charset = "UTF-8" | "UTF-16";

/**
 * The charset that a media type names; UTF-8 if it names none.
 * @throws MalformedXml for another charset (assumed (garbage): HTTP 400).
 */
export function charsetOf(contentType: string): Charset {
  const named = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]?.toUpperCase() ?? "UTF-8";
  if (named !== "UTF-8" && named !== "UTF-16") throw new MalformedXml("the charset is neither UTF-8 nor UTF-16");
  return named;
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });
const UTF_16LE = new TextDecoder("utf-16le", { fatal: true });
const UTF_16BE = new TextDecoder("utf-16be", { fatal: true });

/** @throws MalformedXml for bytes that are not in the charset. */
export function decodeText(bytes: Uint8Array, charset: Charset): string {
  try {
    const bigEndian = charset === "UTF-16" && bytes[0] === 0xfe && bytes[1] === 0xff;
    return (charset === "UTF-8" ? UTF_8 : bigEndian ? UTF_16BE : UTF_16LE).decode(bytes);
  } catch (cause) {
    throw new MalformedXml(`the bytes are not ${charset}`, { cause });
  }
}

/** Without a byte order mark, as Windows answers; UTF-16 is little-endian. */
export function encodeText(text: string, charset: Charset): Buffer {
  return Buffer.from(text, charset === "UTF-8" ? "utf8" : "utf16le");
}
