import type { CertMapping, CertMappingKey } from "../../host/cert-mappings";
import type { WinrmConfig } from "../../host/config";
import type { CertMappingInputs, WantedMapping } from "./arguments";
import type { MappedIdentity } from "../../x509/mapped-identity";
import type { WantedLeaves } from "../winrm-config/diff";
import { type Judgement, driftNote } from "../../contract/finding";

/** What to make of a host's certificate mapping; pure. */

/** The one mapping that a resource is about, as the host has it. */
export interface ObservedMapping {
  /** Absent if the host has none with this key. */
  readonly mapping?: CertMapping;
  /** Read by the pre-flight only. */
  readonly config?: WinrmConfig;
  readonly now: Date;
}

/** What is known beside the arguments and the host. */
export interface MappingSituation {
  readonly host: string;
  /** The connection logs in through this mapping. */
  readonly own: boolean;
  /** `undefined` in a preview: whether the resource made the mapping is not known there. */
  readonly mine?: boolean;
  /** The password is another one than the last, or its last write is not certain. */
  readonly newPassword: boolean;
  readonly others?: WantedLeaves;
}

/** What must be written: `credentials` stands for user name and password together. */
export interface MappingChange {
  readonly kind: "create" | "put";
  readonly credentials: boolean;
  readonly enabled?: boolean;
}

/** Findings, and the change if there is one. */
export interface MappingPlan {
  readonly findings: readonly Judgement[];
  readonly change?: MappingChange;
}

const CERTIFICATE = "service/auth/Certificate";
const DAY_MS = 24 * 60 * 60 * 1000;
const SOON_MS = 30 * DAY_MS;

/** The plan for a mapping as it is. */
export function planMapping(
  inputs: Pick<CertMappingInputs, "adopt" | "acceptLockout">,
  wanted: WantedMapping,
  { observed, situation }: { readonly observed: ObservedMapping; readonly situation: MappingSituation },
): MappingPlan {
  const findings = [
    ...certificateFindings(wanted.certificate, observed.now),
    ...serviceFindings(wanted, observed, situation),
  ];
  const { mapping } = observed;
  if (mapping === undefined) {
    return { findings, change: { kind: "create", credentials: true, enabled: wanted.enabled } };
  }
  if (situation.mine === false && inputs.adopt !== true) {
    findings.push({
      rule: "mapping/exists",
      severity: "error",
      property: "adopt",
      message: `${situation.host} has this mapping already, for ${mapping.userName}, and this resource did not make it`,
      remedy: "set adopt: true to take it over (its password is overwritten), or remove it on the host",
    });
    return { findings };
  }
  const renamed = !sameName(mapping.userName, wanted.userName);
  const toggled = mapping.enabled !== wanted.enabled;
  const credentials = renamed || situation.newPassword;
  if (renamed) findings.push(driftNote("userName", mapping.userName, wanted.userName));
  if (toggled) findings.push(driftNote("enabled", mapping.enabled, wanted.enabled));
  if (situation.own && renamed) findings.push(hazard("userName", "would log in as another account", inputs, situation));
  if (situation.own && toggled && !wanted.enabled) {
    findings.push(hazard("enabled", "could no longer log in", inputs, situation));
  }
  if (!credentials && !toggled) return { findings };
  return { findings, change: { kind: "put", credentials, ...(toggled ? { enabled: wanted.enabled } : {}) } };
}

/** What destroy does to a mapping that is still there. */
export type MappingRestore =
  | { readonly kind: "delete"; readonly findings: readonly Judgement[] }
  | { readonly kind: "enable"; readonly enabled: boolean; readonly warning: string }
  | { readonly kind: "leave"; readonly warning: string };

/** What state remembers for destroy. */
export interface MappingRecord {
  /** What the host had after the last apply. */
  readonly applied: Pick<CertMapping, "userName" | "enabled">;
  /** What the host had before this resource took the mapping over; absent if this resource made it. */
  readonly prior?: Pick<CertMapping, "userName" | "enabled">;
}

/** A mapping that was made is removed, one that was adopted gets back what can be put back. */
export function planRestore(
  { applied, prior }: MappingRecord,
  mapping: CertMapping,
  about: Pick<CertMappingInputs, "acceptLockout"> & Pick<MappingSituation, "host" | "own">,
): MappingRestore {
  const name = `the mapping of ${mapping.subject} on ${about.host}`;
  if (!sameName(mapping.userName, applied.userName)) {
    return { kind: "leave", warning: `${name} stays, for ${mapping.userName}: it was changed after the last apply` };
  }
  if (prior === undefined) {
    const findings = about.own ? [hazard("connection", "could no longer log in", about, about)] : [];
    return { kind: "delete", findings };
  }
  const account = sameName(prior.userName, applied.userName) ? "" : `, and the account was ${prior.userName}`;
  const warning = `${name} stays, because it was there before; its old password cannot be put back${account}`;
  const restorable = mapping.enabled === applied.enabled && mapping.enabled !== prior.enabled;
  if (!restorable || (about.own && !prior.enabled && about.acceptLockout !== true)) return { kind: "leave", warning };
  return { kind: "enable", enabled: prior.enabled, warning };
}

/** Two account names of one host. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** A pattern of a mapping against a name in a certificate, as a service compares them. */
export function subjectMatches(pattern: string, name: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), name.toLowerCase()];
  if (wanted.startsWith("*")) return given.endsWith(wanted.slice(1));
  return wanted.endsWith("*") ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
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

/** A mapping lets nobody in while the service does not take certificates. */
function serviceFindings(wanted: WantedMapping, { config }: ObservedMapping, situation: MappingSituation): Judgement[] {
  const value = situation.others?.get(CERTIFICATE) ?? config?.get(CERTIFICATE)?.value;
  if (!wanted.enabled || value === undefined || value.toLowerCase() !== "false") return [];
  return [
    {
      rule: "mapping/method-off",
      severity: "warning",
      property: "enabled",
      message: `lets nobody in: the WinRM service of ${situation.host} takes no client certificates (${CERTIFICATE} is false)`,
      remedy: "switch it on with AuthConfig and service.certificate: true",
    },
  ];
}

function hazard(
  property: string,
  what: string,
  { acceptLockout }: Pick<CertMappingInputs, "acceptLockout">,
  { host }: Pick<MappingSituation, "host">,
): Judgement {
  return {
    rule: "lockout/mapping",
    severity: acceptLockout === true ? "warning" : "error",
    property,
    message: `this connection logs in to ${host} through this mapping, and ${what}`,
    remedy: "connect with another method first, or set acceptLockout: true",
  };
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
