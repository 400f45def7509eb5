import { WinrmError } from "../errors";
import { printable } from "../printable";
import { WsmanFault, parseFault } from "./faults";
import { ANONYMOUS_ADDRESS, NAMESPACES } from "./uris";
import { type XmlElement, child, parseXml } from "./xml";
import { type XmlContent, type XmlNode, writeXml } from "./xml-writer";

/** A request in WS-Management's terms. */
export interface WsmanRequest {
  /** WS-Addressing action, e.g. `…/transfer/Get`. */
  readonly action: string;
  readonly resourceUri: string;
  /** The URL the request is posted to; Windows copies its host into faults. */
  readonly to: string;
  /** `uuid:` and an upper-case GUID; the response's RelatesTo must repeat it. */
  readonly messageId: string;
  readonly selectors?: Readonly<Record<string, string>>;
  /** Options of the resource, which the host must understand: `WINRS_CODEPAGE`. */
  readonly options?: Readonly<Record<string, string>>;
  /** The body's content; absent for a Get. */
  readonly body?: XmlNode;
  /** Milliseconds; the host caps it at its MaxTimeoutms. */
  readonly operationTimeoutMs: number;
  /** The largest response accepted, bytes; at least 8192 ([MS-WSMV] 3.1.4.1, else 0x8033807E). Default 153600. */
  readonly maxEnvelopeSize?: number;
}

/** Windows' documented default of old hosts (150 KB), and far more than the whole configuration needs. */
const DEFAULT_MAX_ENVELOPE_SIZE = 153_600;

const ENVELOPE_NAMESPACES = {
  "xmlns:s": NAMESPACES.s,
  "xmlns:a": NAMESPACES.a,
  "xmlns:w": NAMESPACES.w,
  "xmlns:p": NAMESPACES.p,
};
/** Faults come in English where the host has it. */
const ENGLISH = { "@": { "s:mustUnderstand": "false", "xml:lang": "en-US" } };
const MUST_UNDERSTAND = { "s:mustUnderstand": "true" };

/** The text of a request envelope (DSP0226 §6, header order as real clients send it). */
export function buildRequest(request: WsmanRequest): string {
  const header = {
    "a:Action": mustUnderstand(request.action),
    "a:To": request.to,
    "w:ResourceURI": mustUnderstand(request.resourceUri),
    "a:MessageID": request.messageId,
    "a:ReplyTo": { "a:Address": mustUnderstand(ANONYMOUS_ADDRESS) },
    "w:MaxEnvelopeSize": mustUnderstand(request.maxEnvelopeSize ?? DEFAULT_MAX_ENVELOPE_SIZE),
    "w:OperationTimeout": `PT${(request.operationTimeoutMs / 1000).toFixed(3)}S`,
    "w:Locale": ENGLISH,
    "p:DataLocale": ENGLISH,
    ...(isEmpty(request.selectors) ? {} : { "w:SelectorSet": { "w:Selector": namedValues(request.selectors) } }),
    ...(isEmpty(request.options)
      ? {}
      : { "w:OptionSet": { "@": MUST_UNDERSTAND, "w:Option": namedValues(request.options) } }),
  };
  const body = request.body ?? {};
  return writeXml({ "s:Envelope": { "@": ENVELOPE_NAMESPACES, "s:Header": header, "s:Body": body } });
}

function mustUnderstand(value: string | number): XmlNode {
  return { "@": MUST_UNDERSTAND, "#text": value };
}

function isEmpty(values: Readonly<Record<string, string>> | undefined): values is undefined {
  return values === undefined || Object.keys(values).length === 0;
}

/** Elements that carry their name in an attribute: selectors and options. */
export function namedValues(values: Readonly<Record<string, string>>): XmlContent {
  return Object.entries(values).map(([name, value]) => ({ "@": { Name: name }, "#text": value }));
}

/** The text of an Identify request; it has no headers (DSP0226 §11). */
export function buildIdentify(): string {
  return IDENTIFY;
}

const IDENTIFY = writeXml({
  "s:Envelope": {
    "@": { "xmlns:s": NAMESPACES.s, "xmlns:wsmid": NAMESPACES.wsmid },
    "s:Header": "",
    "s:Body": { "wsmid:Identify": "" },
  },
});

/** What a response must match. Absent for Identify, whose response has no addressing headers. */
export interface ExpectedResponse {
  readonly action: string;
  readonly messageId: string;
}

/**
 * Parses a response and returns its `s:Body`.
 * A response is recognised by its content: a `s:Fault` is a fault whatever its action says.
 * @throws WsmanFault if it is a fault.
 * @throws WinrmError `WINRM_E_PROTOCOL` if it is not SOAP 1.2, belongs to another request or has another action.
 */
export function parseResponse(text: string, expected?: ExpectedResponse): XmlElement {
  const envelope = parseXml(text);
  const body = child(envelope, NAMESPACES.s, "Body");
  if (envelope.namespace !== NAMESPACES.s || envelope.name !== "Envelope" || body === undefined) {
    throw new WinrmError("WINRM_E_PROTOCOL", "the response is not a SOAP 1.2 envelope");
  }
  const header = child(envelope, NAMESPACES.s, "Header");
  const relatesTo = child(header, NAMESPACES.a, "RelatesTo")?.text.trim();
  const fault = child(body, NAMESPACES.s, "Fault");
  if (expected !== undefined) {
    // One recorded quota fault has no RelatesTo; its absence is tolerated on faults only.
    const matches = relatesTo?.toLowerCase() === expected.messageId.toLowerCase();
    if (!matches && (relatesTo !== undefined || fault === undefined)) {
      throw new WinrmError("WINRM_E_PROTOCOL", "the response belongs to another request (RelatesTo does not match)");
    }
  }
  if (fault !== undefined) throw parseFault(fault);
  const action = child(header, NAMESPACES.a, "Action")?.text.trim();
  if (expected !== undefined && action !== `${expected.action}Response`) {
    throw new WinrmError("WINRM_E_PROTOCOL", `the response has the action ${printable(action ?? "(none)", 200)}`);
  }
  return body;
}

/** Whether a response is a SOAP fault, whatever it relates to. */
export function isFault(text: string): boolean {
  try {
    parseResponse(text);
    return false;
  } catch (error) {
    return error instanceof WsmanFault;
  }
}
