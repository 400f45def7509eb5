/** The three NTLM messages as bytes. All numbers are little-endian; offsets count from the start of the message. */
import { WinrmError } from "../../errors";
import { decodeAvPairs, encodeAvPairs, type AvPair } from "./av-pairs";
import { FIELD_LENGTH, FieldReader, FieldWriter, malformed } from "./fields";

/** Negotiate flags, in the spelling of [MS-NLMP] 2.2.2.5. */
export const NTLM_FLAGS = {
  NTLMSSP_NEGOTIATE_UNICODE: 0x1,
  NTLM_NEGOTIATE_OEM: 0x2,
  NTLMSSP_REQUEST_TARGET: 0x4,
  NTLMSSP_NEGOTIATE_SIGN: 0x10,
  NTLMSSP_NEGOTIATE_SEAL: 0x20,
  NTLMSSP_NEGOTIATE_DATAGRAM: 0x40,
  NTLMSSP_NEGOTIATE_LM_KEY: 0x80,
  NTLMSSP_NEGOTIATE_NTLM: 0x200,
  NTLMSSP_NEGOTIATE_ANONYMOUS: 0x800,
  NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED: 0x1000,
  NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED: 0x2000,
  NTLMSSP_NEGOTIATE_LOCAL_CALL: 0x4000,
  NTLMSSP_NEGOTIATE_ALWAYS_SIGN: 0x8000,
  NTLMSSP_TARGET_TYPE_DOMAIN: 0x10000,
  NTLMSSP_TARGET_TYPE_SERVER: 0x20000,
  NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY: 0x80000,
  NTLMSSP_NEGOTIATE_IDENTIFY: 0x100000,
  NTLMSSP_REQUEST_NON_NT_SESSION_KEY: 0x400000,
  NTLMSSP_NEGOTIATE_TARGET_INFO: 0x800000,
  NTLMSSP_NEGOTIATE_VERSION: 0x2000000,
  NTLMSSP_NEGOTIATE_128: 0x20000000,
  NTLMSSP_NEGOTIATE_KEY_EXCH: 0x40000000,
  NTLMSSP_NEGOTIATE_56: 0x80000000,
} as const;

/** The version sent where a message names none: 10.0 build 20348, revision 15. [MS-NLMP] 2.2.2.10 */
export const NTLM_VERSION: Buffer = Buffer.from("0a007c4f0000000f", "hex");

const SIGNATURE = Buffer.from("NTLMSSP\0", "latin1");
const NO_BYTES = Buffer.alloc(0);
const VERSION_LENGTH = 8;
const MIC_LENGTH = 16;

/** The client's first message. [MS-NLMP] 2.2.1.1 */
export interface NegotiateMessage {
  readonly flags: number;
  /** OEM bytes; normally absent, which is sent as an empty field. */
  readonly domain?: Buffer;
  /** OEM bytes; normally absent. */
  readonly workstation?: Buffer;
  /** 8 bytes; `NTLM_VERSION` is sent where absent. Absent after decoding if the message has no room for it. */
  readonly version?: Buffer;
}

/** The server's message. [MS-NLMP] 2.2.1.2 */
export interface ChallengeMessage {
  readonly flags: number;
  readonly targetName: string;
  /** 8 bytes. */
  readonly serverChallenge: Buffer;
  readonly targetInfo: readonly AvPair[];
  /** 8 bytes, as in `NegotiateMessage`. */
  readonly version?: Buffer;
}

/** The client's second message. [MS-NLMP] 2.2.1.3 */
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

/** An AUTHENTICATE message read from bytes. */
export interface DecodedAuthenticate extends AuthenticateMessage {
  /** Where the MIC lies in the message; absent when there is none. */
  readonly micOffset?: number;
}

/** signature 8, type 4, flags 4, domain field 8, workstation field 8, version 8 (offset 32), payload (40). */
export function encodeNegotiate(message: NegotiateMessage): Buffer {
  const fields = new FieldWriter(40);
  return Buffer.concat([
    header(1),
    u32(message.flags),
    fields.write(message.domain ?? NO_BYTES),
    fields.write(message.workstation ?? NO_BYTES),
    version(message.version),
    fields.payload(),
  ]);
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` if the bytes are not a NEGOTIATE message. */
export function decodeNegotiate(bytes: Buffer): NegotiateMessage {
  // Clients of old may stop after the flags; [MS-NLMP] 2.2.1.1 has them send both fields.
  expect(bytes, { type: 1, headerLength: 32 });
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

/** signature, type, target name field (12), flags (20), challenge (24), reserved 8, target info field (40), version (48). */
export function encodeChallenge(message: ChallengeMessage): Buffer {
  const fields = new FieldWriter(56);
  return Buffer.concat([
    header(2),
    fields.write(text(message.targetName, message.flags)),
    u32(message.flags),
    sized(message.serverChallenge, 8),
    Buffer.alloc(8),
    fields.write(encodeAvPairs(message.targetInfo)),
    version(message.version),
    fields.payload(),
  ]);
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` if the bytes are not a CHALLENGE message. */
export function decodeChallenge(bytes: Buffer): ChallengeMessage {
  expect(bytes, { type: 2, headerLength: 48 });
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

/**
 * signature, type, fields LM (12), NT (20), domain (28), user (36), workstation (44), session key (52), flags (60),
 * version (64), MIC (72, if there is one), payload. The payload holds LM, NT, domain, user, workstation, session key.
 */
export function encodeAuthenticate(message: AuthenticateMessage): Buffer {
  const mic = message.mic === undefined ? NO_BYTES : sized(message.mic, MIC_LENGTH);
  const fields = new FieldWriter(12 + 6 * FIELD_LENGTH + 4 + VERSION_LENGTH + mic.length);
  return Buffer.concat([
    header(3),
    fields.write(message.lmResponse),
    fields.write(message.ntResponse),
    fields.write(text(message.domain, message.flags)),
    fields.write(text(message.user, message.flags)),
    fields.write(text(message.workstation, message.flags)),
    fields.write(message.encryptedRandomSessionKey),
    u32(message.flags),
    version(message.version),
    mic,
    fields.payload(),
  ]);
}

/**
 * Nothing in the message says whether it has a version and a MIC; where the payload begins does: at 64 neither, at 72
 * a version, at 80 a MIC alone, at 88 both.
 * @throws WinrmError `WINRM_E_HANDSHAKE` if the bytes are not an AUTHENTICATE message.
 */
export function decodeAuthenticate(bytes: Buffer): DecodedAuthenticate {
  expect(bytes, { type: 3, headerLength: 64 });
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

function header(type: 1 | 2 | 3): Buffer {
  return Buffer.concat([SIGNATURE, u32(type)]);
}

function expect(bytes: Buffer, want: { type: 1 | 2 | 3; headerLength: number }): void {
  if (bytes.length < want.headerLength) malformed("it is too short");
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) malformed("it does not begin with NTLMSSP");
  const type = bytes.readUInt32LE(8);
  if (type !== want.type) malformed(`its type is ${type}, not ${want.type}`);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function sized(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) {
    throw new WinrmError("WINRM_E_INTERNAL", `An NTLM value of ${length} bytes is ${bytes.length} bytes long.`);
  }
  return bytes;
}

function version(bytes: Buffer | undefined): Buffer {
  return sized(bytes ?? NTLM_VERSION, VERSION_LENGTH);
}

function readVersion(bytes: Buffer, where: { at: number; end: number }): { version?: Buffer } {
  if (where.end < where.at + VERSION_LENGTH) return {};
  return { version: Buffer.from(bytes.subarray(where.at, where.at + VERSION_LENGTH)) };
}

function text(value: string, flags: number): Buffer {
  return Buffer.from(value, (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE) !== 0 ? "utf16le" : "latin1");
}

function readText(bytes: Buffer, flags: number): string {
  if ((flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE) === 0) return bytes.toString("latin1");
  if (bytes.length % 2 !== 0) malformed("a UTF-16 text has an odd length");
  return bytes.toString("utf16le");
}
