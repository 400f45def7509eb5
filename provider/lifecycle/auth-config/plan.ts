import type { AuthConfigInputs, AuthConfigOutputs } from "../../contract/auth-config";
import { type Judgement, type Rule, driftNote, notRestored } from "../../contract/finding";
import { type LeafValue, type LeafValues, type WinrmConfig, sameValue, splitPath } from "../../host/config";
import type { Plan } from "../change/plan";
import type { Prior, Situation } from "../definition";
import { type ConfigHazard, findHazards } from "../safety/hazards/auth";
import { type HazardousChange, lockoutFinding } from "../safety/hazards/hazard";
import { type HostChange, isBuiltIn, widest } from "../safety/risk";
import { afterWriting, differingLeaves } from "../winrm-config/diff";
import { AUTH_LEAVES, type AuthLeaf, leavesOf, propertyAt, propertyOf } from "../winrm-config/leaves";
import { configWrites } from "../winrm-config/writes";
import type { ObservedAuth } from "./kinds";
import { recordedLeaves } from "./record";

/** What `AuthConfig` would do to a host, what stands in the way, and what destroy restores. */

/** What differs, what of it can be written, and what Group Policy holds against it. */
export function writable(inputs: AuthConfigInputs, observed: WinrmConfig) {
  const differing = differingLeaves(leavesOf(inputs), observed);
  const conflicts = AUTH_LEAVES.filter(({ path }) => differing.has(path) && observed.get(path)?.policy === true);
  const blocked = new Set(conflicts.map(({ path }) => path));
  const changes: LeafValues = new Map([...differing].filter(([path]) => !blocked.has(path)));
  return { differing, conflicts, changes };
}

/** Policy conflicts, lockout hazards, and what would be written. */
export function planAuth(inputs: AuthConfigInputs, situation: Situation<ObservedAuth>): Plan<ObservedAuth> {
  const { observed, host, pendingConfigChanges: others = new Map() } = situation;
  const { differing, conflicts, changes } = writable(inputs, observed);
  const hazards = hazardsOf(changes, observed, others);
  const findings: Judgement[] = [
    ...conflicts.map((leaf) => policyConflict(leaf, differing, { inputs, observed, host })),
    ...hazards.map((hazard) => hazardFinding(hazard, changes, { host, accepted: inputs.acceptLockout })),
    ...[...changes].map(([path, value]) => driftNote(propertyAt(path), observed.get(path)?.value ?? "absent", value)),
  ];
  return { findings, writes: configWrites(changes) };
}

/**
 * Settings that the host has as wanted, and of which state does not know. For a preview, which does not see the state,
 * Windows' own values do not count: nearly every host has them, and nobody has to have set them.
 */
export function alreadySet(
  inputs: AuthConfigInputs,
  prior: Prior<AuthConfigOutputs>,
  observed: WinrmConfig,
): HostChange[] {
  const recorded = prior.kind === "state" ? recordedLeaves(prior.state) : undefined;
  return [...leavesOf(inputs)].flatMap(([path, value]) => {
    const live = observed.get(path)?.value;
    if (live === undefined || !sameValue(live, value)) return [];
    const known = recorded?.get(path)?.applied;
    const ordinary = prior.kind !== "none" && isBuiltIn(path, String(value));
    if (known === undefined ? ordinary : sameValue(known, value)) return [];
    return [{ kind: "setting", path, from: widest(path), to: String(value) }];
  });
}

/** The hazards of own changes, with what others are going to change. */
function hazardsOf(changes: LeafValues, observed: ObservedAuth, others: LeafValues = new Map()): ConfigHazard[] {
  const after = afterWriting(afterWriting(observed, others), changes);
  return findHazards(observed, after, observed.access ?? { callers: [] }).filter(({ path }) => changes.has(path));
}

function hazardFinding(
  hazard: ConfigHazard,
  changes: LeafValues,
  about: Pick<HazardousChange, "host" | "accepted">,
): Judgement {
  const { path } = hazard;
  const change = `${path} = ${changes.get(path) ?? ""}`;
  return lockoutFinding(hazard, { ...about, property: propertyAt(path), change });
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

/** What still has what was last applied is restored; what was changed since stays, and what Group Policy owns. */
export function restorable(state: AuthConfigOutputs, observed: WinrmConfig) {
  const restored = new Map<string, LeafValue>();
  const kept: { readonly path: string; readonly rule: Rule; readonly fact: string }[] = [];
  for (const [path, { prior, applied }] of recordedLeaves(state)) {
    const live = observed.get(path);
    if (live === undefined || sameValue(live.value, prior)) continue;
    if (live.policy) kept.push({ path, rule: "restore/policy-owned", fact: "Group Policy owns it" });
    else if (sameValue(live.value, applied)) restored.set(path, prior);
    else kept.push({ path, rule: "restore/changed-since", fact: "it was changed after the last apply" });
  }
  return { restored, kept };
}

/** What destroy restores: nothing that would lock out anyone, unless that is accepted; then it is named. */
export function planAuthDestroy(
  state: AuthConfigOutputs,
  { observed, host }: Situation<ObservedAuth>,
): Plan<ObservedAuth> {
  const { restored, kept } = restorable(state, observed);
  const findings = kept.map(({ path, rule, fact }) =>
    notRestored(rule, propertyAt(path), `stays ${observed.get(path)?.value ?? ""} on ${host}: ${fact}`),
  );
  if (state.acceptLockout === true) {
    const named = hazardsOf(restored, observed).map((one) => hazardFinding(one, restored, { host, accepted: true }));
    return { findings: [...findings, ...named], writes: configWrites(restored) };
  }
  for (let [hazard] = hazardsOf(restored, observed); hazard !== undefined; [hazard] = hazardsOf(restored, observed)) {
    const { path, rule, message, remedy } = hazard;
    restored.delete(path);
    const why = `is not restored on ${host}, because that would lock out this connection: ${message}; ${remedy}`;
    findings.push(notRestored(rule, propertyAt(path), why));
  }
  return { findings, writes: configWrites(restored) };
}
