import { canonicalEntry } from "../../contract/trusted-host-patterns";
import type { TrustedHostsOutputs } from "../../contract/trusted-hosts";

/** What state remembers of a list. */
export type ListRecord = Pick<TrustedHostsOutputs, "priorEntries" | "addedEntries" | "appliedEntries">;

/** What this resource brought, in either mode: only this does mode `entries` ever remove. */
export function ownEntries(state: TrustedHostsOutputs): readonly string[] {
  const { addedEntries, priorEntries, appliedEntries } = recordOf(state);
  if (state.mode !== "exclusive") return addedEntries;
  const preexisting = new Set(priorEntries.map(canonicalEntry));
  return appliedEntries.filter((entry) => !preexisting.has(canonicalEntry(entry)));
}

/** What was recorded; nothing was if the resource is only read (`TrustedHosts.get`). */
export function recordOf(state: Partial<ListRecord>): ListRecord {
  return {
    priorEntries: state.priorEntries ?? [],
    addedEntries: state.addedEntries ?? [],
    appliedEntries: state.appliedEntries ?? [],
  };
}
