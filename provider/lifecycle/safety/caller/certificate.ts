import { type CertMapping, type CertMappingKey, RESOURCES_IN_USE } from "../../../host/cert-mappings";
import { identitiesOf } from "../../../x509/mapped-identity";

/** Which account a client certificate leads to, by a host's mappings ([MS-WSMV] 2.2.4.3). */

/** What the table of mappings makes of a certificate, for one resource. */
export type MappingVerdict =
  | { readonly kind: "account"; readonly mapping: CertMapping }
  /** Nothing matches, two match equally well, or what matches best is disabled. */
  | { readonly kind: "nothing" | "tie" | "disabled" };

/** The account that a certificate logs in as now; `undefined` if the mappings do not tell. */
export function mappedAccount(mappings: readonly CertMapping[], chainPem: string): string | undefined {
  const names = new Set(
    verdicts(mappings, mappings, chainPem).flatMap(({ before }) =>
      before.kind === "account" ? [before.mapping.userName.toLowerCase()] : [],
    ),
  );
  const [name] = names;
  return names.size === 1 ? name : undefined;
}

/** What a change of the mappings takes from a certificate; `undefined` if it leads to the same account as before. */
export function lostMapping(
  before: readonly CertMapping[],
  after: readonly CertMapping[],
  chainPem: string,
): MappingVerdict | undefined {
  return verdicts(before, after, chainPem).find(
    ({ before: was, after: is }) =>
      was.kind === "account" && !(is.kind === "account" && same(is.mapping.userName, was.mapping.userName)),
  )?.after;
}

/** A resource for which another mapping serves a certificate after a change. */
export interface MovedLogon {
  readonly resource: string;
  readonly from: CertMapping;
  readonly to: CertMapping;
}

/** Where a certificate that is served before and after a change is served by another mapping. */
export function movedLogons(
  before: readonly CertMapping[],
  after: readonly CertMapping[],
  chainPem: string,
): MovedLogon[] {
  return verdicts(before, after, chainPem).flatMap(({ resource, before: was, after: is }) =>
    was.kind === "account" && is.kind === "account" && !sameMapping(was.mapping, is.mapping)
      ? [{ resource, from: was.mapping, to: is.mapping }]
      : [],
  );
}

/** Whether a certificate logs in through a mapping, for some resource. */
export function servesCertificate(mappings: readonly CertMapping[], key: CertMappingKey, chainPem: string): boolean {
  return verdicts(mappings, mappings, chainPem).some(
    ({ before }) => before.kind === "account" && sameMapping(before.mapping, key),
  );
}

/** Two keys of one mapping. */
export function sameMapping(one: CertMappingKey, other: CertMappingKey): boolean {
  return same(one.uri, other.uri) && same(one.subject, other.subject) && same(one.issuer, other.issuer);
}

/** The issuer is not known where the connection does not send it along: then every issuer of the table may be it. */
function verdicts(before: readonly CertMapping[], after: readonly CertMapping[], chainPem: string) {
  const { names, issuer } = identitiesOf(chainPem);
  const issuers = issuer === undefined ? new Set(before.map((one) => one.issuer.toUpperCase())) : [issuer];
  return [...issuers].flatMap((by) =>
    RESOURCES_IN_USE.map((resource) => ({
      resource,
      before: verdictOf(before, { names, issuer: by, resource }),
      after: verdictOf(after, { names, issuer: by, resource }),
    })),
  );
}

/** The longest subject wins, then the longest URI; a tie grants no access, and what is disabled hides shorter ones. */
function verdictOf(
  mappings: readonly CertMapping[],
  {
    names,
    issuer,
    resource,
  }: { readonly names: readonly string[]; readonly issuer: string; readonly resource: string },
): MappingVerdict {
  const [best, second] = mappings
    .filter(
      (one) =>
        same(one.issuer, issuer) &&
        names.some((name) => patternMatches(one.subject, name)) &&
        patternMatches(one.uri, resource),
    )
    .sort(byLength);
  if (best === undefined) return { kind: "nothing" };
  if (second !== undefined && byLength(best, second) === 0) return { kind: "tie" };
  return best.enabled ? { kind: "account", mapping: best } : { kind: "disabled" };
}

function byLength(one: CertMapping, other: CertMapping): number {
  return other.subject.length - one.subject.length || other.uri.length - one.uri.length;
}

/** A pattern of a mapping against a value, as a service compares them: at most one `*`, first or last. */
export function patternMatches(pattern: string, value: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), value.toLowerCase()];
  if (wanted.startsWith("*")) return given.endsWith(wanted.slice(1));
  return wanted.endsWith("*") ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
