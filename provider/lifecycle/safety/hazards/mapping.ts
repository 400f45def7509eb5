import type { CertMapping } from "../../../host/cert-mappings";
import type { Caller } from "../caller/caller";
import { type MappingVerdict, lostMapping } from "../caller/certificate";
import type { Hazard } from "./hazard";

/** Whether a change of the certificate mappings would lock out a connection that logs in with a certificate. */

/** True for connections that log in through a mapping. */
export function isMapped({ target: { auth } }: Caller): boolean {
  return auth.method === "certificate";
}

const LOST: Readonly<Record<MappingVerdict["kind"], string>> = {
  account: "would log in as another account",
  nothing: "would be mapped to no account",
  tie: "would be mapped twice, equally well, which lets nobody in",
  disabled: "would be mapped best by a disabled mapping, which hides the others",
};

/** Why the change would lock out a connection; `undefined` if each leads to the same account as before. */
export function mappingHazard(
  before: readonly CertMapping[],
  after: readonly CertMapping[],
  callers: readonly Caller[],
): Hazard | undefined {
  for (const { target, subject } of callers) {
    if (target.auth.method !== "certificate") continue;
    const lost = lostMapping(before, after, target.auth.certificate.chainPem);
    if (lost === undefined) continue;
    return {
      rule: "lockout/mapping",
      message: `${subject} logs in with the certificate of ${target.auth.certificate.name}, which ${LOST[lost.kind]}`,
      remedy: "connect with another method first",
    };
  }
  return undefined;
}
