import type { XmlElement } from "../wsman/xml";
import type { XmlContent, XmlNode } from "../wsman/xml-writer";

/** A part of the configuration as a whole, the way Microsoft's own tools put it: what was read, with some values changed. */

/** What Windows shows and does not let be written, by name: unchanged it is taken by new hosts, and refused by old ones. */
const NOT_WRITABLE: readonly string[] = ["DefaultPorts", "MaxConcurrentOperations", "AllowRemoteAccess"];

/** What is to become of an element that was read. */
export interface ElementChange {
  /** New values of leaves by name. One that the host does not show is added. */
  readonly leaves: ReadonlyMap<string, string>;
  /** Leave out what cannot be written. */
  readonly writableOnly: boolean;
}

/**
 * The element's content with these leaves changed; unknown settings, those of Group Policy and everything nested stay as
 * they were read, character for character.
 */
export function changedElement(element: XmlElement, { leaves, writableOnly }: ElementChange): XmlNode {
  const shown = element.children.filter(({ name }) => !(writableOnly && NOT_WRITABLE.includes(name)));
  const content = shown.map((part) => {
    const value = part.children.length > 0 ? undefined : leaves.get(part.name);
    return [part.name, value ?? unchanged(part)] as const;
  });
  const added = [...leaves].filter(([name]) => !shown.some((part) => part.name === name));
  return grouped([...content, ...added]);
}

function unchanged(part: XmlElement): XmlContent {
  const attributes = Object.fromEntries([...part.attributes].filter(([name]) => !name.startsWith("{")));
  const content = part.children.map((one) => [one.name, unchanged(one)] as const);
  return { "@": attributes, ...(part.children.length > 0 ? grouped(content) : { "#text": part.text }) };
}

/** Elements of one name stand side by side. */
function grouped(content: readonly (readonly [string, XmlContent])[]): XmlNode {
  const node = new Map<string, XmlContent[]>();
  for (const [name, value] of content) node.set(`cfg:${name}`, [...(node.get(`cfg:${name}`) ?? []), value]);
  return Object.fromEntries(node);
}
