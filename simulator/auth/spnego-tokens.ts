/** The token of SPNEGO that only an acceptor reads. RFC 4178 §4.2.1, [MS-SPNG] 2.2.1 */
import { APPLICATION_0, contextTag, DER, decodeOid, inside, malformed, octetsOf } from "../../provider/auth/der";
import { type NegTokenInit, OIDS } from "../../provider/auth/spnego/tokens";

const MAX_MECHANISMS = 64;

/**
 * Reads an initiator's token; `mechListBytes` are the bytes that its MIC is over. The hints of NegTokenInit2 are skipped.
 * @throws WinrmError `WINRM_E_HANDSHAKE`
 */
export function decodeNegTokenInit(token: Buffer): NegTokenInit & { readonly mechListBytes: Buffer } {
  const outer = inside(token, APPLICATION_0);
  if (decodeOid(outer.take(DER.OBJECT_IDENTIFIER)) !== OIDS.SPNEGO) malformed();
  const choice = outer.take(contextTag(0));
  outer.end();
  const fields = inside(choice, DER.SEQUENCE);
  const mechListBytes = fields.take(contextTag(0));
  const list = inside(mechListBytes, DER.SEQUENCE);
  const mechTypes: string[] = [];
  while (!list.atEnd && mechTypes.length <= MAX_MECHANISMS) mechTypes.push(decodeOid(list.take(DER.OBJECT_IDENTIFIER)));
  if (mechTypes.length === 0 || mechTypes.length > MAX_MECHANISMS) malformed();
  fields.takeIf(contextTag(1)); // reqFlags, which no one may rely on: the MIC does not cover them
  const mechToken = octetsOf(fields.takeIf(contextTag(2)));
  const third = fields.takeIf(contextTag(3));
  const mechListMic = third?.[0] === DER.SEQUENCE ? octetsOf(fields.takeIf(contextTag(4))) : octetsOf(third);
  fields.end();
  return { mechTypes, mechListBytes, ...(mechToken && { mechToken }), ...(mechListMic && { mechListMic }) };
}
