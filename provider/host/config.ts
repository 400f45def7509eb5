import { WinrmError } from "../errors";
import type { WsmanClient } from "../session/wsman-client";
import { printable } from "../printable";
import { WsmanFault } from "../wsman/faults";
import { ACTIONS, CONFIG_URI } from "../wsman/uris";
import { type XmlElement, child, duplicated } from "../wsman/xml";
import type { XmlNode } from "../wsman/xml-writer";
import { changedElement } from "./config-element";

/** The configuration of a host's WinRM: `winrm/config` ([MS-WSMV] 2.2.4). */

/** The value of one setting: a flag, or a string as the host writes it: `Relaxed`, `a,b`. */
export type LeafValue = boolean | string;

/** Values of settings by path, in the host's own order. */
export type LeafValues = ReadonlyMap<string, LeafValue>;

/** Values compare without regard to case: Windows writes `true`, tools write `True`. */
export function sameValue(one: LeafValue, other: LeafValue): boolean {
  return String(one).toLowerCase() === String(other).toLowerCase();
}

/** One setting as the host shows it. */
export interface ConfigLeaf {
  /** Effective value; a string is one line without control and format characters. */
  readonly value: LeafValue;
  /** Group Policy owns the setting (`Source="GPO"`); the host refuses to change it. */
  readonly policy: boolean;
}

/**
 * All settings by path. A path is written as Microsoft's tools write it, relative to `winrm/config`: containers in
 * lower case, then the leaf: `service/auth/Basic`, `client/TrustedHosts`, `MaxEnvelopeSizekb`.
 */
export type WinrmConfig = ReadonlyMap<string, ConfigLeaf>;

/** The resources below `winrm/config` that this package writes, with the name of their root element. */
const RESOURCE_ROOTS = {
  client: "Client",
  "client/auth": "Auth",
  service: "Service",
  "service/auth": "Auth",
} as const;

/** A writable resource below `winrm/config`. */
export type ConfigResource = keyof typeof RESOURCE_ROOTS;

const READ = "read winrm/config";

/** The resource and the leaf of a path. */
export function splitPath(path: string): { resource: string; leaf: string } {
  const slash = path.lastIndexOf("/");
  return { resource: path.slice(0, Math.max(slash, 0)), leaf: path.slice(slash + 1) };
}

/**
 * Reads every setting in one Get of `winrm/config`. Leaves that this package does not know are kept.
 * @throws WinrmError `WINRM_E_PROTOCOL` if the response holds no configuration; WsmanFault and session errors.
 */
export async function readConfig(client: WsmanClient, signal: AbortSignal): Promise<WinrmConfig> {
  const read = { action: ACTIONS.get, resourceUri: CONFIG_URI, operation: READ, writes: false };
  const body = await client.run(read, signal);
  const root = child(body, CONFIG_URI, "Config");
  if (root === undefined)
    throw new WinrmError("WINRM_E_PROTOCOL", "the response holds no cfg:Config", { operation: READ });
  const leaves = new Map<string, ConfigLeaf>();
  collect(root, "", leaves);
  return leaves;
}

/** More than any setting has: TrustedHosts of thousands of names. */
const MAX_VALUE = 65_536;

function collect(element: XmlElement, prefix: string, leaves: Map<string, ConfigLeaf>): void {
  for (const part of element.children) {
    if (part.children.length > 0) {
      collect(part, `${prefix}${part.name.toLowerCase()}/`, leaves);
      continue;
    }
    const path = prefix + part.name;
    if (leaves.has(path)) throw duplicated(part.name).withContext({ operation: READ });
    leaves.set(path, { value: decoded(part), policy: part.attributes.get("Source") === "GPO" });
  }
}

function decoded({ name, text }: XmlElement): LeafValue {
  if (text.length > MAX_VALUE) {
    const summary = `the host gives ${printable(name, 80)} a value of ${text.length} characters`;
    throw new WinrmError("WINRM_E_PROTOCOL", summary, { operation: READ });
  }
  // Most settings are flags, as the host writes them.
  if (text === "true" || text === "false") return text === "true";
  const value = printable(text, MAX_VALUE);
  const flag = value.length <= 5 ? value.toLowerCase() : "";
  return flag === "true" || (flag === "false" ? false : value);
}

/** How a host takes a Put: the changed leaves alone, the whole element, or that without what cannot be written. */
const FORMS = ["changed", "whole", "writable"] as const;

/** What hosts were found to take, for the life of the process; one that is not here takes the first. */
const learnedForms = new Map<string, number>();

/**
 * Writes the given leaves of one resource in one Put; the host leaves what is absent unchanged. The order of the leaves
 * is kept: it should be the host's own. An empty value clears the leaf. Leaves are named by their paths.
 *
 * A host that refuses this form gets the whole element, read just before, with these leaves changed, as Microsoft's tools
 * put it; the process remembers which form the host takes. A refusal changes nothing, so that nothing is written twice.
 * @throws WsmanFault, e.g. `WINRM_E_POLICY_CONTROLLED`; session errors, `uncertain` if the host may have carried it out.
 */
export async function putLeaves(client: WsmanClient, change: ConfigChange, signal: AbortSignal): Promise<void> {
  if (change.leaves.size === 0) throw new WinrmError("WINRM_E_INTERNAL", `a Put of nothing to ${change.resource}`);
  const first = learnedForms.get(client.hostIdentity) ?? 0;
  for (let index = first; ; index++) {
    const form = FORMS[index] ?? "changed";
    try {
      await put(client, { ...change, form }, signal);
      if (index > first) learnedForms.set(client.hostIdentity, index);
      return;
    } catch (error) {
      if (index + 1 >= FORMS.length || !isFormRefused(error, form)) throw error;
    }
  }
}

/** New values of one resource's leaves, by path. */
export interface ConfigChange {
  readonly resource: ConfigResource;
  readonly leaves: LeafValues;
}

async function put(
  client: WsmanClient,
  { resource, leaves, form }: ConfigChange & { readonly form: (typeof FORMS)[number] },
  signal: AbortSignal,
): Promise<void> {
  const resourceUri = `${CONFIG_URI}/${resource}`;
  const root = RESOURCE_ROOTS[resource];
  const values = new Map([...leaves].map(([path, value]) => [splitPath(path).leaf, String(value)]));
  const operation = `write winrm/config/${resource} (${[...values.keys()].join(", ")})`;
  let content: XmlNode = Object.fromEntries([...values].map(([leaf, value]) => [`cfg:${leaf}`, value]));
  if (form !== "changed") {
    const response = await client.run({ action: ACTIONS.get, resourceUri, operation, writes: false }, signal);
    const element = child(response, resourceUri, root);
    if (element === undefined)
      throw new WinrmError("WINRM_E_PROTOCOL", `the response holds no cfg:${root}`, { operation });
    content = changedElement(element, { leaves: values, writableOnly: form === "writable" });
  }
  const body = { [`cfg:${root}`]: { "@": { "xmlns:cfg": resourceUri }, ...content } };
  await client.run({ action: ACTIONS.put, resourceUri, body, operation, writes: true }, signal);
}

/** The host read the request, and wants another form of it (DSP0226 §14.6, 0x80338041, 0x80338057; 0x8033813F, 0x803381AE). */
function isFormRefused(error: unknown, form: (typeof FORMS)[number]): boolean {
  if (!(error instanceof WsmanFault)) return false;
  const { subcode = "", wsmanCode = -1, nestedCodes } = error.details;
  const codes = [wsmanCode, ...nestedCodes];
  if (form === "whole" && codes.some((code) => NOT_WRITABLE_CODES.includes(code))) return true;
  return FORM_SUBCODES.includes(subcode) || codes.some((code) => FORM_CODES.includes(code));
}

const FORM_SUBCODES: readonly string[] = ["SchemaValidationError", "InvalidRepresentation"];
const FORM_CODES: readonly number[] = [2150858817, 2150858839];
const NOT_WRITABLE_CODES: readonly number[] = [2150859071, 2150859182];
