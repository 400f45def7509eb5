import type { ClaimRules } from "../change/claims";
import type { CertMappingInputs, CertMappingOutputs } from "../../contract/cert-mapping";
import { wantedOf } from "./arguments";
import { canonicalKey } from "./plan";

/** A mapping is claimed by its key. */
export const certMappingClaims: ClaimRules<CertMappingInputs, CertMappingOutputs> = {
  sameSubject(previous, inputs) {
    return canonicalKey(wantedOf(previous).key) === canonicalKey(wantedOf(inputs).key);
  },

  items() {
    return { all: true, items: new Set() };
  },

  divide(previous, { all }) {
    return all ? { free: previous, done: true, claimed: previous } : { free: previous, done: false };
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
