import { type CertMapping, deleteCertMapping } from "../../host/cert-mappings";
import { logonRead } from "../../host/logon-reads";
import type { WriteProof } from "../change/plan";
import type { Hazard } from "../safety/hazards/hazard";
import { movedCallers } from "../safety/hazards/mapping";
import type { MappingTable } from "./hazards";

/**
 * Make before break: a new mapping that a connection is going to log in through is proven by a fresh logon before anything
 * else is done, and removed again if that fails. Windows has tried its password by then; what the logon adds is that the
 * host finds the mapping for this certificate, and that the account may do what the connection is for.
 */

/** How a new mapping is proven, or why it cannot be; neither if it comes to serve no connection that is served now. */
export function proofOf(
  made: CertMapping,
  { before, after, callers = [] }: MappingTable & { readonly callers?: Parameters<typeof movedCallers>[2] | undefined },
): { readonly proof?: WriteProof; readonly unprovable?: Hazard } {
  const logons: WriteProof["logons"][number][] = [];
  for (const { caller, moved } of movedCallers(before, after, callers)) {
    const read = logonRead(moved.map(({ resource }) => resource));
    if (read === undefined) return { unprovable: unprovableFor(caller.subject, made) };
    if (caller.connection !== undefined) logons.push({ target: caller.connection, read });
  }
  if (logons.length === 0) return {};
  return { proof: { logons, undo: (client, signal) => deleteCertMapping(client, made, signal) } };
}

function unprovableFor(subject: string, { uri }: CertMapping): Hazard {
  return {
    rule: "lockout/mapping",
    message: `${subject} would log in through this mapping for ${uri} only, which no logon can prove before it is needed`,
    remedy: "connect with another method first",
  };
}
