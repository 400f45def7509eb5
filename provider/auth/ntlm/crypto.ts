/** The computations of NTLMv2, each with the pseudo-code of [MS-NLMP] 3.3.2 and 3.4 that it follows. */
import { hash, timingSafeEqual } from "node:crypto";
import { WinrmError } from "../../errors";
import { type AvPair, encodeAvPairs } from "./av-pairs";
import { md4 } from "./md4";
import { Rc4 } from "./rc4";

/** `NTOWFv1(Passwd) = MD4(UNICODE(Passwd))`: 16 bytes. Not normalised; a lone surrogate is hashed as it stands. */
export function ntHash(password: string): Buffer {
  return md4(Buffer.from(password, "utf16le"));
}

/**
 * Upper case as Windows does it for user names: unit by unit of UTF-16, and a character whose upper case is longer
 * than itself (`ß`) stays as it is.
 */
export function upperCaseName(name: string): string {
  return Array.from({ length: name.length }, (_, index) => {
    const unit = name.charAt(index);
    const upper = unit.toUpperCase();
    return upper.length === 1 ? upper : unit;
  }).join("");
}

/**
 * `NTOWFv2(Passwd, User, UserDom) = HMAC_MD5(MD4(UNICODE(Passwd)), UNICODE(ConcatenationOf(Uppercase(User), UserDom)))`.
 * 16 bytes. The domain's case counts: it must be the text of the message's domain field.
 */
export function ntowfV2(account: { ntHash: Buffer; user: string; domain: string }): Buffer {
  return hmacMd5(account.ntHash, Buffer.from(upperCaseName(account.user) + account.domain, "utf16le"));
}

/** The response to a challenge, and the key that follows from it. */
export interface NtlmV2Response {
  /** 16 bytes. */
  readonly ntProofStr: Buffer;
  /** `NTProofStr ‖ temp`: the NT response field. */
  readonly ntResponse: Buffer;
  /** 16 bytes; with NTLMv2 also the KeyExchangeKey. */
  readonly sessionBaseKey: Buffer;
}

/**
 * `temp = ConcatenationOf(Responserversion, HiResponserversion, Z(6), Time, ClientChallenge, Z(4), ServerName, Z(4))`,
 * with both versions 1 and the attribute list in the place of ServerName; then see `ntProof`. [MS-NLMP] 3.3.2
 */
export function ntlmV2Response(input: {
  /** From `ntowfV2`. */
  responseKey: Buffer;
  /** 8 bytes. */
  serverChallenge: Buffer;
  /** 8 bytes. */
  clientChallenge: Buffer;
  /** FILETIME: the server's timestamp if it sent one, else the clock. */
  time: bigint;
  targetInfo: readonly AvPair[];
}): NtlmV2Response {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(input.time);
  const temp = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    time,
    input.clientChallenge,
    Buffer.alloc(4),
    encodeAvPairs(input.targetInfo),
    Buffer.alloc(4),
  ]);
  const { ntProofStr, sessionBaseKey } = ntProof({ ...input, temp });
  return { ntProofStr, ntResponse: Buffer.concat([ntProofStr, temp]), sessionBaseKey };
}

/**
 * `NTProofStr = HMAC_MD5(ResponseKeyNT, ConcatenationOf(CHALLENGE_MESSAGE.ServerChallenge, temp))` and
 * `SessionBaseKey = HMAC_MD5(ResponseKeyNT, NTProofStr)`. [MS-NLMP] 3.3.2
 */
export function ntProof(input: { responseKey: Buffer; serverChallenge: Buffer; temp: Buffer }): {
  ntProofStr: Buffer;
  sessionBaseKey: Buffer;
} {
  const ntProofStr = hmacMd5(input.responseKey, input.serverChallenge, input.temp);
  return { ntProofStr, sessionBaseKey: hmacMd5(input.responseKey, ntProofStr) };
}

/**
 * `LmChallengeResponse = ConcatenationOf(HMAC_MD5(ResponseKeyLM, ConcatenationOf(ServerChallenge, ClientChallenge)),
 * ClientChallenge)`: 24 bytes. Sent only to a server without a timestamp; others get 24 zeros. [MS-NLMP] 3.3.2
 */
export function lmV2Response(input: { responseKey: Buffer; serverChallenge: Buffer; clientChallenge: Buffer }): Buffer {
  const proof = hmacMd5(input.responseKey, input.serverChallenge, input.clientChallenge);
  return Buffer.concat([proof, input.clientChallenge]);
}

/**
 * `EncryptedRandomSessionKey = RC4K(KeyExchangeKey, ExportedSessionKey)`; the same call turns it back. [MS-NLMP] 3.1.5.1.2
 */
export function exchangeKey(keyExchangeKey: Buffer, sessionKey: Buffer): Buffer {
  return new Rc4(keyExchangeKey).update(sessionKey);
}

/**
 * `MIC = HMAC_MD5(ExportedSessionKey, ConcatenationOf(NEGOTIATE_MESSAGE, CHALLENGE_MESSAGE, AUTHENTICATE_MESSAGE))`, where
 * the MIC field of the last is zero. The messages are the bytes as they went over the wire. [MS-NLMP] 3.1.5.1.2
 */
export function mic(input: {
  exportedSessionKey: Buffer;
  negotiate: Buffer;
  challenge: Buffer;
  authenticate: Buffer;
  micOffset: number;
}): Buffer {
  const authenticate = Buffer.from(input.authenticate).fill(0, input.micOffset, input.micOffset + 16);
  return hmacMd5(input.exportedSessionKey, input.negotiate, input.challenge, authenticate);
}

/**
 * What NTLM sends of a binding (MsvAvChannelBindings): MD5 of gss_channel_bindings_struct with empty addresses, that is
 * 16 zero bytes, the length of the application data u32 LE, and the data. RFC 4121 §4.1.1.2, [MS-NLMP] 2.2.2.1
 */
export function channelBindingHash(applicationData: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(applicationData.length, 16);
  return md5(head, applicationData);
}

/** Equality in constant time; false for different lengths. */
export function sameBytes(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The block of MD5 in bytes, and what HMAC combines the key with. RFC 2104 §2 */
const BLOCK_LENGTH = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * `HMAC_MD5(K, M)` of the parts joined, for keys of at most 64 bytes; NTLM's have 16. Of two hashes in one call each: objects
 * for hashes in the making cost a logon more than its arithmetic. RFC 2104
 * @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` where Node has no MD5 (FIPS).
 */
export function hmacMd5(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  return hmacMd5Under(key)(...parts);
}

/** The same for one key and many messages. */
export function hmacMd5Under(key: Buffer): (...parts: readonly Buffer[]) => Buffer {
  if (key.length > BLOCK_LENGTH) throw new RangeError("a key of HMAC-MD5 has at most 64 bytes here");
  const [outer, inner] = [padded(key, OUTER_PAD), padded(key, INNER_PAD)];
  return (...parts) => md5(outer, md5(inner, ...parts));
}

function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_LENGTH, pad);
  for (let index = 0; index < key.length; index++) block[index] = (key[index] ?? 0) ^ pad;
  return block;
}

/** `MD5(M)` of the parts joined. @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` where Node has no MD5 (FIPS). */
export function md5(...parts: readonly Buffer[]): Buffer {
  try {
    return hash("md5", Buffer.concat(parts), "buffer");
  } catch (cause) {
    throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", "This Node.js has no MD5 (FIPS mode), and NTLM needs it.", {
      cause,
      remedy: "use Kerberos or a client certificate, or run Node without FIPS mode",
    });
  }
}
