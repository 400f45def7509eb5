/** The client's side of Kerberos: one exchange for one connection, whichever library makes it. RFC 4121, RFC 4559 */
import { WinrmError } from "../../errors";
import {
  type AnyMessageProtection,
  type AuthStep,
  type DisposableAuthContext,
  MAX_TOKEN_LENGTH,
} from "../auth-context";
import { KerberosError, type KerberosNames } from "./errors";

/** What one exchange of tokens came to. */
export interface InitiatorStep {
  /** Empty if there is nothing to send. */
  readonly token: Buffer;
  /** The library wants another token. */
  readonly more: boolean;
  /** Once there is no more to come: the host proved itself, and messages are sealed, in order and never repeated. */
  readonly protects: boolean;
}

/** One logon as a library makes it. */
export interface Initiator {
  /** Gets the credential. The first thing that is called. */
  open(): Promise<void>;
  step(token: Buffer | undefined): Promise<InitiatorStep>;
  /** After the last step. */
  sealing(): AnyMessageProtection;
  /** The logon is over: what only it needed is given back. */
  finish?(): void;
  /** Gives everything back, at any time, also while a call runs, and again when that is over; sealing ends with it. */
  dispose(): void;
}

/** Runs what asks the domain for tickets, perhaps later, or not at all. */
export type TicketRequestGuard = <T>(ask: () => Promise<T>) => Promise<T>;

/** The two steps of a mutual logon: our token, then the host's, which proves its identity. */
export class KerberosExchange implements DisposableAuthContext<AnyMessageProtection> {
  readonly scheme = "Kerberos";
  readonly mechanism = "kerberos";
  readonly encryptionProtocol = "application/HTTP-Kerberos-session-encrypted";
  readonly #initiator: Initiator;
  readonly #names: KerberosNames;
  readonly #askDomain: TicketRequestGuard;
  #phase: "start" | "waiting" | "ended" = "start";
  #sealing: AnyMessageProtection | undefined;
  /** Its owner gave it up, perhaps while the library works on it. */
  #givenUp = false;

  constructor(initiator: Initiator, names: KerberosNames, askDomain: TicketRequestGuard = (ask) => ask()) {
    this.#initiator = initiator;
    this.#names = names;
    this.#askDomain = askDomain;
  }

  async step(serverToken?: Buffer): Promise<AuthStep> {
    const phase = this.#phase;
    this.#phase = "ended";
    if (phase !== "start" && phase !== "waiting") outOfOrder("the exchange is over");
    if (phase === "start" && serverToken !== undefined) outOfOrder("a token came when none was expected");
    try {
      if (phase === "start") return this.#advance(await this.#askDomain(() => this.#begin()));
      // The host proves its identity in its response to the first token; no response is no proof.
      if (serverToken === undefined || serverToken.length === 0) throw new KerberosError("not-mutual", this.#names);
      if (serverToken.length > MAX_TOKEN_LENGTH) throw new KerberosError("bad-token", this.#names);
      return this.#advance(await this.#unlessDisposed(this.#initiator.step(serverToken)));
    } catch (error) {
      this.dispose();
      throw phase === "waiting" ? reinterpretPeerError(error, serverToken, this.#names) : error;
    }
  }

  protection(): AnyMessageProtection {
    return this.#sealing ?? outOfOrder("message protection was asked for too early");
  }

  dispose(): void {
    this.#givenUp = true;
    this.#phase = "ended";
    this.#sealing = undefined;
    this.#initiator.dispose();
  }

  async #begin(): Promise<InitiatorStep> {
    await this.#unlessDisposed(Promise.resolve());
    await this.#unlessDisposed(this.#initiator.open());
    return await this.#unlessDisposed(this.#initiator.step(undefined));
  }

  #advance({ token, more, protects }: InitiatorStep): AuthStep {
    const out = token.length === 0 ? {} : { token };
    if (more) {
      this.#phase = "waiting";
      return { ...out, done: false };
    }
    if (!protects) throw new KerberosError("not-mutual", this.#names);
    this.#sealing = this.#initiator.sealing();
    this.#initiator.finish?.();
    return { ...out, done: true };
  }

  /** @throws WinrmError `WINRM_E_CANCELLED` if the owner gave the exchange up meanwhile. */
  async #unlessDisposed<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    if (this.#givenUp) throw new WinrmError("WINRM_E_CANCELLED", "The Kerberos logon was given up.");
    return result;
  }
}

/** OID of krb5 and TOK_ID of KRB_ERROR (RFC 4121 §4.1): the host's word on why it refuses. */
const KRB_ERROR = Buffer.from("06092a864886f7120102020300", "hex");

/**
 * The host's response judges no password. One that cannot be decrypted is not of the host meant, or was changed; a host that
 * says so itself cannot decrypt the ticket.
 */
function reinterpretPeerError(error: unknown, token: Buffer | undefined, names: KerberosNames): unknown {
  if (!(error instanceof KerberosError) || error.reason !== "wrong-password") return error;
  const reason = token?.includes(KRB_ERROR) === true ? "wrong-service-key" : "bad-token";
  return new KerberosError(reason, names, error.status);
}

/** @throws WinrmError `WINRM_E_INTERNAL`, always. */
function outOfOrder(what: string): never {
  throw new WinrmError("WINRM_E_INTERNAL", `The Kerberos exchange is out of order: ${what}.`);
}
