import { type Judgement, type Rule, notRestored } from "../../contract/finding";
import { canonicalEntry, formatTrustedHosts, parseTrustedHosts } from "../../contract/trusted-host-patterns";
import type { TrustedHostsInputs, TrustedHostsOutputs } from "../../contract/trusted-hosts";
import type { WinrmConfig } from "../../host/config";
import type { Plan } from "../change/plan";
import type { Prior, Situation } from "../definition";
import { configWrites } from "../winrm-config/writes";
import { ownItems, restoredList, sameItems } from "../change/list-memory";
import { type WantedList, planList } from "./list";
import { memoryOf } from "./state";

/** What `TrustedHosts` would do to a host, what stands in the way, and what destroy restores. */

/** Path of the list below `winrm/config`. */
export const TRUSTED_HOSTS_PATH = "client/TrustedHosts";

/** The list that a host has. */
export function listOn(observed: WinrmConfig): string[] {
  return parseTrustedHosts(String(observed.get(TRUSTED_HOSTS_PATH)?.value ?? ""));
}

/** Group Policy owns the list. */
export function isPolicyOwned(observed: WinrmConfig): boolean {
  return observed.get(TRUSTED_HOSTS_PATH)?.policy === true;
}

/** What the arguments want of a list to which this resource added these before. */
export function wantedOf(inputs: TrustedHostsInputs, added: readonly string[]): WantedList {
  return { entries: inputs.entries, mode: inputs.mode ?? "entries", added };
}

/** What is refused while the state is not known may be allowed at apply, so it is only warned about. */
export function planTrustedHosts(
  inputs: TrustedHostsInputs,
  prior: Prior<TrustedHostsOutputs>,
  { observed, host }: Pick<Situation<WinrmConfig>, "observed" | "host">,
): Plan<WinrmConfig> {
  const live = listOn(observed);
  const own = prior.kind === "state" ? ownItems(memoryOf(prior.state), canonicalEntry) : [];
  const plan = planList(wantedOf(inputs, own), live);
  const found = (finding: Pick<Judgement, "rule" | "severity" | "message" | "remedy">): Plan<WinrmConfig> => ({
    findings: [{ property: "entries", ...finding }],
    writes: [],
  });
  switch (plan.kind) {
    case "refuse":
      return found({
        rule: "trusted-hosts/star-alone",
        severity: prior.kind === "unknown" ? "warning" : "error",
        message: `on ${host} ${plan.reason}`,
        remedy: 'use mode "exclusive" to replace them',
      });
    case "keep":
      if (!plan.coveredByAll) return { findings: [], writes: [] };
      return found({
        rule: "trusted-hosts/star-covers",
        severity: "warning",
        message: `${host} trusts every host (*), so nothing can be added`,
        remedy: 'mode "exclusive" would replace it',
      });
    case "write": {
      const [shown, wanted] = [shownList(live), shownList(plan.list)];
      if (!isPolicyOwned(observed)) {
        const message = `are ${shown}, wanted ${wanted}`;
        return { ...found({ rule: "drift", severity: "note", message, remedy: "" }), writes: listWrites(plan.list) };
      }
      const leave = inputs.onPolicyConflict === "warn";
      return found({
        rule: "policy-conflict",
        severity: leave ? "warning" : "error",
        message: `on ${host} Group Policy fixes TrustedHosts to ${shown} (HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Client\\TrustedHostsList), and the program wants ${wanted}`,
        remedy: leave ? "it is left as it is" : 'change the policy, or set onPolicyConflict: "warn" to leave the list',
      });
    }
  }
}

/** Only what still is as it was applied is restored. */
export function planTrustedHostsDestroy(
  state: TrustedHostsOutputs,
  { observed, host }: Situation<WinrmConfig>,
): Plan<WinrmConfig> {
  const live = listOn(observed);
  const list = restoredList(memoryOf(state), live, canonicalEntry);
  const stays = (rule: Rule, why: string): Plan<WinrmConfig> => ({
    findings: [notRestored(rule, "entries", `stay ${shownList(live)} on ${host}: ${why}`)],
    writes: [],
  });
  if (list === undefined) return stays("restore/changed-since", "they were changed after the last apply");
  if (sameItems(list, live, canonicalEntry)) return { findings: [], writes: [] };
  if (isPolicyOwned(observed)) return stays("restore/policy-owned", "Group Policy owns them");
  return { findings: [], writes: listWrites(list) };
}

function listWrites(list: readonly string[]) {
  const writes = configWrites(new Map([[TRUSTED_HOSTS_PATH, formatTrustedHosts(list)]]));
  return writes.map((write) => ({ ...write, shared: true }));
}

function shownList(list: readonly string[]): string {
  return list.length === 0 ? "an empty list" : list.join(", ");
}
