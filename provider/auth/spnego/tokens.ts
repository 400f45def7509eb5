/** The tokens of SPNEGO. RFC 4178 §4.2, [MS-SPNG] 2.2.1 */
import { DER, decodeOid, DerReader, encodeElement, encodeOid, malformed } from "../der";

/** Object identifiers of mechanisms. */
export const OIDS = {
  SPNEGO: "1.3.6.1.5.5.2",
  KRB5: "1.2.840.113554.1.2.2",
  /** The same mechanism under the number that Windows 2000 mistyped, and all Windows still answer to. */
  MS_KRB5: "1.2.840.48018.1.2.2",
  NTLM: "1.3.6.1.4.1.311.2.2.10",
} as const;

/** Values of negState. */
export const NEG_STATES = ["accept-completed", "accept-incomplete", "reject", "request-mic"] as const;

/** How far the acceptor is. */
export type NegState = (typeof NEG_STATES)[number];

/** The initiator's first token. */
export interface NegTokenInit {
  /** Dotted, the preferred one first. */
  readonly mechTypes: readonly string[];
  /** The first token of the preferred mechanism. */
  readonly mechToken?: Buffer;
  readonly mechListMic?: Buffer;
}

/** Every later token, of both sides. */
export interface NegTokenResp {
  readonly negState?: NegState;
  /** The mechanism that the acceptor chose, in its first response. */
  readonly supportedMech?: string;
  readonly responseToken?: Buffer;
  readonly mechListMic?: Buffer;
}

const APPLICATION_0 = 0x60;
const MAX_MECHANISMS = 64;

const context = (number: number): number => 0xa0 | number;

/** `MechTypeList ::= SEQUENCE OF MechType`: the bytes that mechListMIC is taken over. */
export function encodeMechTypeList(mechTypes: readonly string[]): Buffer {
  return encodeElement(DER.SEQUENCE, ...mechTypes.map((oid) => encodeElement(DER.OBJECT_IDENTIFIER, encodeOid(oid))));
}

/** `[APPLICATION 0] { OID of SPNEGO, [0] NegTokenInit { [0] mechTypes, [2] mechToken, [3] mechListMIC } }` */
export function encodeNegTokenInit({ mechTypes, mechToken, mechListMic }: NegTokenInit): Buffer {
  const fields = [
    encodeElement(context(0), encodeMechTypeList(mechTypes)),
    ...field(2, DER.OCTET_STRING, mechToken),
    ...field(3, DER.OCTET_STRING, mechListMic),
  ];
  const choice = encodeElement(context(0), encodeElement(DER.SEQUENCE, ...fields));
  return encodeElement(APPLICATION_0, encodeElement(DER.OBJECT_IDENTIFIER, encodeOid(OIDS.SPNEGO)), choice);
}

/** `[1] NegTokenResp { [0] negState, [1] supportedMech, [2] responseToken, [3] mechListMIC }` */
export function encodeNegTokenResp({ negState, supportedMech, responseToken, mechListMic }: NegTokenResp): Buffer {
  const fields = [
    ...field(0, DER.ENUMERATED, negState && Buffer.from([NEG_STATES.indexOf(negState)])),
    ...field(1, DER.OBJECT_IDENTIFIER, supportedMech === undefined ? undefined : encodeOid(supportedMech)),
    ...field(2, DER.OCTET_STRING, responseToken),
    ...field(3, DER.OCTET_STRING, mechListMic),
  ];
  return encodeElement(context(1), encodeElement(DER.SEQUENCE, ...fields));
}

function field(number: number, tag: number, value: Buffer | undefined): Buffer[] {
  return value === undefined ? [] : [encodeElement(context(number), encodeElement(tag, value))];
}

/**
 * Reads an initiator's token; `mechListBytes` are the bytes that its MIC is over. The hints of NegTokenInit2 are skipped.
 * @throws WinrmError `WINRM_E_HANDSHAKE`
 */
export function decodeNegTokenInit(token: Buffer): NegTokenInit & { readonly mechListBytes: Buffer } {
  const outer = inside(token, APPLICATION_0);
  if (decodeOid(outer.take(DER.OBJECT_IDENTIFIER)) !== OIDS.SPNEGO) malformed();
  const choice = outer.take(context(0));
  outer.end();
  const fields = inside(choice, DER.SEQUENCE);
  const mechListBytes = fields.take(context(0));
  const list = inside(mechListBytes, DER.SEQUENCE);
  const mechTypes: string[] = [];
  while (!list.atEnd && mechTypes.length <= MAX_MECHANISMS) mechTypes.push(decodeOid(list.take(DER.OBJECT_IDENTIFIER)));
  if (mechTypes.length === 0 || mechTypes.length > MAX_MECHANISMS) malformed();
  fields.takeIf(context(1)); // reqFlags, which no one may rely on: the MIC does not cover them
  const mechToken = octetsOf(fields.takeIf(context(2)));
  const third = fields.takeIf(context(3));
  const mechListMic = third?.[0] === DER.SEQUENCE ? octetsOf(fields.takeIf(context(4))) : octetsOf(third);
  fields.end();
  return { mechTypes, mechListBytes, ...(mechToken && { mechToken }), ...(mechListMic && { mechListMic }) };
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` */
export function decodeNegTokenResp(token: Buffer): NegTokenResp {
  const fields = inside(contentOf(token, context(1)), DER.SEQUENCE);
  const state = fields.takeIf(context(0));
  const mech = fields.takeIf(context(1));
  const responseToken = octetsOf(fields.takeIf(context(2)));
  const mechListMic = octetsOf(fields.takeIf(context(3)));
  fields.end();
  return {
    ...(state && { negState: negStateOf(contentOf(state, DER.ENUMERATED)) }),
    ...(mech && { supportedMech: decodeOid(contentOf(mech, DER.OBJECT_IDENTIFIER)) }),
    ...(responseToken && { responseToken }),
    ...(mechListMic && { mechListMic }),
  };
}

function negStateOf(value: Buffer): NegState {
  const state = value.length === 1 ? NEG_STATES[value[0] ?? NEG_STATES.length] : undefined;
  return state ?? malformed();
}

function octetsOf(field: Buffer | undefined): Buffer | undefined {
  return field && contentOf(field, DER.OCTET_STRING);
}

/** The content of the one element that the bytes are. */
function contentOf(field: Buffer, tag: number): Buffer {
  const reader = new DerReader(field);
  const content = reader.take(tag);
  reader.end();
  return content;
}

function inside(field: Buffer, tag: number): DerReader {
  return new DerReader(contentOf(field, tag));
}
