import type { CertMappingKey } from "../../host/cert-mappings";
import { type CertMappingInputs, CERT_MAPPING } from "../../contract/cert-mapping";
import { type ValidationIssue, isAbsent } from "../../contract/checks";
import { checkArguments } from "../../contract/resource-shape";
import { compactFingerprint } from "../../contract/names/fingerprint";
import { isUnknown } from "../../contract/unknown";
import { type MappedIdentity, readIssuer, readMappedIdentity } from "../../x509/mapped-identity";

/** The mapping that a program wants, fully defaulted. */
export interface WantedMapping {
  readonly key: CertMappingKey;
  readonly userName: string;
  readonly enabled: boolean;
  /** The certificate that the key was read from, if there is one. */
  readonly certificate?: MappedIdentity;
}

const MAX_PASSWORD_LENGTH = 255;

/** Everything that is wrong with the arguments, without the network and without a clock. */
export function checkMapping(inputs: Record<string, unknown>): ValidationIssue[] {
  const problems = [
    ...checkArguments(CERT_MAPPING)(inputs, ""),
    ...checkSources(inputs),
    ...checkPassword(inputs["password"]),
  ];
  if (problems.length > 0) return problems;
  const { clientCertificatePem, issuerCertificatePem } = inputs;
  if (isUnknown(clientCertificatePem) || isUnknown(issuerCertificatePem)) return [];
  const issuerPem = typeof issuerCertificatePem === "string" ? issuerCertificatePem : undefined;
  if (typeof clientCertificatePem !== "string") {
    const read = issuerPem === undefined ? { thumbprint: "" } : readIssuer(issuerPem);
    return "reason" in read ? [{ property: certificateIn("issuer"), reason: read.reason }] : [];
  }
  const reading = readMappedIdentity(clientCertificatePem, issuerPem);
  return reading.ok ? [] : reading.problems.map(({ of, reason }) => ({ property: certificateIn(of), reason }));
}

/** The engine prints the value of a failing argument, and a certificate is long: a nested path has no value. */
function certificateIn(of: "client" | "issuer"): string {
  return `${of}CertificatePem.certificate`;
}

/** The key of the mapping; `undefined` while a part of it is not known yet. The arguments passed `checkMapping`. */
export function keyOf(inputs: CertMappingInputs): CertMappingKey | undefined {
  const { subject, issuer, clientCertificatePem, issuerCertificatePem, uri } = inputs;
  if ([subject, issuer, clientCertificatePem, issuerCertificatePem, uri].some(isUnknown)) return undefined;
  return wantedOf(inputs).key;
}

/** The mapping that known arguments describe; they passed `checkMapping`. */
export function wantedOf(inputs: CertMappingInputs): WantedMapping {
  const { userName, enabled = true } = inputs;
  const uri = inputs.uri ?? "*";
  if (inputs.clientCertificatePem === undefined) {
    return { key: { uri, subject: inputs.subject ?? "", issuer: issuerOf(inputs) }, userName, enabled };
  }
  const reading = readMappedIdentity(inputs.clientCertificatePem, inputs.issuerCertificatePem);
  if (!reading.ok) return { key: { uri, subject: "", issuer: "" }, userName, enabled };
  const { certificate } = reading;
  return { key: { uri, subject: certificate.subject, issuer: certificate.issuer }, userName, enabled, certificate };
}

function issuerOf({ issuer, issuerCertificatePem }: CertMappingInputs): string {
  if (issuer !== undefined) return compactFingerprint(issuer);
  const read = issuerCertificatePem === undefined ? { reason: "" } : readIssuer(issuerCertificatePem);
  return "thumbprint" in read ? read.thumbprint : "";
}

/** Where the key comes from: a name and a thumbprint, or certificates. */
function checkSources(inputs: Record<string, unknown>): ValidationIssue[] {
  const given = (name: string) => !isAbsent(inputs[name]);
  if (!given("subject") && !given("clientCertificatePem")) {
    return [{ property: "subject", reason: "is required, or clientCertificatePem, from which it is read" }];
  }
  if (given("subject") && given("clientCertificatePem")) {
    return [{ property: "subject", reason: "is in clientCertificatePem already; give one of the two" }];
  }
  if (given("issuer") && given("issuerCertificatePem")) {
    return [{ property: "issuer", reason: "is in issuerCertificatePem already; give one of the two" }];
  }
  if (given("clientCertificatePem") && given("issuer")) {
    const reason = "cannot be checked against clientCertificatePem; give issuerCertificatePem instead";
    return [{ property: "issuer", reason }];
  }
  if (given("subject") && !given("issuer") && !given("issuerCertificatePem")) {
    return [{ property: "issuer", reason: "is required with subject, or issuerCertificatePem" }];
  }
  return [];
}

/** What is wrong with a password. The reason never repeats it, and the nested path keeps the engine from printing it. */
export function checkPassword(value: unknown): ValidationIssue[] {
  if (typeof value !== "string" || isUnknown(value) || value === "") return [];
  const property = "password.text";
  if (value.trim() === "") return [{ property, reason: "must not be blank" }];
  const tooLong = { property, reason: `must have at most ${MAX_PASSWORD_LENGTH} characters` };
  return value.length > MAX_PASSWORD_LENGTH ? [tooLong] : [];
}
