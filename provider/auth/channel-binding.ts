/** The channel binding that ties a logon to the TLS connection below it: tls-server-end-point. RFC 5929 §4 */
import { createHash } from "node:crypto";
import { WinrmError } from "../errors";
import { contextTag, DER, DerReader } from "./der";

type HashName = "sha224" | "sha256" | "sha384" | "sha512";

/** DER bytes of the object identifiers, in hex, of signature algorithms whose hash is not SHA-256. */
const HASH_OF_SIGNATURE: Readonly<Record<string, HashName>> = {
  "2a864886f70d01010c": "sha384", // sha384WithRSAEncryption
  "2a864886f70d01010d": "sha512", // sha512WithRSAEncryption
  "2a864886f70d01010e": "sha224", // sha224WithRSAEncryption
  "2a8648ce3d040301": "sha224", // ecdsa-with-SHA224
  "2a8648ce3d040303": "sha384", // ecdsa-with-SHA384
  "2a8648ce3d040304": "sha512", // ecdsa-with-SHA512
};
const RSASSA_PSS = "2a864886f70d01010a";
/** The hash algorithms that RSASSA-PSS names in its parameters; SHA-1, their default, is replaced by SHA-256. */
const HASH_OF_PSS: Readonly<Record<string, HashName>> = {
  "608648016503040202": "sha384",
  "608648016503040203": "sha512",
  "608648016503040204": "sha224",
};

/**
 * The application data of the binding: `tls-server-end-point:` and the hash of the server's certificate. The hash is the
 * one of the certificate's signature algorithm, with SHA-256 in the place of MD5 and SHA-1 (RFC 5929 §4.1). Where the
 * algorithm names no hash (Ed25519, which RFC 5929 leaves undefined) or is not known, SHA-256 too.
 * @param certificateDer the certificate of the very connection that carries the logon.
 * @throws WinrmError `WINRM_E_HANDSHAKE` if the bytes are no certificate.
 */
export function tlsServerEndPoint(certificateDer: Buffer): Buffer {
  const hash = createHash(signatureHash(certificateDer)).update(certificateDer).digest();
  return Buffer.concat([Buffer.from("tls-server-end-point:", "ascii"), hash]);
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER, parameters }, … } */
function signatureHash(certificateDer: Buffer): HashName {
  const certificate = new DerReader(certificateDer, notACertificate).enter(DER.SEQUENCE);
  certificate.take(DER.SEQUENCE);
  const algorithm = certificate.enter(DER.SEQUENCE);
  const name = algorithm.take(DER.OBJECT_IDENTIFIER).toString("hex");
  return name === RSASSA_PSS ? pssHash(algorithm) : (HASH_OF_SIGNATURE[name] ?? "sha256");
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] SEQUENCE { OBJECT IDENTIFIER, … } DEFAULT sha1, … } */
function pssHash(algorithm: DerReader): HashName {
  const parameters = algorithm.atEnd ? undefined : algorithm.enter(DER.SEQUENCE);
  if (parameters?.tag !== contextTag(0)) return "sha256";
  const name = parameters.enter(contextTag(0)).enter(DER.SEQUENCE).take(DER.OBJECT_IDENTIFIER).toString("hex");
  return HASH_OF_PSS[name] ?? "sha256";
}

function notACertificate(): never {
  throw new WinrmError("WINRM_E_HANDSHAKE", "The server's certificate cannot be read.");
}
