/** A SOAP request of WS-Management, read by namespace ([MS-WSMV] 2.2.3, DSP0226 §5 and §6). */

import { fault } from "./faults";
import { ADDRESSING_NS, ANONYMOUS, IDENTITY_NS, MS_WSMAN_NS, SOAP_NS, WSMAN_NS } from "./namespaces";
import { attributeOf, childOf, elementsOf, textOf, type XmlElement } from "./xml";
import { MalformedXml, parseXml } from "./xml-reader";

/** An envelope before any rule is applied. */
export interface Envelope {
  /** Those meant for this node. */
  readonly header: readonly XmlElement[];
  /** The first element in the body; absent for an empty body. */
  readonly body?: XmlElement;
}

/** A request whose headers passed the rules. */
export interface SoapRequest {
  readonly action: string;
  readonly to: string;
  /** As sent; compare in lower case. */
  readonly resourceUri: string;
  readonly messageId: string;
  /** Bytes; absent means the host's own limit. */
  readonly maxEnvelopeSize?: number;
  /** Milliseconds; absent means the host's own limit (`MaxTimeoutms`). */
  readonly operationTimeoutMs?: number;
  /** Selector values by lower-cased name. */
  readonly selectors: ReadonlyMap<string, string>;
  /** Option values by lower-cased name. */
  readonly options: ReadonlyMap<string, string>;
  /** Lower-cased names of the options that the client marks with `MustComply`. */
  readonly mandatoryOptions: readonly string[];
  readonly body?: XmlElement;
}

const KNOWN_HEADERS = new Set([
  ...["Action", "To", "ReplyTo", "FaultTo", "From", "MessageID", "RelatesTo"].map((name) => `${ADDRESSING_NS} ${name}`),
  ...["ResourceURI", "SelectorSet", "OptionSet", "MaxEnvelopeSize", "OperationTimeout", "Locale"].map(
    (name) => `${WSMAN_NS} ${name}`,
  ),
  `${WSMAN_NS} FragmentTransfer`,
  ...["DataLocale", "SessionId", "OperationID", "SequenceId", "FreshIdentifier"].map(
    (name) => `${MS_WSMAN_NS} ${name}`,
  ),
]);
/** The roles of a node that a message ends at; a block without one is for it too (SOAP 1.2 part 1 §2.2, §5.2.2). */
const OWN_ROLES: readonly string[] = ["", `${SOAP_NS}/role/next`, `${SOAP_NS}/role/ultimateReceiver`];
const MIN_ENVELOPE_SIZE = 8192;
/** Shorter ones are raised to it (MetricsHub/winrm-java, measured on Windows Server 2008 R2; assumed (short-timeouts) of newer ones). */
const MIN_OPERATION_TIMEOUT_MS = 500;

/**
 * Reads an envelope.
 * @throws MalformedXml for anything that is not a SOAP 1.2 envelope; the front answers HTTP 400.
 */
export function readEnvelope(text: string): Envelope {
  const root = parseXml(text);
  if (root.ns !== SOAP_NS || root.name !== "Envelope") throw new MalformedXml("the root is not a SOAP 1.2 envelope");
  const header = childOf(root, SOAP_NS, "Header");
  const body = childOf(root, SOAP_NS, "Body");
  if (body === undefined) throw new MalformedXml("the envelope has no body");
  const [content] = elementsOf(body);
  const blocks = header === undefined ? [] : elementsOf(header);
  const headers = blocks.filter((block) => OWN_ROLES.includes((attributeOf(block, SOAP_NS, "role") ?? "").trim()));
  return content === undefined ? { header: headers } : { header: headers, body: content };
}

/** True for `wsmid:Identify`, which carries no headers ([MS-WSMV] 3.1.4.1.29). */
export function isIdentify(envelope: Envelope): boolean {
  return envelope.body?.ns === IDENTITY_NS && envelope.body.name === "Identify";
}

/** The message id, also of an envelope whose other headers are wrong: a fault must relate to it. */
export function messageIdOf(envelope: Envelope): string | undefined {
  return headerText(envelope, ADDRESSING_NS, "MessageID");
}

/** A header's trimmed text. */
export function headerText(envelope: Envelope, ns: string, name: string): string | undefined {
  const found = findHeader(envelope, ns, name);
  return found === undefined ? undefined : textOf(found).trim();
}

/**
 * Applies the header rules of [MS-WSMV] 3.1.4.1 in a fixed order (assumed (header-order)).
 * @throws SoapFault
 */
export function readRequest(envelope: Envelope): SoapRequest {
  checkMustUnderstand(envelope);
  const action = required(envelope, ADDRESSING_NS, "Action");
  const to = required(envelope, ADDRESSING_NS, "To");
  const messageId = required(envelope, ADDRESSING_NS, "MessageID");
  if (messageId === "") throw fault("invalidHeader", "MessageID");
  checkAnonymous(envelope, "ReplyTo", true);
  checkAnonymous(envelope, "FaultTo", false);
  const operationTimeoutMs = readOperationTimeout(headerText(envelope, WSMAN_NS, "OperationTimeout"));
  if (findHeader(envelope, WSMAN_NS, "FragmentTransfer") !== undefined) throw fault("fragment");
  const resourceUri = headerText(envelope, WSMAN_NS, "ResourceURI");
  if (resourceUri === undefined || resourceUri === "") throw fault("missingResourceUri");
  const maxEnvelopeSize = readMaxEnvelopeSize(headerText(envelope, WSMAN_NS, "MaxEnvelopeSize"));
  return {
    action,
    to,
    resourceUri,
    messageId,
    ...(maxEnvelopeSize === undefined ? {} : { maxEnvelopeSize }),
    ...(operationTimeoutMs === undefined ? {} : { operationTimeoutMs }),
    ...readOptions(findHeader(envelope, WSMAN_NS, "OptionSet")),
    selectors: readSelectors(findHeader(envelope, WSMAN_NS, "SelectorSet")),
    ...(envelope.body === undefined ? {} : { body: envelope.body }),
  };
}

function findHeader(envelope: Envelope, ns: string, name: string): XmlElement | undefined {
  return envelope.header.find((header) => header.ns === ns && header.name === name);
}

function required(envelope: Envelope, ns: string, name: string): string {
  const text = headerText(envelope, ns, name);
  if (text === undefined) throw fault("headerRequired", name);
  return text;
}

function isMandatory(header: XmlElement): boolean {
  const value = attributeOf(header, SOAP_NS, "mustUnderstand")?.trim();
  return value === "true" || value === "1";
}

function checkMustUnderstand(envelope: Envelope): void {
  for (const header of envelope.header) {
    if (!isMandatory(header)) continue;
    if (!KNOWN_HEADERS.has(`${header.ns} ${header.name}`)) throw fault("mustUnderstand", header.name);
    if (header.ns === WSMAN_NS && header.name === "Locale") throw fault("locale");
  }
}

function checkAnonymous(envelope: Envelope, name: string, mandatory: boolean): void {
  const header = findHeader(envelope, ADDRESSING_NS, name);
  if (header === undefined) {
    if (mandatory) throw fault("headerRequired", name);
    return;
  }
  const address = childOf(header, ADDRESSING_NS, "Address");
  if (address === undefined || textOf(address).trim() !== ANONYMOUS) throw fault("addressingMode", name);
}

function readOperationTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = readDuration(text);
  if (milliseconds === undefined) throw fault("schemaValidation", "OperationTimeout");
  return Math.max(milliseconds, MIN_OPERATION_TIMEOUT_MS);
}

/** Milliseconds of an `xs:duration` without years and months; absent for anything else. */
export function readDuration(text: string): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (match === null || /^P$|T$/.test(text)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part || 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function readOptions(set: XmlElement | undefined): Pick<SoapRequest, "options" | "mandatoryOptions"> {
  const options = new Map<string, string>();
  const mandatoryOptions: string[] = [];
  for (const option of set === undefined ? [] : elementsOf(set)) {
    const name = (attributeOf(option, "", "Name") ?? "").toLowerCase();
    const mustComply = attributeOf(option, "", "MustComply")?.trim();
    if (mustComply === "true" || mustComply === "1") mandatoryOptions.push(name);
    options.set(name, textOf(option));
  }
  return { options, mandatoryOptions };
}

function readMaxEnvelopeSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw fault("schemaValidation", "MaxEnvelopeSize");
  if (Number(text) < MIN_ENVELOPE_SIZE) throw fault("minEnvelope");
  return Number(text);
}

function readSelectors(set: XmlElement | undefined): ReadonlyMap<string, string> {
  const selectors = new Map<string, string>();
  for (const selector of set === undefined ? [] : elementsOf(set)) {
    const name = attributeOf(selector, "", "Name") ?? "";
    if (selectors.has(name.toLowerCase())) throw fault("duplicateSelectors", name);
    selectors.set(name.toLowerCase(), textOf(selector));
  }
  return selectors;
}
