/**
 * The three NTLM messages, and the client's side of them as bytes. All numbers are little-endian; offsets count from the
 * start of the message.
 */
import { type AvPair, decodeAvPairs } from "./av-pairs";
import {
  encodeText,
  encodeVersion,
  expectHeader,
  FIELD_LENGTH,
  FieldReader,
  FieldWriter,
  header,
  MIC_LENGTH,
  readText,
  readVersion,
  sized,
  u32,
  VERSION_LENGTH,
} from "./fields";

const NO_BYTES = Buffer.alloc(0);

/**
 * The client's first message: signature 8, type 4, flags 4, domain field 8, workstation field 8, version 8 (offset 32),
 * payload (40). [MS-NLMP] 2.2.1.1
 */
export interface NegotiateMessage {
  readonly flags: number;
  /** OEM bytes; normally absent, which is sent as an empty field. */
  readonly domain?: Buffer;
  /** OEM bytes; normally absent. */
  readonly workstation?: Buffer;
  /** 8 bytes; build 20348 of Windows is sent where absent. Absent after decoding if the message has no room for it. */
  readonly version?: Buffer;
}

/**
 * The server's message: signature, type, target name field (12), flags (20), challenge (24), reserved 8, target info
 * field (40), version (48), payload. [MS-NLMP] 2.2.1.2
 */
export interface ChallengeMessage {
  readonly flags: number;
  readonly targetName: string;
  /** 8 bytes. */
  readonly serverChallenge: Buffer;
  readonly targetInfo: readonly AvPair[];
  /** 8 bytes, as in `NegotiateMessage`. */
  readonly version?: Buffer;
}

/**
 * The client's second message: signature, type, fields LM (12), NT (20), domain (28), user (36), workstation (44), session
 * key (52), flags (60), version (64), MIC (72, if there is one), payload. The payload holds LM, NT, domain, user,
 * workstation, session key. [MS-NLMP] 2.2.1.3
 */
export interface AuthenticateMessage {
  readonly flags: number;
  readonly lmResponse: Buffer;
  readonly ntResponse: Buffer;
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
  readonly encryptedRandomSessionKey: Buffer;
  /** 8 bytes, as in `NegotiateMessage`. */
  readonly version?: Buffer;
  /** 16 bytes. Absent: the message has no MIC field. */
  readonly mic?: Buffer;
}

/** A NEGOTIATE message. */
export function encodeNegotiate(message: NegotiateMessage): Buffer {
  const fields = new FieldWriter(40);
  return Buffer.concat([
    header(1),
    u32(message.flags),
    fields.write(message.domain ?? NO_BYTES),
    fields.write(message.workstation ?? NO_BYTES),
    encodeVersion(message.version),
    fields.payload(),
  ]);
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` if the bytes are not a CHALLENGE message. */
export function decodeChallenge(bytes: Buffer): ChallengeMessage {
  expectHeader(bytes, { type: 2, headerLength: 48 });
  const fields = new FieldReader(bytes, 48);
  const flags = bytes.readUInt32LE(20);
  const targetName = fields.read(12, "the target name");
  const targetInfo = fields.read(40, "the target information");
  return {
    flags,
    targetName: readText(targetName, flags),
    serverChallenge: Buffer.from(bytes.subarray(24, 32)),
    targetInfo: targetInfo.length === 0 ? [] : decodeAvPairs(targetInfo),
    ...readVersion(bytes, { at: 48, end: fields.payloadStart }),
  };
}

/** An AUTHENTICATE message; a MIC is written as it is given. */
export function encodeAuthenticate(message: AuthenticateMessage): Buffer {
  const mic = message.mic === undefined ? NO_BYTES : sized(message.mic, MIC_LENGTH);
  const fields = new FieldWriter(12 + 6 * FIELD_LENGTH + 4 + VERSION_LENGTH + mic.length);
  return Buffer.concat([
    header(3),
    fields.write(message.lmResponse),
    fields.write(message.ntResponse),
    fields.write(encodeText(message.domain, message.flags)),
    fields.write(encodeText(message.user, message.flags)),
    fields.write(encodeText(message.workstation, message.flags)),
    fields.write(message.encryptedRandomSessionKey),
    u32(message.flags),
    encodeVersion(message.version),
    mic,
    fields.payload(),
  ]);
}
