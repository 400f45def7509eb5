import type { WsmanClient } from "../session/wsman-client";
import { CONFIG_URI, REGISTRY_URI } from "../wsman/uris";
import { listCertMappings } from "./cert-mappings";
import { readConfig } from "./config";
import { isRefused } from "./refusal";
import { getString } from "./registry";
import { MARKER_KEY } from "./tasks/rollback";

/** What a logon is proven with, where a certificate mapping gives access to some resources only. */

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

/**
 * The first of the reads that the host lets the account do; one request, where it is an administrator's.
 * @throws WinrmError of the session, and where the account may do none of them the last denial.
 */
export async function firstPossibleRead(client: WsmanClient, signal: AbortSignal): Promise<LogonRead> {
  let denial: unknown;
  for (const [, read] of READS) {
    try {
      await read(client, signal);
      return read;
    } catch (error) {
      if (!isRefused(error)) throw error;
      denial = error;
    }
  }
  throw denial;
}
