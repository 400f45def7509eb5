import { WinrmError } from "../errors";
import { parseFault, printable } from "./faults";
import { ANONYMOUS_ADDRESS, NAMESPACES } from "./uris";
import { type XmlElement, child, escapeXml, parseXml } from "./xml";

/** A request in WS-Management's terms. */
export interface WsmanRequest {
  /** WS-Addressing action, e.g. `…/transfer/Get`. */
  readonly action: string;
  readonly resourceUri: string;
  /** The URL the request is posted to; Windows copies its host into faults. */
  readonly to: string;
  /** `uuid:` and an upper-case GUID; the answer's RelatesTo must repeat it. */
  readonly messageId: string;
  readonly selectors?: Readonly<Record<string, string>>;
  /** Options of the resource, which the host must understand: `WINRS_CODEPAGE`. */
  readonly options?: Readonly<Record<string, string>>;
  /** XML of the body's content; empty for a Get. */
  readonly body?: string;
  /** Milliseconds; the host caps it at its MaxTimeoutms. */
  readonly operationTimeoutMs: number;
  /** The largest answer accepted, bytes; at least 8192 ([MS-WSMV] 3.1.4.1, else 0x8033807E). Default 153600. */
  readonly maxEnvelopeSize?: number;
}

/** Windows' documented default of old hosts (150 KB), and far more than the whole configuration needs. */
const DEFAULT_MAX_ENVELOPE_SIZE = 153_600;

const ENVELOPE_OPEN = `<s:Envelope xmlns:s="${NAMESPACES.s}" xmlns:a="${NAMESPACES.a}" xmlns:w="${NAMESPACES.w}" xmlns:p="${NAMESPACES.p}">`;

/** The text of a request envelope (DSP0226 §6, header order as real clients send it). */
export function buildRequest(request: WsmanRequest): string {
  const selectors = Object.entries(request.selectors ?? {})
    .map(([name, value]) => `<w:Selector Name="${escapeXml(name)}">${escapeXml(value)}</w:Selector>`)
    .join("");
  const options = Object.entries(request.options ?? {})
    .map(([name, value]) => `<w:Option Name="${escapeXml(name)}">${escapeXml(value)}</w:Option>`)
    .join("");
  return [
    ENVELOPE_OPEN,
    "<s:Header>",
    `<a:Action s:mustUnderstand="true">${escapeXml(request.action)}</a:Action>`,
    `<a:To>${escapeXml(request.to)}</a:To>`,
    `<w:ResourceURI s:mustUnderstand="true">${escapeXml(request.resourceUri)}</w:ResourceURI>`,
    `<a:MessageID>${escapeXml(request.messageId)}</a:MessageID>`,
    `<a:ReplyTo><a:Address s:mustUnderstand="true">${ANONYMOUS_ADDRESS}</a:Address></a:ReplyTo>`,
    `<w:MaxEnvelopeSize s:mustUnderstand="true">${request.maxEnvelopeSize ?? DEFAULT_MAX_ENVELOPE_SIZE}</w:MaxEnvelopeSize>`,
    `<w:OperationTimeout>PT${(request.operationTimeoutMs / 1000).toFixed(3)}S</w:OperationTimeout>`,
    `<w:Locale s:mustUnderstand="false" xml:lang="en-US"/>`,
    `<p:DataLocale s:mustUnderstand="false" xml:lang="en-US"/>`,
    selectors === "" ? "" : `<w:SelectorSet>${selectors}</w:SelectorSet>`,
    options === "" ? "" : `<w:OptionSet s:mustUnderstand="true">${options}</w:OptionSet>`,
    "</s:Header>",
    request.body === undefined ? "<s:Body/>" : `<s:Body>${request.body}</s:Body>`,
    "</s:Envelope>",
  ].join("");
}

/** The text of an Identify request; it has no headers (DSP0226 §11). */
export function buildIdentify(): string {
  return (
    `<s:Envelope xmlns:s="${NAMESPACES.s}" xmlns:wsmid="${NAMESPACES.wsmid}"><s:Header/>` +
    "<s:Body><wsmid:Identify/></s:Body></s:Envelope>"
  );
}

/** What an answer must match. Absent for Identify, whose answer has no addressing headers. */
export interface ExpectedAnswer {
  readonly action: string;
  readonly messageId: string;
}

/**
 * Parses an answer and returns its `s:Body`.
 * An answer is recognised by its content: a `s:Fault` is a fault whatever its action says.
 * @throws WsmanFault if it is a fault.
 * @throws WinrmError `WINRM_E_PROTOCOL` if it is not SOAP 1.2, answers another request or another action.
 */
export function parseAnswer(text: string, expected?: ExpectedAnswer): XmlElement {
  const envelope = parseXml(text);
  const body = child(envelope, NAMESPACES.s, "Body");
  if (envelope.namespace !== NAMESPACES.s || envelope.name !== "Envelope" || body === undefined) {
    throw new WinrmError("WINRM_E_PROTOCOL", "the answer is not a SOAP 1.2 envelope");
  }
  const header = child(envelope, NAMESPACES.s, "Header");
  const relatesTo = child(header, NAMESPACES.a, "RelatesTo")?.text.trim();
  const fault = child(body, NAMESPACES.s, "Fault");
  if (expected !== undefined) {
    // One recorded quota fault has no RelatesTo; its absence is tolerated on faults only.
    const matches = relatesTo?.toLowerCase() === expected.messageId.toLowerCase();
    if (!matches && (relatesTo !== undefined || fault === undefined)) {
      throw new WinrmError("WINRM_E_PROTOCOL", "the answer belongs to another request (RelatesTo does not match)");
    }
  }
  if (fault !== undefined) throw parseFault(fault);
  const action = child(header, NAMESPACES.a, "Action")?.text.trim();
  if (expected !== undefined && action !== `${expected.action}Response`) {
    throw new WinrmError(
      "WINRM_E_PROTOCOL",
      `the answer has the action ${printable(action ?? "(none)").slice(0, 200)}`,
    );
  }
  return body;
}
