import { WinrmError } from "../errors";
import type { WsmanClient } from "../session/wsman-client";
import { printable } from "../printable";
import { ACTIONS, CONFIG_URI } from "../wsman/uris";
import { type XmlElement, child } from "../wsman/xml";

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
 * @throws WinrmError `WINRM_E_PROTOCOL` if the answer holds no configuration; WsmanFault and session errors.
 */
export async function readConfig(client: WsmanClient, signal: AbortSignal): Promise<WinrmConfig> {
  const read = { action: ACTIONS.get, resourceUri: CONFIG_URI, operation: READ, writes: false };
  const body = await client.run(read, signal);
  const root = child(body, CONFIG_URI, "Config");
  if (root === undefined)
    throw new WinrmError("WINRM_E_PROTOCOL", "the answer holds no cfg:Config", { operation: READ });
  const leaves = new Map<string, ConfigLeaf>();
  collect(root, "", leaves);
  return leaves;
}

/** More than any setting has: TrustedHosts of thousands of names. */
const MAX_VALUE = 65_536;

function collect(element: XmlElement, prefix: string, leaves: Map<string, ConfigLeaf>): void {
  for (const part of element.children) {
    if (part.children.length > 0) collect(part, `${prefix}${part.name.toLowerCase()}/`, leaves);
    else leaves.set(prefix + part.name, { value: decoded(part), policy: part.attributes.get("Source") === "GPO" });
  }
}

function decoded({ name, text }: XmlElement): LeafValue {
  if (text.length > MAX_VALUE) {
    const summary = `the host gives ${printable(name, 80)} a value of ${text.length} characters`;
    throw new WinrmError("WINRM_E_PROTOCOL", summary, { operation: READ });
  }
  const value = printable(text, MAX_VALUE);
  return /^(?:true|false)$/i.test(value) ? sameValue(value, true) : value;
}

/**
 * Writes the given leaves of one resource, and nothing else, in one Put; the host leaves what is absent unchanged.
 * The order of the leaves is kept: it should be the host's own. An empty value clears the leaf. Leaves are named by their
 * paths.
 * @throws WsmanFault, e.g. `WINRM_E_POLICY_CONTROLLED`; session errors, `uncertain` if the host may have carried it out.
 */
export async function putLeaves(
  client: WsmanClient,
  change: { readonly resource: ConfigResource; readonly leaves: LeafValues },
  signal: AbortSignal,
): Promise<void> {
  const { resource, leaves } = change;
  if (leaves.size === 0) throw new WinrmError("WINRM_E_INTERNAL", `a Put of nothing to ${resource}`);
  const namespace = `${CONFIG_URI}/${resource}`;
  const root = RESOURCE_ROOTS[resource];
  const values = [...leaves].map(([path, value]) => [splitPath(path).leaf, String(value)] as const);
  const content = Object.fromEntries(values.map(([leaf, value]) => [`cfg:${leaf}`, value]));
  await client.run(
    {
      action: ACTIONS.put,
      resourceUri: namespace,
      body: { [`cfg:${root}`]: { "@_xmlns:cfg": namespace, ...content } },
      operation: `write winrm/config/${resource} (${values.map(([leaf]) => leaf).join(", ")})`,
      writes: true,
    },
    signal,
  );
}
