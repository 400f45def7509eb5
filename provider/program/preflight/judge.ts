import type { Judgement } from "../../contract/finding";
import { byKey } from "../../fleet/groups";
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
  return [...byKey(observed, ({ resource }) => hostKey(resource.resolved.target)).values()].flatMap(judgeHost);
}

function judgeHost(resources: readonly Observed[]): Verdict[] {
  const plans = resources.map((one) => (isPending(one) ? planOf(one, []) : { findings: [], writes: [] }));
  return resources.map((one, index) => {
    const { resource } = one;
    const without = <Item>(all: readonly Item[]) => all.filter((_, other) => other !== index);
    const plan = planOf(one, without(plans));
    if (!isPending(one)) return { resource, findings: plan.findings.map(asDrift) };
    const others = without(resources);
    return {
      resource,
      findings: [
        ...plan.findings,
        ...contradictions(one, others),
        ...claimsUnseen(one, others),
        ...confirmNote(one.observed, plan, resource.confirm),
        ...unfinishedNotes(resource.host, one.unfinished),
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
