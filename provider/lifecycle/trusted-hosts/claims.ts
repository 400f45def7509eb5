import { canonicalEntry } from "../../contract/trusted-host-patterns";
import type { ClaimRules } from "../change/claims";
import { type ListMemory, divideList, listMemory } from "../change/divide-list";
import type { TrustedHostsInputs, TrustedHostsOutputs } from "../../contract/trusted-hosts";

/** Each entry is claimed by itself; an exclusive list as a whole. */
export const trustedHostsClaims: ClaimRules<TrustedHostsInputs, TrustedHostsOutputs> = {
  items({ entries, mode }) {
    return { all: mode === "exclusive", items: new Set(entries.map(canonicalEntry)) };
  },

  divide(previous, claims) {
    const { free, done, claimed } = divideList(memoryOf(previous), claims, canonicalEntry);
    const state = (memory: ListMemory): TrustedHostsOutputs => ({
      ...previous,
      mode: memory.exclusive ? "exclusive" : "entries",
      addedEntries: [...memory.added],
      priorEntries: [...memory.prior],
      appliedEntries: [...memory.applied],
    });
    return { free: state(free), done, ...(claimed === undefined ? {} : { claimed: state(claimed) }) };
  },

  memory(outputs) {
    return listMemory(memoryOf(outputs), canonicalEntry);
  },
};

function memoryOf({ mode, addedEntries, priorEntries, appliedEntries }: TrustedHostsOutputs): ListMemory {
  return { exclusive: mode === "exclusive", added: addedEntries, prior: priorEntries, applied: appliedEntries };
}
