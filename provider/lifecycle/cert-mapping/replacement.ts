import type { CertMappingInputs, CertMappingOutputs } from "../../contract/cert-mapping";
import type { Plan } from "../change/plan";
import type { Situation } from "../definition";
import { mappedCaller } from "../safety/hazards/mapping";
import { wantedOf } from "./arguments";
import { lockoutFindings, mappingAt, removalHazard, withMapping } from "./hazards";
import type { ObservedMapping } from "./observe";
import { planCertMapping, planCertMappingDestroy } from "./plan";
import type { PreparedMapping } from "./prepare";

/**
 * The replacement of a mapping that a connection logs in through. Nothing can put such a mapping back, because its password
 * is not readable: the new one is made and proven first, and the old one is deleted last.
 */

/** Whether deleting the mapping of a state would take a connection's way in. */
export function isInUse(state: CertMappingOutputs, { callers = [], all = [] }: ObservedMapping): boolean {
  return mappedCaller(all, wantedOf(state).key, callers) !== undefined;
}

/** The same host, as the resource that takes its place sees it. */
export function seenBy(inputs: CertMappingInputs, observed: ObservedMapping): ObservedMapping {
  const { now, callers, all } = observed;
  const mapping = mappingAt(observed, wantedOf(inputs).key);
  return {
    ...{ now, ...(callers && { callers }), ...(all && { all }) },
    ...(mapping === undefined ? {} : { mapping }),
  };
}

/** Make the new one and prove it, then delete the old one; what stands in the way is found before anything is written. */
export function planReplacement(
  state: CertMappingOutputs,
  inputs: CertMappingInputs,
  situation: Situation<ObservedMapping> & { readonly prepared?: PreparedMapping | undefined },
): Plan<ObservedMapping> {
  const { observed, host } = situation;
  const { callers = [], all = [] } = observed;
  const { key, userName, enabled } = wantedOf(inputs);
  const first = planCertMapping(inputs, { kind: "none" }, { ...situation, observed: seenBy(inputs, observed) });
  const before = withMapping(all, key, { ...key, userName, enabled });
  const table = { before, after: withMapping(before, wantedOf(state).key) };
  const { acceptLockout } = inputs;
  // Judged by the table that has both; without callers only what destroy has to say besides is left.
  const last = planCertMappingDestroy(state, { ...situation, observed: { ...observed, callers: [] } });
  const hazard = last.writes.length === 0 ? undefined : removalHazard(table, callers);
  const findings = lockoutFindings(hazard, { host, property: "connection", acceptLockout });
  return { findings: [...first.findings, ...findings, ...last.findings], writes: [...first.writes, ...last.writes] };
}
