/** SOAP answers and faults as a recent Windows writes them: one line, its own prefixes, `xml:lang` on the envelope. */

import { randomUUID } from "node:crypto";
import { faultText, type SoapFault } from "./faults";
import { type Language } from "./fault-table";
import {
  ADDRESSING_NS,
  ANONYMOUS,
  ENUMERATION_NS,
  FAULT_NS,
  MS_WSMAN_NS,
  SOAP_NS,
  TRANSFER_NS,
  WSMAN_NS,
} from "./namespaces";
import { escapeXml, tag, textTag } from "./xml";

const PREFIXES = {
  "xmlns:s": SOAP_NS,
  "xmlns:a": ADDRESSING_NS,
  "xmlns:x": TRANSFER_NS,
  "xmlns:w": WSMAN_NS,
  "xmlns:p": MS_WSMAN_NS,
} as const;
/** Faults also declare the namespaces of enumeration and eventing. */
const FAULT_PREFIXES = {
  ...PREFIXES,
  "xmlns:e": "http://schemas.xmlsoap.org/ws/2004/08/eventing",
  "xmlns:n": ENUMERATION_NS,
} as const;
const WSMAN_FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
/** The action of a fault by the prefix of its subcode. */
const FAULT_ACTIONS: Readonly<Record<string, string>> = {
  a: `${ADDRESSING_NS}/fault`,
  n: `${ENUMERATION_NS}/fault`,
  x: `${TRANSFER_NS}/fault`,
};

/** What every answer needs to know of its request and of the host. */
export interface AnswerContext {
  /** Absent when the request carries no message id. */
  readonly relatesTo?: string;
  readonly language: Language;
}

/** A successful answer. @param body markup of the body's content. */
export function answerEnvelope(requestAction: string, body: string, context: AnswerContext): string {
  return envelope(PREFIXES, headers(`${requestAction}Response`, context), { body, language: context.language });
}

/** The answer to Identify, which has no headers. */
export function identifyEnvelope(body: string, language: Language): string {
  return envelope({ "xmlns:s": SOAP_NS }, "", { body, language });
}

/** Who refuses, for `f:WSManFault/@Machine`. */
export interface FaultMachines {
  /** The host as the client addressed it. */
  readonly addressed: string;
  /** The host's own name; only in the inner fault of a provider. */
  readonly own: string;
}

/** A fault ([MS-WSMV] 2.2.4.43): wrapped twice, with the same code, when a provider refused. */
export function faultEnvelope(fault: SoapFault, machines: FaultMachines, context: AnswerContext): string {
  const { kind } = fault;
  const text = faultText(kind, fault.parameter, context.language);
  const subcode = kind.subcode === undefined ? "" : tag("s:Subcode", {}, textTag("s:Value", kind.subcode));
  const body = tag(
    "s:Fault",
    {},
    tag("s:Code", {}, textTag("s:Value", kind.soapCode), subcode),
    tag("s:Reason", {}, textTag("s:Text", text, { "xml:lang": context.language })),
    tag(
      "s:Detail",
      {},
      kind.detail === undefined ? "" : textTag("w:FaultDetail", kind.detail),
      wsmanFault(fault, text, machines),
    ),
  );
  const action = FAULT_ACTIONS[kind.subcode?.charAt(0) ?? ""] ?? WSMAN_FAULT_ACTION;
  return envelope(FAULT_PREFIXES, headers(action, context), { body, language: context.language });
}

function wsmanFault(fault: SoapFault, text: string, machines: FaultMachines): string {
  const inner = fault.provider === undefined ? escapeXml(text) : providerFault(fault, text, machines.own);
  return faultElement(fault, machines.addressed, inner);
}

function providerFault(fault: SoapFault, text: string, machine: string): string {
  const { name, path } = fault.provider ?? { name: "", path: "" };
  return tag("f:ProviderFault", { provider: name, path }, faultElement(fault, machine, escapeXml(text)));
}

function faultElement(fault: SoapFault, machine: string, message: string): string {
  const attributes = { "xmlns:f": FAULT_NS, Code: String(fault.kind.code), Machine: machine };
  return tag("f:WSManFault", attributes, tag("f:Message", {}, message));
}

function headers(action: string, context: AnswerContext): string {
  return [
    textTag("a:Action", action),
    textTag("a:MessageID", `uuid:${randomUUID().toUpperCase()}`),
    textTag("p:ActivityId", randomUUID().toUpperCase(), { "s:mustUnderstand": "false" }),
    textTag("a:To", ANONYMOUS),
    context.relatesTo === undefined ? "" : textTag("a:RelatesTo", context.relatesTo),
  ].join("");
}

function envelope(
  prefixes: Readonly<Record<string, string>>,
  header: string,
  { body, language }: { readonly body: string; readonly language: Language },
): string {
  return tag("s:Envelope", { "xml:lang": language, ...prefixes }, tag("s:Header", {}, header), tag("s:Body", {}, body));
}
