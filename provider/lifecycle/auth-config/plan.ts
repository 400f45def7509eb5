import type { AuthConfigInputs, AuthConfigOutputs } from "../../contract/auth-config";
import { type Judgement, driftNote } from "../../contract/finding";
import { type LeafValue, type LeafValues, type WinrmConfig, sameValue, splitPath } from "../../host/config";
import type { Plan } from "../change/plan";
import type { Situation } from "../definition";
import { findHazards } from "../safety/hazards/auth";
import { afterWriting, differingLeaves } from "../winrm-config/diff";
import { AUTH_LEAVES, type AuthLeaf, leavesOf, propertyAt, propertyOf } from "../winrm-config/leaves";
import { configWrites } from "../winrm-config/writes";
import { recordedLeaves } from "./record";

/** What `AuthConfig` would do to a host, what stands in the way, and what destroy puts back. */

/** Policy conflicts, lockout hazards, and what would be written. */
export function planAuth(inputs: AuthConfigInputs, situation: Situation<WinrmConfig>): Plan<WinrmConfig> {
  const { observed, host, logon, pendingConfigChanges: others = new Map() } = situation;
  const differing = differingLeaves(leavesOf(inputs), observed);
  const conflicts = AUTH_LEAVES.filter(({ path }) => differing.has(path) && observed.get(path)?.policy === true);
  const blocked = new Set(conflicts.map(({ path }) => path));
  const changes = new Map([...differing].filter(([path]) => !blocked.has(path)));
  const after = afterWriting(afterWriting(observed, others), changes);
  const hazards = findHazards(observed, after, logon).filter(({ path }) => changes.has(path));
  const findings: Judgement[] = [
    ...conflicts.map((leaf) => policyConflict(leaf, differing, { inputs, observed, host })),
    ...hazards.map(({ rule, path, message, remedy }) => ({
      rule,
      severity: inputs.acceptLockout === true ? ("warning" as const) : ("error" as const),
      property: propertyAt(path),
      message: `on ${host} ${path} = ${changes.get(path) ?? ""} would lock out its operator: ${message}`,
      remedy: `${remedy}, or set acceptLockout: true`,
    })),
    ...[...changes].map(([path, value]) => driftNote(propertyAt(path), observed.get(path)?.value ?? "absent", value)),
  ];
  return { findings, writes: configWrites(changes) };
}

function policyConflict(
  leaf: AuthLeaf,
  wanted: LeafValues,
  { inputs, observed, host }: { inputs: AuthConfigInputs; observed: WinrmConfig; host: string },
): Judgement {
  const { resource, leaf: name } = splitPath(leaf.path);
  const registry =
    leaf.policyValue === undefined ? "" : ` (HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\${leaf.policyValue})`;
  const leave = inputs.onPolicyConflict === "warn";
  return {
    rule: "policy-conflict",
    severity: leave ? "warning" : "error",
    property: propertyOf(leaf),
    message: `on ${host} Group Policy fixes winrm/config/${resource} ${name} to ${observed.get(leaf.path)?.value ?? ""}${registry}, and the program wants ${wanted.get(leaf.path) ?? ""}`,
    remedy: leave
      ? "it is left as it is"
      : 'change the policy, leave the argument out, or set onPolicyConflict: "warn" to leave the setting',
  };
}

/** What destroy puts back: only what still has what was last applied, and nothing that would lock anybody out. */
export function planAuthDestroy(
  state: AuthConfigOutputs,
  { observed, host, logon }: Situation<WinrmConfig>,
): Plan<WinrmConfig> {
  const findings: Judgement[] = [];
  const restored = new Map<string, LeafValue>();
  const stays = (path: string, finding: Pick<Judgement, "rule" | "message">) => {
    restored.delete(path);
    findings.push({ severity: "warning", property: propertyAt(path), remedy: "", ...finding });
  };
  for (const [path, { prior, applied }] of recordedLeaves(state)) {
    const live = observed.get(path);
    if (live === undefined || sameValue(live.value, prior)) continue;
    const fact = `stays ${live.value} on ${host}`;
    if (live.policy) stays(path, { rule: "restore/policy-owned", message: `${fact}: Group Policy owns it` });
    else if (sameValue(live.value, applied)) restored.set(path, prior);
    else stays(path, { rule: "restore/changed-since", message: `${fact}: it was changed after the last apply` });
  }
  while (state.acceptLockout !== true) {
    const hazards = findHazards(observed, afterWriting(observed, restored), logon);
    const hazard = hazards.find(({ path }) => restored.has(path));
    if (hazard === undefined) break;
    const { path, rule, message, remedy } = hazard;
    const why = `is not restored on ${host}, because that would lock out its operator: ${message}; ${remedy}`;
    stays(path, { rule, message: why });
  }
  return { findings, writes: configWrites(restored) };
}
