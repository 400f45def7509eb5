import { CERT_MAPPING, type CertMappingInputs, type CertMappingOutputs } from "../../contract/cert-mapping";
import type { CertMapping, CertMappingKey } from "../../host/cert-mappings";
import type { ResourceDefinition } from "../definition";
import { checkMapping, keyOf, wantedOf } from "./arguments";
import { type ObservedMapping, observeMapping } from "./observe";
import { matchesPassword } from "./password-verifier";
import { type PreparedMapping, passwordOf, prepareMapping } from "./prepare";
import { type MappingRecord, canonicalKey, planCertMapping, planCertMappingDestroy, recordOf } from "./plan";
import { isInUse, planReplacement, seenBy } from "./replacement";
import { sameName } from "./writes";

/** The types of `CertMapping`. */
export interface CertMappingKinds {
  readonly Inputs: CertMappingInputs;
  readonly State: CertMappingOutputs;
  readonly Observed: ObservedMapping;
  readonly Record: MappingRecord & { readonly verifier: string };
  readonly Prepared: PreparedMapping;
}

/** A client certificate that logs in as a local account. */
export const certMapping: ResourceDefinition<CertMappingKinds> = {
  shape: CERT_MAPPING,

  check: checkMapping,

  canonicalInputs(inputs) {
    return {
      ...inputs,
      // What the key is read from may be spelled in many ways, and a renewed certificate has the same key.
      ...{ subject: null, issuer: null, clientCertificatePem: null, issuerCertificatePem: null, uri: null },
      // Whether the password differs is for `hasHiddenChange`: behind a reference it cannot be compared.
      password: null,
      adopt: null,
      userName: inputs.userName.toLowerCase(),
      enabled: inputs.enabled ?? true,
      key: canonicalKey(wantedOf(inputs).key),
    };
  },

  async hasHiddenChange(state, inputs, settings) {
    const { passwordVerifier: verifier } = state;
    if (verifier === "") return true;
    if (typeof state.password === "string" && state.password === inputs.password) return false;
    try {
      return !(await matchesPassword(verifier, passwordOf(inputs, settings)));
    } catch {
      // The runner of a preview need not have what the reference points to.
      return JSON.stringify(state.password) !== JSON.stringify(inputs.password);
    }
  },

  idPath(inputs) {
    return `winrm/certmapping/${canonicalKey(wantedOf(inputs).key)}`;
  },

  replaceOnChanges(state, inputs) {
    const [before, after] = [keyOf(state), keyOf(inputs)];
    if (before === undefined || after === undefined) return [];
    const names: string[] = [];
    const differs = (name: keyof CertMappingKey) => before[name].toLowerCase() !== after[name].toLowerCase();
    if (differs("uri")) names.push("uri");
    if (differs("subject")) names.push(inputs.subject === undefined ? "clientCertificatePem" : "subject");
    if (differs("issuer")) names.push(issuerArgument(inputs));
    return names;
  },

  // A certificate that is refused locks no account, so that one more logon in a preview does no harm.
  isRefusedByState: ({ auth }) => auth.method === "certificate",

  prepare: prepareMapping,

  observe(view, purpose) {
    switch (purpose.kind) {
      case "apply":
        return observeMapping(purpose.inputs, view, { config: purpose.prior.kind === "unknown", callers: true });
      case "read":
        return observeMapping(purpose.state, view);
      case "destroy":
        return observeMapping(purpose.state, view, { callers: true });
    }
  },

  plan: planCertMapping,

  planDestroy: planCertMappingDestroy,

  replacement: { isNeeded: isInUse, seenBy, plan: planReplacement },

  adopted({ priorMapping }) {
    return priorMapping === undefined ? [] : ["the mapping"];
  },

  exists({ mapping }) {
    return mapping !== undefined;
  },

  liveInputs(inputs, { mapping }) {
    return mapping === undefined ? inputs : liveMapping(inputs, mapping);
  },

  record({ inputs, prior, prepared, before, after, failed }) {
    const { userName, enabled } = after.mapping ?? wantedOf(inputs);
    const adopted = prior.kind === "state" ? prior.state.priorMapping : before.mapping;
    return {
      applied: { userName, enabled },
      ...(adopted === undefined ? {} : { prior: { userName: adopted.userName, enabled: adopted.enabled } }),
      verifier: failed ? "" : (prepared?.verifier ?? ""),
    };
  },

  recordAfterRead(state, _live, { mapping }) {
    const { passwordVerifier: verifier = "" } = state as Partial<CertMappingOutputs>;
    return { ...recordOf(state, mapping ?? wantedOf(state)), verifier };
  },

  outputs(inputs, _observed, { applied, prior, verifier }) {
    const { key } = wantedOf(inputs);
    const asWanted = sameName(applied.userName, inputs.userName) && applied.enabled === (inputs.enabled ?? true);
    return {
      ...(inputs.subject === undefined ? { mappedSubject: key.subject } : {}),
      ...(inputs.issuer === undefined ? { mappedIssuer: key.issuer } : {}),
      passwordVerifier: verifier,
      ...(asWanted ? {} : { appliedMapping: applied }),
      ...(prior === undefined ? {} : { priorMapping: prior }),
    };
  },
};

function issuerArgument(inputs: CertMappingInputs): string {
  if (inputs.issuer !== undefined) return "issuer";
  return inputs.issuerCertificatePem === undefined ? "clientCertificatePem" : "issuerCertificatePem";
}

function liveMapping(inputs: CertMappingInputs, mapping: CertMapping): CertMappingInputs {
  const { userName = "", enabled = true } = inputs as Partial<CertMappingInputs>;
  return {
    ...inputs,
    ...(sameName(userName, mapping.userName) ? {} : { userName: mapping.userName }),
    ...(enabled === mapping.enabled ? {} : { enabled: mapping.enabled }),
  };
}
