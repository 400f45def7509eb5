import { AUTH_CONFIG, type AuthConfigInputs } from "../../contract/auth-config";
import { type LeafValue, type WinrmConfig, sameValue } from "../../host/config";
import type { ResourceDefinition } from "../definition";
import { AUTH_LEAVES, leavesOf, observedLeaves, propertyAt, propertyOf, settingsOf } from "../winrm-config/leaves";
import type { AuthConfigKinds } from "./kinds";
import { observeAuth } from "./observe";
import { alreadySet, planAuth, planAuthDestroy } from "./plan";
import { recordedLeaves } from "./record";

/** Authentication options of a host's WinRM service and client. */
export const authConfig: ResourceDefinition<AuthConfigKinds> = {
  shape: AUTH_CONFIG,
  canBeRisky: true,

  warnings(inputs) {
    const remarks: string[] = [];
    if (leavesOf(inputs).size === 0) remarks.push("no setting is given, so this resource only reads the host");
    if (inputs.service?.allowUnencrypted === true) {
      remarks.push(
        "service.allowUnencrypted lets clients send passwords and commands readable; sealed http and https do not need it",
      );
    }
    return remarks;
  },

  idPath: () => "winrm/auth",

  observe: observeAuth,

  plan(inputs, prior, situation) {
    return { ...planAuth(inputs, situation), already: alreadySet(inputs, prior, situation.observed) };
  },

  planDestroy: planAuthDestroy,

  adopted(state) {
    return [...recordedLeaves(state)].flatMap(([path, { prior, applied }]) =>
      sameValue(prior, applied) ? [propertyAt(path)] : [],
    );
  },

  liveInputs,

  record({ shown, prior, before, after }) {
    const recorded = prior.kind === "state" ? recordedLeaves(prior.state) : undefined;
    const [priors, applied] = [new Map<string, LeafValue>(), new Map<string, LeafValue>()];
    for (const [path, value] of leavesOf(shown)) {
      const first = recorded?.get(path)?.prior ?? before.get(path)?.value ?? "";
      const last = after.get(path)?.value ?? "";
      if (!sameValue(first, last)) priors.set(path, first);
      // A setting that Group Policy holds against the program, and that the program left.
      if (!sameValue(value, last)) applied.set(path, last);
    }
    return { priorValues: settingsOf(priors), appliedValues: settingsOf(applied) };
  },

  /** What was applied is kept for the settings that drifted. */
  recordAfterRead(state, live) {
    const now = leavesOf(live);
    const recorded = [...recordedLeaves(state)];
    const priors = recorded.filter(([, { prior, applied }]) => !sameValue(prior, applied));
    const drifted = recorded.filter(([path, { applied }]) => !sameValue(applied, now.get(path) ?? ""));
    return {
      priorValues: settingsOf(new Map(priors.map(([path, { prior }]) => [path, prior]))),
      appliedValues: settingsOf(new Map(drifted.map(([path, { applied }]) => [path, applied]))),
    };
  },

  outputs(_inputs, observed, record) {
    return {
      effective: settingsOf(observedLeaves(observed)),
      policyOwned: AUTH_LEAVES.filter(({ path }) => observed.get(path)?.policy === true).map(propertyOf),
      ...record,
    };
  },
};

/** A setting that Group Policy holds against the program, and that the program chose to leave, is no drift. */
function liveInputs(inputs: AuthConfigInputs, observed: WinrmConfig): AuthConfigInputs {
  const live = new Map(
    [...leavesOf(inputs)].map(([path, value]) => {
      const leaf = observed.get(path);
      const left = leaf?.policy === true && inputs.onPolicyConflict === "warn";
      return [path, leaf === undefined || left || sameValue(leaf.value, value) ? value : leaf.value];
    }),
  );
  const sides = settingsOf(live);
  return {
    ...inputs,
    ...(inputs.service === undefined ? {} : { service: sides.service }),
    ...(inputs.client === undefined ? {} : { client: sides.client }),
  };
}
