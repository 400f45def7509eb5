/** The tokens of SPNEGO. RFC 4178 §4.2, [MS-SPNG] 2.2.1 */
import {
  APPLICATION_0,
  contentOf,
  contextTag,
  DER,
  decodeOid,
  encodeElement,
  encodeOid,
  inside,
  malformed,
  octetsOf,
} from "../der";

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

/**
 * The initiator's first token:
 * `[APPLICATION 0] { OID of SPNEGO, [0] NegTokenInit { [0] mechTypes, [2] mechToken, [3] mechListMIC } }`
 */
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

/** `MechTypeList ::= SEQUENCE OF MechType`: the bytes that mechListMIC is taken over. */
export function encodeMechTypeList(mechTypes: readonly string[]): Buffer {
  return encodeElement(DER.SEQUENCE, ...mechTypes.map((oid) => encodeElement(DER.OBJECT_IDENTIFIER, encodeOid(oid))));
}

/** The initiator's first token as bytes. */
export function encodeNegTokenInit({ mechTypes, mechToken, mechListMic }: NegTokenInit): Buffer {
  const fields = [
    encodeElement(contextTag(0), encodeMechTypeList(mechTypes)),
    ...field(2, DER.OCTET_STRING, mechToken),
    ...field(3, DER.OCTET_STRING, mechListMic),
  ];
  const choice = encodeElement(contextTag(0), encodeElement(DER.SEQUENCE, ...fields));
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
  return encodeElement(contextTag(1), encodeElement(DER.SEQUENCE, ...fields));
}

function field(number: number, tag: number, value: Buffer | undefined): Buffer[] {
  return value === undefined ? [] : [encodeElement(contextTag(number), encodeElement(tag, value))];
}

/** @throws WinrmError `WINRM_E_HANDSHAKE` */
export function decodeNegTokenResp(token: Buffer): NegTokenResp {
  const fields = inside(contentOf(token, contextTag(1)), DER.SEQUENCE);
  const state = fields.takeIf(contextTag(0));
  const mech = fields.takeIf(contextTag(1));
  const responseToken = octetsOf(fields.takeIf(contextTag(2)));
  const mechListMic = octetsOf(fields.takeIf(contextTag(3)));
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
