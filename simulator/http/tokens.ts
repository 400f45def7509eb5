/** Telling apart the tokens of `Negotiate` and `Kerberos`. RFC 4559 §4.1, RFC 2743 §3.1 */

import { APPLICATION_0, contextTag, DER, decodeOid, DerReader } from "../../provider/auth/der";
import { OIDS } from "../../provider/auth/spnego/tokens";
import { isWinrmError } from "../../provider/errors";

/** How tokens are wrapped: an exchange keeps to one form. */
export type TokenForm = "ntlm" | "kerberos" | "spnego";

/** A token as far as it must be known to hand it on. */
export interface TokenKind {
  readonly form: TokenForm;
  /** The first token of an exchange. */
  readonly first: boolean;
}

const NTLMSSP = Buffer.from("NTLMSSP\0");
const AUTHENTICATE_MESSAGE = 3;
const NEG_TOKEN_RESP = contextTag(1);

/** Undefined for a token of no mechanism that a host knows. */
export function tokenKind(token: Buffer): TokenKind | undefined {
  if (token.subarray(0, NTLMSSP.length).equals(NTLMSSP)) {
    return { form: "ntlm", first: token.length < 12 || token.readUInt32LE(8) !== AUTHENTICATE_MESSAGE };
  }
  if (token[0] === NEG_TOKEN_RESP) return { form: "spnego", first: false };
  const mechanism = initialMechanism(token);
  if (mechanism === OIDS.SPNEGO) return { form: "spnego", first: true };
  return mechanism === OIDS.KRB5 ? { form: "kerberos", first: true } : undefined;
}

/** `[APPLICATION 0] { OBJECT IDENTIFIER, … }` */
function initialMechanism(token: Buffer): string | undefined {
  try {
    return decodeOid(new DerReader(token).enter(APPLICATION_0).take(DER.OBJECT_IDENTIFIER));
  } catch (error) {
    if (isWinrmError(error)) return undefined;
    throw error;
  }
}
