/** The client's side of NTLMv2: one exchange for one connection. [MS-NLMP] 3.1.5.1 */
import { randomBytes } from "node:crypto";
import { WinrmError } from "../../errors";
import { type AuthContext, type AuthStep, MAX_TOKEN_LENGTH, type MessageProtection } from "../auth-context";
import { accountForHost, checkedAccount, parseAccountName, type NtlmAccount, computerName } from "./account-name";
import { channelBindingHash, exchangeKey, lmV2Response, mic, ntHash, ntlmV2Response, ntowfV2 } from "./crypto";
import { filetimeNow } from "./filetime";
import { AV_FLAG_MIC_PRESENT, AV_ID, avFlags, avTimestamp, type AvPair, withAvPair } from "./av-pairs";
import { NTLM_FLAGS } from "./flags";
import { decodeChallenge, encodeAuthenticate, encodeNegotiate, type ChallengeMessage } from "./messages";
import { NtlmSealing } from "./sealing";

/** Where the MIC lies in a message with a version. [MS-NLMP] 2.2.1.3 */
const MIC_OFFSET = 72;
/** The MIC is taken over the message with these in its place. */
const ZERO_MIC = Buffer.alloc(16);

const REQUIRED_FLAGS = [
  "NTLMSSP_NEGOTIATE_UNICODE",
  "NTLMSSP_NEGOTIATE_NTLM",
  "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY",
  "NTLMSSP_NEGOTIATE_128",
  "NTLMSSP_NEGOTIATE_TARGET_INFO",
] as const;
const REQUIRED_TO_SEAL = ["NTLMSSP_NEGOTIATE_SIGN", "NTLMSSP_NEGOTIATE_SEAL", "NTLMSSP_NEGOTIATE_KEY_EXCH"] as const;

/** What the client offers. UNICODE and 128 are required of the response; OEM and 56 are offered as Windows offers them. */
const OFFERED_FLAGS =
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE |
  NTLM_FLAGS.NTLM_NEGOTIATE_OEM |
  NTLM_FLAGS.NTLMSSP_REQUEST_TARGET |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_SIGN |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_SEAL |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_NTLM |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_ALWAYS_SIGN |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_VERSION |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_128 |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_KEY_EXCH |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_56;

/** Flags of a challenge that the client echoes; whatever else a host sets was neither offered nor is it understood. */
const ECHOED_FLAGS =
  (OFFERED_FLAGS & ~NTLM_FLAGS.NTLM_NEGOTIATE_OEM) |
  NTLM_FLAGS.NTLMSSP_TARGET_TYPE_DOMAIN |
  NTLM_FLAGS.NTLMSSP_TARGET_TYPE_SERVER |
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_TARGET_INFO;

/** What an NTLM logon needs. */
export interface NtlmOptions {
  /** The two fields, or a name as a person writes it (`parseAccountName`). */
  readonly account: NtlmAccount | string;
  readonly password: string;
  /** The service meant, `HTTP/<host>`; a host that checks it refuses a logon relayed from another. */
  readonly spn: string;
  /** The application data of `tlsServerEndPoint`; absent without TLS. */
  readonly channelBinding?: Buffer;
  /** Refuse a host that does not negotiate signing, sealing and key exchange. True for every logon over http. */
  readonly requireSealing: boolean;
  /** FILETIME, used when the host sends no timestamp. Default: the system clock. */
  readonly clock?: () => bigint;
  /** Default: `crypto.randomBytes`. Asked for the client challenge (8 bytes), then the session key (16 bytes). */
  readonly random?: (length: number) => Buffer;
}

type Phase =
  | { readonly name: "start" }
  | { readonly name: "negotiated"; readonly negotiate: Buffer }
  | { readonly name: "done"; readonly exportedSessionKey: Buffer; readonly flags: number }
  | { readonly name: "failed" };

/**
 * A new exchange: `step()` gives NEGOTIATE, `step(challenge)` gives AUTHENTICATE and is the last. NTLMv2 with a MIC,
 * nothing older. A host that offers less is refused, and the response is not computed.
 * @throws WinrmError `WINRM_E_CREDENTIALS_REQUIRED` for an empty user name or password, `WINRM_E_ARGUMENT` for a name or
 * SPN with control characters, `WINRM_E_METHOD_UNSUPPORTED` where Node has no MD5; from `step`: `WINRM_E_HANDSHAKE` for a
 * malformed challenge or one that offers too little, `WINRM_E_INTERNAL` for a call out of order.
 */
export function createNtlmContext(options: NtlmOptions): AuthContext {
  return new NtlmContext(options);
}

class NtlmContext implements AuthContext {
  readonly scheme = "Negotiate";
  readonly mechanism = "ntlm";
  readonly encryptionProtocol = "application/HTTP-SPNEGO-session-encrypted";
  readonly #options: Omit<NtlmOptions, "account" | "password">;
  readonly #account: NtlmAccount;
  readonly #ntHash: Buffer;
  #phase: Phase = { name: "start" };
  #protection: MessageProtection | undefined;
  hostName: string | undefined;

  constructor(options: NtlmOptions) {
    const { account, password, ...rest } = options;
    this.#account = typeof account === "string" ? parseAccountName(account) : checkedAccount(account);
    if (password === "")
      throw new WinrmError("WINRM_E_CREDENTIALS_REQUIRED", "NTLM needs a password, and it is empty.");
    if (/[\u0000-\u001f\u007f]/.test(rest.spn)) {
      throw new WinrmError("WINRM_E_ARGUMENT", "The service principal name has a control character.");
    }
    this.#ntHash = ntHash(password);
    this.#options = rest;
  }

  step(serverToken?: Buffer): Promise<AuthStep> {
    return Promise.resolve().then(() => this.#step(serverToken));
  }

  protection(): MessageProtection {
    if (this.#phase.name !== "done") outOfOrder("message protection was asked for before the end");
    const { exportedSessionKey, flags } = this.#phase;
    if (missing(flags, REQUIRED_TO_SEAL).length > 0) outOfOrder("this session did not negotiate sealing");
    this.#protection ??= new NtlmSealing({ exportedSessionKey, flags, role: "initiate" });
    return this.#protection;
  }

  #step(serverToken: Buffer | undefined): AuthStep {
    const phase = this.#phase;
    this.#phase = { name: "failed" };
    if (phase.name === "start" && serverToken === undefined) {
      const negotiate = encodeNegotiate({ flags: OFFERED_FLAGS });
      this.#phase = { name: "negotiated", negotiate };
      return { token: negotiate, done: false };
    }
    if (phase.name === "negotiated" && serverToken !== undefined) {
      const { token, ...session } = this.#authenticate(phase.negotiate, serverToken);
      this.#phase = { name: "done", ...session };
      return { token, done: true };
    }
    outOfOrder(serverToken === undefined ? "the host's token is missing" : "a token came when none was expected");
  }

  #authenticate(negotiate: Buffer, token: Buffer): { token: Buffer; exportedSessionKey: Buffer; flags: number } {
    const { requireSealing, clock = filetimeNow, random = randomBytes } = this.#options;
    if (token.length > MAX_TOKEN_LENGTH) throw new WinrmError("WINRM_E_HANDSHAKE", "The NTLM challenge is too long.");
    const challenge = decodeChallenge(token);
    requireFlags(challenge, requireSealing);
    const flags = challenge.flags & ECHOED_FLAGS;
    const account = accountForHost(this.#account, challenge.targetInfo);
    this.hostName = computerName(challenge.targetInfo);
    const timestamp = avTimestamp(challenge.targetInfo);

    const keys = {
      responseKey: ntowfV2({ ntHash: this.#ntHash, ...account }),
      serverChallenge: challenge.serverChallenge,
      clientChallenge: random(8),
    };
    const response = ntlmV2Response({
      ...keys,
      time: timestamp ?? clock(),
      targetInfo: this.#targetInfo(challenge.targetInfo),
    });
    const exchange = (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_KEY_EXCH) !== 0;
    const exportedSessionKey = exchange ? random(16) : response.sessionBaseKey;
    const message = {
      flags,
      lmResponse: timestamp === undefined ? lmV2Response(keys) : Buffer.alloc(24),
      ntResponse: response.ntResponse,
      ...account,
      workstation: "", // a made-up name fails for accounts that are restricted to certain workstations
      mic: ZERO_MIC,
      encryptedRandomSessionKey: exchange ? exchangeKey(response.sessionBaseKey, exportedSessionKey) : Buffer.alloc(0),
    };
    const authenticate = encodeAuthenticate(message);
    mic({ exportedSessionKey, negotiate, challenge: token, authenticate, micOffset: MIC_OFFSET }).copy(
      authenticate,
      MIC_OFFSET,
    );
    return { token: authenticate, exportedSessionKey, flags };
  }

  /**
   * The host's list as it came, and the client's own pairs. The MIC is announced even to a host that sent no timestamp
   * ([MS-NLMP] 3.1.5.1.2 asks for it only then): otherwise taking the timestamp out would take the MIC off. No empty
   * channel binding is ever added: hosts compare it.
   */
  #targetInfo(fromHost: readonly AvPair[]): AvPair[] {
    const { channelBinding, spn } = this.#options;
    const flags = Buffer.alloc(4);
    flags.writeUInt32LE((avFlags(fromHost) | AV_FLAG_MIC_PRESENT) >>> 0);
    const own = [
      ...(channelBinding === undefined
        ? []
        : [{ id: AV_ID.MsvAvChannelBindings, value: channelBindingHash(channelBinding) }]),
      { id: AV_ID.MsvAvTargetName, value: Buffer.from(spn, "utf16le") },
      { id: AV_ID.MsvAvFlags, value: flags },
    ];
    const others = fromHost.filter(({ id }) => id !== AV_ID.MsvAvChannelBindings);
    return own.reduce(withAvPair, others);
  }
}

function missing(flags: number, names: readonly (keyof typeof NTLM_FLAGS)[]): string[] {
  return names.filter((name) => (flags & NTLM_FLAGS[name]) === 0);
}

function requireFlags(challenge: ChallengeMessage, requireSealing: boolean): void {
  const lacking = missing(challenge.flags, requireSealing ? [...REQUIRED_FLAGS, ...REQUIRED_TO_SEAL] : REQUIRED_FLAGS);
  if (lacking.length === 0) return;
  throw new WinrmError("WINRM_E_HANDSHAKE", `The host's NTLM challenge offers too little: no ${lacking.join(", ")}.`, {
    causes: [
      "the host's policy allows weak NTLM only (Network security: Minimum session security)",
      "an on-path attacker or a middlebox changed the challenge",
    ],
    remedy: "on the host, allow NTLMv2 with 128-bit keys, or log in with Kerberos or over https",
  });
}

function outOfOrder(what: string): never {
  throw new WinrmError("WINRM_E_INTERNAL", `The NTLM exchange is out of order: ${what}.`);
}
