import {
  TOKEN_FILTER_POLICY,
  type TokenFilterPolicyInputs,
  type TokenFilterPolicyOutputs,
} from "../../contract/token-filter-policy";
import type { ResourceDefinition } from "../definition";
import { alreadySet, planPolicy, planPolicyDestroy } from "./plan";
import { type TokenFilter, formatPolicyValue, meaningOf, observeTokenFilter, restorableValue } from "./policy";

/** The types of `TokenFilterPolicy`. */
export interface TokenFilterPolicyKinds {
  readonly Inputs: TokenFilterPolicyInputs;
  readonly State: TokenFilterPolicyOutputs;
  readonly Observed: TokenFilter;
  readonly Record: Pick<TokenFilterPolicyOutputs, "priorValue" | "appliedValue">;
  readonly Prepared: undefined;
}

/** Remote UAC: whether local administrators keep their full token over the network. */
export const tokenFilterPolicy: ResourceDefinition<TokenFilterPolicyKinds> = {
  shape: TOKEN_FILTER_POLICY,
  canBeRisky: true,

  warnings(inputs) {
    if (inputs.onPolicyConflict === undefined) return [];
    return [
      "onPolicyConflict has no effect here: a Group Policy that sets this value writes it like any other writer, and the host does not tell",
    ];
  },

  idPath: () => "winrm/tokenfilterpolicy",

  observe(view, purpose) {
    switch (purpose.kind) {
      case "apply": {
        const wanted = purpose.inputs.localAccountTokenFilterPolicy;
        return observeTokenFilter(view, { wanted, expected: wanted });
      }
      case "read":
        return observeTokenFilter(view, { wanted: undefined, expected: purpose.state.effectiveValue });
      case "destroy":
        return observeTokenFilter(view, { wanted: purpose.state.priorValue, expected: purpose.state.appliedValue });
    }
  },

  plan(inputs, prior, situation) {
    return { ...planPolicy(inputs, situation), already: alreadySet(inputs, prior, situation.observed) };
  },

  planDestroy: planPolicyDestroy,

  adopted({ priorValue, appliedValue }) {
    return priorValue === appliedValue ? ["localAccountTokenFilterPolicy"] : [];
  },

  /** A refresh shows also what no program may write: another number, another type. */
  liveInputs(inputs, { policy }) {
    const live = formatPolicyValue(policy) as TokenFilterPolicyInputs["localAccountTokenFilterPolicy"];
    return { ...inputs, localAccountTokenFilterPolicy: live };
  },

  record({ prior, before, after }) {
    const first = prior.kind === "state" ? prior.state.priorValue : restorableValue(before.policy);
    return { priorValue: first, appliedValue: restorableValue(after.policy) };
  },

  recordAfterRead(state, _live, { policy }) {
    const { priorValue, appliedValue } = state as Partial<TokenFilterPolicyKinds["Record"]>;
    const live = restorableValue(policy);
    return { priorValue: priorValue ?? live, appliedValue: appliedValue ?? live };
  },

  outputs(_inputs, { policy }, record) {
    return { effectiveValue: formatPolicyValue(policy), meaning: meaningOf(policy), ...record };
  },
};
