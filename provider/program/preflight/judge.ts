import type { Judgement } from "../../contract/finding";
import { confirmNote } from "../../lifecycle/change/confirm/confirmation";
import { unfinishedNotes } from "../../lifecycle/change/confirm/unfinished";
import { type Plan, plannedLeaves } from "../../lifecycle/change/plan";
import { hostKey } from "../../session/target";
import { claimsUnseen, contradictions } from "./contradictions";
import type { Observed } from "./host-reads";
import { type Prepared, planOn } from "./prepare";

/** What was found about one resource. */
export interface Verdict {
  readonly resource: Prepared;
  readonly findings: readonly Judgement[];
}

/**
 * Judges all resources of each host together, whatever connections they use, with the functions that create and update
 * use. Of a resource that the engine is not going to apply nothing is an error, and what differs is drift.
 */
export function judge(observed: readonly Observed[]): Verdict[] {
  const hosts = new Map<string, Observed[]>();
  for (const one of observed) {
    const key = hostKey(one.resource.resolved.target);
    hosts.set(key, [...(hosts.get(key) ?? []), one]);
  }
  return [...hosts.values()].flatMap(judgeHost);
}

function judgeHost(resources: readonly Observed[]): Verdict[] {
  const plans = resources.map((one) => (isPending(one) ? planOf(one, []) : { findings: [], writes: [] }));
  return resources.map((one, index) => {
    const plan = planOf(
      one,
      plans.filter((_, other) => other !== index),
    );
    const { resource } = one;
    const others = resources.filter((_, other) => other !== index);
    if (!isPending(one)) return { resource, findings: plan.findings.map(asDrift) };
    const unfinished = unfinishedNotes(resource.host, one.unfinished);
    return {
      resource,
      findings: [
        ...plan.findings,
        ...contradictions(one, others),
        ...claimsUnseen(one, others),
        ...confirmNote(one.observed, plan, resource.confirm),
        ...unfinished,
      ],
    };
  });
}

function isPending({ resource }: Observed): boolean {
  return resource.pending !== false;
}

function planOf({ resource, observed }: Observed, others: readonly Plan<unknown>[]): Plan<unknown> {
  return planOn(resource, observed, {
    pendingConfigChanges: new Map(others.flatMap((plan) => [...plannedLeaves(plan)])),
    pendingMappings: others.flatMap(({ mappings = [] }) => mappings),
  });
}

function asDrift(finding: Judgement): Judgement {
  if (finding.severity === "error") return { ...finding, severity: "warning" };
  if (finding.rule !== "drift") return finding;
  return { ...finding, severity: "warning", remedy: "run pulumi up --refresh" };
}
