/** The initiator's side of SPNEGO: one mechanism chosen out of several, for one connection. RFC 4178, [MS-SPNG] 3.1.5, 3.3 */
import { isWinrmError, WinrmError } from "../../errors";
import {
  type AnyMessageProtection,
  type AuthContext,
  type AuthStep,
  type DisposableAuthContext,
  MAX_TOKEN_LENGTH,
  type MessageProtection,
} from "../auth-context";
import { protectsMechList, type MechListProtection } from "./mech-list";
import { decodeNegTokenResp, encodeMechTypeList, encodeNegTokenInit, encodeNegTokenResp, OIDS } from "./tokens";
import type { NegTokenResp } from "./tokens";

/** One mechanism on offer. */
export interface NegotiateMech {
  /** Dotted. */
  readonly oid: string;
  /** Other numbers of the same mechanism, offered after the first. */
  readonly aliases?: readonly string[];
  readonly context: AuthContext<AnyMessageProtection>;
  /**
   * Whether the next mechanism may be tried after this failure of the first step. Default: never. A refused account or
   * password must not be followed by another attempt.
   */
  readonly allowsFallback?: (error: unknown) => boolean;
  /** Sign the list of mechanisms even if this was the preferred one. Default: for NTLM, whose own MIC asks for it. */
  readonly alwaysMic?: boolean;
}

/** The numbers of the mechanisms that WinRM knows. */
export const MECHANISMS = {
  kerberos: { oid: OIDS.KRB5, aliases: [OIDS.MS_KRB5] },
  ntlm: { oid: OIDS.NTLM },
} as const;

/**
 * A new exchange that offers the mechanisms in this order and sends the first one's token at once. If the other end prefers
 * another of them, that one is started, and the list of mechanisms must then be signed by both ends, so that no one on the
 * way can choose the weaker one.
 * @throws from `step`: WinrmError `WINRM_E_HANDSHAKE` for a malformed token or a broken rule, `WINRM_E_LOGON_DENIED` for a
 * refusal, `WINRM_E_MESSAGE_INTEGRITY` for a wrong signature over the list, `WINRM_E_INTERNAL` for a call out of order; and what the
 * chosen mechanism throws.
 */
export function createNegotiateContext(options: { readonly mechs: readonly NegotiateMech[] }): DisposableAuthContext {
  return new NegotiateContext(options.mechs);
}

class NegotiateContext implements DisposableAuthContext {
  readonly scheme = "Negotiate";
  readonly encryptionProtocol = "application/HTTP-SPNEGO-session-encrypted";
  #phase: "start" | "first response" | "later response" | "done" | "ended" = "start";
  readonly #mechs: NegotiateMech[];
  #chosen: { readonly mech: NegotiateMech; readonly done: boolean } | undefined;
  gaveWay: WinrmError | undefined;
  #mechList: Buffer = Buffer.alloc(0);
  #micWanted = false;
  #micSent = false;
  #micVerified = false;

  constructor(mechs: readonly NegotiateMech[]) {
    if (mechs.length === 0) throw new WinrmError("WINRM_E_INTERNAL", "Negotiate needs a mechanism.");
    this.#mechs = [...mechs];
  }

  get mechanism(): AuthContext["mechanism"] {
    return this.#chosen?.mech.context.mechanism;
  }

  get hostName(): string | undefined {
    return this.#chosen?.mech.context.hostName;
  }

  async step(serverToken?: Buffer): Promise<AuthStep> {
    const phase = this.#phase;
    this.#phase = "ended";
    try {
      if (phase === "start" && serverToken === undefined) return await this.#start();
      if (phase !== "first response" && phase !== "later response") outOfOrder("a token came when none was expected");
      if (serverToken === undefined || serverToken.length === 0)
        broken("it accepted the logon without responding to it");
      if (serverToken.length > MAX_TOKEN_LENGTH) broken("its token is too long");
      return await this.#respond(decodeNegTokenResp(serverToken), phase === "first response");
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  protection(): MessageProtection {
    if (this.#phase !== "done" || this.#chosen === undefined) outOfOrder("message protection was asked for too early");
    const protection = this.#chosen.mech.context.protection();
    if ("deferred" in protection) outOfOrder("the mechanism seals on another thread");
    return protection;
  }

  dispose(): void {
    this.#phase = "ended";
    for (const { context } of this.#mechs) context.dispose?.();
  }

  /** The first mechanism that works here; those before it are not offered. */
  async #start(): Promise<AuthStep> {
    for (;;) {
      const [mech, ...others] = this.#mechs;
      if (mech === undefined) outOfOrder("no mechanism is left");
      try {
        const { token, done } = await mech.context.step();
        this.#chosen = { mech, done };
        const mechTypes = this.#mechs.flatMap(({ oid, aliases = [] }) => [oid, ...aliases]);
        this.#mechList = encodeMechTypeList(mechTypes);
        this.#micWanted = mech.alwaysMic ?? mech.oid === OIDS.NTLM;
        this.#phase = "first response";
        return { token: encodeNegTokenInit({ mechTypes, ...(token && { mechToken: token }) }), done: false };
      } catch (error) {
        if (others.length === 0 || mech.allowsFallback?.(error) !== true) throw error;
        if (isWinrmError(error)) this.gaveWay ??= error;
        mech.context.dispose?.();
        this.#mechs.shift();
      }
    }
  }

  async #respond(response: NegTokenResp, first: boolean): Promise<AuthStep> {
    const { negState, responseToken, mechListMic } = response;
    if (negState === "reject") return this.#refused(responseToken);
    if (negState === "request-mic") this.#micWanted = true;
    const switched = this.#choose(response.supportedMech, first);
    if (switched && (negState === "accept-completed" || responseToken !== undefined)) {
      broken("it answers for a mechanism that was not begun");
    }
    const token = await this.#mechStep(responseToken, switched);
    if (mechListMic !== undefined) {
      this.#mechListProtection().verifyMechList(this.#mechList, mechListMic);
      this.#micVerified = true;
    }
    return negState === "accept-completed" ? this.#completed(token) : this.#continued(token);
  }

  /** The other end's choice, which it makes once. Whether it is another mechanism than the one that was begun. */
  #choose(oid: string | undefined, first: boolean): boolean {
    if (oid === undefined) return false;
    const mech = this.#mechs.find((offered) => offered.oid === oid || offered.aliases?.includes(oid) === true);
    if (mech === undefined) broken("it chose a mechanism that was not offered");
    const begun = this.#chosen?.mech;
    if (mech === begun) return false;
    if (!first) broken("it changed the mechanism in the middle");
    begun?.context.dispose?.();
    this.#chosen = { mech, done: false };
    this.#micWanted = true;
    return true;
  }

  async #mechStep(responseToken: Buffer | undefined, begin: boolean): Promise<Buffer | undefined> {
    const { mech, done } = this.#begun();
    if (!begin && (responseToken === undefined || responseToken.length === 0)) return undefined;
    if (done) broken("it sent a token after the mechanism's last");
    const step = await mech.context.step(responseToken);
    this.#chosen = { mech, done: step.done };
    return step.token;
  }

  #completed(token: Buffer | undefined): AuthStep {
    if (!this.#begun().done || token !== undefined) broken("it accepted the logon without proof");
    if (this.#micWanted && !(this.#micSent && this.#micVerified)) {
      broken("the choice of the mechanism is not signed");
    }
    this.#phase = "done";
    return { done: true };
  }

  #continued(responseToken: Buffer | undefined): AuthStep {
    const { done } = this.#begun();
    if (!done && responseToken === undefined) broken("it sent no token, and the mechanism needs one");
    // An acceptor that goes on after the mechanism's last token waits for the signature, whether it says so or not.
    const sign = done && !this.#micSent && (this.#micWanted || responseToken === undefined);
    if (done && !sign && responseToken === undefined) broken("it does not come to an end");
    const mechListMic = sign ? this.#mechListProtection().signMechList(this.#mechList) : undefined;
    this.#micSent ||= sign;
    const over = this.#micSent && this.#micVerified;
    this.#phase = over ? "done" : "later response";
    const token = encodeNegTokenResp({
      negState: over ? "accept-completed" : "accept-incomplete",
      ...(responseToken && { responseToken }),
      ...(mechListMic && { mechListMic }),
    });
    return { token, done: over };
  }

  /** The mechanism's own token says why, if there is one. */
  async #refused(responseToken: Buffer | undefined): Promise<never> {
    const { mech, done } = this.#begun();
    if (!done && responseToken !== undefined && responseToken.length > 0) await mech.context.step(responseToken);
    throw new WinrmError("WINRM_E_LOGON_DENIED", "The host refused the logon.", {
      causes: [
        "the host does not take this mechanism, or its policy forbids it",
        "the user name or the password is wrong, or the account may not log on",
      ],
      remedy: "look for the reason in the host's Security log (events 4625 and 4776), correct it and run again",
    });
  }

  #mechListProtection(): MechListProtection {
    const { mech, done } = this.#begun();
    if (!done) broken("it signed before the mechanism came to an end");
    const protection = mech.context.protection();
    if (!protectsMechList(protection)) outOfOrder("the mechanism cannot sign");
    return protection;
  }

  #begun(): { readonly mech: NegotiateMech; readonly done: boolean } {
    return this.#chosen ?? outOfOrder("no mechanism was begun");
  }
}

function broken(what: string): never {
  throw new WinrmError("WINRM_E_HANDSHAKE", `The host broke the rules of Negotiate: ${what}.`, {
    causes: ["the peer is not the intended host", "an on-path attacker or a middlebox changed the exchange"],
    remedy: "check connection.host and connection.port, and connect without the middleboxes on the path",
  });
}

function outOfOrder(what: string): never {
  throw new WinrmError("WINRM_E_INTERNAL", `The Negotiate exchange is out of order: ${what}.`);
}
