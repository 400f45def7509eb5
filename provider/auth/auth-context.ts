import type { WinrmError } from "../errors";

/** One authentication exchange on one connection, and the message protection that it yields. */

/** No token is larger: the largest `MaxTokenSize` of Windows. A larger one is refused unread. */
export const MAX_TOKEN_LENGTH = 0x1_0000;

/** What one step of an exchange hands back. */
export interface AuthStep {
  /** The token to send under the context's scheme; absent when there is nothing more to send. */
  readonly token?: Buffer;
  /** The context is established on our side; the peer may still refuse the token of this step. */
  readonly done: boolean;
}

/** A sealed message in the two parts that multipart/encrypted carries. */
export interface SealedMessage {
  /** The mechanism's per-message header: the NTLM signature (16 bytes) or the GSS token header. */
  readonly signature: Buffer;
  /** The encrypted message; as long as the plain one, save for padding. */
  readonly sealed: Buffer;
}

/** Confidentiality and integrity of messages on an established context. Each call consumes one sequence number. */
export interface MessageProtection {
  seal(plain: Uint8Array): SealedMessage;
  /**
   * @throws WinrmError `WINRM_E_MESSAGE_INTEGRITY` for a changed, repeated, missing or merely signed message: if the signature,
   * the sequence number or the length is wrong.
   */
  unseal(message: SealedMessage): Buffer;
}

/** The same by a library that works on another thread. Calls of one direction are made one after the other. */
export interface DeferredMessageProtection {
  readonly deferred: true;
  seal(plain: Uint8Array): Promise<SealedMessage>;
  unseal(message: SealedMessage): Promise<Buffer>;
}

/** Protection of either kind. */
export type AnyMessageProtection = MessageProtection | DeferredMessageProtection;

/**
 * One side of one exchange. Bound to one connection: a new socket needs a new context.
 * Calling `step` after the end, or `protection` before it, throws `WINRM_E_INTERNAL`.
 */
export interface AuthContext<Protection extends AnyMessageProtection = MessageProtection> {
  /** The word after `Authorization:` that carries the tokens. */
  readonly scheme: "Negotiate" | "Kerberos";
  /** The `protocol` parameter of multipart/encrypted for messages under this context ([MS-WSMV] 2.2.9.1). */
  readonly encryptionProtocol: string;
  /** Which mechanism the tokens are of; absent while that is open. */
  readonly mechanism?: "kerberos" | "ntlm" | undefined;
  /** What the peer calls itself: its DNS name, or its NetBIOS name; absent where the exchange does not tell. */
  readonly hostName?: string | undefined;
  /** Why a preferred mechanism was not used, if it could not be. */
  readonly gaveWay?: WinrmError | undefined;
  step(serverToken?: Buffer): Promise<AuthStep>;
  protection(): Protection;
  /** Frees what the context holds outside of JavaScript; called when its connection ends. */
  dispose?(): void;
}

/** A context that may hold something of the system's; `dispose` gives it back, at any time and any number of times. */
export interface DisposableAuthContext<Protection extends AnyMessageProtection = MessageProtection>
  extends AuthContext<Protection> {
  dispose(): void;
}
