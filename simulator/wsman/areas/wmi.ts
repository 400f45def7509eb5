/** WMI's `root/cimv2`: Enumerate with and without a query, and Get ([MS-WSMV] 2.2.4, DSP0227). */

import type { EnumeratedItems, EnumerationFilter } from "../enumeration";
import { fault, SoapFault } from "../faults";
import { FAULTS, type FaultName } from "../fault-table";
import { ADDRESSING_NS, CIM_COMMON_NS, GET_ACTION, WMI_URI, WSMAN_NS, XSI_NS } from "../namespaces";
import {
  type ClassName,
  classNamed,
  instancesOf,
  isSingleton,
  keysOf,
  referenceTo,
  type WmiInstance,
  type WmiReference,
  type WmiValue,
  type WmiView,
} from "../../windows/wmi/instances";
import { associated, associations, instanceAt, isReference, runQuery, valueOf } from "../../windows/wmi/queries";
import { parseQuery, WqlError } from "../../windows/wmi/wql";
import { attributeOf, childOf, elementsOf, tag, textOf, textTag, type XmlElement } from "../xml";
import type { SoapRequest } from "../soap";
import type { Area, AreaReply } from "./area";
import { endpointReference, serveEnumeration } from "./enumerate";

const NAMESPACE_URI = `${WMI_URI}/root/cimv2`;
const PREFIX = `${NAMESPACE_URI}/`.toLowerCase();
const PROVIDER = { name: "WMI Provider", path: "%systemroot%\\system32\\WsmWmiPl.dll" } as const;
const WQL_DIALECT = "http://schemas.microsoft.com/wbem/wsman/1/WQL";
const ASSOCIATION_DIALECT = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter";
const SELECTOR_DIALECT = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";
const BINDING_NS = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd";

/** The area of the classes about accounts. */
export const wmiArea: Area = {
  owns: (uri) => uri.startsWith(PREFIX),

  admits: ({ remoteWmi }) => remoteWmi,

  options: "ignored",

  handle(request, host): AreaReply {
    const { sam, accounts, name: hostName, osVersion, language } = host;
    const view = { sam, accounts, hostName, osVersion, language, administrator: request.caller.administrator };
    const name = request.resourceUri.slice(PREFIX.length);
    const enumerated = serveEnumeration(request, host, (filter) => items(request, { name, filter, view }));
    if (enumerated !== undefined) return enumerated;
    if (request.action !== GET_ACTION) throw fault("actionNotSupported", request.action);
    return { body: render(get(request, name, view)) };
  },
};

interface Wanted {
  /** The last part of the resource URI: a class, or `*` for a query. */
  readonly name: string;
  readonly filter: EnumerationFilter | undefined;
  readonly view: WmiView;
}

function items(request: SoapRequest, { name, filter, view }: Wanted): EnumeratedItems {
  const [selector] = request.selectors.keys();
  if (selector !== undefined) throw fault("wmiSelectors", selector);
  if (filter === undefined) {
    const className = classNamed(name);
    if (className === undefined) throw fault("invalidResourceUri", request.resourceUri);
    return whole(instancesOf(className, view));
  }
  const query = filter.dialect === WQL_DIALECT || filter.dialect === ASSOCIATION_DIALECT;
  if (query && name !== "*") throw fault("wmiQueryUri");
  try {
    switch (filter.dialect) {
      case WQL_DIALECT: {
        const { instances, properties } = runQuery(parseQuery(filter.text), view);
        return properties === undefined
          ? whole(instances)
          : { objects: instances.map((one) => fragment(one, properties)) };
      }
      case ASSOCIATION_DIALECT:
        return whole(alongAssociations(filter.element, view));
      case SELECTOR_DIALECT:
        return whole(bySelectors(request, filter.element, { name, view }));
      default:
        throw fault("filterDialect", filter.dialect);
    }
  } catch (error) {
    if (error instanceof WqlError) throw provided("cannotProcessFilter", error.message);
    throw error;
  }
}

/** Instances of a class whose properties have these values, whatever their case (DSP0226 annex E; winrm -dialect:selector). */
function bySelectors(
  { resourceUri }: SoapRequest,
  filter: XmlElement,
  { name, view }: Pick<Wanted, "name" | "view">,
): WmiInstance[] {
  const className = classNamed(name);
  if (className === undefined) throw fault("invalidResourceUri", resourceUri);
  const set = childOf(filter, WSMAN_NS, "SelectorSet");
  if (set === undefined) throw new WqlError("no SelectorSet");
  const wanted = elementsOf(set).map(
    (selector) => [attributeOf(selector, "", "Name") ?? "", textOf(selector).toLowerCase()] as const,
  );
  const has = (value: WmiValue, text: string) => !isReference(value) && String(value ?? "").toLowerCase() === text;
  return instancesOf(className, view).filter((instance) =>
    wanted.every(([property, text]) => has(valueOf(instance, property).value, text)),
  );
}

/** DSP0227 §17.3: the objects at the other ends, or the associations themselves. */
function alongAssociations(filter: XmlElement, view: WmiView): WmiInstance[] {
  const [query] = elementsOf(filter);
  if (query?.ns !== BINDING_NS) throw new WqlError("no association filter");
  const object = childOf(query, BINDING_NS, "Object");
  if (object === undefined) throw new WqlError("no Object");
  const text = (name: string): string | undefined => {
    const found = childOf(query, BINDING_NS, name);
    return found === undefined ? undefined : textOf(found).trim();
  };
  const limits = {
    associationClass: text("AssociationClassName"),
    resultClass: text("ResultClassName"),
    role: text("Role"),
    resultRole: text("ResultRole"),
  };
  if (query.name === "AssociatedInstances") return associated(referenceIn(object), limits, view);
  if (query.name !== "AssociationInstances") throw new WqlError(`unknown ${query.name}`);
  const { resultClass: associationClass, role } = limits;
  return associations(referenceIn(object), { associationClass, role }, view);
}

function referenceIn(endpoint: XmlElement): WmiReference {
  const parameters = childOf(endpoint, ADDRESSING_NS, "ReferenceParameters");
  const uri = parameters === undefined ? undefined : childOf(parameters, WSMAN_NS, "ResourceURI");
  const set = parameters === undefined ? undefined : childOf(parameters, WSMAN_NS, "SelectorSet");
  const className = uri === undefined ? "" : textOf(uri).trim();
  if (!className.toLowerCase().startsWith(PREFIX)) throw new WqlError("an Object of another namespace");
  const keys = (set === undefined ? [] : elementsOf(set)).map(
    (selector) => [attributeOf(selector, "", "Name") ?? "", textOf(selector)] as const,
  );
  return { className: className.slice(PREFIX.length), keys: Object.fromEntries(keys) };
}

function get(request: SoapRequest, name: string, view: WmiView): WmiInstance {
  const className = classNamed(name);
  if (className === undefined) throw fault("invalidResourceUri", request.resourceUri);
  const keys = keysOf(className);
  const wanted = new Map(keys.map((key) => [key.toLowerCase(), key]));
  const stranger = [...request.selectors.keys()].find((selector) => !wanted.has(selector));
  if (stranger !== undefined) throw fault("unexpectedSelectors", stranger);
  // The one instance of a singleton needs no selector.
  const [only, ...others] = request.selectors.size === 0 ? instancesOf(className, view) : [];
  if (only !== undefined && others.length === 0 && isSingleton(className)) return only;
  const missing = keys.find((key) => !request.selectors.has(key.toLowerCase()));
  if (missing !== undefined) throw fault("insufficientSelectors", missing);
  const found = instanceAt({ className, keys: Object.fromEntries(request.selectors) }, view);
  if (found === undefined) throw provided("notFound");
  return found;
}

function whole(instances: readonly WmiInstance[]): EnumeratedItems {
  const reference = (instance: WmiInstance) =>
    endpointReference("a:EndpointReference", classUri(instance.className), referenceTo(instance).keys);
  return { objects: instances.map((instance) => render(instance)), references: () => instances.map(reference) };
}

/** An instance as WMI's plugin writes it: typed, in the namespace of its class, NULL as `xsi:nil`. */
function render({ className, properties }: WmiInstance): string {
  const attributes = {
    "xmlns:xsi": XSI_NS,
    "xmlns:p": classUri(className),
    "xmlns:cim": CIM_COMMON_NS,
    "xsi:type": `p:${className}_Type`,
  };
  const content = Object.entries(properties).map(([name, value]) => property(`p:${name}`, value));
  return tag(`p:${className}`, attributes, ...content);
}

/** A projection: the properties in no namespace, in the order of the alphabet ([MS-WSMV] notes 58 and 59). */
function fragment(instance: WmiInstance, names: readonly string[]): string {
  const wanted = names.map((name) => valueOf(instance, name)).sort((one, other) => (one.name < other.name ? -1 : 1));
  const content = wanted.map(({ name, value }) => property(name, value));
  return tag("w:XmlFragment", { "xmlns:w": WSMAN_NS, "xmlns:xsi": XSI_NS }, ...content);
}

function property(name: string, value: WmiValue): string {
  if (value === undefined) return tag(name, { "xsi:nil": "true" });
  if (!isReference(value)) return textTag(name, String(value));
  const className = classNamed(value.className);
  return endpointReference(name, className === undefined ? NAMESPACE_URI : classUri(className), value.keys);
}

function classUri(name: ClassName): string {
  return `${NAMESPACE_URI}/${name}`;
}

function provided(name: FaultName, parameter = ""): SoapFault {
  return new SoapFault(FAULTS[name], parameter, PROVIDER);
}
