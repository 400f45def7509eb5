/** Certificates for TLS tests: self-signed, for any name and any time. */
import { X509Certificate } from "node:crypto";
import { pki } from "node-forge";
import type { CertificatePair } from "../../../simulator";
import { signCertificate } from "../../../simulator/windows/certificate";
import { keysNamed } from "./keys";

const DAY_MS = 24 * 60 * 60 * 1000;
const DNS_NAME = 2;
const IP_ADDRESS = 7;

const keys = keysNamed("server");

/** What a certificate may have of its own. */
export interface ServerCertificate {
  /** First and last day of validity, counted from today. */
  readonly days?: readonly [number, number];
  /** An enhanced key usage. */
  readonly usage?: "clientAuth" | "serverAuth";
}

/** A self-signed certificate. */
export function certificateFor(names: readonly string[], about: ServerCertificate = {}): CertificatePair {
  const [first, last] = about.days ?? [-1, 30];
  const certificate = pki.createCertificate();
  const subject = [{ name: "commonName", value: names[0] ?? "test" }];
  certificate.serialNumber = "4001";
  certificate.publicKey = pki.publicKeyFromPem(keys.publicKey);
  certificate.validity.notBefore = new Date(Date.now() + first * DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + last * DAY_MS);
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  const altNames = names.map((name) =>
    /^[\d.]+$|:/.test(name) ? { type: IP_ADDRESS, ip: name } : { type: DNS_NAME, value: name },
  );
  certificate.setExtensions([
    { name: "subjectAltName", altNames },
    ...(about.usage === undefined ? [] : [{ name: "extKeyUsage", [about.usage]: true }]),
  ]);
  signCertificate(certificate, keys.privateKey);
  return { keyPem: keys.privateKey, certPem: pki.certificateToPem(certificate) };
}

/** The same, but for the last day of its validity, which is none: its signature is broken, which nobody checks of a self-signed one. */
export function withUnreadableEnd({ keyPem, certPem }: CertificatePair): CertificatePair {
  const der = Buffer.from(new X509Certificate(certPem).raw);
  // The two times of the validity; a tag and a length alone may also stand in the key or the signature.
  const [, end] = der.toString("latin1").matchAll(/\d{12}Z/g);
  der.write("991399999999Z", end!.index, "latin1");
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return { keyPem, certPem: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n") };
}
