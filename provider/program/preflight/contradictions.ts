import type { Judgement } from "../../contract/finding";
import type { ResourceType, SharedInputs } from "../../contract/resource-shape";
import type { ClaimRules } from "../../lifecycle/change/claims";
import { CLAIM_RULES } from "../../lifecycle/registry";
import type { Observed } from "./host-reads";
import { inputsOf, planOn } from "./prepare";

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

/**
 * Owners of the same setting in the processes of two providers: neither sees the other's claims while it applies, so that
 * the delete of one undoes what the other still wants.
 */
export function claimsUnseen(own: Observed, others: readonly Observed[]): Judgement[] {
  const { type, site } = own.resource;
  if (!COMPARABLE.includes(type)) return [];
  const rules = CLAIM_RULES[type] as unknown as ClaimRules<SharedInputs, SharedInputs>;
  const itemsOf = ({ resource }: Observed) => rules.items(inputsOf(resource), inputsOf(resource), undefined);
  const mine = itemsOf(own);
  const rival = others.find((other) => {
    if (other.resource.type !== type || other.resource.site?.owner === site?.owner) return false;
    const theirs = itemsOf(other);
    return mine.all || theirs.all || [...theirs.items].some((item) => mine.items.has(item));
  });
  return rival === undefined ? [] : [claimUnseen(rival.resource.name)];
}

/** @param other name of the resource that has another provider. */
export function claimUnseen(other: string): Judgement {
  const message = `${other} of this program wants the same of this host with another provider, and the two providers do not know of each other: the delete of one undoes what the other wants`;
  const remedy = "give all resources of one host one provider";
  return { rule: "contradiction", severity: "warning", property: "connection", message, remedy };
}

/** @param other name of the resource that wants something else. */
export function contradiction(other: string, property: string): Judgement {
  const message = `${other} of this program wants another value on the same host: each up undoes what the other has done`;
  return { rule: "contradiction", severity: "warning", property, message, remedy: "declare it in one of them" };
}

function afterApplying({ resource }: Observed, observed: unknown): unknown {
  return planOn(resource, observed).writes.reduce((host, write) => write.predictedState(host), observed);
}
