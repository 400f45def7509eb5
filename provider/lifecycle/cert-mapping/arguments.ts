import type { CertMappingKey } from "../../host/cert-mappings";
import { type Check, type ValidationIssue, boolean, isAbsent, object, secret, string } from "../../contract/checks";
import { type MappedIdentity, readIssuer, readMappedIdentity } from "../../x509/mapped-identity";
import type { SecretValue } from "../../contract/connection";
import { SHARED_CHECKS, type SharedInputs } from "../lifecycle";
import { isUnknown } from "../../contract/unknown";

/** Arguments of `CertMapping`. */
export interface CertMappingInputs extends SharedInputs {
  /**
   * The user principal name (`deploy@localhost`) or DNS name in the client certificate's subject alternative name; at most
   * one `*`, first or last. It is not the subject's distinguished name. Instead of it: `clientCertificatePem`.
   */
  subject?: string;
  /**
   * SHA-1 thumbprint of the certificate that directly signed the client certificate; its own if it is self-signed. The
   * host must have it in LocalMachine\Root or LocalMachine\CA. Instead of it: `issuerCertificatePem`.
   */
  issuer?: string;
  /** The client certificate in PEM; subject and issuer are read from it. Authorities beside it count as issuers. */
  clientCertificatePem?: string;
  /** The certificate that signed the client certificate in PEM, unless it is self-signed. */
  issuerCertificatePem?: string;
  /** Resource URIs that the mapping is good for; `*` may stand at the end. Default `*`: all. */
  uri?: string;
  /** A local account of the host, by its bare name. */
  userName: string;
  /** The account's password, best as a reference. The host tries it once with each write, and keeps it. */
  password: SecretValue;
  /** Whether the mapping lets anybody in. Default `true`. */
  enabled?: boolean;
  /**
   * Take over a mapping with this key that this resource did not make. Its user name and password are overwritten, and
   * destroy cannot put a password back. Default `false`: refuse.
   */
  adopt?: boolean;
  /** Go on although the connection logs in through this mapping. Default `false`. */
  acceptLockout?: boolean;
}

/** The mapping that a program wants, fully defaulted. */
export interface WantedMapping {
  readonly key: CertMappingKey;
  readonly userName: string;
  readonly enabled: boolean;
  /** The certificate that the key was read from, if there is one. */
  readonly certificate?: MappedIdentity;
}

const MAX_KEY_LENGTH = 1023;
const MAX_PASSWORD_LENGTH = 255;
const MAX_USER_LENGTH = 20;

const checkShape = object(
  {
    ...SHARED_CHECKS,
    subject: checkSubject(),
    issuer: checkIssuer(),
    clientCertificatePem: pem(),
    issuerCertificatePem: pem(),
    uri: checkUri(),
    userName: checkUserName(),
    password: secret(),
    enabled: boolean(),
    adopt: boolean(),
    acceptLockout: boolean(),
  },
  ["connection", "userName", "password"],
);

/** Everything that is wrong with the arguments, without the network and without a clock. */
export function checkMapping(inputs: Record<string, unknown>): ValidationIssue[] {
  const problems = [...checkShape(inputs, ""), ...checkSources(inputs), ...checkPassword(inputs["password"])];
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
  if (issuer !== undefined) return compact(issuer);
  const read = issuerCertificatePem === undefined ? { reason: "" } : readIssuer(issuerCertificatePem);
  return "thumbprint" in read ? read.thumbprint : "";
}

/** Thumbprints are copied with blanks and colons. */
function compact(thumbprint: string): string {
  return thumbprint.replace(/[: ]/g, "").toUpperCase();
}

/** Where the key comes from: a name and a thumbprint, or certificates. */
function checkSources(inputs: Record<string, unknown>): ValidationIssue[] {
  const given = (name: string) => !isAbsent(inputs[name]);
  if (!given("subject") && !given("clientCertificatePem")) {
    return [{ property: "subject", reason: "is required, or clientCertificatePem, from which it is read" }];
  }
  if (given("subject") && given("clientCertificatePem")) {
    return [{ property: "subject", reason: "stands in clientCertificatePem already; give one of the two" }];
  }
  if (given("issuer") && given("issuerCertificatePem")) {
    return [{ property: "issuer", reason: "stands in issuerCertificatePem already; give one of the two" }];
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

function checkSubject(): Check {
  return (value, property) => {
    const problems = string()(value, property);
    if (problems.length > 0 || typeof value !== "string") return problems;
    const wrong = (reason: string) => [{ property, reason }];
    if (value.length > MAX_KEY_LENGTH) return wrong(`must have at most ${MAX_KEY_LENGTH} characters`);
    if (!/^(?:\*?[^*]*|[^*]*\*)$/.test(value)) return wrong("may hold one *, as its first or its last character");
    if (/^\s*(?:CN|OU|O|DC|E)\s*=/i.test(value)) {
      return wrong(
        "is a distinguished name; WinRM compares the user principal name or DNS name in the subject alternative name, such as deploy@localhost",
      );
    }
    return value.trim() === value ? [] : wrong("must not begin or end with a blank");
  };
}

function checkIssuer(): Check {
  return (value, property) => {
    const problems = string()(value, property);
    if (problems.length > 0 || typeof value !== "string") return problems;
    const wrong = (reason: string) => [{ property, reason }];
    // Windows' certificate dialog puts an invisible U+200E before the thumbprint.
    if (/[^\x20-\x7e]/.test(value)) return wrong("holds an invisible or foreign character; type the first digits anew");
    const digits = compact(value);
    if (/^[0-9A-F]{64}$/.test(digits))
      return wrong("is a SHA-256 fingerprint; WinRM wants the SHA-1 thumbprint (40 hex digits)");
    return /^[0-9A-F]{40}$/.test(digits) ? [] : wrong("must be a SHA-1 thumbprint: 40 hex digits");
  };
}

function checkUri(): Check {
  return (value, property) => {
    const problems = string()(value, property);
    if (problems.length > 0 || typeof value !== "string") return problems;
    const wrong = (reason: string) => [{ property, reason }];
    if (value.length > MAX_KEY_LENGTH) return wrong(`must have at most ${MAX_KEY_LENGTH} characters`);
    if (/[\s?]/.test(value)) return wrong("must not hold blanks or ?");
    return /^[^*]*\*?$/.test(value) ? [] : wrong("may hold one *, as its last character");
  };
}

function checkUserName(): Check {
  return (value, property) => {
    const problems = string()(value, property);
    if (problems.length > 0 || typeof value !== "string") return problems;
    const wrong = (reason: string) => [{ property, reason }];
    if (/[\\@]/.test(value)) {
      return wrong(
        "must be the bare name of a local account: WinRM maps certificates to local accounts only, never to accounts of a domain",
      );
    }
    if (/["/[\]:;|=,+*?<>]/.test(value) || value.trim() !== value)
      return wrong("is no account name that Windows takes");
    return value.length <= MAX_USER_LENGTH ? [] : wrong(`must have at most ${MAX_USER_LENGTH} characters`);
  };
}

/** What is wrong with a password. The reason never repeats it, and the nested path keeps the engine from printing it. */
export function checkPassword(value: unknown): ValidationIssue[] {
  if (typeof value !== "string" || isUnknown(value) || value === "") return [];
  const property = "password.text";
  if (value.trim() === "") return [{ property, reason: "must not be blank" }];
  const tooLong = { property, reason: `must have at most ${MAX_PASSWORD_LENGTH} characters` };
  return value.length > MAX_PASSWORD_LENGTH ? [tooLong] : [];
}

/** PEM has line breaks, which other texts must not have. */
function pem(): Check {
  return (value, property) => {
    if (typeof value !== "string") return [{ property, reason: "must be a certificate as PEM text" }];
    return value.trim() === "" ? [{ property, reason: "must not be empty; leave the argument out instead" }] : [];
  };
}
