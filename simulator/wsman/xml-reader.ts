/**
 * Reads the XML of a request, strictly: fast-xml-parser splits it into tags after its validator has passed it, and what
 * both let through is refused here, except a stray `=` between attributes. Namespaces are resolved here, too, since the
 * library knows none. XML 1.0, Namespaces in XML 1.0; SOAP 1.2 part 1 §5 forbids document type declarations and processing instructions.
 */

import { XMLParser, XMLValidator } from "fast-xml-parser";
import { XML_NS } from "./namespaces";
import type { XmlAttribute, XmlElement } from "./xml";

/** The string is not one well-formed XML document, declares a DOCTYPE, or uses an undeclared prefix or entity. */
export class MalformedXml extends Error {
  override readonly name = "MalformedXml";
}

/** A node as the library gives it: one key with the name of the tag, and its attributes under `:@`. */
type RawNode = Readonly<Record<string, unknown>>;
/** Names as they are written, and values with their entities. */
type RawAttributes = Readonly<Record<string, string>>;

const ATTRIBUTES = ":@";
const TEXT = "#text";
const CDATA = "#cdata";
const PARSER = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  textNodeName: TEXT,
  cdataPropName: CDATA,
  trimValues: false,
  parseTagValue: false,
  // Entities are decoded here: the library leaves those that it does not know as they are.
  processEntities: false,
  jPath: false,
  onDangerousProperty: (name) => name,
});
const XML_DECLARATION =
  /^<\?xml\s+version\s*=\s*(["'])1\.\d+\1(?:\s+encoding\s*=\s*(["'])[A-Za-z][\w.-]*\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\3)?\s*\?>/;
/** Comments and CDATA; with them gone, `<!` and `<?` begin what SOAP has not. */
const COMMENT_OR_CDATA = /<!--(?:(?!--)[^])*-->|<!\[CDATA\[[^]*?\]\]>/g;
/** XML 1.0 §2.2 */
const NO_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ...[["amp", "&"] as const, ["lt", "<"] as const, ["gt", ">"] as const],
  ...[["quot", '"'] as const, ["apos", "'"] as const],
]);
const NO_PREFIXES: ReadonlyMap<string, string> = new Map([["xml", XML_NS]]);

/**
 * Parses one document. Comments are dropped, entities are decoded, line ends are `\n`. Processing instructions are refused
 * as SOAP 1.2 says.
 * @throws MalformedXml
 */
export function parseXml(text: string): XmlElement {
  const xml = text.replace(XML_DECLARATION, "");
  const bare = xml.includes("<!") ? xml.replace(COMMENT_OR_CDATA, "") : xml;
  if (bare.includes("<!") || bare.includes("<?"))
    throw new MalformedXml("SOAP allows no DOCTYPE and no processing instruction");
  if (/<\/[^<>]*\/>/.test(bare) || !bare.trimEnd().endsWith(">")) throw new MalformedXml("a tag does not end");
  if (NO_CHARACTER.test(xml)) throw new MalformedXml("a control character is not allowed in XML");
  const [root, ...others] = parsed(xml).filter((node) => !isBlank(node));
  if (root === undefined || others.length > 0 || TEXT in root || CDATA in root) {
    throw new MalformedXml("a document has exactly one root element");
  }
  return elementOf(root, NO_PREFIXES);
}

function parsed(xml: string): readonly RawNode[] {
  try {
    const verdict = XMLValidator.validate(xml);
    if (verdict !== true) throw new MalformedXml(verdict.err.msg);
    return PARSER.parse(xml) as readonly RawNode[];
  } catch (error) {
    if (error instanceof MalformedXml) throw error;
    throw new MalformedXml("the message is not well-formed", { cause: error });
  }
}

function isBlank(node: RawNode): boolean {
  const text = node[TEXT];
  return typeof text === "string" && text.trim() === "";
}

function elementOf(node: RawNode, outer: ReadonlyMap<string, string>): XmlElement {
  const given = node[ATTRIBUTES] as RawAttributes | undefined;
  const prefixes = given === undefined ? outer : declared(given, outer);
  for (const name in node) {
    if (name === ATTRIBUTES) continue;
    const [prefix, local] = splitName(name);
    const ns = prefix === "" ? (prefixes.get("") ?? "") : resolved(prefix, prefixes);
    const children = (node[name] as readonly RawNode[]).map((child) => childIn(child, prefixes));
    return { ns, name: local, attributes: given === undefined ? [] : attributesOf(given, prefixes), children };
  }
  throw new MalformedXml("an element has no name");
}

function childIn(node: RawNode, prefixes: ReadonlyMap<string, string>): XmlElement | string {
  const text = node[TEXT];
  if (typeof text === "string") {
    if (text.includes("]]>")) throw new MalformedXml("]]> outside of CDATA");
    return decoded(text);
  }
  // CDATA comes as a node with one piece of text, which is taken as it is.
  const pieces = node[CDATA] as readonly Readonly<Record<string, string>>[] | undefined;
  return pieces === undefined ? elementOf(node, prefixes) : (pieces[0]?.[TEXT] ?? "");
}

/** The prefixes that are in scope inside an element; the empty one is the default namespace. */
function declared(given: RawAttributes, outer: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  let inner: Map<string, string> | undefined;
  for (const name in given) {
    if (!isDeclaration(name)) continue;
    const prefix = name === "xmlns" ? "" : splitName(name)[1];
    const uri = attributeValue(given[name] ?? "");
    if (prefix === "xmlns" || (prefix !== "" && uri === "") || (prefix === "xml") !== (uri === XML_NS)) {
      throw new MalformedXml(`the prefix ${JSON.stringify(prefix)} cannot stand for ${JSON.stringify(uri)}`);
    }
    inner ??= new Map(outer);
    inner.set(prefix, uri);
  }
  return inner ?? outer;
}

function attributesOf(given: RawAttributes, prefixes: ReadonlyMap<string, string>): XmlAttribute[] {
  const attributes: XmlAttribute[] = [];
  for (const name in given) {
    if (isDeclaration(name)) continue;
    const [prefix, local] = splitName(name);
    const ns = prefix === "" ? "" : resolved(prefix, prefixes);
    if (attributes.some((one) => one.ns === ns && one.name === local)) {
      throw new MalformedXml(`the attribute ${local} is there twice`);
    }
    attributes.push({ ns, name: local, value: attributeValue(given[name] ?? "") });
  }
  return attributes;
}

function isDeclaration(attribute: string): boolean {
  return attribute === "xmlns" || attribute.startsWith("xmlns:");
}

function splitName(name: string): readonly [prefix: string, local: string] {
  const colon = name.indexOf(":");
  if (colon < 0) return ["", name];
  const local = name.slice(colon + 1);
  if (colon === 0 || local === "" || local.includes(":")) throw new MalformedXml(`${JSON.stringify(name)} is no name`);
  return [name.slice(0, colon), local];
}

function resolved(prefix: string, prefixes: ReadonlyMap<string, string>): string {
  const uri = prefixes.get(prefix);
  if (uri === undefined) throw new MalformedXml(`the prefix ${JSON.stringify(prefix)} is not declared`);
  return uri;
}

/** White space that is written as it is counts as blanks (XML 1.0 §3.3.3). */
function attributeValue(raw: string): string {
  if (raw.includes("<")) throw new MalformedXml("an attribute holds <");
  return decoded(/[\t\n]/.test(raw) ? raw.replace(/[\t\n]/g, " ") : raw);
}

function decoded(raw: string): string {
  if (!raw.includes("&")) return raw;
  return raw.replace(/&([^;&]*)(;?)/g, (_, name: string, end: string) => {
    const character = end === "" ? undefined : (ENTITIES.get(name) ?? characterOf(name));
    if (character === undefined) throw new MalformedXml(`&${name}; is no entity of XML`);
    return character;
  });
}

/** `#13` or `#xD`. */
function characterOf(reference: string): string | undefined {
  const [, decimal, hexadecimal] = /^#(?:(\d{1,7})|x([0-9a-f]{1,6}))$/i.exec(reference) ?? [];
  const code = decimal === undefined ? parseInt(hexadecimal ?? "", 16) : Number(decimal);
  if (Number.isNaN(code) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(code);
  return NO_CHARACTER.test(character) ? undefined : character;
}
