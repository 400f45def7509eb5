/** The acceptor's side of SPNEGO: the first mechanism of the client's list that the host has. RFC 4178, [MS-SPNG] 3.2.5 */

import { isWinrmError, WinrmError } from "../../provider/errors";
import { decodeNegTokenResp, encodeNegTokenResp, type NegTokenResp } from "../../provider/auth/spnego/tokens";
import { decodeNegTokenInit } from "./spnego-tokens";
import { type Mechanism, type MechanismName, type MechanismStep, refusal } from "./mechanism";

type Done = Extract<MechanismStep, { kind: "done" }>;
type Phase = "start" | "mechanism" | "signature" | "over";

/**
 * Wraps mechanisms. The client's signature over its list is verified and answered; it is demanded where the host chose
 * another mechanism than the client's first, because somebody on the way could have changed the list.
 */
export class SpnegoMechanism implements Mechanism {
  #phase: Phase = "start";
  #chosen: Mechanism | undefined;
  #mechList: Buffer = Buffer.alloc(0);
  /** Sent once, in the first answer. */
  #supportedMech: string | undefined;
  #micRequired = false;
  #result: Done | undefined;

  /** @param begin a new exchange of the mechanism with this number, if the host has it. */
  constructor(private readonly begin: (oid: string) => Mechanism | undefined) {}

  /** NTLM as long as nothing was chosen: what a host has that is in no domain. */
  get name(): MechanismName {
    return this.#chosen?.name ?? "NTLM";
  }

  async step(token: Buffer): Promise<MechanismStep> {
    const phase = this.#phase;
    this.#phase = "over";
    try {
      switch (phase) {
        case "start":
          return await this.#start(token);
        case "mechanism":
          return await this.#advance(decodeNegTokenResp(token));
        case "signature":
          return this.#lastSignature(decodeNegTokenResp(token));
        case "over":
          throw new WinrmError("WINRM_E_INTERNAL", "The SPNEGO exchange is over.");
      }
    } catch (error) {
      if (isWinrmError(error) && error.code === "WINRM_E_HANDSHAKE") return refusal("malformed token");
      if (isWinrmError(error) && error.code === "WINRM_E_MESSAGE_INTEGRITY") return refused("bad-mech-list-mic");
      throw error;
    }
  }

  protection(): ReturnType<Mechanism["protection"]> {
    return this.#mechanism().protection();
  }

  signer(): ReturnType<Mechanism["signer"]> {
    return this.#mechanism().signer();
  }

  dispose(): void {
    this.#chosen?.dispose();
  }

  async #start(token: Buffer): Promise<MechanismStep> {
    const { mechTypes, mechToken, mechListMic, mechListBytes } = decodeNegTokenInit(token);
    this.#mechList = mechListBytes;
    for (const oid of mechTypes) {
      this.#chosen = this.begin(oid);
      this.#supportedMech = oid;
      if (this.#chosen !== undefined) break;
    }
    if (this.#chosen === undefined) return refused("no mechanism in common");
    this.#micRequired = this.#supportedMech !== mechTypes[0];
    if (this.#micRequired || mechToken === undefined) return this.#more({});
    return this.#advance({ responseToken: mechToken, ...(mechListMic && { mechListMic }) });
  }

  async #advance({ negState, responseToken, mechListMic }: NegTokenResp): Promise<MechanismStep> {
    if (negState === "reject" || responseToken === undefined) return refused("the client broke off");
    const step = await this.#mechanism().step(responseToken);
    switch (step.kind) {
      case "more":
        return this.#more({ responseToken: step.token });
      case "done":
        return this.#finish(step, mechListMic);
      case "refused":
        return {
          ...step,
          ...(step.token && { token: encodeNegTokenResp({ negState: "reject", responseToken: step.token }) }),
        };
    }
  }

  #more(answer: NegTokenResp): MechanismStep {
    const head = this.#head();
    const first = head.supportedMech !== undefined;
    const negState = first && this.#micRequired ? "request-mic" : "accept-incomplete";
    this.#phase = "mechanism";
    return { kind: "more", token: encodeNegTokenResp({ negState, ...head, ...answer }) };
  }

  /** The mechanism is content. With the client's signature, or without one where none is needed, so is SPNEGO. */
  #finish(step: Done, clientMic: Buffer | undefined): MechanismStep {
    const responseToken = step.token && { responseToken: step.token };
    if (clientMic === undefined && !this.#micRequired) {
      const token = encodeNegTokenResp({ negState: "accept-completed", ...this.#head(), ...responseToken });
      return { ...step, token };
    }
    const signer = this.signer();
    if (signer === undefined) return refused("the client negotiated no signing");
    if (clientMic !== undefined) signer.verifyMechList(this.#mechList, clientMic);
    const negState = clientMic === undefined ? "accept-incomplete" : "accept-completed";
    const mechListMic = signer.signMechList(this.#mechList);
    const token = encodeNegTokenResp({ negState, ...this.#head(), ...responseToken, mechListMic });
    if (clientMic !== undefined) return { ...step, token };
    this.#phase = "signature";
    this.#result = step;
    return { kind: "more", token };
  }

  #lastSignature({ mechListMic }: NegTokenResp): MechanismStep {
    const signer = this.signer();
    if (mechListMic === undefined || signer === undefined || this.#result === undefined) {
      return refused("the choice of the mechanism is not signed");
    }
    signer.verifyMechList(this.#mechList, mechListMic);
    return { ...this.#result, token: encodeNegTokenResp({ negState: "accept-completed" }) };
  }

  #head(): Pick<NegTokenResp, "supportedMech"> {
    const supportedMech = this.#supportedMech;
    this.#supportedMech = undefined;
    return supportedMech === undefined ? {} : { supportedMech };
  }

  #mechanism(): Mechanism {
    if (this.#chosen === undefined) throw new WinrmError("WINRM_E_INTERNAL", "No mechanism was chosen.");
    return this.#chosen;
  }
}

function refused(why: string): MechanismStep {
  return refusal(why, { token: encodeNegTokenResp({ negState: "reject" }) });
}
