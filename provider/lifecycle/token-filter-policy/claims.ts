import { type ClaimRules, UNDIVIDED } from "../change/claims";
import type { TokenFilterPolicyInputs, TokenFilterPolicyOutputs } from "../../contract/token-filter-policy";

/** There is one value on a host: whoever wants it claims all of it. */
export const tokenFilterPolicyClaims: ClaimRules<TokenFilterPolicyInputs, TokenFilterPolicyOutputs> = {
  ...UNDIVIDED,
  join(state, other) {
    return state.priorValue === state.appliedValue ? other : state;
  },

  memory({ priorValue, appliedValue }) {
    return priorValue === appliedValue ? undefined : { priorValue };
  },
};
