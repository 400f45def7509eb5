import { XMLParser, XMLValidator } from "fast-xml-parser";
import { WinrmError } from "../errors";
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
const TEXT_KEY = "#text";
const CDATA_KEY = "#cdata";
const ATTRIBUTES_KEY = ":@";
const NOT_TAGS: ReadonlySet<string> = new Set([TEXT_KEY, CDATA_KEY, ATTRIBUTES_KEY]);

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  textNodeName: TEXT_KEY,
  cdataPropName: CDATA_KEY,
});

/**
 * Parses one XML document.
 * Document type declarations are refused (SOAP 1.2 part 1 §5), so no entity but the five predefined ones exists and
 * nothing can expand; nesting is limited to 64 levels.
 * @throws WinrmError `WINRM_E_PROTOCOL` if the text is not well-formed XML, has a document type or is nested too deeply.
 */
export function parseXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text)) throw malformed("the document has a document type declaration");
  const verdict: unknown = XMLValidator.validate(text);
  if (verdict !== true) throw malformed("the document is not well-formed");
  let nodes: unknown;
  try {
    nodes = parser.parse(text);
  } catch (cause) {
    throw malformed("the document cannot be parsed", cause);
  }
  const roots = elementsOf(nodes, new Map([["xml", NAMESPACES.xml]]), 0);
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw malformed("the document has no single root element");
  return root;
}

/** The first child with this name, or `undefined`. */
export function child(parent: XmlElement | undefined, namespace: string, name: string): XmlElement | undefined {
  return parent?.children.find((element) => element.namespace === namespace && element.name === name);
}

/** Text with XML's five special characters and carriage returns escaped; fit for content and attribute values. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\r": "&#xD;",
};
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);
/** Takes the place of what XML cannot hold. */
const REPLACEMENT = "\ufffd";

/** Characters of XML 1.0 §2.2; what is outside them cannot be written, escaped or not. */
export function isXmlText(text: string): boolean {
  for (const character of text) {
    if (!isXmlPoint(character.codePointAt(0) ?? 0)) return false;
  }
  return true;
}

function isXmlPoint(point: number): boolean {
  if (point < 0x20) return point === 9 || point === 10 || point === 13;
  return !(point >= 0xd800 && point <= 0xdfff) && point !== 0xfffe && point !== 0xffff && point <= 0x10ffff;
}

/** Content as it stands in the document, without what XML cannot hold. */
function legalText(text: string): string {
  return isXmlText(text) ? text : Array.from(text, (one) => (isXmlText(one) ? one : REPLACEMENT)).join("");
}

/** Texts that stand for themselves. */
const PRINTABLE = /^[ -%'-~\n]*$/;

function decodeText(text: string): string {
  if (PRINTABLE.test(text)) return text;
  return legalText(text).replace(/&([^;&\s]*);/g, (whole: string, name: string) => {
    if (/^#x?[0-9a-f]+$/i.test(name)) {
      const point = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
      return isXmlPoint(point) ? String.fromCodePoint(point) : REPLACEMENT;
    }
    const known = PREDEFINED.get(name);
    if (known === undefined) throw malformed(`the entity ${whole.slice(0, 40)} is not defined`);
    return known;
  });
}

function elementsOf(nodes: unknown, scope: ReadonlyMap<string, string>, depth: number): XmlElement[] {
  if (depth > MAX_DEPTH) throw malformed(`elements are nested more than ${MAX_DEPTH} deep`);
  const elements: XmlElement[] = [];
  for (const node of arrayOf(nodes)) {
    if (typeof node !== "object" || node === null) continue;
    const record = node as Record<string, unknown>;
    const tag = Object.keys(record).find((key) => !NOT_TAGS.has(key));
    if (tag !== undefined) elements.push(elementOf(tag, record, { scope, depth }));
  }
  return elements;
}

function elementOf(
  tag: string,
  record: Record<string, unknown>,
  outer: { scope: ReadonlyMap<string, string>; depth: number },
): XmlElement {
  const raw: [string, string][] = [];
  const declared: [string, string][] = [];
  for (const [name, value] of Object.entries((record[ATTRIBUTES_KEY] ?? {}) as Record<string, unknown>)) {
    const text = decodeText(String(value));
    if (name === "xmlns") declared.push(["", text]);
    else if (name.startsWith("xmlns:")) declared.push([name.slice(6), text]);
    else raw.push([name, text]);
  }
  // Most elements declare no prefix and share their parent's.
  const scope = declared.length === 0 ? outer.scope : new Map([...outer.scope, ...declared]);
  const attributes = new Map(raw.map(([name, value]) => [attributeKey(name, scope), value]));
  const [prefix, name] = splitName(tag);
  const content = record[tag];
  return {
    namespace: namespaceOf(prefix, scope),
    name,
    attributes,
    children: elementsOf(content, scope, outer.depth + 1),
    text: arrayOf(content).map(textOf).join(""),
  };
}

function textOf(node: unknown): string {
  if (typeof node !== "object" || node === null) return "";
  if (TEXT_KEY in node) return decodeText(String(node[TEXT_KEY]));
  // References mean nothing inside CDATA.
  if (CDATA_KEY in node) return legalText(arrayOf(node[CDATA_KEY]).map(plainText).join(""));
  return "";
}

function plainText(node: unknown): string {
  return typeof node === "object" && node !== null && TEXT_KEY in node ? String(node[TEXT_KEY]) : "";
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function splitName(name: string): readonly [prefix: string, local: string] {
  const colon = name.indexOf(":");
  return colon < 0 ? ["", name] : [name.slice(0, colon), name.slice(colon + 1)];
}

function attributeKey(name: string, scope: ReadonlyMap<string, string>): string {
  const [prefix, local] = splitName(name);
  return prefix === "" ? local : `{${namespaceOf(prefix, scope)}}${local}`;
}

function namespaceOf(prefix: string, scope: ReadonlyMap<string, string>): string {
  const namespace = scope.get(prefix);
  if (namespace !== undefined) return namespace;
  if (prefix === "") return "";
  throw malformed(`the prefix ${prefix} is not declared`);
}

function malformed(why: string, cause?: unknown): WinrmError {
  return new WinrmError("WINRM_E_PROTOCOL", `the answer is not usable XML: ${why}`, { cause });
}
