import { SaxesParser, type SaxesTagNS } from "saxes";
import { WinrmError } from "../errors";
import { printable } from "../printable";
import { NAMESPACES } from "./uris";

/** An element, resolved by namespace; prefixes are gone because they mean nothing (DSP0226 §5). */
export interface XmlElement {
  /** Namespace URI; empty when the element is in none. */
  readonly namespace: string;
  /** Local name. */
  readonly name: string;
  /** Attributes by local name, or by `{namespace}name` when they carry a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text of the element itself, without its children's; white space kept. */
  readonly text: string;
}

const MAX_DEPTH = 64;
/** Several times what fits into the largest envelope that is asked for (150 KB). */
const MAX_ELEMENTS = 50_000;
const MAX_ATTRIBUTES = 20_000;
/** Declarations in one document; Windows writes some twenty. */
const MAX_NAMESPACES = 1_000;
/** Of one element: the parser compares each with the others. */
const MAX_ATTRIBUTES_OF_ONE = 100;
/** The parser's own words may quote the document; they are cut here. */
const MAX_REASON = 80;

/** An element that is still open. */
interface OpenElement extends XmlElement {
  readonly children: OpenElement[];
  text: string;
}

/**
 * Parses one XML document, in one pass that checks well-formedness and namespaces (Namespaces in XML 1.0).
 * Document type declarations are refused (SOAP 1.2 part 1 §5), so no entity but the five predefined ones exists and
 * nothing can expand. Nesting is limited to 64 levels, a document to 50,000 elements, 20,000 attributes and 1,000
 * declarations of namespaces, an element to 100 attributes; the first one beyond ends the parse. What XML cannot hold becomes U+FFFD.
 * @throws WinrmError `WINRM_E_PROTOCOL` if the text is not well-formed XML, has a document type or goes beyond a limit.
 */
export function parseXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text)) throw malformed("the document has a document type declaration");
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  parser.on("error", (error) => {
    throw malformed(`the document is not well-formed: ${printable(error.message, MAX_REASON)}`);
  });
  const counts = { elements: 0, attributes: 0, namespaces: 0, own: 0 };
  parser.on("attribute", ({ name, prefix }) => {
    counts.attributes += 1;
    counts.own += 1;
    if (prefix === "xmlns" || name === "xmlns") counts.namespaces += 1;
    if (counts.own > MAX_ATTRIBUTES_OF_ONE)
      throw malformed(`an element has more than ${MAX_ATTRIBUTES_OF_ONE} attributes`);
    if (counts.attributes > MAX_ATTRIBUTES) throw malformed(`it has more than ${MAX_ATTRIBUTES} attributes`);
    if (counts.namespaces > MAX_NAMESPACES) throw malformed(`it declares more than ${MAX_NAMESPACES} namespaces`);
  });
  parser.on("opentag", (tag) => {
    counts.elements += 1;
    counts.own = 0;
    if (counts.elements > MAX_ELEMENTS) throw malformed(`it has more than ${MAX_ELEMENTS} elements`);
    if (open.length > MAX_DEPTH) throw malformed(`elements are nested more than ${MAX_DEPTH} deep`);
    const element = elementOf(tag);
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
    open.push(element);
  });
  const addText = (piece: string): void => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.text += piece;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => open.pop());
  parser.write(legalDocument(text)).close();
  if (root === undefined) throw malformed("the document has no single root element");
  return root;
}

/** Most elements have none. */
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

function elementOf(tag: SaxesTagNS): OpenElement {
  return { namespace: tag.uri, name: tag.local, attributes: attributesOf(tag), children: [], text: "" };
}

function attributesOf(tag: SaxesTagNS): ReadonlyMap<string, string> {
  let attributes: Map<string, string> | undefined;
  for (const written in tag.attributes) {
    const attribute = tag.attributes[written];
    if (attribute === undefined || attribute.uri === NAMESPACES.xmlns) continue;
    const { prefix, local, uri, value } = attribute;
    attributes ??= new Map<string, string>();
    attributes.set(prefix === "" ? local : `{${uri}}${local}`, value);
  }
  return attributes ?? NO_ATTRIBUTES;
}

/**
 * The one child with this name, or `undefined`.
 * @throws WinrmError `WINRM_E_PROTOCOL` if there are several: of two values one would be judged, and the other may hold.
 */
export function child(parent: XmlElement | undefined, namespace: string, name: string): XmlElement | undefined {
  let found: XmlElement | undefined;
  for (const element of parent?.children ?? []) {
    if (element.name !== name || element.namespace !== namespace) continue;
    if (found !== undefined) throw duplicated(name);
    found = element;
  }
  return found;
}

/** The error for two values where there can be one. */
export function duplicated(name: string): WinrmError {
  return new WinrmError("WINRM_E_PROTOCOL", `the response holds ${printable(name, 80)} twice`);
}

/** Every child with this name. */
export function childrenOf(parent: XmlElement | undefined, namespace: string, name: string): XmlElement[] {
  return parent?.children.filter((element) => element.namespace === namespace && element.name === name) ?? [];
}

/** Takes the place of what XML cannot hold. */
const REPLACEMENT = "\ufffd";

/** Characters of XML 1.0 §2.2; what is outside them cannot be written, escaped or not. */
export function isXmlText(text: string): boolean {
  return !ILLEGAL.test(text);
}

const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Found where a document may hold what XML cannot. */
const SUSPECT = /[\0-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;
/**
 * What stands for itself, then references by number. A literal without an end goes to the end of the document, so that
 * no number of them is searched twice.
 */
const LITERALS_AND_REFERENCES =
  /<!\[CDATA\[.*?(?:\]\]>|$)|<!--.*?(?:-->|$)|<\?.*?(?:\?>|$)|&#(?:x([0-9a-f]+)|([0-9]+));/gis;

/** The document with U+FFFD in place of what XML cannot hold: plain characters, and references by number. */
function legalDocument(text: string): string {
  if (!text.includes("&#") && !SUSPECT.test(text)) return text;
  const plain = isXmlText(text) ? text : Array.from(text, (one) => (isXmlText(one) ? one : REPLACEMENT)).join("");
  return plain.replace(LITERALS_AND_REFERENCES, (whole, hex?: string, decimal?: string) => {
    if (hex === undefined && decimal === undefined) return whole;
    const point = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
    return point <= 0x10ffff && isXmlText(String.fromCodePoint(point)) ? whole : REPLACEMENT;
  });
}

function malformed(why: string): WinrmError {
  return new WinrmError("WINRM_E_PROTOCOL", `the response is not usable XML: ${why}`);
}
