import type { Judgement } from "../../contract/finding";
import type { CertMapping, CertMappingKey } from "../../host/cert-mappings";
import type { Caller } from "../safety/caller/caller";
import { sameMapping } from "../safety/caller/certificate";
import { type Hazard, lockoutFinding } from "../safety/hazards/hazard";
import { mappingHazard, unprovenHazard } from "../safety/hazards/mapping";
import type { ObservedMapping } from "./observe";

/** What changes of the table of mappings would take from connections that log in with certificates. */

/** Every mapping of a host, before and after a change. */
export interface MappingTable {
  readonly before: readonly CertMapping[];
  readonly after: readonly CertMapping[];
}

/** The table without one mapping, or with it as it is to be. */
export function withMapping(
  table: readonly CertMapping[],
  key: CertMappingKey,
  mapping?: CertMapping,
): readonly CertMapping[] {
  const others = table.filter((one) => !sameMapping(one, key));
  return mapping === undefined ? others : [...others, mapping];
}

/** One mapping as the host has it, of those that were read. */
export function mappingAt({ mapping, all = [] }: ObservedMapping, key: CertMappingKey): CertMapping | undefined {
  if (mapping !== undefined && sameMapping(mapping, key)) return mapping;
  return all.find((one) => sameMapping(one, key));
}

/**
 * A change by itself, and together with each mapping that another resource of the program makes on the host: in which order
 * they come is not known, and two are enough for a tie.
 */
export function lockout(
  { before, after }: MappingTable,
  callers: readonly Caller[],
  others: readonly CertMapping[] = [],
): Hazard | undefined {
  const tables = [after, ...others.map((other) => withMapping(after, other, other))];
  return tables.map((table) => mappingHazard(before, table, callers)).find((hazard) => hazard !== undefined);
}

/** The end of a mapping: a connection must not be left to one that no logon has proven. */
export function removalHazard({ before, after }: MappingTable, callers: readonly Caller[]): Hazard | undefined {
  return mappingHazard(before, after, callers) ?? unprovenHazard(before, after, callers);
}

/** A hazard as a finding of the resource; none is none. */
export function lockoutFindings(
  hazard: Hazard | undefined,
  { host, property, acceptLockout }: { host: string; property: string; acceptLockout: boolean | undefined },
): Judgement[] {
  if (hazard === undefined) return [];
  return [lockoutFinding(hazard, { host, property, change: "this", accepted: acceptLockout })];
}
