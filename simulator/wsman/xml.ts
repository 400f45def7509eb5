/** The tree of a request with resolved namespaces, and the markup of an answer as strings. */

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
export function textTag(name: string, text: string, attributes?: Readonly<Record<string, string>>): string {
  // Most have none, and a response has fifty of them.
  if (attributes === undefined) return `<${name}>${escapeXml(text)}</${name}>`;
  return tag(name, attributes, escapeXml(text));
}
