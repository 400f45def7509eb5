import { XMLBuilder } from "fast-xml-parser";
import { WinrmError } from "../errors";
import { isXmlText } from "./xml";

/** Writing XML: a message is data, and the builder of `fast-xml-parser` makes the text of it. */

/**
 * What an element holds: a string or a number is its text, an object is one element and an array several of one name.
 * An empty string and an object without members are an empty element.
 */
export type XmlContent = string | number | XmlNode | readonly XmlContent[];

/**
 * An element's content by name, in the order of the members: child elements by their name with its prefix
 * (`cfg:Basic`), the attributes by theirs in `@` (`{ "xmlns:cfg": … }`), and the text beside attributes as `#text`.
 * Elements of one name stand side by side.
 */
export interface XmlNode {
  readonly [name: string]: XmlContent;
}

/**
 * What is written as a reference in a value: markup, and white space, of which a reader makes blanks or plain line ends otherwise
 * (XML 1.0 §2.11, §3.3.3).
 */
const REFERENCES: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" },
  ...{ "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;" },
};
const REFERENCED = /[&<>"'\t\n\r]/g;
/** Nearly every value: nothing in it to refer to or to refuse. */
const PLAIN = /^[ !#-%(-;=?-~]*$/;

const OPTIONS = {
  // By default the builder leaves attributes out, and the value `true`.
  ignoreAttributes: false,
  suppressBooleanAttributes: false,
  // Together, so that the builder does not look for a prefix in the name of every element.
  attributesGroupName: "@",
  attributeNamePrefix: "",
  suppressEmptyNode: true,
  // The builder's own references need a pass over each value for each of the five, and leave white space as it is.
  processEntities: false,
  // Spares it the path of every element as a string, a third of the work, for which nothing here asks.
  jPath: false,
  tagValueProcessor: (_name: string, value: unknown) => escaped(value),
  attributeValueProcessor: (_name: string, value: unknown) => escaped(value),
};

/** One for all messages: it keeps nothing between two of them. */
// oxlint-disable-next-line typescript/no-deprecated -- the same builder also has a package of its own; one package writes here and reads in the simulated host
const builder = new XMLBuilder(OPTIONS);

/**
 * The text of a document with this root element; without a declaration, as Windows' own clients send it.
 * @throws WinrmError `WINRM_E_ARGUMENT` if a value holds what no XML document can hold: a control character other than
 *   tab and line ends, half of a surrogate pair, U+FFFE or U+FFFF (XML 1.0 §2.2).
 */
export function writeXml(document: XmlNode): string {
  return builder.build(document);
}

/** The value itself is not repeated in the error: it may be a password. */
function escaped(value: unknown): string {
  const text = String(value);
  if (PLAIN.test(text)) return text;
  if (isXmlText(text)) return text.replace(REFERENCED, (character) => REFERENCES[character] ?? character);
  throw new WinrmError("WINRM_E_ARGUMENT", "a value holds a character that no XML message can hold", {
    causes: ["a control character, half of a surrogate pair, U+FFFE or U+FFFF in a name, a password or another value"],
    remedy: "take the character out; nothing was sent",
  });
}
