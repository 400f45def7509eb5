/**
 * The client certificate that a logon shows in TLS, and all that can be wrong with it before anything is sent. It lives
 * here and not with the other methods, because a connection is described with it before there is a session.
 */
import { type KeyObject, X509Certificate, createHash, createHmac, createPrivateKey, randomBytes } from "node:crypto";
import { createSecureContext } from "node:tls";
import { CLIENT_AUTH, MAX_CHAIN_BYTES, bytesOf, certificateBlocks, isForClients } from "./certificate";
import { printable } from "../printable";
import { unprintable } from "../unprintable";
import { namesIn } from "./names";
import { readPfx, unusable } from "./pfx";

/** A certificate with its key, in memory only. */
export interface ClientCertificate {
  /** UPN of the subject alternative name, else the subject; for messages. */
  readonly name: string;
  /** SHA-256 of the certificate, 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** PEM: the certificate, then the others of the chain in the order given. */
  readonly chainPem: string;
  /** PEM of the key, PKCS #8, not encrypted. */
  readonly keyPem: string;
  /** Texts that must not leave the process. */
  readonly secrets: readonly string[];
}

/** What a program gives: PEM texts, or a PFX (PKCS #12). */
export type CertificateMaterial =
  | {
      readonly kind: "pem";
      readonly certificatePem: string;
      readonly privateKeyPem: string;
      readonly passphrase: string | undefined;
    }
  | { readonly kind: "pfx"; readonly pfx: Buffer; readonly passphrase: string | undefined };

/** Keys of this process only: what is kept says nothing of the key and its passphrase. */
const PROCESS_KEY = randomBytes(32);
/** Opening a PFX takes tens of milliseconds, and each operation resolves its connection again. */
const known = new Map<string, ClientCertificate>();

/**
 * Reads and judges a certificate and its key.
 * @param at The time at which it must be valid.
 * @throws WinrmError `WINRM_E_ARGUMENT` that says what is wrong: unreadable, wrong passphrase, another key, larger than
 * 16 KiB, expired or not valid yet, not for client authentication, too weak.
 */
export function readClientCertificate(material: CertificateMaterial, at: Date = new Date()): ClientCertificate {
  const hash = createHmac("sha256", PROCESS_KEY);
  for (const part of Object.values(material)) hash.update(`${String(part).length}:`).update(part ?? "");
  const key = hash.digest("base64");
  const certificate = known.get(key) ?? open(material);
  checkTime(new X509Certificate(certificate.chainPem), at);
  known.set(key, certificate);
  return certificate;
}

function open(material: CertificateMaterial): ClientCertificate {
  const { certificates, key } = material.kind === "pem" ? openPem(material) : openPfx(material);
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (leaf === undefined) {
    throw unusable("the private key belongs to another certificate", "give the certificate and the key of one pair");
  }
  const chain = [leaf, ...certificates.filter((certificate) => certificate !== leaf)];
  checkSize(chain);
  checkUsage(leaf);
  const chainPem = chain.map(String).join("");
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  checkStrength(chainPem, keyPem);
  const certificate: ClientCertificate = {
    name: nameOf(leaf),
    fingerprint: createHash("sha256").update(leaf.raw).digest("hex"),
    chainPem,
    keyPem,
    secrets: secretsIn(material, keyPem),
  };
  return unprintable(certificate, "keyPem", "secrets");
}

interface Opened {
  readonly certificates: readonly X509Certificate[];
  readonly key: KeyObject;
}

function openPem(material: Extract<CertificateMaterial, { kind: "pem" }>): Opened {
  const blocks = certificateBlocks(material.certificatePem);
  if (blocks.length === 0) {
    throw unusable(
      "auth.certificatePem holds no certificate in PEM",
      "it begins with -----BEGIN CERTIFICATE-----, followed by the others of the chain",
    );
  }
  return { certificates: blocks.map(parse), key: privateKey(material.privateKeyPem, material.passphrase) };
}

function openPfx({ pfx, passphrase }: Extract<CertificateMaterial, { kind: "pfx" }>): Opened {
  const { certificates, key } = readPfx(pfx, passphrase);
  return {
    certificates: certificates.map(parse),
    key: createPrivateKey({ key, format: "der", type: "pkcs8" }),
  };
}

function parse(certificate: string | Buffer): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch {
    throw unusable("a certificate of the chain cannot be read", "export it once more; it may be cut off");
  }
}

/** What OpenSSL says is not passed on: it knows the key. */
function privateKey(pem: string, passphrase: string | undefined): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw unusable(
      "auth.privateKeyPem holds no private key in PEM",
      "it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED PRIVATE KEY-----",
    );
  }
  const encrypted = pem.includes("ENCRYPTED");
  if (encrypted && passphrase === undefined) throw unusable("the private key is encrypted", "set auth.passphrase");
  try {
    return createPrivateKey({ key: pem, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    throw encrypted
      ? unusable("auth.passphrase does not open the private key", "correct the passphrase; nothing was sent")
      : unusable("the private key cannot be read", "export it once more; it may be cut off or of an unknown kind");
  }
}

function checkSize(chain: readonly X509Certificate[]): void {
  const bytes = bytesOf(chain);
  if (bytes <= MAX_CHAIN_BYTES) return;
  throw unusable(
    `the certificate and its chain have ${bytes} bytes, and WinRM services take at most ${MAX_CHAIN_BYTES}`,
    "leave out what the host has itself: the root, and where it has them the intermediate authorities",
  );
}

function checkTime(leaf: X509Certificate, at: Date): void {
  const first = new Date(leaf.validFrom);
  const last = new Date(leaf.validTo);
  if (at > last)
    throw unusable(`the client certificate expired on ${day(last)}`, "renew it, and its mapping on the host");
  if (at < first) {
    throw unusable(`the client certificate is not valid before ${day(first)}`, "wait, or check this machine's clock");
  }
}

function day(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

function checkUsage(leaf: X509Certificate): void {
  if (isForClients(leaf)) return;
  throw unusable(
    `the certificate is not for client authentication (its extended key usage lacks ${CLIENT_AUTH})`,
    "have it issued with the extended key usage clientAuth",
  );
}

/** What TLS itself refuses: keys that are too short, signatures by MD5 or SHA-1. */
function checkStrength(cert: string, key: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw unusable(
      `TLS on this machine refuses the certificate${code}`,
      "have it issued again, with a stronger key and SHA-256",
    );
  }
}

function nameOf(leaf: X509Certificate): string {
  const [upn] = namesIn(leaf).upns;
  return printable(upn ?? (leaf.subject as string | undefined)?.replaceAll("\n", ", ") ?? leaf.serialNumber);
}

function secretsIn(material: CertificateMaterial, keyPem: string): string[] {
  const given = material.kind === "pem" ? [material.privateKeyPem] : [material.pfx.toString("base64")];
  const { passphrase } = material;
  const lines = [...given, keyPem].flatMap((pem) => pem.split(/\r?\n/)).filter((line) => /^[\w+/=]{32,}$/.test(line));
  return [...new Set([...given, keyPem, ...lines, ...(passphrase === undefined ? [] : [passphrase])])];
}
