/** The self-signed certificate of a host's https listener. */

import { constants, generateKeyPair, privateEncrypt, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { md, pki } from "node-forge";

/** A certificate and its key as PEM text. */
export interface CertificatePair {
  readonly keyPem: string;
  readonly certPem: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 365;
const IP_ADDRESS = 7;
const DNS_NAME = 2;

/** Making a key takes longer than all the rest of a host: the hosts of one process share it. */
let sharedKeys: ReturnType<typeof makeKeys> | undefined;

function makeKeys() {
  return promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/** Makes a certificate of its own for the host's name, `localhost` and 127.0.0.1, valid for a year from yesterday. */
export async function selfSignedCertificate(hostName: string): Promise<CertificatePair> {
  const keys = await (sharedKeys ??= makeKeys());
  const certificate = pki.createCertificate();
  const name = [{ name: "commonName", value: hostName }];
  const serial = randomBytes(16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  certificate.serialNumber = serial.toString("hex");
  certificate.publicKey = pki.publicKeyFromPem(keys.publicKey);
  certificate.validity.notBefore = new Date(Date.now() - DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + VALID_DAYS * DAY_MS);
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectKeyIdentifier" },
    {
      name: "subjectAltName",
      altNames: [
        { type: DNS_NAME, value: hostName },
        { type: DNS_NAME, value: "localhost" },
        { type: IP_ADDRESS, ip: "127.0.0.1" },
      ],
    },
  ]);
  signCertificate(certificate, keys.privateKey);
  return { keyPem: keys.privateKey, certPem: pki.certificateToPem(certificate) };
}

/** DigestInfo of SHA-256 before the digest itself (RFC 8017 §9.2, note 1). */
const SHA_256_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** A certificate of `node-forge`, whose types a published declaration must not need. */
interface Signable {
  sign(key: never, digest: never): void;
}

/** Signs with RSA and SHA-256. Node does the arithmetic: in JavaScript it takes twenty times as long. */
export function signCertificate(certificate: Signable, keyPem: string): void {
  const signer = {
    sign: (digest: md.MessageDigest) => {
      const info = Buffer.concat([SHA_256_INFO, Buffer.from(digest.digest().getBytes(), "latin1")]);
      return privateEncrypt({ key: keyPem, padding: constants.RSA_PKCS1_PADDING }, info).toString("latin1");
    },
  };
  certificate.sign(signer as never, md.sha256.create() as never);
}
