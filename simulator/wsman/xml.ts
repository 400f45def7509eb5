/** XML out (strings) and XML in (a small tree with resolved namespaces). */

import { SaxesParser, type SaxesTagNS } from "saxes";

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

/** An element that is still open. */
interface OpenElement extends XmlElement {
  readonly children: (OpenElement | string)[];
}

const XMLNS_NS = "http://www.w3.org/2000/xmlns/";

/**
 * Parses one document. A DOCTYPE is refused before anything is expanded (SOAP 1.2 part 1 §5 forbids it).
 * @throws MalformedXml
 */
export function parseXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text)) throw new MalformedXml("a DOCTYPE is not allowed in SOAP");
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  parser.on("error", ({ message }) => {
    throw new MalformedXml(message);
  });
  parser.on("opentag", (opened) => {
    const element: OpenElement = { ns: opened.uri, name: opened.local, attributes: attributesOf(opened), children: [] };
    root ??= element;
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (piece: string): void => {
    open.at(-1)?.children.push(piece);
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => open.pop());
  parser.write(text).close();
  if (root === undefined) throw new MalformedXml("a document has exactly one root element");
  return root;
}

function attributesOf(opened: SaxesTagNS): XmlAttribute[] {
  return Object.values(opened.attributes)
    .filter(({ uri }) => uri !== XMLNS_NS)
    .map(({ uri, local, value }) => ({ ns: uri, name: local, value }));
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
  if (!/[&<>"\r]/.test(text)) return text;
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
  let written = "";
  for (const key of Object.keys(attributes)) written += ` ${key}="${escapeXml(attributes[key] ?? "")}"`;
  return `<${name}${written}>${content.length === 1 ? (content[0] ?? "") : content.join("")}</${name}>`;
}

/** One element with text content. */
export function textTag(name: string, text: string, attributes: Readonly<Record<string, string>> = {}): string {
  return tag(name, attributes, escapeXml(text));
}
