import type { WinrmConfig } from "../../host/config";
import { type ValidationIssue, array, object, oneOf, string } from "../../contract/checks";
import { configPlan, observeConfig } from "../winrm-config/writes";
import { connectionIdentity } from "../../contract/connection";
import { observeNow, reconcile, restore } from "../change/reconcile";
import {
  type Assessment,
  type LifecycleContext,
  PartialFailure,
  type ResourceLifecycle,
  SCHEMA_VERSION,
  SHARED_CHECKS,
  type SharedInputs,
  type SharedOutputs,
} from "../lifecycle";
import { canonicalEntry } from "../../contract/trusted-host-patterns";
import {
  TRUSTED_HOSTS_PATH,
  type TrustedHostsMode,
  type WantedList,
  listOfValue,
  listProblems,
  listRemarks,
  liveEntries,
  planList,
  restoredList,
  sameEntries,
  valueOfList,
} from "./plan";

/** Arguments of `TrustedHosts`. */
export interface TrustedHostsInputs extends SharedInputs {
  /**
   * Hosts that the WinRM client on this host trusts without Kerberos or TLS: names, IPv4, `[IPv6]`, `*suffix`,
   * `prefix*`, `<local>` (names without a dot), or `*` alone. Order and case do not matter.
   */
  entries: string[];
  /**
   * `"entries"`: these are present, others are left alone, destroy removes only those that this resource added.
   * `"exclusive"`: exactly these. Default `"entries"`.
   */
  mode?: TrustedHostsMode;
}

/** State of `TrustedHosts`. */
export interface TrustedHostsOutputs extends TrustedHostsInputs, SharedOutputs {
  /** The whole list that the host has. */
  effectiveEntries: string[];
  /** Group Policy owns the list. */
  policyOwned: boolean;
  /** Mode `"entries"`: the entries that this resource added; destroy removes them. */
  addedEntries: string[];
  /** Mode `"exclusive"`: the list before the first apply; destroy puts it back. */
  priorEntries: string[];
  /** Mode `"exclusive"`: the list after the last apply; destroy restores only where the host still has it. */
  appliedEntries: string[];
}

type ListRecord = Pick<TrustedHostsOutputs, "priorEntries" | "addedEntries" | "appliedEntries">;

const checkArguments = object({ ...SHARED_CHECKS, entries: array(string()), mode: oneOf("entries", "exclusive") }, [
  "connection",
  "entries",
]);

/** The list of hosts that a host's WinRM client trusts. */
export const trustedHosts: ResourceLifecycle<TrustedHostsInputs, TrustedHostsOutputs> = {
  type: "TrustedHosts",
  computed: ["schemaVersion", "effectiveEntries", "policyOwned", "priorEntries", "addedEntries", "appliedEntries"],

  check(inputs): ValidationIssue[] {
    const problems = checkArguments(inputs, "");
    if (problems.length > 0 || !Array.isArray(inputs["entries"])) return problems;
    return listProblems(inputs["entries"]).map(({ index, reason }) => ({ property: `entries[${index}]`, reason }));
  },

  warnings(inputs) {
    return listRemarks(inputs.entries);
  },

  canonicalInputs(inputs) {
    return {
      ...inputs,
      mode: inputs.mode ?? "entries",
      entries: [...new Set(inputs.entries.map(canonicalEntry))].sort(),
    };
  },

  id(inputs) {
    return `${connectionIdentity(inputs.connection)}/winrm/trustedhosts`;
  },

  observe(_inputs, view) {
    return observeConfig(view);
  },

  assess(inputs, { observed, host, mine }) {
    return assessList(inputs, observed, { host, added: mine === undefined ? undefined : ownEntries(mine) });
  },

  async create(inputs, context) {
    return await applyList(inputs, context);
  },

  async update(previous, inputs, context) {
    return await applyList(inputs, context, previous);
  },

  async read(previous, context) {
    const observed = await observeNow(previous.connection, context, observeConfig);
    const live = liveInputs(previous, observed);
    return { inputs: live, outputs: outputsOf(live, observed, recordOf(previous)) };
  },

  async delete(previous, context) {
    await restore(previous, context, {
      observe: observeConfig,
      plan: (observed, { host }) => configPlan(assessRestore(previous, observed, { host, context })),
    });
  },
};

function wantedOf(inputs: TrustedHostsInputs, added: readonly string[]): WantedList {
  return { entries: inputs.entries, mode: inputs.mode ?? "entries", added };
}

function listOn(observed: WinrmConfig): string[] {
  return listOfValue(observed.get(TRUSTED_HOSTS_PATH)?.value);
}

/** `added` is not known in a preview: what is refused then may be allowed at apply, so it is only warned about. */
function assessList(
  inputs: TrustedHostsInputs,
  observed: WinrmConfig,
  { host, added }: { host: string; added: readonly string[] | undefined },
): Assessment {
  const live = listOn(observed);
  const plan = planList(wantedOf(inputs, added ?? []), live);
  const none = new Map<string, string>();
  const shown = live.length === 0 ? "an empty list" : live.join(", ");
  switch (plan.kind) {
    case "refuse":
      return {
        findings: [
          {
            rule: "trusted-hosts/star-alone",
            severity: added === undefined ? "warning" : "error",
            property: "entries",
            message: `on ${host} ${plan.reason}`,
            remedy: 'use mode "exclusive" to replace them',
          },
        ],
        changes: none,
      };
    case "keep":
      return {
        findings: plan.coveredByAll
          ? [
              {
                rule: "trusted-hosts/star-covers",
                severity: "warning",
                property: "entries",
                message: `${host} trusts every host (*), so nothing can be added`,
                remedy: 'mode "exclusive" would replace it',
              },
            ]
          : [],
        changes: none,
      };
    case "write": {
      const value = valueOfList(plan.list);
      if (observed.get(TRUSTED_HOSTS_PATH)?.policy !== true) {
        const note = `are ${shown}, wanted ${plan.list.length === 0 ? "an empty list" : plan.list.join(", ")}`;
        return {
          findings: [{ rule: "drift", severity: "note", property: "entries", message: note, remedy: "" }],
          changes: new Map([[TRUSTED_HOSTS_PATH, value]]),
        };
      }
      const leave = inputs.onPolicyConflict === "warn";
      const fact = `on ${host} Group Policy fixes TrustedHosts to ${shown} (HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Client\\TrustedHostsList), and the program wants ${value === "" ? "an empty list" : value}`;
      const remedy = leave
        ? "it is left as it is"
        : 'change the policy, or set onPolicyConflict: "warn" to leave the list';
      return {
        findings: [
          {
            rule: "policy-conflict",
            severity: leave ? "warning" : "error",
            property: "entries",
            message: fact,
            remedy,
          },
        ],
        changes: none,
      };
    }
  }
}

async function applyList(
  inputs: TrustedHostsInputs,
  context: LifecycleContext,
  previous?: TrustedHostsOutputs,
): Promise<TrustedHostsOutputs> {
  const added = previous === undefined ? [] : ownEntries(previous);
  const { before, after, failure } = await reconcile(inputs.connection, context, {
    observe: observeConfig,
    plan: (observed, { host }) => configPlan(assessList(inputs, observed, { host, added })),
  });
  const record = recordOfApply(inputs, { before: listOn(before), after: listOn(after) }, previous);
  if (failure === undefined) return outputsOf(inputs, after, record);
  throw new PartialFailure(trustedHosts.id(inputs), outputsOf(liveInputs(inputs, after), after, record), failure);
}

/** What destroy will need; `strangers` are the entries that were there before this resource came. */
function recordOfApply(
  inputs: TrustedHostsInputs,
  { before, after }: { before: readonly string[]; after: readonly string[] },
  previous: TrustedHostsOutputs | undefined,
): ListRecord {
  const added = new Set((previous === undefined ? [] : ownEntries(previous)).map(canonicalEntry));
  const strangers =
    previous?.mode === "exclusive"
      ? previous.priorEntries
      : before.filter((entry) => !added.has(canonicalEntry(entry)));
  if (inputs.mode === "exclusive")
    return { addedEntries: [], priorEntries: [...strangers], appliedEntries: [...after] };
  const [there, preexisting] = [new Set(after.map(canonicalEntry)), new Set(strangers.map(canonicalEntry))];
  const own = inputs.entries.filter(
    (entry) => there.has(canonicalEntry(entry)) && !preexisting.has(canonicalEntry(entry)),
  );
  return { addedEntries: own, priorEntries: [], appliedEntries: [] };
}

/** What this resource brought, in either mode: only this does mode `entries` ever remove. */
function ownEntries(previous: TrustedHostsOutputs): readonly string[] {
  const { addedEntries, priorEntries, appliedEntries } = recordOf(previous);
  if (previous.mode !== "exclusive") return addedEntries;
  const preexisting = new Set(priorEntries.map(canonicalEntry));
  return appliedEntries.filter((entry) => !preexisting.has(canonicalEntry(entry)));
}

/** What was recorded; nothing was if the resource is only read (`TrustedHosts.get`). */
function recordOf(previous: Partial<ListRecord>): ListRecord {
  return {
    priorEntries: previous.priorEntries ?? [],
    addedEntries: previous.addedEntries ?? [],
    appliedEntries: previous.appliedEntries ?? [],
  };
}

function outputsOf(inputs: TrustedHostsInputs, observed: WinrmConfig, record: ListRecord): TrustedHostsOutputs {
  return {
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    effectiveEntries: listOn(observed),
    policyOwned: observed.get(TRUSTED_HOSTS_PATH)?.policy === true,
    ...record,
  };
}

/** The arguments as the host has them. A list that Group Policy holds, and that the program chose to leave, is no drift. */
function liveInputs(inputs: TrustedHostsInputs, observed: WinrmConfig): TrustedHostsInputs {
  const left = observed.get(TRUSTED_HOSTS_PATH)?.policy === true && inputs.onPolicyConflict === "warn";
  return left ? inputs : { ...inputs, entries: liveEntries(wantedOf(inputs, []), listOn(observed)) };
}

function assessRestore(
  previous: TrustedHostsOutputs,
  observed: WinrmConfig,
  { host, context }: { host: string; context: LifecycleContext },
): Assessment {
  const live = listOn(observed);
  const nothing: Assessment = { findings: [], changes: new Map() };
  const state = {
    ...wantedOf(previous, previous.addedEntries),
    prior: previous.priorEntries,
    applied: previous.appliedEntries,
  };
  const list = restoredList(state, live);
  if (list === undefined) {
    context.log.warn(`TrustedHosts of ${host} stays ${live.join(", ")}: it was changed after the last apply`);
    return nothing;
  }
  if (sameEntries(list, live)) return nothing;
  if (observed.get(TRUSTED_HOSTS_PATH)?.policy === true) {
    context.log.warn(`TrustedHosts of ${host} stays ${live.join(", ")}: Group Policy owns it`);
    return nothing;
  }
  return { findings: [], changes: new Map([[TRUSTED_HOSTS_PATH, valueOfList(list)]]) };
}
