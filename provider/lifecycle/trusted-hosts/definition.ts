import { checkArguments } from "../../contract/resource-shape";
import { canonicalEntry } from "../../contract/trusted-host-patterns";
import { TRUSTED_HOSTS, type TrustedHostsInputs, type TrustedHostsOutputs } from "../../contract/trusted-hosts";
import type { WinrmConfig } from "../../host/config";
import type { ResourceDefinition } from "../definition";
import { observeConfig } from "../winrm-config/writes";
import { type ListMemory, adoptedItems, rememberList } from "../change/list-memory";
import { liveEntries, listProblems, listRemarks } from "./list";
import { isPolicyOwned, listOn, planTrustedHosts, planTrustedHostsDestroy, wantedOf } from "./plan";
import { entriesOf, memoryOf } from "./state";

/** The types of `TrustedHosts`. */
export interface TrustedHostsKinds {
  readonly Inputs: TrustedHostsInputs;
  readonly State: TrustedHostsOutputs;
  readonly Observed: WinrmConfig;
  readonly Record: ListMemory;
  readonly Prepared: undefined;
}

/** The list of hosts that a host's WinRM client trusts. */
export const trustedHosts: ResourceDefinition<TrustedHostsKinds> = {
  shape: TRUSTED_HOSTS,

  check(inputs) {
    const problems = checkArguments(TRUSTED_HOSTS)(inputs, "");
    if (problems.length > 0 || !Array.isArray(inputs["entries"])) return problems;
    return listProblems(inputs["entries"]).map(({ index, reason }) => ({ property: `entries[${index}]`, reason }));
  },

  warnings: ({ entries }) => listRemarks(entries),

  canonicalInputs(inputs) {
    return {
      ...inputs,
      mode: inputs.mode ?? "entries",
      entries: [...new Set(inputs.entries.map(canonicalEntry))].sort(),
    };
  },

  idPath: () => "winrm/trustedhosts",

  observe: observeConfig,

  plan: planTrustedHosts,

  planDestroy: planTrustedHostsDestroy,

  adopted(state) {
    return adoptedItems(memoryOf(state), state.entries, canonicalEntry, "entries");
  },

  /** A list that Group Policy holds, and that the program chose to leave, is no drift. */
  liveInputs(inputs, observed) {
    const left = isPolicyOwned(observed) && inputs.onPolicyConflict === "warn";
    return left ? inputs : { ...inputs, entries: liveEntries(wantedOf(inputs, []), listOn(observed)) };
  },

  record({ inputs: { mode, entries }, prior, before, after }) {
    const previous = prior.kind === "state" ? memoryOf(prior.state) : undefined;
    const wanted = { exclusive: mode === "exclusive", wanted: entries };
    const lists = { before: listOn(before), after: listOn(after) };
    return rememberList(wanted, lists, { previous, keyOf: canonicalEntry });
  },

  recordAfterRead: memoryOf,

  outputs(_inputs, observed, record) {
    return { effectiveEntries: listOn(observed), policyOwned: isPolicyOwned(observed), ...entriesOf(record) };
  },
};
