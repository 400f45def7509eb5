import type { X509Certificate } from "node:crypto";

/** Reading certificates, and the rules that hold wherever a client's certificate is judged. */

/** What WinRM services take at most, the client's chain included, bytes of DER ([MS-WSMV] 2.2.4.3). */
export const MAX_CHAIN_BYTES = 16 * 1024;
/** id-kp-clientAuth (RFC 5280 §4.2.1.12). */
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const ANY_USAGE = "2.5.29.37.0";
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The PEM blocks of a string, in its order. */
export function certificateBlocks(pem: string): readonly string[] {
  return pem.match(BLOCK) ?? [];
}

/**
 * True if a certificate may authenticate a client: its extended key usage names that, or any purpose; a certificate
 * without the extension is for any purpose (RFC 5280 §4.2.1.12; Windows' CertGetEnhancedKeyUsage says the same).
 */
export function isForClients(certificate: X509Certificate): boolean {
  // Node calls the extended key usage keyUsage; the types say that it is always there.
  const usages = certificate.keyUsage as string[] | undefined;
  return usages === undefined || usages.includes(CLIENT_AUTH) || usages.includes(ANY_USAGE);
}

/** Bytes of DER. */
export function bytesOf(certificates: readonly X509Certificate[]): number {
  return certificates.reduce((sum, { raw }) => sum + raw.length, 0);
}

/** It names itself as its issuer, and its own key signed it. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}

/** SHA-1 thumbprint, 40 upper-case hex digits. */
export function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(":", "");
}
