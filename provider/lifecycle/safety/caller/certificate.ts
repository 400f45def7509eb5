import type { CertMappingKey } from "../../../host/cert-mappings";
import { subjectMatches } from "../../cert-mapping/plan";
import { identitiesOf } from "../../../x509/mapped-identity";
import type { Logon } from "../hazards/auth";

/**
 * The connection logs in through this mapping: its certificate has the name, and its issuer is the mapping's or is not
 * known, because the connection does not send it along.
 */
export function ownsMapping({ auth }: Logon, { subject, issuer }: CertMappingKey): boolean {
  if (auth.method !== "certificate") return false;
  const own = identitiesOf(auth.certificate.chainPem);
  return (
    own.names.some((name) => subjectMatches(subject, name)) &&
    (own.issuer === undefined || own.issuer.toLowerCase() === issuer.toLowerCase())
  );
}
