/** What the authentication of one request comes to. */

import type { MessageProtection } from "../../provider/auth/auth-context";
import type { Caller } from "../windows/access";
import type { MechanismName } from "../auth/mechanism";
import type { EncryptionProtocol } from "./encryption";

/** The schemes whose tokens make up an exchange. */
export type TokenScheme = "Negotiate" | "Kerberos";

/** How somebody logged on, or tried to. */
export type LogonName = "Basic" | "Certificate" | MechanismName;

/** Somebody who is logged on. */
export interface Identity {
  readonly account: Caller;
  readonly auth: LogonName;
  /** What sealed messages of this connection name; absent with Basic and certificates. */
  readonly protocol?: EncryptionProtocol;
  /** @throws WinrmError `WINRM_E_MESSAGE_INTEGRITY` if the client did not negotiate sealing. */
  readonly protection?: () => MessageProtection;
}

/** A token for `WWW-Authenticate`. */
export interface LogonAnswer {
  readonly scheme: TokenScheme;
  readonly token: Buffer;
}

/** What the `Authorization` header of one request leads to. */
export type LogonOutcome =
  | { readonly kind: "granted"; readonly identity: Identity; readonly answer?: LogonAnswer; readonly leg?: 1 | 2 }
  | { readonly kind: "challenge"; readonly auth: MechanismName; readonly answer: LogonAnswer; readonly leg: 1 | 2 }
  | LogonRefusal;

/** A 401 that ends the connection. */
export interface LogonRefusal {
  readonly kind: "refused";
  readonly refusal: string;
  readonly auth?: LogonName;
  readonly account?: string;
  /** A name with a wrong password, or an unknown or disabled account. */
  readonly logonFailure: boolean;
  /** Tells the client why. */
  readonly answer?: LogonAnswer;
  readonly leg?: 1 | 2;
}

/** A refusal that is no failed logon unless it says so. */
export function refused(
  refusal: string,
  about: Omit<LogonRefusal, "kind" | "refusal" | "logonFailure"> & { readonly logonFailure?: boolean } = {},
): LogonRefusal {
  return { kind: "refused", refusal, logonFailure: false, ...about };
}
