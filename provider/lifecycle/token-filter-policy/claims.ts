import type { ClaimRules } from "../change/claims";
import type { TokenFilterPolicyInputs, TokenFilterPolicyOutputs } from "../../contract/token-filter-policy";

/** There is one value on a host: whoever wants it claims all of it. */
export const tokenFilterPolicyClaims: ClaimRules<TokenFilterPolicyInputs, TokenFilterPolicyOutputs> = {
  items() {
    return { all: true, items: new Set() };
  },

  divide(previous, { all }) {
    return all ? { free: previous, done: true, claimed: previous } : { free: previous, done: false };
  },

  join(state, other) {
    return state.priorValue === state.appliedValue ? other : state;
  },

  memory({ priorValue, appliedValue }) {
    return priorValue === appliedValue ? undefined : { priorValue };
  },
};
