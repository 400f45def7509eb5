import { EVERY_HOST, canonicalEntry } from "../../contract/trusted-host-patterns";
import type { ClaimRules, ClaimedItems } from "../change/claims";
import { type DividedList, type ListMemory, dividedState, divideList, listClaims } from "../change/list-memory";
import type { TrustedHostsInputs, TrustedHostsOutputs } from "../../contract/trusted-hosts";
import { ENTRIES, memoryOf } from "./state";

/** Each entry is claimed by itself; an exclusive list as a whole. */
export const trustedHostsClaims: ClaimRules<TrustedHostsInputs, TrustedHostsOutputs> = {
  ...listClaims(ENTRIES),

  items({ entries, mode }) {
    return { all: mode === "exclusive", items: new Set(entries.map(canonicalEntry)) };
  },

  divideAtEnd(previous, claims) {
    const memory = memoryOf(previous);
    return dividedState(ENTRIES, previous, coversOthers(memory, claims) ?? divideList(memory, claims, canonicalEntry));
  },
};

/**
 * Where a list of `*` goes, entries of others have to come: `*` stands alone, so that whoever wanted them could not add
 * them beside it. `undefined` if it is no such list, or if others want `*` too.
 */
function coversOthers(memory: ListMemory, { items, all }: ClaimedItems): DividedList | undefined {
  const { exclusive, added, prior, applied } = memory;
  const own = exclusive ? applied : added;
  if (!own.includes(EVERY_HOST) || items.has(EVERY_HOST) || items.size === 0 || all) return undefined;
  const before = new Set(prior.map(canonicalEntry));
  if (before.has(EVERY_HOST)) return undefined;
  const coming = [...items].filter((item) => !before.has(item));
  return {
    free: { exclusive: true, added: [], prior: [...prior, ...coming], applied: [EVERY_HOST] },
    done: false,
    claimed: { exclusive: false, added: coming, prior: [], applied: [] },
  };
}
