import { WinrmError } from "../errors";
import { NAMESPACES } from "./uris";
import { type XmlElement, child } from "./xml";
import type { XmlContent, XmlNode } from "./xml-writer";

/** Bodies of Enumerate, Pull and Release (WS-Enumeration 2004/09, DSP0226 §8). */

/** A filter of Enumerate. */
export interface EnumerationFilter {
  /** URI of the language. */
  readonly dialect: string;
  /** A query as text, or elements. */
  readonly content: string | XmlNode;
}

/** Dialect of WQL, the query language of WMI. */
export const WQL_DIALECT = "http://schemas.microsoft.com/wbem/wsman/1/WQL";
/** Dialect of DSP0227's association queries. */
export const ASSOCIATION_DIALECT = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter";

/** As many items as Microsoft's tools ask for at once; the host sends what fits into an envelope. */
const MAX_ELEMENTS = 32_000;

/** The body of an Enumerate that wants the first items in its own response. */
export function enumerateBody(filter?: EnumerationFilter): XmlNode {
  return request("Enumerate", {
    "w:OptimizeEnumeration": "",
    "w:MaxElements": MAX_ELEMENTS,
    ...(filter === undefined ? {} : { "w:Filter": filterElement(filter) }),
  });
}

/** The body of a Pull; it must ask for as many items as Enumerate did (else 0x803381AD). */
export function pullBody(context: string): XmlNode {
  return request("Pull", { "n:EnumerationContext": context, "n:MaxElements": MAX_ELEMENTS });
}

/** The body of a Release. */
export function releaseBody(context: string): XmlNode {
  return request("Release", { "n:EnumerationContext": context });
}

function request(name: string, content: XmlNode): XmlNode {
  return { [`n:${name}`]: { "@": { "xmlns:n": NAMESPACES.n }, ...content } };
}

function filterElement({ dialect, content }: EnumerationFilter): XmlContent {
  return { "@": { Dialect: dialect }, ...(typeof content === "string" ? { "#text": content } : content) };
}

/** One response of a sequence. */
export interface EnumerationPart {
  readonly items: readonly XmlElement[];
  /** What the next Pull names; absent at the end. */
  readonly context?: string;
}

/**
 * Reads the body of a response to Enumerate or Pull. Windows writes the items and the end in WS-Management's namespace
 * in the one and in WS-Enumeration's in the other; both are taken in either.
 * @throws WinrmError `WINRM_E_PROTOCOL` if it is no such response, or goes on without a context.
 */
export function readEnumeration(body: XmlElement, kind: "EnumerateResponse" | "PullResponse"): EnumerationPart {
  const response = child(body, NAMESPACES.n, kind);
  if (response === undefined) throw new WinrmError("WINRM_E_PROTOCOL", `the response holds no n:${kind}`);
  const either = (name: string) => child(response, NAMESPACES.w, name) ?? child(response, NAMESPACES.n, name);
  const items = either("Items")?.children ?? [];
  if (either("EndOfSequence") !== undefined) return { items };
  const context = child(response, NAMESPACES.n, "EnumerationContext")?.text.trim() ?? "";
  if (context === "") throw new WinrmError("WINRM_E_PROTOCOL", "the sequence goes on, but without a context");
  return { items, context };
}
