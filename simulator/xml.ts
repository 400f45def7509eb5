/** XML out (strings) and XML in (a small tree with resolved namespaces). */

import { XMLParser, XMLValidator } from "fast-xml-parser";

/** An attribute with its resolved namespace; `ns` is empty for an unprefixed one. */
export interface XmlAttribute {
  readonly ns: string;
  readonly name: string;
  readonly value: string;
}

/** An element with its resolved namespace. Comments and processing instructions are gone, entities are decoded. */
export interface XmlElement {
  readonly ns: string;
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly (XmlElement | string)[];
}

/** The text is not one well-formed XML document, declares a DOCTYPE, or uses an undeclared prefix. */
export class MalformedXml extends Error {
  override readonly name = "MalformedXml";
}

type RawNode = Readonly<Record<string, unknown>>;
type Scope = ReadonlyMap<string, string>;

const XML_NS = "http://www.w3.org/XML/1998/namespace";
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/**
 * Parses one document. A DOCTYPE is refused before anything is expanded (SOAP 1.2 part 1 §5 forbids it).
 * @throws MalformedXml
 */
export function parseXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text)) throw new MalformedXml("a DOCTYPE is not allowed in SOAP");
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw new MalformedXml(verdict.err.msg);
  let nodes: readonly RawNode[];
  try {
    nodes = parser.parse(text) as readonly RawNode[];
  } catch (cause) {
    throw new MalformedXml("the document is refused by the parser", { cause });
  }
  const roots = convert(nodes, new Map([["xml", XML_NS]])).filter((node) => typeof node !== "string");
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw new MalformedXml("a document has exactly one root element");
  return root;
}

function convert(nodes: readonly RawNode[], scope: Scope): (XmlElement | string)[] {
  return nodes.flatMap((node): (XmlElement | string)[] => {
    if (typeof node["#text"] === "string") return [node["#text"]];
    const qualified = Object.keys(node).find((key) => key !== ":@");
    if (qualified === undefined) return [];
    return [convertElement(qualified, node, scope)];
  });
}

function convertElement(qualified: string, node: RawNode, outer: Scope): XmlElement {
  const raw = Object.entries((node[":@"] ?? {}) as Record<string, string>);
  const scope = new Map(outer);
  for (const [name, value] of raw) {
    if (name === "xmlns") scope.set("", value);
    else if (name.startsWith("xmlns:")) scope.set(name.slice("xmlns:".length), value);
  }
  const attributes = raw
    .filter(([name]) => name !== "xmlns" && !name.startsWith("xmlns:"))
    .map(([name, value]) => ({ ...resolve(name, scope, ""), value }));
  return {
    ...resolve(qualified, scope, scope.get("") ?? ""),
    attributes,
    children: convert(node[qualified] as readonly RawNode[], scope),
  };
}

function resolve(qualified: string, scope: Scope, unprefixed: string): { ns: string; name: string } {
  const colon = qualified.indexOf(":");
  if (colon < 0) return { ns: unprefixed, name: qualified };
  const ns = scope.get(qualified.slice(0, colon));
  if (ns === undefined) throw new MalformedXml(`the prefix of ${qualified} is not declared`);
  return { ns, name: qualified.slice(colon + 1) };
}

/** The element children. */
export function elementsOf(parent: XmlElement): XmlElement[] {
  return parent.children.filter((child) => typeof child !== "string");
}

/** The first child with this namespace and local name. */
export function childOf(parent: XmlElement, ns: string, name: string): XmlElement | undefined {
  return elementsOf(parent).find((child) => child.ns === ns && child.name === name);
}

/** The text directly inside an element, untrimmed. */
export function textOf(parent: XmlElement): string {
  return parent.children.filter((child) => typeof child === "string").join("");
}

/** The value of an attribute; an unprefixed attribute has namespace `""`. */
export function attributeOf(parent: XmlElement, ns: string, name: string): string | undefined {
  return parent.attributes.find((attribute) => attribute.ns === ns && attribute.name === name)?.value;
}

/** Text as element content or attribute value. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#xD;");
}

/**
 * One element as text. `content` is markup (escape text first); an element without content keeps its closing tag, as
 * Windows writes it.
 */
export function tag(name: string, attributes: Readonly<Record<string, string>>, ...content: string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return `<${name}${written.join("")}>${content.join("")}</${name}>`;
}

/** One element with text content. */
export function textTag(name: string, text: string, attributes: Readonly<Record<string, string>> = {}): string {
  return tag(name, attributes, escapeXml(text));
}
