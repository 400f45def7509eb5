import { canonicalEntry } from "../../contract/trusted-host-patterns";
import type { ClaimRules } from "../change/claims";
import { type ListMemory, divideList, joinLists, listMemory } from "../change/divide-list";
import type { TrustedHostsInputs, TrustedHostsOutputs } from "../../contract/trusted-hosts";

/** Each entry is claimed by itself; an exclusive list as a whole. */
export const trustedHostsClaims: ClaimRules<TrustedHostsInputs, TrustedHostsOutputs> = {
  items({ entries, mode }) {
    return { all: mode === "exclusive", items: new Set(entries.map(canonicalEntry)) };
  },

  divide(previous, claims) {
    const { free, done, claimed } = divideList(memoryOf(previous), claims, canonicalEntry);
    const rest = claimed === undefined ? {} : { claimed: withMemory(previous, claimed) };
    return { free: withMemory(previous, free), done, ...rest };
  },

  join(state, other) {
    return withMemory(state, joinLists(memoryOf(state), memoryOf(other), canonicalEntry));
  },

  memory(outputs) {
    return listMemory(memoryOf(outputs), canonicalEntry);
  },
};

function memoryOf({ mode, addedEntries, priorEntries, appliedEntries }: TrustedHostsOutputs): ListMemory {
  return { exclusive: mode === "exclusive", added: addedEntries, prior: priorEntries, applied: appliedEntries };
}

function withMemory(state: TrustedHostsOutputs, { exclusive, added, prior, applied }: ListMemory): TrustedHostsOutputs {
  return {
    ...state,
    mode: exclusive ? "exclusive" : "entries",
    addedEntries: [...added],
    priorEntries: [...prior],
    appliedEntries: [...applied],
  };
}
