/**
 * `winrm/config` and its containers: Get and Put ([MS-WSMV] 2.2.4, 3.1.4.1). Listeners and mappings are other areas.
 * Assumed (put-whole, put-empty, put-namespace, policy-fault).
 */

import { allContainers, type Container, isContainer, leafPath } from "../../windows/config/schema";
import type { ConfigStore, Refusal } from "../../windows/config/store";
import { fault } from "../faults";
import { CONFIG_URI, GET_ACTION, PUT_ACTION, XSI_NS } from "../namespaces";
import type { SoapRequest } from "../soap";
import { attributeOf, elementsOf, tag, textOf, textTag, type XmlElement } from "../xml";
import type { Area, AreaHost, AreaNotes, AreaReply } from "./area";
import { configFault } from "./config-provider";

/** An element that a Get writes. */
interface Part {
  readonly tag: string;
  readonly path: string;
  /** Of a container; a leaf has none. */
  readonly parts?: readonly Part[];
}

const CONTAINERS = new Map(
  allContainers().map((container) => [resourceUri(container), { container, parts: partsOf(container) }]),
);

/** The config area. Its faults are wrapped by the config provider, as on Windows. */
export const configArea: Area = {
  owns: (uri) => CONTAINERS.has(uri),

  handle(request: SoapRequest, host: AreaHost, notes: AreaNotes): AreaReply {
    const known = CONTAINERS.get(request.resourceUri.toLowerCase());
    if (known === undefined) throw fault("invalidResourceUri", request.resourceUri);
    const { container, parts } = known;
    const [selector] = request.selectors.keys();
    if (selector !== undefined) throw fault("unexpectedSelectors", selector);
    if (request.action === PUT_ACTION && container.puttable) {
      put(request.body, container, host, notes);
    } else if (request.action !== GET_ACTION) {
      throw fault("actionNotSupported", request.action);
    }
    const namespace = { "xmlns:cfg": resourceUri(container) };
    // Root and descendants are in the namespace that equals the resource URI, under the literal prefix `cfg`.
    return { body: tag(`cfg:${container.name}`, namespace, render(parts, host.config)), ...notes };
  },
};

function resourceUri(container: Container): string {
  return container.path === "" ? CONFIG_URI : `${CONFIG_URI}/${container.path}`;
}

/** Made once: every Get writes all of them. */
function partsOf(container: Container): readonly Part[] {
  return container.children.map((node) => ({
    tag: `cfg:${node.name}`,
    path: leafPath(container, node.name),
    ...(isContainer(node) ? { parts: partsOf(node) } : {}),
  }));
}

function render(parts: readonly Part[], config: ConfigStore): string {
  const written = parts.map(({ tag: name, path, parts: inner }) => {
    if (inner !== undefined) return tag(name, {}, render(inner, config));
    return textTag(name, config.get(path), config.ownedByPolicy(path) ? { Source: "GPO" } : undefined);
  });
  return written.join("");
}

function put(
  body: XmlElement | undefined,
  container: Container,
  { config, configPuts, policyFault }: AreaHost,
  notes: AreaNotes,
): void {
  if (body === undefined) throw configFault("invalidBody");
  const ns = resourceUri(container);
  if (body.name !== container.name) throw configFault("schemaValidation", body.name);
  if (body.ns !== ns) throw configFault("invalidNamespace", body.name);
  const changes = new Map<string, string>();
  collect(body, container, { ns, changes });
  notes.leaves = Object.fromEntries(changes);
  if (configPuts !== "any") checkForm(container, changes, configPuts);
  const refusal = config.change(changes, "network");
  if (refusal?.fault === "policyControlled" && policyFault === "access-denied") throw fault("accessDenied");
  if (refusal !== undefined) throw configFault(refusal.fault, leafName(refusal));
}

/** Hosts that take no part of a part. `writable`: what cannot be written must not be sent, changed or not. */
function checkForm(container: Container, changes: ReadonlyMap<string, string>, form: "whole" | "writable"): void {
  for (const node of container.children) {
    if (isContainer(node)) continue;
    const path = leafPath(container, node.name);
    const writable = form === "whole" || node.access === "writable";
    if (changes.has(path) && !writable)
      throw configFault(node.access === "deprecated" ? "deprecated" : "readOnly", node.name);
    if (!changes.has(path) && writable) throw configFault("schemaValidation", node.name);
  }
}

/** Leaves that are absent stay as they are; unknown attributes (`Source`, `xml:lang`) are ignored. */
function collect(
  element: XmlElement,
  container: Container,
  into: { readonly ns: string; readonly changes: Map<string, string> },
): void {
  for (const child of elementsOf(element)) {
    const node = container.children.find(({ name }) => name === child.name);
    if (node === undefined) throw configFault("schemaValidation", child.name);
    if (child.ns !== into.ns) throw configFault("invalidNamespace", child.name);
    if (isContainer(node)) {
      collect(child, node, into);
      continue;
    }
    const path = leafPath(container, node.name);
    if (elementsOf(child).length > 0 || into.changes.has(path)) throw configFault("schemaValidation", child.name);
    const nil = attributeOf(child, XSI_NS, "nil")?.trim();
    into.changes.set(path, nil === "true" || nil === "1" ? "" : textOf(child));
  }
}

function leafName(refusal: Refusal): string {
  return refusal.path.slice(refusal.path.lastIndexOf("/") + 1);
}
