import type { Judgement } from "../../contract/finding";
import type { ResourceType } from "../../contract/resource-shape";
import type { Observed } from "./host-reads";
import { planOn } from "./prepare";

/**
 * Resources of a program that cannot both have their way: each apply of the one undoes the other's, and no preview is ever
 * without a difference. Nothing fails on it, so that it is a warning.
 */

/** Types of which all resources observe the same of a host, so that one can be asked about what another leaves. */
const COMPARABLE: readonly ResourceType[] = ["AuthConfig", "TokenFilterPolicy", "TrustedHosts"];

/** What a resource would find changed again if another one of its host came after it. */
export function contradictions(own: Observed, others: readonly Observed[]): Judgement[] {
  const { type } = own.resource;
  const rivals = COMPARABLE.includes(type) ? others.filter(({ resource }) => resource.type === type) : [];
  return rivals.flatMap((other) => {
    const left = afterApplying(other, afterApplying(own, own.observed));
    const again = planOn(own.resource, left).findings.filter(({ rule }) => rule === "drift");
    return again.map(({ property }) => contradiction(other.resource.name, property));
  });
}

/** @param other name of the resource that wants something else. */
export function contradiction(other: string, property: string): Judgement {
  const message = `${other} of this program wants another value on the same host: each up undoes what the other has done`;
  return { rule: "contradiction", severity: "warning", property, message, remedy: "declare it in one of them" };
}

function afterApplying({ resource }: Observed, observed: unknown): unknown {
  return planOn(resource, observed).writes.reduce((host, write) => write.predictedState(host), observed);
}
