/** Methods of WMI classes on the wire: the action is the resource URI, a slash and the method. */

import { fault } from "../faults";
import { CIM_COMMON_NS, XSI_NS } from "../namespaces";
import type { SoapRequest } from "../soap";
import { attributeOf, elementsOf, tag, textOf, textTag, type XmlElement } from "../xml";

/** Output parameters by name; a list is a repeated element, and nothing is `xsi:nil`. */
export type MethodOutputs = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a method returns. */
export interface MethodAnswer {
  readonly returnValue: number;
  readonly outputs?: MethodOutputs;
}

/** The method that the action names, of those that a class has. @throws SoapFault */
export function methodNamed<Method>(
  { action, resourceUri }: SoapRequest,
  methods: Readonly<Record<string, Method>>,
): { readonly name: string; readonly method: Method } {
  const slash = action.lastIndexOf("/");
  const name = action.slice(slash + 1);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined || action.slice(0, slash).toLowerCase() !== resourceUri.toLowerCase()) {
    throw fault("actionNotSupported", action);
  }
  return { name, method };
}

/** Parameters by name; `xsi:nil` counts as missing. Names are case-sensitive, unlike nearly all else. @throws SoapFault */
export function readMethodInput(
  { body, resourceUri }: SoapRequest,
  { name, known }: { readonly name: string; readonly known: readonly string[] },
): ReadonlyMap<string, string> {
  if (body?.name !== `${name}_INPUT`) throw fault("invalidBody");
  const ns = resourceUri.toLowerCase();
  const input = new Map<string, string>();
  for (const element of [body, ...elementsOf(body)]) {
    if (element.ns.toLowerCase() !== ns) throw fault("invalidNamespace", element.name);
  }
  for (const parameter of elementsOf(body)) {
    if (!known.includes(parameter.name)) throw fault("invalidParameterName", parameter.name);
    if (input.has(parameter.name)) throw fault("schemaValidation", parameter.name);
    if (!isNil(parameter)) input.set(parameter.name, textOf(parameter));
  }
  return input;
}

/** The answer. @param about `names` are those of the method's output parameters. */
export function renderMethodAnswer(
  { returnValue, outputs = {} }: MethodAnswer,
  about: { readonly uri: string; readonly name: string; readonly names: readonly string[] },
): string {
  const element = `p:${about.name}_OUTPUT`;
  const namespaces = { "xmlns:p": about.uri, "xmlns:xsi": XSI_NS, "xmlns:cim": CIM_COMMON_NS, "xsi:type": element };
  const parameters = about.names.map((output) => parameter(output, outputs[output]));
  return tag(element, namespaces, textTag("p:ReturnValue", String(returnValue)), ...parameters);
}

function isNil(element: XmlElement): boolean {
  const nil = attributeOf(element, XSI_NS, "nil")?.trim();
  return nil === "true" || nil === "1";
}

/** An empty list is one element that is nil. */
function parameter(name: string, value: MethodOutputs[string]): string {
  const texts = value === undefined ? [] : [value].flat();
  if (texts.length === 0) return tag(`p:${name}`, { "xsi:nil": "true" });
  return texts.map((text) => textTag(`p:${name}`, text)).join("");
}
