import type { WsmanClient } from "../session/wsman-client";
import { CONFIG_URI, REGISTRY_URI } from "../wsman/uris";
import { listCertMappings } from "./cert-mappings";
import { readConfig } from "./config";
import { getString } from "./registry";
import { MARKER_KEY } from "./tasks/rollback";

/** What a logon is proven with, where a certificate mapping lets it in to some resources only. */

/** Reads something that an administrator may read. */
export type LogonRead = (client: WsmanClient, signal: AbortSignal) => Promise<unknown>;

const READS: readonly (readonly [string, LogonRead])[] = [
  [CONFIG_URI, readConfig],
  [`${CONFIG_URI}/service/certmapping`, listCertMappings],
  [REGISTRY_URI, (client, signal) => getString(client, { key: MARKER_KEY, name: "armed" }, signal)],
];

/** A read of one of these resources; `undefined` if none of them can be read without doing more. One request. */
export function logonRead(resources: readonly string[]): LogonRead | undefined {
  return READS.find(([resource]) => resources.includes(resource))?.[1];
}
