import type { ClaimRules } from "../change/claims";
import { leavesOf, settingsOf } from "../winrm-config/leaves";
import type { AuthConfigInputs, AuthConfigOutputs, AuthSettings } from "../../contract/auth-config";

/** Each setting is claimed by itself: two resources may manage different settings of one host. */
export const authConfigClaims: ClaimRules<AuthConfigInputs, AuthConfigOutputs> = {
  items(inputs) {
    return { all: false, items: new Set(leavesOf(inputs).keys()) };
  },

  divide(previous, { items }) {
    const leaves = [...leavesOf(previous).keys()];
    const free = only(previous, (path) => !items.has(path));
    const done = leaves.every((path) => items.has(path));
    if (!leaves.some((path) => items.has(path))) return { free, done: false };
    return { free, done, claimed: only(previous, (path) => items.has(path)) };
  },

  join(state, other) {
    const own = leavesOf(state.priorValues);
    const values = (one: AuthSettings, first: AuthSettings) =>
      settingsOf(new Map([...leavesOf(one), ...leavesOf(first)]));
    const lacking = only(other, (path) => !own.has(path));
    return {
      ...state,
      ...values(lacking, state),
      priorValues: values(lacking.priorValues, state.priorValues),
      appliedValues: values(lacking.appliedValues, state.appliedValues),
    };
  },

  memory({ priorValues }) {
    const prior = [...leavesOf(priorValues)];
    return prior.length === 0 ? undefined : prior;
  },
};

function only(state: AuthConfigOutputs, keep: (path: string) => boolean): AuthConfigOutputs {
  const part = (settings: AuthSettings) => settingsOf(new Map([...leavesOf(settings)].filter(([path]) => keep(path))));
  return {
    ...state,
    ...part(state),
    priorValues: part(state.priorValues),
    appliedValues: part(state.appliedValues),
  };
}
