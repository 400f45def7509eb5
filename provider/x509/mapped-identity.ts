import { X509Certificate } from "node:crypto";
import {
  CLIENT_AUTH,
  MAX_CHAIN_BYTES,
  bytesOf,
  certificateBlocks,
  isForClients,
  isSelfSigned,
  thumbprintOf,
} from "./certificate";
import { signing } from "./key-usage";
import { namesIn } from "./names";

/** What a WinRM service reads from a client's certificate, and what would keep it from taking it. Pure. */

/** A certificate that a service can map. */
export interface MappedIdentity {
  /** User principal name, or DNS name, of the subject alternative name. */
  readonly subject: string;
  /** SHA-1 thumbprint of the certificate that signed it; 40 upper-case hex digits. */
  readonly issuer: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** Which of the two texts is wrong, and how. */
export interface CertificateProblem {
  readonly of: "client" | "issuer";
  readonly reason: string;
}

/** A result, or everything that is wrong. */
export type CertificateReading =
  | { readonly ok: true; readonly certificate: MappedIdentity }
  | { readonly ok: false; readonly problems: readonly CertificateProblem[] };

/**
 * Reads the client's certificate, and finds the certificate that signed it.
 * @param clientPem the client's certificate; certificates of authorities beside it count as issuers and as sent along.
 * @param issuerPem certificates of authorities; not needed for a certificate that signed itself.
 */
export function readMappedIdentity(clientPem: string, issuerPem: string | undefined): CertificateReading {
  const client = certificatesIn(clientPem);
  if (typeof client === "string") return failed("client", client);
  const given = issuerPem === undefined ? [] : certificatesIn(issuerPem);
  if (typeof given === "string") return failed("issuer", given);
  const [leaf, another] = leavesOf(client);
  if (leaf === undefined) return failed("client", "holds certificates of authorities only, and none of a client");
  if (another !== undefined) return failed("client", "holds several client certificates; make one CertMapping of each");
  // OpenSSL finds no issuer of a certificate whose extensions it cannot read: nothing more can be told.
  if (signing(leaf) === "unreadable") {
    return failed(
      "client",
      "has a key usage that is not DER; have it issued again, with the key usage digitalSignature",
    );
  }
  const problems = leafProblems(leaf, client);
  const names = altNames(leaf);
  if (typeof names === "string") problems.push({ of: "client", reason: names });
  const issuer = issuerOf(leaf, [...given, ...client.filter(({ ca }) => ca)]);
  if (typeof issuer === "string") problems.push({ of: given.length === 0 ? "client" : "issuer", reason: issuer });
  if (typeof names === "string" || typeof issuer === "string" || problems.length > 0) return { ok: false, problems };
  const [validFrom, validTo] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  return { ok: true, certificate: { subject: names.name, issuer: thumbprintOf(issuer), validFrom, validTo } };
}

/** The thumbprint of the one authority in a PEM text, or what is wrong with the text. */
export function readIssuer(issuerPem: string): { readonly thumbprint: string } | { readonly reason: string } {
  const certificates = certificatesIn(issuerPem);
  if (typeof certificates === "string") return { reason: certificates };
  const [issuer, another] = certificates;
  if (issuer === undefined || another !== undefined) {
    return { reason: "must hold exactly one certificate beside a subject: the one that signs the clients'" };
  }
  return { thumbprint: thumbprintOf(issuer) };
}

/**
 * Those of no authority. `openssl req -x509` makes an authority of whatever signs itself, so one alone is the client's,
 * unless its key usage is that of an authority.
 */
function leavesOf(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  const [only] = certificates;
  if (only !== undefined && certificates.length === 1 && isSelfSigned(only) && signing(only) !== "forbidden")
    return [only];
  return certificates.filter(({ ca }) => !ca);
}

function failed(of: CertificateProblem["of"], reason: string): CertificateReading {
  return { ok: false, problems: [{ of, reason }] };
}

function certificatesIn(pem: string): X509Certificate[] | string {
  if (/PRIVATE KEY-----/.test(pem))
    return "holds a private key, which must never enter state; give the certificate only";
  const blocks = certificateBlocks(pem);
  if (blocks.length === 0) return "holds no certificate in PEM; it begins with -----BEGIN CERTIFICATE-----";
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return "holds a certificate that cannot be read; export it once more, it may be cut off";
  }
}

function leafProblems(leaf: X509Certificate, sent: readonly X509Certificate[]): CertificateProblem[] {
  const reasons: string[] = [];
  if (!isForClients(leaf)) {
    reasons.push(`is not for client authentication: its extended key usage lacks ${CLIENT_AUTH}`);
  }
  if (signing(leaf) === "forbidden") {
    reasons.push("is not for signing: its key usage lacks digitalSignature, and TLS needs it");
  }
  const bytes = bytesOf(sent);
  if (bytes > MAX_CHAIN_BYTES) {
    reasons.push(`has ${bytes} bytes with what is sent along, and WinRM services take at most ${MAX_CHAIN_BYTES}`);
  }
  return reasons.map((reason) => ({ of: "client", reason }));
}

/** Who a client is to a service: every name of its certificate, and the issuer's thumbprint where the chain has it. */
export function identitiesOf(chainPem: string): { readonly names: readonly string[]; readonly issuer?: string } {
  const [leaf, ...others] = certificateBlocks(chainPem).map((block) => new X509Certificate(block));
  if (leaf === undefined) return { names: [] };
  const { upns, dns } = namesIn(leaf);
  const signer = others.find((one) => leaf.checkIssued(one) && leaf.verify(one.publicKey));
  const issuer = isSelfSigned(leaf) ? leaf : signer;
  return { names: [...upns, ...dns], ...(issuer === undefined ? {} : { issuer: thumbprintOf(issuer) }) };
}

/** The one name that a service compares: a UPN or a DNS name, and not both (0x80338148). */
function altNames(leaf: X509Certificate): { readonly name: string } | string {
  const { upns, dns } = namesIn(leaf);
  const [first, second] = [...upns, ...dns];
  if (first === undefined) {
    return "has no user principal name and no DNS name in its subject alternative name (the subject itself does not count)";
  }
  if (upns.length > 0 && dns.length > 0) {
    return "has both a user principal name and a DNS name, and WinRM takes certificates with one of the two only";
  }
  if (second !== undefined) return "has several names; say which one counts with subject and issuer instead";
  return { name: first };
}

function issuerOf(leaf: X509Certificate, candidates: readonly X509Certificate[]): X509Certificate | string {
  if (isSelfSigned(leaf)) return leaf;
  if (candidates.length === 0) return "is not self-signed; set issuerCertificatePem to the certificate that signed it";
  const named = candidates.filter((candidate) => leaf.checkIssued(candidate));
  const issuer = named.find((candidate) => leaf.verify(candidate.publicKey));
  if (issuer === undefined) {
    return named.length > 0
      ? "has the name of the issuer, but did not sign the client certificate: it is another certificate of that name"
      : `did not sign the client certificate, whose issuer is ${leaf.issuer.replaceAll("\n", ", ")}`;
  }
  return issuer.ca ? issuer : "may not sign certificates: it is not a CA certificate";
}
