import { checkArguments } from "../../contract/resource-shape";
import { canonicalEntry } from "../../contract/trusted-host-patterns";
import { TRUSTED_HOSTS, type TrustedHostsInputs, type TrustedHostsOutputs } from "../../contract/trusted-hosts";
import type { WinrmConfig } from "../../host/config";
import type { ResourceDefinition } from "../definition";
import { observeConfig } from "../winrm-config/writes";
import { liveEntries, listProblems, listRemarks, sameEntries } from "./list";
import { isPolicyOwned, listOn, planTrustedHosts, planTrustedHostsDestroy, wantedOf } from "./plan";
import { type ListRecord, ownEntries, recordOf } from "./record";

/** The types of `TrustedHosts`. */
export interface TrustedHostsKinds {
  readonly Inputs: TrustedHostsInputs;
  readonly State: TrustedHostsOutputs;
  readonly Observed: WinrmConfig;
  readonly Record: ListRecord;
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
    const { addedEntries, priorEntries, appliedEntries } = recordOf(state);
    if (state.mode === "exclusive") return sameEntries(priorEntries, appliedEntries) ? ["entries"] : [];
    const added = new Set(addedEntries.map(canonicalEntry));
    const found = new Set(state.entries.map(canonicalEntry).filter((entry) => !added.has(entry)));
    return found.size === 0 ? [] : [`${found.size} of the entries`];
  },

  /** A list that Group Policy holds, and that the program chose to leave, is no drift. */
  liveInputs(inputs, observed) {
    const left = isPolicyOwned(observed) && inputs.onPolicyConflict === "warn";
    return left ? inputs : { ...inputs, entries: liveEntries(wantedOf(inputs, []), listOn(observed)) };
  },

  /** What destroy will need; `strangers` are the entries that were there before this resource came. */
  record({ inputs, prior, ...applied }) {
    const [before, after] = [listOn(applied.before), listOn(applied.after)];
    const previous = prior.kind === "state" ? prior.state : undefined;
    const added = new Set((previous === undefined ? [] : ownEntries(previous)).map(canonicalEntry));
    const strangers =
      previous?.mode === "exclusive"
        ? previous.priorEntries
        : before.filter((entry) => !added.has(canonicalEntry(entry)));
    if (inputs.mode === "exclusive") return { addedEntries: [], priorEntries: [...strangers], appliedEntries: after };
    const [there, preexisting] = [new Set(after.map(canonicalEntry)), new Set(strangers.map(canonicalEntry))];
    const own = inputs.entries.filter(
      (entry) => there.has(canonicalEntry(entry)) && !preexisting.has(canonicalEntry(entry)),
    );
    return { addedEntries: own, priorEntries: [], appliedEntries: [] };
  },

  recordAfterRead: recordOf,

  outputs(_inputs, observed, record) {
    return { effectiveEntries: listOn(observed), policyOwned: isPolicyOwned(observed), ...record };
  },
};
