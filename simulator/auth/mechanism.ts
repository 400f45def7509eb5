/** The host's side of one security mechanism, for one exchange on one connection. */

import type { MessageProtection } from "../../provider/auth/auth-context";
import type { MechListProtection } from "../../provider/auth/spnego/mech-list";
import type { Account } from "../windows/accounts";

/** The mechanisms, by the name that the journal has for them. */
export type MechanismName = "NTLM" | "Kerberos";

/** What one token of the client leads to. */
export type MechanismStep =
  | { readonly kind: "more"; readonly token: Buffer }
  | { readonly kind: "done"; readonly token?: Buffer; readonly account: Account }
  | MechanismRefusal;

/** The end of an exchange that let nobody in. */
export interface MechanismRefusal {
  readonly kind: "refused";
  /** Why, in words for a person. */
  readonly refusal: string;
  /** Tells the client why, where the mechanism has such a token. */
  readonly token?: Buffer;
  readonly account?: string;
  /** A name with a wrong password, or an unknown account: what counts towards locking. */
  readonly logonFailure: boolean;
}

/** One exchange. After `done` or `refused` it takes no more tokens. */
export interface Mechanism {
  readonly name: MechanismName;
  /** Bad tokens are refused; they do not throw. */
  step(token: Buffer): Promise<MechanismStep>;
  /**
   * Sealing of messages, after `done`; the same object each time.
   * @throws WinrmError `WINRM_E_MESSAGE_INTEGRITY` if the client did not negotiate sealing.
   */
  protection(): MessageProtection;
  /** What signs the list of SPNEGO, after `done`. Absent if the client negotiated no signing. */
  signer(): MechListProtection | undefined;
  /** Frees what is held outside of JavaScript. May be called again. */
  dispose(): void;
}

/** A refusal that is about the token and not about a password. */
export function refusal(why: string, about: Partial<Omit<MechanismRefusal, "kind">> = {}): MechanismRefusal {
  return { kind: "refused", refusal: why, logonFailure: false, ...about };
}
