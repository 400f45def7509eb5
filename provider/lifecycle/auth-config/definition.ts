import { type WinrmConfig, splitPath } from "../../host/config";
import { type ValidationIssue, boolean, object, oneOf, forbidden } from "../../contract/checks";
import {
  AUTH_LEAVES,
  type AuthLeaf,
  type AuthSettings,
  observedLeaves,
  propertyOf,
  settingsFrom,
  wantedLeaves,
} from "../winrm-config/leaves";
import { type WantedLeaves, afterWriting, differingLeaves, sameValue } from "../winrm-config/diff";
import { configPlan, observeConfig } from "../winrm-config/writes";
import { connectionIdentity } from "../../contract/connection";
import { type Judgement, driftNote } from "../../contract/finding";
import { type Logon, findHazards } from "../safety/hazards/auth";
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
  type PlanContext,
} from "../lifecycle";

/** Arguments of `AuthConfig`. */
export interface AuthConfigInputs extends SharedInputs, AuthSettings {
  /** Go on although the change would lock out this connection or every administrator. Default `false`. */
  acceptLockout?: boolean;
}

/** State of `AuthConfig`. */
export interface AuthConfigOutputs extends AuthConfigInputs, SharedOutputs {
  /** The effective value of every leaf of both sides, managed or not. */
  effective: Required<AuthSettings>;
  /** Leaves that Group Policy owns, as arguments: `service.basic`. */
  policyOwned: string[];
  /** What managed leaves had before the first apply, where that is not what was applied. Destroy puts it back. */
  priorValues: Required<AuthSettings>;
  /**
   * What managed leaves had after the last apply, where that is not the argument: a refresh found something else since,
   * or Group Policy owns the leaf. Destroy restores only a leaf that still has what was applied.
   */
  appliedValues: Required<AuthSettings>;
}

const flags = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, boolean()]));
const checkArguments = object(
  {
    ...SHARED_CHECKS,
    service: object({
      ...flags(["basic", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"]),
      cbtHardeningLevel: oneOf("None", "Relaxed", "Strict"),
      digest: forbidden("the WinRM service does not support Digest; only the client side has it (client.digest)"),
    }),
    client: object({
      ...flags(["basic", "digest", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"]),
      cbtHardeningLevel: forbidden("only the service has it (service.cbtHardeningLevel)"),
    }),
    acceptLockout: boolean(),
  },
  ["connection"],
);

/** Authentication options of a host's WinRM service and client. */
export const authConfig: ResourceLifecycle<AuthConfigInputs, AuthConfigOutputs> = {
  type: "AuthConfig",
  computed: ["schemaVersion", "effective", "policyOwned", "priorValues", "appliedValues"],

  check(inputs): ValidationIssue[] {
    return checkArguments(inputs, "");
  },

  warnings(inputs) {
    const remarks: string[] = [];
    if (wantedLeaves(inputs).size === 0) remarks.push("no setting is given, so this resource only reads the host");
    if (inputs.service?.allowUnencrypted === true) {
      remarks.push(
        "service.allowUnencrypted lets clients send passwords and commands readable; sealed http and https do not need it",
      );
    }
    return remarks;
  },

  canonicalInputs(inputs) {
    return inputs;
  },

  id(inputs) {
    return `${connectionIdentity(inputs.connection)}/winrm/auth`;
  },

  observe(_inputs, view) {
    return observeConfig(view);
  },

  assess(inputs, situation) {
    return assessAuth(inputs, situation);
  },

  async create(inputs, context) {
    return await applyAuth(inputs, context);
  },

  async update(previous, inputs, context) {
    return await applyAuth(inputs, context, previous);
  },

  async read(previous, context) {
    const observed = await observeNow(previous.connection, context, observeConfig);
    const live = liveInputs(previous, observed);
    return { inputs: live, outputs: outputsOf(live, observed, recordAfterRead(previous, live)) };
  },

  async delete(previous, context) {
    await restore(previous, context, {
      observe: observeConfig,
      plan: (observed, { target, host }) =>
        configPlan(assessRestore(previous, observed, { logon: target, host, context })),
    });
  },
};

/** Policy conflicts, lockout hazards, and what would be written. */
function assessAuth(inputs: AuthConfigInputs, situation: PlanContext<AuthConfigOutputs>): Assessment {
  const { observed, host, logon, pendingConfigChanges: others } = situation;
  const differing = differingLeaves(wantedLeaves(inputs), observed);
  const conflicts = AUTH_LEAVES.filter(({ path }) => differing.has(path) && observed.get(path)?.policy === true);
  const blocked = new Set(conflicts.map(({ path }) => path));
  const changes = new Map([...differing].filter(([path]) => !blocked.has(path)));
  const after = afterWriting(afterWriting(observed, others ?? new Map()), changes);
  const hazards = findHazards(observed, after, logon).filter(({ path }) => changes.has(path));
  const findings: Judgement[] = [
    ...conflicts.map((leaf) => policyConflict(leaf, differing, { inputs, observed, host })),
    ...hazards.map(({ rule, path, message, remedy }) => ({
      rule,
      severity: inputs.acceptLockout === true ? ("warning" as const) : ("error" as const),
      property: propertyFor(path),
      message: `on ${host} ${path} = ${changes.get(path) ?? ""} would lock out its operator: ${message}`,
      remedy: `${remedy}, or set acceptLockout: true`,
    })),
    ...[...changes].map(([path, value]) => driftNote(propertyFor(path), observed.get(path)?.value ?? "absent", value)),
  ];
  return { findings, changes };
}

function policyConflict(
  leaf: AuthLeaf,
  wanted: WantedLeaves,
  { inputs, observed, host }: { inputs: AuthConfigInputs; observed: WinrmConfig; host: string },
): Judgement {
  const { resource, leaf: name } = splitPath(leaf.path);
  const registry =
    leaf.policyValue === undefined ? "" : ` (HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\${leaf.policyValue})`;
  const fact = `on ${host} Group Policy fixes winrm/config/${resource} ${name} to ${observed.get(leaf.path)?.value ?? ""}${registry}, and the program wants ${wanted.get(leaf.path) ?? ""}`;
  const leave = inputs.onPolicyConflict === "warn";
  return {
    rule: "policy-conflict",
    severity: leave ? "warning" : "error",
    property: propertyOf(leaf),
    message: fact,
    remedy: leave
      ? "it is left as it is"
      : 'change the policy, leave the argument out, or set onPolicyConflict: "warn" to leave the setting',
  };
}

function propertyFor(path: string): string {
  const leaf = AUTH_LEAVES.find((one) => one.path === path);
  return leaf === undefined ? path : propertyOf(leaf);
}

async function applyAuth(
  inputs: AuthConfigInputs,
  context: LifecycleContext,
  previous?: AuthConfigOutputs,
): Promise<AuthConfigOutputs> {
  const { before, after, failure } = await reconcile(inputs.connection, context, {
    observe: observeConfig,
    plan: (observed, { target, host }) => configPlan(assessAuth(inputs, { observed, logon: target, host })),
  });
  const recorded = previous === undefined ? undefined : recordedLeaves(previous);
  const shown = failure === undefined ? inputs : liveInputs(inputs, after);
  const [prior, applied] = [new Map<string, string>(), new Map<string, string>()];
  for (const [path, value] of wantedLeaves(shown)) {
    const first = recorded?.get(path)?.prior ?? before.get(path)?.value ?? "";
    const last = after.get(path)?.value ?? "";
    if (!sameValue(first, last)) prior.set(path, first);
    // A leaf that Group Policy holds against the program, and that the program left.
    if (!sameValue(value, last)) applied.set(path, last);
  }
  const outputs = outputsOf(shown, after, { priorValues: settingsFrom(prior), appliedValues: settingsFrom(applied) });
  if (failure === undefined) return outputs;
  throw new PartialFailure(authConfig.id(inputs), outputs, failure);
}

/** What each managed leaf had before the first apply and after the last one; state holds only what differs. */
function recordedLeaves(state: AuthConfigOutputs): ReadonlyMap<string, { prior: string; applied: string }> {
  // Nothing is recorded if the resource is only read (`AuthConfig.get`).
  const record: Partial<AuthConfigOutputs> = state;
  const [prior, applied] = [wantedLeaves(record.priorValues ?? {}), wantedLeaves(record.appliedValues ?? {})];
  return new Map(
    [...wantedLeaves(state)].map(([path, value]) => {
      const last = applied.get(path) ?? value;
      return [path, { prior: prior.get(path) ?? last, applied: last }];
    }),
  );
}

/** The record once a refresh has seen the host: what was applied is kept for the leaves that drifted. */
function recordAfterRead(
  previous: AuthConfigOutputs,
  live: AuthConfigInputs,
): Pick<AuthConfigOutputs, "priorValues" | "appliedValues"> {
  const now = wantedLeaves(live);
  const recorded = [...recordedLeaves(previous)];
  const prior = recorded.filter(([, leaf]) => !sameValue(leaf.prior, leaf.applied));
  const drifted = recorded.filter(([path, leaf]) => !sameValue(leaf.applied, now.get(path) ?? ""));
  return {
    priorValues: settingsFrom(new Map(prior.map(([path, leaf]) => [path, leaf.prior]))),
    appliedValues: settingsFrom(new Map(drifted.map(([path, leaf]) => [path, leaf.applied]))),
  };
}

function outputsOf(
  inputs: AuthConfigInputs,
  observed: WinrmConfig,
  record: Pick<AuthConfigOutputs, "priorValues" | "appliedValues">,
): AuthConfigOutputs {
  return {
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    effective: settingsFrom(observedLeaves(observed)),
    policyOwned: AUTH_LEAVES.filter(({ path }) => observed.get(path)?.policy === true).map(propertyOf),
    priorValues: record.priorValues,
    appliedValues: record.appliedValues,
  };
}

/**
 * The arguments as the host has them: the same keys, live values. A leaf that Group Policy holds against the program,
 * and that the program chose to leave, is no drift.
 */
function liveInputs(inputs: AuthConfigInputs, observed: WinrmConfig): AuthConfigInputs {
  const wanted = wantedLeaves(inputs);
  const live = new Map(
    [...wanted].map(([path, value]) => {
      const leaf = observed.get(path);
      const left = leaf?.policy === true && inputs.onPolicyConflict === "warn";
      return [path, leaf === undefined || left || sameValue(leaf.value, value) ? value : leaf.value];
    }),
  );
  const sides = settingsFrom(live);
  return {
    ...inputs,
    ...(inputs.service === undefined ? {} : { service: sides.service }),
    ...(inputs.client === undefined ? {} : { client: sides.client }),
  };
}

/** What destroy puts back: only what still has what was last applied, and nothing that would lock anybody out. */
function assessRestore(
  previous: AuthConfigOutputs,
  observed: WinrmConfig,
  { logon, host, context }: { logon: Logon; host: string; context: LifecycleContext },
): Assessment {
  const restore = new Map<string, string>();
  for (const [path, { prior, applied }] of recordedLeaves(previous)) {
    const live = observed.get(path);
    if (live === undefined || sameValue(live.value, prior)) continue;
    if (live.policy) context.log.warn(`${propertyFor(path)} of ${host} stays ${live.value}: Group Policy owns it`);
    else if (sameValue(live.value, applied)) restore.set(path, prior);
    else context.log.warn(`${propertyFor(path)} of ${host} stays ${live.value}: it was changed after the last apply`);
  }
  while (previous.acceptLockout !== true) {
    const [hazard] = findHazards(observed, afterWriting(observed, restore), logon).filter(({ path }) =>
      restore.has(path),
    );
    if (hazard === undefined) break;
    restore.delete(hazard.path);
    context.log.warn(
      `${propertyFor(hazard.path)} of ${host} is not restored, because that would lock out its operator: ${hazard.message}; ${hazard.remedy}`,
    );
  }
  return { findings: [], changes: restore };
}
