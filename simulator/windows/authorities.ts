/**
 * The certificate authorities that a host trusts (`LocalMachine\Root` and `LocalMachine\CA`), and what they vouch for.
 * Assumed (certificate-purpose, certificate-stores).
 */

import { X509Certificate } from "node:crypto";
import { WinrmError } from "../../provider/errors";

/** What a client certificate says to the host. */
export interface ClientCertificate {
  /** The user principal names and DNS names of its subject alternative name. */
  readonly names: readonly string[];
  /** SHA-1 thumbprint of the certificate that signed it: 40 upper-case hexadecimal digits. */
  readonly issuer: string;
}

/** A certificate that the host does not accept. */
export interface CertificateRefusal {
  /** Why, in words for a person. */
  readonly refusal: string;
}

/** All certificates of a client together, in DER ([MS-WSMV] 1.5: 16 KB). */
const MAX_BYTES = 16 * 1024;
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const ANY_PURPOSE = "2.5.29.37.0";
const MAX_CHAIN = 8;

/** The trusted authorities of one host. */
export class Authorities {
  readonly #certificates: X509Certificate[] = [];
  readonly #revoked = new Set<string>();

  /** @throws WinrmError `WINRM_E_ARGUMENT` for a text that is no PEM certificate. */
  constructor(pems: readonly string[]) {
    for (const pem of pems) this.add(pem);
  }

  /** Trusts one more certificate. @throws WinrmError `WINRM_E_ARGUMENT` for a text that is no PEM certificate. */
  add(pem: string): void {
    try {
      this.#certificates.push(new X509Certificate(pem));
    } catch (cause) {
      throw new WinrmError("WINRM_E_ARGUMENT", "an authority must be a certificate as PEM text", { cause });
    }
  }

  /** Forgets a certificate. @param thumbprint SHA-1, hexadecimal digits. */
  remove(thumbprint: string): void {
    const index = this.#certificates.findIndex((one) => thumbprintOf(one) === thumbprint.toUpperCase());
    if (index >= 0) this.#certificates.splice(index, 1);
  }

  /** Its issuer has revoked a certificate, of a client or an authority. @param thumbprint SHA-1, hexadecimal digits. */
  revoke(thumbprint: string): void {
    this.#revoked.add(thumbprint.toUpperCase());
  }

  /** The certificate is in the stores and may sign: it is an authority, or it is self-signed and stands for itself. */
  maySign(thumbprint: string): boolean {
    return this.#certificates.some(
      (one) => thumbprintOf(one) === thumbprint.toUpperCase() && (one.ca || isSelfSigned(one)),
    );
  }

  /**
   * Judges the certificate of a client as the host does before it looks for a mapping.
   * @param chain what the client sent, its own certificate first.
   */
  judge(chain: readonly X509Certificate[], now = new Date()): ClientCertificate | CertificateRefusal {
    const [own] = chain;
    if (own === undefined) return { refusal: "no client certificate" };
    if (chain.reduce((bytes, one) => bytes + one.raw.length, 0) > MAX_BYTES) {
      return { refusal: "the client certificate is larger than 16 KB" };
    }
    // In Node the extended key usage is called keyUsage. Without it the certificate is for any purpose (RFC 5280 §4.2.1.12).
    const usages = own.keyUsage as readonly string[] | undefined;
    if (usages !== undefined && !usages.includes(CLIENT_AUTH) && !usages.includes(ANY_PURPOSE)) {
      return { refusal: "the client certificate is not for client authentication" };
    }
    const path = this.#path(own, chain.slice(1));
    if (path === undefined) return { refusal: "the issuer of the client certificate is not trusted" };
    if (path.some((one) => now < new Date(one.validFrom) || now > new Date(one.validTo))) {
      return { refusal: "the client certificate or an issuer is expired or not valid yet" };
    }
    // Assumed (certificate-purpose): checked as for event forwarding, of which Microsoft's pages say it.
    if (path.some((one) => this.#revoked.has(thumbprintOf(one)))) {
      return { refusal: "the client certificate or an issuer is revoked" };
    }
    return { names: namesOf(own), issuer: thumbprintOf(path[1] ?? own) };
  }

  /** From the client's certificate to one that the host has and that signed itself. */
  #path(own: X509Certificate, sent: readonly X509Certificate[]): X509Certificate[] | undefined {
    const path = [own];
    for (let current = own; path.length <= MAX_CHAIN; ) {
      if (isSelfSigned(current)) return this.#has(current) ? path : undefined;
      const issuer = [...this.#certificates, ...sent].find((candidate) => signed(candidate, current));
      if (issuer === undefined) return undefined;
      path.push(issuer);
      current = issuer;
    }
    return undefined;
  }

  #has(certificate: X509Certificate): boolean {
    return this.#certificates.some((one) => one.raw.equals(certificate.raw));
  }
}

function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}

function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(":", "");
}

/** Node writes `othername:UPN:ops@localhost, DNS:runner.example`, and a name with special characters as JSON text. */
function namesOf(certificate: X509Certificate): string[] {
  const text = certificate.subjectAltName ?? "";
  const names = text.matchAll(/(?:^|, )(?:othername:UPN:|DNS:)("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...names].map(([, name = ""]) => (name.startsWith('"') ? String(JSON.parse(name)) : name));
}
