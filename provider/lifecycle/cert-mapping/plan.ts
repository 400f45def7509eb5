import type { CertMappingInputs, CertMappingOutputs } from "../../contract/cert-mapping";
import { type Judgement, type Rule, driftNote, notRestored } from "../../contract/finding";
import type { CertMapping, CertMappingKey } from "../../host/cert-mappings";
import { sameValue } from "../../host/config";
import type { MappedIdentity } from "../../x509/mapped-identity";
import type { Plan, WriteProof } from "../change/plan";
import type { Prior, Situation } from "../definition";
import type { Hazard } from "../safety/hazards/hazard";
import { passwordHazard } from "../safety/hazards/mapping";
import { type WantedMapping, wantedOf } from "./arguments";
import { lockout, lockoutFindings, removalHazard, withMapping } from "./hazards";
import type { ObservedMapping } from "./observe";
import type { PreparedMapping } from "./prepare";
import { proofOf } from "./proof";
import { type MappingChange, RefusedCredentials, deleteMappingWrite, mappingWrite, sameName } from "./writes";

/** What `CertMapping` would do to a host, what stands in the way, and what destroy restores. */

const CERTIFICATE = "service/auth/Certificate";
const DAY_MS = 24 * 60 * 60 * 1000;
const SOON_MS = 30 * DAY_MS;

/** The plan for a mapping as it is; without a prepared password, as in a preview, it is findings only. */
export function planCertMapping(
  inputs: CertMappingInputs,
  prior: Prior<CertMappingOutputs>,
  situation: Situation<ObservedMapping> & { readonly prepared?: PreparedMapping | undefined },
): Plan<ObservedMapping> {
  const { observed, host, prepared } = situation;
  const wanted = wantedOf(inputs);
  const findings = [...certificateFindings(wanted.certificate, observed.now), ...serviceFindings(wanted, situation)];
  const { mapping, callers = [], all = [] } = observed;
  const made = { ...wanted.key, userName: wanted.userName, enabled: wanted.enabled };
  const write = (change: MappingChange, proof?: WriteProof): Plan<ObservedMapping> => {
    if (prepared === undefined) return { findings, writes: [], mappings: [made] };
    const target = { host, key: wanted.key, userName: wanted.userName, password: prepared.password };
    return { findings, writes: [{ ...mappingWrite(change, target, prepared.refused), proof }], mappings: [made] };
  };
  const table = { before: all, after: withMapping(all, made, made) };
  const refuse = (property: string, hazard: Hazard | undefined) => {
    findings.push(...lockoutFindings(hazard, { host, property, acceptLockout: inputs.acceptLockout }));
  };
  if (mapping === undefined) {
    const { proof, unprovable } = proofOf(made, { ...table, callers });
    refuse("connection", lockout(table, callers, situation.pendingMappings) ?? unprovable);
    return write({ kind: "create", credentials: true, enabled: wanted.enabled }, proof);
  }
  const renamed = !sameName(mapping.userName, wanted.userName);
  if (prior.kind === "none" && inputs.adopt !== true && !renamed) {
    findings.push({
      rule: "mapping/taken-over",
      severity: "warning",
      property: "userName",
      message: `${host} has this mapping already, for the same account: an earlier run that was interrupted may have made it, or someone else`,
      remedy: "it is taken over with the password given here, and destroy leaves it",
    });
  }
  if (prior.kind === "none" && inputs.adopt !== true && renamed) {
    findings.push({
      rule: "mapping/exists",
      severity: "error",
      property: "adopt",
      message: `${host} has this mapping already, for ${mapping.userName}, and this resource did not make it`,
      remedy: "set adopt: true to take it over (its password is overwritten), or remove it on the host",
    });
    return { findings, writes: [] };
  }
  const toggled = mapping.enabled !== wanted.enabled;
  if (renamed) findings.push(driftNote("userName", mapping.userName, wanted.userName));
  if (toggled) findings.push(driftNote("enabled", mapping.enabled, wanted.enabled));
  const credentials = renamed || prepared?.known === false;
  if (renamed || toggled) {
    refuse(renamed ? "userName" : "enabled", lockout(table, callers, situation.pendingMappings));
  }
  if (credentials && !renamed && wasWritten(prior)) refuse("password", passwordHazard(all, wanted.key, callers));
  if (!credentials && !toggled) return { findings, writes: [] };
  return write({ kind: "put", credentials, ...(toggled ? { enabled: wanted.enabled } : {}) });
}

/** The resource has written a password: another one now is a change. Else it is its first, or nobody knows what was written. */
function wasWritten(prior: Prior<CertMappingOutputs>): boolean {
  return prior.kind === "state" && prior.state.passwordVerifier !== "";
}

/** What state remembers for destroy. */
export interface MappingRecord {
  /** What the host had after the last apply. */
  readonly applied: Pick<CertMapping, "userName" | "enabled">;
  /** What the host had before this resource took the mapping over; absent if this resource made it. */
  readonly prior?: Pick<CertMapping, "userName" | "enabled">;
}

/** What state remembers; it holds what was applied only where that is not what the arguments say. */
export function recordOf(state: CertMappingOutputs, live: Pick<CertMapping, "userName">): MappingRecord {
  // Nothing is recorded if the resource is only read (`CertMapping.get`).
  const { appliedMapping, priorMapping, userName = live.userName } = state as Partial<CertMappingOutputs>;
  return {
    applied: appliedMapping ?? { userName, enabled: state.enabled ?? true },
    ...(priorMapping === undefined ? {} : { prior: priorMapping }),
  };
}

/** A mapping that was made is removed, one that was adopted gets back what can be restored. */
export function planCertMappingDestroy(
  state: CertMappingOutputs,
  { observed, host }: Situation<ObservedMapping>,
): Plan<ObservedMapping> {
  const { mapping, callers = [], all = [] } = observed;
  const { acceptLockout } = state;
  if (mapping === undefined) return { findings: [], writes: [] };
  const { key } = wantedOf(state);
  const { applied, prior } = recordOf(state, mapping);
  const stays = (rule: Rule, why: string): Plan<ObservedMapping> => {
    const message = `the mapping of ${mapping.subject} stays on ${host}${why}`;
    return { findings: [notRestored(rule, "userName", message)], writes: [] };
  };
  if (!sameName(mapping.userName, applied.userName)) {
    return stays("restore/changed-since", `, for ${mapping.userName}: it was changed after the last apply`);
  }
  if (prior === undefined) {
    const table = { before: all, after: withMapping(all, key) };
    const findings = lockoutFindings(removalHazard(table, callers), { host, property: "connection", acceptLockout });
    return { findings, writes: [deleteMappingWrite(key)] };
  }
  const account = sameName(prior.userName, applied.userName) ? "" : `, and the account was ${prior.userName}`;
  const why = `, because it was there before; its old password cannot be restored${account}`;
  const kept = stays("restore/password-lost", why);
  const restorable = mapping.enabled === applied.enabled && mapping.enabled !== prior.enabled;
  if (!restorable) return kept;
  const table = { before: all, after: withMapping(all, key, { ...mapping, enabled: prior.enabled }) };
  const hazards = lockoutFindings(lockout(table, callers), { host, property: "enabled", acceptLockout });
  if (hazards.length > 0 && acceptLockout !== true) return kept;
  const change = { kind: "put", credentials: false, enabled: prior.enabled } as const;
  const target = { host, key, userName: mapping.userName, password: "" };
  return { findings: [...kept.findings, ...hazards], writes: [mappingWrite(change, target, new RefusedCredentials())] };
}

/** One key as text, equal for equal keys. */
export function canonicalKey({ uri, subject, issuer }: CertMappingKey): string {
  return [issuer, subject, uri].map((part) => encodeURIComponent(part.toLowerCase())).join("/");
}

function certificateFindings(certificate: MappedIdentity | undefined, now: Date): Judgement[] {
  if (certificate === undefined) return [];
  const { validFrom, validTo } = certificate;
  const property = "clientCertificatePem";
  const error = { rule: "mapping/certificate-validity", severity: "error", property, remedy: "" } as const;
  if (now > validTo) {
    return [{ ...error, message: `expired on ${day(validTo)}`, remedy: "renew the certificate first" }];
  }
  if (now < validFrom) return [{ ...error, message: `is not valid before ${day(validFrom)}` }];
  const left = validTo.getTime() - now.getTime();
  if (left >= SOON_MS) return [];
  const days = Math.floor(left / DAY_MS);
  const message = `the certificate for ${certificate.subject} expires on ${day(validTo)}, in ${days} days`;
  return [
    { ...error, rule: "mapping/certificate-expires", severity: "warning", message, remedy: "renew it before that" },
  ];
}

/** A mapping grants no access while the service does not take certificates. */
function serviceFindings(
  wanted: WantedMapping,
  { observed: { config }, host, pendingConfigChanges: others }: Situation<ObservedMapping>,
): Judgement[] {
  const value = others?.get(CERTIFICATE) ?? config?.get(CERTIFICATE)?.value;
  if (!wanted.enabled || value === undefined || !sameValue(value, false)) return [];
  return [
    {
      rule: "mapping/method-off",
      severity: "warning",
      property: "enabled",
      message: `grants no access: the WinRM service of ${host} accepts no client certificates (${CERTIFICATE} is false)`,
      remedy: "switch it on with AuthConfig and service.certificate: true",
    },
  ];
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
