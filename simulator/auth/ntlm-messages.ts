/** The host's side of the NTLM messages as bytes: NEGOTIATE and AUTHENTICATE are read, CHALLENGE is written. */
import { type AvPair, decodeAvPairs, encodeAvPairs } from "../../provider/auth/ntlm/av-pairs";
import {
  encodeText,
  encodeVersion,
  expectHeader,
  FieldReader,
  FieldWriter,
  header,
  malformed,
  MIC_LENGTH,
  readText,
  readVersion,
  sized,
  u32,
} from "../../provider/auth/ntlm/fields";
import type { AuthenticateMessage, ChallengeMessage, NegotiateMessage } from "../../provider/auth/ntlm/messages";

/** @throws WinrmError `WINRM_E_HANDSHAKE` if the bytes are not a NEGOTIATE message. */
export function decodeNegotiate(bytes: Buffer): NegotiateMessage {
  // Clients of old may stop after the flags; [MS-NLMP] 2.2.1.1 has them send both fields.
  expectHeader(bytes, { type: 1, headerLength: 32 });
  const fields = new FieldReader(bytes, 32);
  const domain = fields.read(16, "the domain");
  const workstation = fields.read(24, "the workstation");
  return {
    flags: bytes.readUInt32LE(12),
    ...(domain.length > 0 && { domain }),
    ...(workstation.length > 0 && { workstation }),
    ...readVersion(bytes, { at: 32, end: fields.payloadStart }),
  };
}

/** A CHALLENGE message. */
export function encodeChallenge(message: ChallengeMessage): Buffer {
  const fields = new FieldWriter(56);
  return Buffer.concat([
    header(2),
    fields.write(encodeText(message.targetName, message.flags)),
    u32(message.flags),
    sized(message.serverChallenge, 8),
    Buffer.alloc(8),
    fields.write(encodeAvPairs(message.targetInfo)),
    encodeVersion(message.version),
    fields.payload(),
  ]);
}

/** An AUTHENTICATE message read from bytes. */
export interface DecodedAuthenticate extends AuthenticateMessage {
  /** Where the MIC lies in the message; absent when there is none. */
  readonly micOffset?: number;
}

/**
 * Nothing in the message says whether it has a version and a MIC; where the payload begins does: at 64 neither, at 72
 * a version, at 80 a MIC alone, at 88 both.
 * @throws WinrmError `WINRM_E_HANDSHAKE` if the bytes are not an AUTHENTICATE message.
 */
export function decodeAuthenticate(bytes: Buffer): DecodedAuthenticate {
  expectHeader(bytes, { type: 3, headerLength: 64 });
  const fields = new FieldReader(bytes, 64);
  const flags = bytes.readUInt32LE(60);
  const lmResponse = fields.read(12, "the LM response");
  const ntResponse = fields.read(20, "the NT response");
  const domain = fields.read(28, "the domain");
  const user = fields.read(36, "the user name");
  const workstation = fields.read(44, "the workstation");
  const encryptedRandomSessionKey = fields.read(52, "the session key");
  const room = fields.payloadStart - 64;
  const micOffset = room >= 24 ? 72 : room >= 16 ? 64 : undefined;
  return {
    flags,
    lmResponse,
    ntResponse,
    domain: readText(domain, flags),
    user: readText(user, flags),
    workstation: readText(workstation, flags),
    encryptedRandomSessionKey,
    ...(micOffset !== 64 && readVersion(bytes, { at: 64, end: fields.payloadStart })),
    ...(micOffset !== undefined && {
      mic: Buffer.from(bytes.subarray(micOffset, micOffset + MIC_LENGTH)),
      micOffset,
    }),
  };
}

/** An NTLMv2 response taken apart. [MS-NLMP] 2.2.2.8 */
export interface DecodedNtResponse {
  readonly ntProofStr: Buffer;
  readonly temp: Buffer;
  /** FILETIME. */
  readonly time: bigint;
  readonly clientChallenge: Buffer;
  readonly targetInfo: readonly AvPair[];
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` if it is no NTLMv2 response (the 24 bytes of NTLMv1 are none). */
export function decodeNtResponse(ntResponse: Buffer): DecodedNtResponse {
  if (ntResponse.length < 16 + 28 + 4) malformed("the NT response is too short for NTLMv2");
  const temp = ntResponse.subarray(16);
  if (temp[0] !== 1 || temp[1] !== 1) malformed("the NT response has an unknown version");
  return {
    ntProofStr: ntResponse.subarray(0, 16),
    temp,
    time: temp.readBigUInt64LE(8),
    clientChallenge: temp.subarray(16, 24),
    targetInfo: decodeAvPairs(temp.subarray(28)),
  };
}
