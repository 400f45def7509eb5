/** What both libraries' exchanges hold the host and their caller to. */
import { WinrmError } from "../../errors";
import { KerberosError, type KerberosNames } from "./errors";

/** No Kerberos token is larger: the largest `MaxTokenSize` of Windows. A larger one is refused unread. */
export const MAX_TOKEN_LENGTH = 0x1_0000;

/**
 * The host proves its identity in its answer to the first token; no answer is no proof.
 * @throws KerberosError `not-mutual` without an answer, `bad-token` for one that is too large.
 */
export function checkAnswer(token: Buffer | undefined, names: KerberosNames): void {
  if (token === undefined || token.length === 0) throw new KerberosError("not-mutual", names);
  if (token.length > MAX_TOKEN_LENGTH) throw new KerberosError("bad-token", names);
}

/** @throws WinrmError `WINRM_E_INTERNAL`, always. */
export function outOfOrder(what: string): never {
  throw new WinrmError("WINRM_E_INTERNAL", `The Kerberos exchange is out of order: ${what}.`);
}
