import type { WsmanClient } from "../session/wsman-client";
import { ASSOCIATION_DIALECT, WQL_DIALECT } from "../wsman/enumeration";
import { ANONYMOUS_ADDRESS, CIMV2_URI, NAMESPACES } from "../wsman/uris";
import { namedValues } from "../wsman/envelope";
import { printable } from "../printable";
import { type XmlElement, duplicated } from "../wsman/xml";
import { enumerate } from "./enumerate";

/** Queries to WMI's `root/cimv2` (DSP0227; Microsoft's WQL). */

/** Keys that find an instance of a class. */
export interface WmiPath {
  readonly className: string;
  readonly keys: Readonly<Record<string, string>>;
}

/** A text as a literal of WQL, in single quotes. */
export function quoteWql(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

/**
 * Runs a query. Ask for `*`: a projection comes without namespaces and types.
 * @throws WsmanFault, e.g. code 2150858778 for a class that the host does not have.
 */
export function queryWmi(
  client: WsmanClient,
  { wql, operation }: { readonly wql: string; readonly operation: string },
  signal: AbortSignal,
): Promise<XmlElement[]> {
  const filter = { dialect: WQL_DIALECT, content: wql };
  return enumerate(client, { resourceUri: `${CIMV2_URI}/*`, filter, operation }, signal);
}

/** What an instance is connected with. */
export interface Associations {
  readonly of: WmiPath;
  readonly associationClass: string;
  /** The property of the association that holds `of`. */
  readonly role: string;
  readonly operation: string;
}

/** The instances at the other ends of an instance's associations, asked for in WQL. */
export function associatorsOf(
  client: WsmanClient,
  { of, associationClass, role, operation }: Associations,
  signal: AbortSignal,
): Promise<XmlElement[]> {
  const keys = Object.entries(of.keys).map(([name, value]) => `${name}=${quoteWql(value)}`);
  const path = `${of.className}.${keys.join(",")}`;
  const wql = `ASSOCIATORS OF {${path}} WHERE AssocClass=${associationClass} Role=${role}`;
  return queryWmi(client, { wql, operation }, signal);
}

/** The same, asked for with DSP0227's filter, which needs no quoting. */
export function associatedInstances(
  client: WsmanClient,
  { of, associationClass, role, operation }: Associations,
  signal: AbortSignal,
): Promise<XmlElement[]> {
  const content = {
    "b:AssociatedInstances": {
      "@": { "xmlns:b": NAMESPACES.b },
      "b:Object": {
        "a:Address": ANONYMOUS_ADDRESS,
        "a:ReferenceParameters": {
          "w:ResourceURI": `${CIMV2_URI}/${of.className}`,
          "w:SelectorSet": { "w:Selector": namedValues(of.keys) },
        },
      },
      "b:AssociationClassName": associationClass,
      "b:Role": role,
    },
  };
  const filter = { dialect: ASSOCIATION_DIALECT, content };
  return enumerate(client, { resourceUri: `${CIMV2_URI}/*`, filter, operation }, signal);
}

/** Names and SIDs are far shorter. */
const MAX_PROPERTY = 1_024;

/**
 * The value of a property, as one line; `undefined` for NULL or a property that the class does not have.
 * @throws WinrmError `WINRM_E_PROTOCOL` if it has several.
 */
export function propertyOf(instance: XmlElement, name: string): string | undefined {
  const [found, second] = instance.children.filter((element) => element.name === name);
  if (second !== undefined) throw duplicated(name);
  const nil = found?.attributes.get(`{${NAMESPACES.xsi}}nil`)?.trim();
  return nil === "true" || nil === "1" || found === undefined ? undefined : printable(found.text, MAX_PROPERTY);
}
