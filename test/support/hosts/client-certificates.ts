/** Authorities and client certificates for tests, with whatever is right or wrong about them. */
import { X509Certificate } from "node:crypto";
import { asn1, pki, util } from "node-forge";
import type { CertificatePair } from "../../../simulator";
import { signCertificate } from "../../../simulator/windows/certificate";
import { type Keys, keysNamed } from "./keys";

const DAY_MS = 24 * 60 * 60 * 1000;
const UPN = "1.3.6.1.4.1.311.20.2.3";
const SUBJECT_ALT_NAME = "2.5.29.17";
/** Context tags, which the library takes where universal types stand. */
const [CONTEXT_0, DNS_NAME] = [0, 2] as unknown as [asn1.Type, asn1.Type];

/** What a certificate is made of; each default is what Windows wants. */
export interface CertificateAbout {
  readonly upn?: string | undefined;
  readonly dns?: string;
  readonly commonName?: string;
  /** The first and last day of validity, counted from today. */
  readonly days?: readonly [number, number];
  /** Default: clientAuth. `none` leaves the extension out. */
  readonly usage?: "clientAuth" | "serverAuth" | "none";
  /** Default: digitalSignature. `none` leaves the extension out; others are bytes of its content. */
  readonly keyUsage?: "digitalSignature" | "keyEncipherment" | "none" | Buffer;
  /** Bytes of an extension that nobody knows, to make the certificate long. */
  readonly padding?: number;
}

const [authorityKeys, clientKeys] = [keysNamed("authority"), keysNamed("client")];
let serial = 0x4000;

/** SHA-1 thumbprint, 40 upper-case hexadecimal digits. */
export function thumbprint(pem: string): string {
  return new X509Certificate(pem).fingerprint.replaceAll(":", "");
}

/** An authority that signed itself, or was signed by another. */
export function authority(commonName = "Test CA", signer?: CertificatePair): CertificatePair {
  const extensions = [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
  ];
  return make(commonName, authorityKeys, { extensions, signer, days: [-1, 30] });
}

/** A client's certificate. @param signer the authority; without it the certificate signs itself. */
export function clientCertificate(about: CertificateAbout = {}, signer?: CertificatePair): CertificatePair {
  const { usage = "clientAuth", keyUsage = "digitalSignature", days = [-1, 90] } = about;
  const extensions: object[] = [
    { name: "basicConstraints", cA: false },
    ...usageOf(keyUsage),
    ...(usage === "none" ? [] : [{ name: "extKeyUsage", [usage]: true }]),
    ...altName(about),
    ...(about.padding === undefined ? [] : [{ id: "1.3.6.1.4.1.55555.1", value: octets(about.padding) }]),
  ];
  return make(about.commonName ?? about.upn ?? about.dns ?? "client", clientKeys, { extensions, signer, days });
}

function usageOf(keyUsage: NonNullable<CertificateAbout["keyUsage"]>): object[] {
  if (keyUsage === "none") return [];
  if (typeof keyUsage !== "string") return [{ id: "2.5.29.15", value: keyUsage.toString("latin1"), critical: true }];
  return [{ name: "keyUsage", [keyUsage]: true, critical: true }];
}

function octets(length: number): string {
  return asn1.toDer(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, "x".repeat(length))).getBytes();
}

function altName({ upn, dns }: CertificateAbout): object[] {
  const { create, Class, Type } = asn1;
  const names = [];
  if (upn !== undefined) {
    const value = create(Class.UNIVERSAL, Type.UTF8, false, util.encodeUtf8(upn));
    const oid = create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(UPN).getBytes());
    names.push(
      create(Class.CONTEXT_SPECIFIC, CONTEXT_0, true, [oid, create(Class.CONTEXT_SPECIFIC, CONTEXT_0, true, [value])]),
    );
  }
  if (dns !== undefined) names.push(create(Class.CONTEXT_SPECIFIC, DNS_NAME, false, dns));
  if (names.length === 0) return [];
  const value = asn1.toDer(create(Class.UNIVERSAL, Type.SEQUENCE, true, names)).getBytes();
  return [{ id: SUBJECT_ALT_NAME, value }];
}

function make(
  commonName: string,
  keys: Keys,
  about: {
    readonly extensions: object[];
    readonly signer: CertificatePair | undefined;
    readonly days: readonly [number, number];
  },
): CertificatePair {
  const certificate = pki.createCertificate();
  const subject = [{ name: "commonName", value: commonName }];
  certificate.serialNumber = (serial += 1).toString(16);
  certificate.publicKey = pki.publicKeyFromPem(keys.publicKey);
  certificate.validity.notBefore = new Date(Date.now() + about.days[0] * DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + about.days[1] * DAY_MS);
  certificate.setSubject(subject);
  certificate.setIssuer(
    about.signer === undefined ? subject : pki.certificateFromPem(about.signer.certPem).subject.attributes,
  );
  certificate.setExtensions(about.extensions);
  signCertificate(certificate, about.signer === undefined ? keys.privateKey : about.signer.keyPem);
  return { keyPem: keys.privateKey, certPem: pki.certificateToPem(certificate) };
}
