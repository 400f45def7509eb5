/** The host's side of NTLMv2: NTLMSSP tokens, one exchange for one connection. [MS-NLMP] 3.2.5.1 */
import { randomBytes } from "node:crypto";
import type { MessageProtection } from "../../provider/auth/auth-context";
import { AV_FLAG_MIC_PRESENT, AV_ID, avFlags, avValue, type AvPair } from "../../provider/auth/ntlm/av-pairs";
import { channelBindingHash, exchangeKey, mic, ntowfV2, ntProof, sameBytes } from "../../provider/auth/ntlm/crypto";
import { filetimeNow } from "../../provider/auth/ntlm/filetime";
import { NTLM_FLAGS } from "../../provider/auth/ntlm/flags";
import type { MechListProtection } from "../../provider/auth/spnego/mech-list";
import { NtlmSealing } from "../../provider/auth/ntlm/sealing";
import { isWinrmError, WinrmError } from "../../provider/errors";
import {
  decodeAuthenticate,
  decodeNegotiate,
  decodeNtResponse,
  encodeChallenge,
  type DecodedAuthenticate,
} from "./ntlm-messages";

/** What a Windows host agrees to, of what the client offers. */
const ACCEPTED_FLAGS =
  NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE |
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

/** What the host adds whatever the client offers. */
const ADDED_FLAGS = NTLM_FLAGS.NTLMSSP_TARGET_TYPE_SERVER | NTLM_FLAGS.NTLMSSP_NEGOTIATE_TARGET_INFO;

/** The account as the client sent it: a user principal name comes with an empty domain. */
export interface ClaimedAccount {
  readonly domain: string;
  readonly user: string;
}

/** How the host treats channel bindings: [MS-WSMV] service/auth/CbtHardeningLevel. */
export type CbtLevel = "None" | "Relaxed" | "Strict";

/** Why a logon was refused. The wire shows none of it: every one is the same 401. */
export type NtlmRejection =
  | "no-such-user"
  | "wrong-password"
  | "bad-mic"
  | "bad-binding"
  | "missing-binding"
  | "malformed";

/** The host that accepts, and what it knows of its accounts. */
export interface NtlmAcceptorOptions {
  /** NetBIOS name of the host. */
  readonly computerName: string;
  /** NetBIOS name of its domain; a workgroup host names itself. */
  readonly domainName: string;
  readonly dnsComputerName: string;
  readonly dnsDomainName: string;
  /** The NT hash (`ntHash(password)`) of an account, or undefined if the host does not know it. */
  readonly lookup: (account: ClaimedAccount) => Buffer | undefined;
  /** The application data of `tlsServerEndPoint` for this host's certificate. Absent on http: bindings are not looked at. */
  readonly channelBinding?: Buffer;
  readonly cbtLevel: CbtLevel;
  /** Refuse a client that answers this host's timestamp without a MIC. Default true; Windows tolerates it. */
  readonly requireMic?: boolean;
  /** FILETIME. Default: the system clock. */
  readonly clock?: () => bigint;
  /** Default: `crypto.randomBytes`. Asked for the server challenge (8 bytes). */
  readonly random?: (length: number) => Buffer;
}

/** What one step of the host's side hands back. */
export interface NtlmAcceptorStep {
  /** The token to send; only the CHALLENGE. */
  readonly token?: Buffer;
  /** The client is who it says. False after a rejection, which ends the exchange too. */
  readonly done: boolean;
  /** Who logged on, or whom the rejection is about where that is known. */
  readonly account?: ClaimedAccount;
  readonly rejected?: NtlmRejection;
}

/** One exchange on one connection. */
export interface NtlmAcceptor {
  /** @throws WinrmError `WINRM_E_INTERNAL` after the end. Bad tokens do not throw, they are rejected. */
  step(token: Buffer): NtlmAcceptorStep;
  /**
   * The host's half of the sealing, the same object each time.
   * @throws WinrmError `WINRM_E_INTERNAL` before a successful end, `WINRM_E_MESSAGE_INTEGRITY` if the client did not ask for sealing.
   */
  protection(): MessageProtection;
  /** Signs the list of SPNEGO, also where messages cannot be sealed. Absent if the client did not ask for signing. */
  signer(): MechListProtection | undefined;
}

type Phase =
  | { readonly name: "start" }
  | { readonly name: "challenged"; readonly negotiate: Buffer; readonly challenge: Buffer; readonly flags: number }
  | { readonly name: "done"; readonly session: NtlmSealing | undefined; readonly sealed: boolean }
  | { readonly name: "rejected" };

/**
 * A new exchange: `step(NEGOTIATE)` gives CHALLENGE, `step(AUTHENTICATE)` decides. Verified are the NTLMv2 response, the
 * MIC, and the channel binding as the level says: Strict refuses a missing and a wrong one, Relaxed a wrong one, None
 * neither. A binding of 16 zero bytes counts as a wrong one, because Windows compares it.
 */
export function createNtlmAcceptor(options: NtlmAcceptorOptions): NtlmAcceptor {
  return new Acceptor(options);
}

class Acceptor implements NtlmAcceptor {
  readonly #options: NtlmAcceptorOptions;
  readonly #serverChallenge: Buffer;
  #phase: Phase = { name: "start" };

  constructor(options: NtlmAcceptorOptions) {
    this.#options = options;
    this.#serverChallenge = (options.random ?? randomBytes)(8);
  }

  step(token: Buffer): NtlmAcceptorStep {
    const phase = this.#phase;
    this.#phase = { name: "rejected" };
    try {
      if (phase.name === "start") return this.#challenge(token);
      if (phase.name === "challenged") return this.#verify(phase, token);
    } catch (error) {
      if (isWinrmError(error) && error.code === "WINRM_E_HANDSHAKE") return { done: false, rejected: "malformed" };
      throw error;
    }
    throw new WinrmError("WINRM_E_INTERNAL", "The NTLM exchange is over.");
  }

  protection(): MessageProtection {
    const { session, sealed } = this.#done();
    if (session !== undefined && sealed) return session;
    throw new WinrmError("WINRM_E_MESSAGE_INTEGRITY", "The client did not negotiate sealing.");
  }

  signer(): MechListProtection | undefined {
    return this.#done().session;
  }

  #done(): Extract<Phase, { name: "done" }> {
    if (this.#phase.name === "done") return this.#phase;
    throw new WinrmError("WINRM_E_INTERNAL", "The NTLM exchange has no session yet.");
  }

  #challenge(negotiate: Buffer): NtlmAcceptorStep {
    const offered = decodeNegotiate(negotiate).flags;
    // Some clients offer the OEM character set only, and then write Unicode names all the same.
    const unicode = (offered & NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE) !== 0;
    const oem = offered & NTLM_FLAGS.NTLM_NEGOTIATE_OEM;
    if (!unicode && oem === 0) return { done: false, rejected: "malformed" };
    const flags = (offered & ACCEPTED_FLAGS) | (unicode ? 0 : oem) | ADDED_FLAGS;
    const challenge = encodeChallenge({
      flags,
      targetName: this.#options.computerName,
      serverChallenge: this.#serverChallenge,
      targetInfo: this.#targetInfo(),
    });
    this.#phase = { name: "challenged", negotiate, challenge, flags };
    return { token: challenge, done: false };
  }

  #targetInfo(): AvPair[] {
    const { domainName, computerName, dnsDomainName, dnsComputerName, clock = filetimeNow } = this.#options;
    const timestamp = Buffer.alloc(8);
    timestamp.writeBigUInt64LE(clock());
    return [
      { id: AV_ID.MsvAvNbDomainName, value: Buffer.from(domainName, "utf16le") },
      { id: AV_ID.MsvAvNbComputerName, value: Buffer.from(computerName, "utf16le") },
      { id: AV_ID.MsvAvDnsDomainName, value: Buffer.from(dnsDomainName, "utf16le") },
      { id: AV_ID.MsvAvDnsComputerName, value: Buffer.from(dnsComputerName, "utf16le") },
      { id: AV_ID.MsvAvTimestamp, value: timestamp },
    ];
  }

  #verify(sent: { negotiate: Buffer; challenge: Buffer; flags: number }, token: Buffer): NtlmAcceptorStep {
    const message = decodeAuthenticate(token);
    const account: ClaimedAccount = { domain: message.domain, user: message.user };
    const reject = (rejected: NtlmRejection): NtlmAcceptorStep => ({ done: false, account, rejected });

    const nthash = account.user === "" ? undefined : this.#options.lookup(account);
    if (nthash === undefined) return reject("no-such-user");
    const response = decodeNtResponse(message.ntResponse);
    const { ntProofStr, sessionBaseKey } = ntProof({
      responseKey: ntowfV2({ ntHash: nthash, ...account }),
      serverChallenge: this.#serverChallenge,
      temp: response.temp,
    });
    if (!sameBytes(ntProofStr, response.ntProofStr)) return reject("wrong-password");

    const flags = message.flags & sent.flags;
    const exportedSessionKey = sessionKey(message, { sessionBaseKey, flags });
    if (exportedSessionKey === undefined) return reject("malformed");
    if (!this.#micHolds({ message, token, exportedSessionKey, targetInfo: response.targetInfo, ...sent })) {
      return reject("bad-mic");
    }
    const binding = this.#bindingFault(response.targetInfo);
    if (binding !== undefined) return reject(binding);

    const session = canSign(flags) ? new NtlmSealing({ exportedSessionKey, flags, role: "accept" }) : undefined;
    this.#phase = { name: "done", session, sealed: (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_SEAL) !== 0 };
    return { done: true, account };
  }

  #micHolds(input: {
    message: DecodedAuthenticate;
    token: Buffer;
    exportedSessionKey: Buffer;
    targetInfo: readonly AvPair[];
    negotiate: Buffer;
    challenge: Buffer;
  }): boolean {
    const announced = (avFlags(input.targetInfo) & AV_FLAG_MIC_PRESENT) !== 0;
    if (!announced) return this.#options.requireMic === false;
    const { mic: given, micOffset } = input.message;
    if (given === undefined || micOffset === undefined) return false;
    return sameBytes(given, mic({ ...input, authenticate: input.token, micOffset }));
  }

  #bindingFault(targetInfo: readonly AvPair[]): "bad-binding" | "missing-binding" | undefined {
    const { channelBinding, cbtLevel } = this.#options;
    if (channelBinding === undefined || cbtLevel === "None") return undefined;
    const given = avValue(targetInfo, AV_ID.MsvAvChannelBindings);
    if (given === undefined) return cbtLevel === "Strict" ? "missing-binding" : undefined;
    return sameBytes(given, channelBindingHash(channelBinding)) ? undefined : "bad-binding";
  }
}

/** Sealing includes signing. The signatures before extended session security are not modelled. */
function canSign(flags: number): boolean {
  const asked = NTLM_FLAGS.NTLMSSP_NEGOTIATE_SEAL | NTLM_FLAGS.NTLMSSP_NEGOTIATE_SIGN;
  return (flags & asked) !== 0 && (flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) !== 0;
}

/** ExportedSessionKey: with key exchange what the client sent under the KeyExchangeKey, else that key itself. */
function sessionKey(
  message: DecodedAuthenticate,
  session: { sessionBaseKey: Buffer; flags: number },
): Buffer | undefined {
  if ((session.flags & NTLM_FLAGS.NTLMSSP_NEGOTIATE_KEY_EXCH) === 0) return session.sessionBaseKey;
  if (message.encryptedRandomSessionKey.length !== 16) return undefined;
  return exchangeKey(session.sessionBaseKey, message.encryptedRandomSessionKey);
}
