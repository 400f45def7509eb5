import { canonicalEntry } from "../../contract/trusted-host-patterns";
import type { TrustedHostsOutputs } from "../../contract/trusted-hosts";
import type { ListMemory, ListState } from "../change/list-memory";

/** What the state of a list remembers. */

type Entries = Partial<Pick<TrustedHostsOutputs, "mode" | "addedEntries" | "priorEntries" | "appliedEntries">>;

/** Nothing was recorded if the resource is only read (`TrustedHosts.get`). */
export function memoryOf({ mode, addedEntries, priorEntries, appliedEntries }: Entries): ListMemory {
  const exclusive = mode === "exclusive";
  return { exclusive, added: addedEntries ?? [], prior: priorEntries ?? [], applied: appliedEntries ?? [] };
}

/** The same as state has it. */
export function entriesOf({ added, prior, applied }: ListMemory): Required<Omit<Entries, "mode">> {
  return { addedEntries: [...added], priorEntries: [...prior], appliedEntries: [...applied] };
}

/** Where state keeps it. */
export const ENTRIES: ListState<TrustedHostsOutputs> = {
  memoryOf,
  withMemory: (state, memory) => ({
    ...state,
    mode: memory.exclusive ? "exclusive" : "entries",
    ...entriesOf(memory),
  }),
  keyOf: canonicalEntry,
};
