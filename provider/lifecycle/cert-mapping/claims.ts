import { type ClaimRules, UNDIVIDED } from "../change/claims";
import type { CertMappingInputs, CertMappingOutputs } from "../../contract/cert-mapping";
import { wantedOf } from "./arguments";
import { canonicalKey } from "./plan";

/** A mapping is claimed by its key. */
export const certMappingClaims: ClaimRules<CertMappingInputs, CertMappingOutputs> = {
  ...UNDIVIDED,
  sameSubject(previous, inputs) {
    return canonicalKey(wantedOf(previous).key) === canonicalKey(wantedOf(inputs).key);
  },

  join(state, other) {
    const { priorMapping, ...made } = state;
    if (priorMapping === undefined) return state;
    return { ...made, ...(other.priorMapping === undefined ? {} : { priorMapping: other.priorMapping }) };
  },

  memory({ priorMapping }) {
    return priorMapping ?? "made by this resource";
  },
};
