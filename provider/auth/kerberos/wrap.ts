/**
 * The two shapes of a sealed Kerberos message: the stream token of `gss_wrap` (RFC 4121 §4.2.6.2, RFC 1964 §1.2.2) and the
 * header and data that multipart/encrypted carries ([MS-WSMV] 2.2.9.1.1.2.2, [MS-KILE] 3.4.5.4.1).
 */
import { WinrmError } from "../../errors";
import type { SealedMessage } from "../auth-context";

/** A 16-byte clear header: TOK_ID `05 04`, flags, filler `ff`, EC, RRC (both u16 BE), sequence number (u64 BE). */
const HEADER_LENGTH = 16;
const CONFOUNDER_LENGTH = 16;
const TOKEN_ID = 0x0504;
const FLAG_SEALED = 0x02;
const EC_OFFSET = 4;
const RRC_OFFSET = 6;
/** What follows the object identifier in an RC4 token: token header, sequence number, checksum, confounder. */
const RC4_FIELDS_LENGTH = 32;
const RC4_MAX_PADDING = 8;

/**
 * A stream token cut into header and data. The body is rotated so that the data comes last and is as long as the plain
 * message (AES), or longer by the padding (RC4: one byte from MIT). The header's length depends on the encryption type: 60
 * bytes for aes-sha1, 64 and 72 for aes-sha2, 45 to 49 for RC4.
 * @param plainLength bytes of the message that was wrapped.
 * @throws WinrmError `WINRM_E_MESSAGE_INTEGRITY` if the token is not a sealed message of that length.
 */
export function splitWrapToken(token: Buffer, plainLength: number): SealedMessage {
  if (isRc4Token(token)) {
    const end = rc4HeaderLength(token);
    const padding = token.length - end - plainLength;
    if (padding < 0 || padding > RC4_MAX_PADDING) refuse("its length does not fit the message");
    return { signature: token.subarray(0, end), sealed: token.subarray(end) };
  }
  const overhead = token.length - plainLength;
  const rotation = overhead - HEADER_LENGTH - CONFOUNDER_LENGTH;
  checkAesHeader(token);
  if (rotation < HEADER_LENGTH || rotation > 0xffff) refuse("its length does not fit the message");
  const rotated = withRotation(token, rotation);
  const end = HEADER_LENGTH + rotation + CONFOUNDER_LENGTH;
  return { signature: rotated.subarray(0, end), sealed: rotated.subarray(end) };
}

/**
 * Header and data as one stream token, rotated back (RRC 0), which every `gss_unwrap` reads.
 * @throws WinrmError `WINRM_E_MESSAGE_INTEGRITY` if the header is not that of a sealed message.
 */
export function joinWrapToken({ signature, sealed }: SealedMessage): Buffer {
  const token = Buffer.concat([signature, sealed]);
  if (isRc4Token(token)) {
    rc4HeaderLength(token);
    return token;
  }
  checkAesHeader(token);
  return withRotation(token, 0);
}

/** The token with its body rotated right by that many bytes, whatever it was rotated by before. RFC 4121 §4.2.5 */
function withRotation(token: Buffer, rotation: number): Buffer {
  const body = token.subarray(HEADER_LENGTH);
  const left = (token.readUInt16BE(RRC_OFFSET) - rotation) % body.length;
  const cut = left < 0 ? left + body.length : left;
  const rotated = Buffer.concat([token.subarray(0, HEADER_LENGTH), body.subarray(cut), body.subarray(0, cut)]);
  rotated.writeUInt16BE(rotation, RRC_OFFSET);
  return rotated;
}

function checkAesHeader(token: Buffer): void {
  if (token.length < 2 * HEADER_LENGTH + CONFOUNDER_LENGTH) refuse("it is too short");
  if (token.readUInt16BE(0) !== TOKEN_ID || token[3] !== 0xff) refuse("it is not a Kerberos message");
  if (((token[2] ?? 0) & FLAG_SEALED) === 0) refuse("it is not encrypted");
  if (token.readUInt16BE(EC_OFFSET) > token.length) refuse("its header is malformed");
}

/** `60 <DER length> 06 09 <krb5 OID> 02 01 …`: the framing of RFC 2743 §3.1 around the older tokens. */
function isRc4Token(token: Buffer): boolean {
  return token[0] === 0x60;
}

function rc4HeaderLength(token: Buffer): number {
  const first = token[1] ?? 0;
  const oid = 2 + (first < 0x80 ? 0 : first & 0x7f);
  const fields = oid + 2 + (token[oid + 1] ?? 0);
  const end = fields + RC4_FIELDS_LENGTH;
  if (token[oid] !== 0x06 || end > token.length) refuse("it is too short");
  if (token.readUInt16BE(fields) !== 0x0201) refuse("it is not a Kerberos message");
  if (token.readUInt16BE(fields + 4) === 0xffff) refuse("it is not encrypted");
  return end;
}

function refuse(why: string): never {
  throw new WinrmError("WINRM_E_MESSAGE_INTEGRITY", `A sealed message was refused: ${why}.`);
}
