import type { CertMapping, CertMappingKey } from "../../../host/cert-mappings";
import type { Caller } from "../caller/caller";
import {
  type MappingVerdict,
  type MovedLogon,
  lostMapping,
  movedLogons,
  sameMapping,
  servesCertificate,
} from "../caller/certificate";
import type { Hazard } from "./hazard";

/** Whether a change of the certificate mappings would lock out a connection that logs in with a certificate. */

/** True for connections that log in through a mapping. */
export function isMapped({ target: { auth } }: Caller): boolean {
  return auth.method === "certificate";
}

const LOST: Readonly<Record<MappingVerdict["kind"], string>> = {
  account: "would log in as another account",
  nothing: "would be mapped to no account",
  tie: "would be mapped twice, equally well, which grants no access",
  disabled: "would be mapped best by a disabled mapping, which hides the others",
};

/** Why the change would lock out a connection; `undefined` if each leads to the same account as before. */
export function mappingHazard(
  before: readonly CertMapping[],
  after: readonly CertMapping[],
  callers: readonly Caller[],
): Hazard | undefined {
  for (const caller of callers) {
    const lost = lostMapping(before, after, chainOf(caller));
    if (lost !== undefined) return hazardOf(caller, `which ${LOST[lost.kind]}`);
  }
  return undefined;
}

/** Connections that a mapping serves from now on, with what it serves them for. */
export function movedCallers(
  before: readonly CertMapping[],
  after: readonly CertMapping[],
  callers: readonly Caller[],
): { readonly caller: Caller; readonly moved: readonly MovedLogon[] }[] {
  return callers.flatMap((caller) => {
    const moved = movedLogons(before, after, chainOf(caller));
    return moved.length === 0 ? [] : [{ caller, moved }];
  });
}

/**
 * Why the end of a mapping would leave a connection to one that no logon has proven: its password cannot be read, and
 * while a better one is there no one logs in through it.
 */
export function unprovenHazard(
  before: readonly CertMapping[],
  after: readonly CertMapping[],
  callers: readonly Caller[],
): Hazard | undefined {
  for (const { caller, moved } of movedCallers(before, after, callers)) {
    const unproven = moved.find(({ to }) => before.some((one) => sameMapping(one, to)));
    if (unproven === undefined) continue;
    return hazardOf(caller, `which would be left to the mapping of ${unproven.to.subject}, which no logon has proven`);
  }
  return undefined;
}

/** Why another password in a mapping would be a risk that nothing can take back; `undefined` if no connection uses it. */
export function passwordHazard(
  all: readonly CertMapping[],
  key: CertMappingKey,
  callers: readonly Caller[],
): Hazard | undefined {
  const caller = mappedCaller(all, key, callers);
  if (caller === undefined) return undefined;
  return hazardOf(caller, "whose mapping would get another password, and the old one could not be restored");
}

/** A connection that logs in through a mapping. */
export function mappedCaller(
  all: readonly CertMapping[],
  key: CertMappingKey,
  callers: readonly Caller[],
): Caller | undefined {
  return callers.find((caller) => servesCertificate(all, key, chainOf(caller)));
}

/** A caller without a certificate has no names, so that no mapping matches it. */
function chainOf({ target: { auth } }: Caller): string {
  return auth.method === "certificate" ? auth.certificate.chainPem : "";
}

function hazardOf({ subject, target: { auth } }: Caller, what: string): Hazard {
  const name = auth.method === "certificate" ? auth.certificate.name : "";
  return {
    rule: "lockout/mapping",
    message: `${subject} logs in with the certificate of ${name}, ${what}`,
    remedy: "connect with another method or another mapped certificate first",
  };
}
