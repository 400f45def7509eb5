/**
 * Opening a PFX (PKCS #12). Node can hand one to TLS but not look into it, and its OpenSSL does not read what older
 * versions of Windows export, so node-forge does it, loaded on first use.
 */
import { createRequire } from "node:module";
import type * as forge from "node-forge";
import { WinrmError } from "../errors";

/** What a PFX holds. */
export interface PfxContent {
  /** DER of each certificate, in the order of the file. */
  readonly certificates: readonly Buffer[];
  /** DER of the private key, PKCS #8, not encrypted. */
  readonly key: Buffer;
}

/** @throws WinrmError `WINRM_E_ARGUMENT` if it is no PFX, the passphrase is wrong, or a certificate or the key is missing. */
export function readPfx(pfx: Buffer, passphrase: string | undefined): PfxContent {
  const { asn1, pki, pkcs12, util } = loadForge();
  const der = (value: forge.asn1.Asn1) => Buffer.from(asn1.toDer(value).getBytes(), "binary");
  const bytes = parsed(() => asn1.fromDer(util.createBuffer(pfx.toString("binary"))));
  // Without a passphrase, some programs take the empty text as one and others none at all.
  const tries = passphrase === undefined ? [undefined, ""] : [passphrase];
  const opened = decrypted(
    tries.map((text) => () => withUtf8(loadForge(), () => pkcs12.pkcs12FromAsn1(bytes, text))),
    passphrase,
  );
  const bagsOf = (type: string) => opened.getBags({ bagType: type })[type] ?? [];
  const certificates = bagsOf(oid(pki, "certBag")).map((bag) =>
    // What forge does not understand, such as elliptic curves, it hands over as it is.
    der(bag.cert == null ? bag.asn1 : pki.certificateToAsn1(bag.cert)),
  );
  const [key] = [...bagsOf(oid(pki, "pkcs8ShroudedKeyBag")), ...bagsOf(oid(pki, "keyBag"))].map((bag) =>
    der(bag.key == null ? bag.asn1 : pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(bag.key))),
  );
  if (key === undefined || certificates.length === 0) {
    const missing = key === undefined ? "private key" : "certificate";
    throw unusable(`the PFX holds no ${missing}`, "export it once more, with its private key");
  }
  return { certificates, key };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch {
    throw unusable("auth.pfx is not a PFX (PKCS #12)", "give the file's bytes: { file: … }, or its base64 as a string");
  }
}

/** What forge says is not passed on: it knows the key. */
function decrypted<T>(tries: readonly (() => T)[], passphrase: string | undefined): T {
  for (const decrypt of tries) {
    try {
      return decrypt();
    } catch {
      // The next one, if there is one.
    }
  }
  throw passphrase === undefined
    ? unusable("the PFX is encrypted, or damaged", "set auth.passphrase")
    : unusable("auth.passphrase does not open the PFX", "correct the passphrase; nothing was sent");
}

/**
 * PKCS #12 derives its own keys from UTF-16, which forge does, and PBES2 takes UTF-8 (RFC 8018 §3, RFC 7292 B.1), for which
 * forge takes each character as a byte. It looks the function up at each call, and all of it happens in this one.
 */
function withUtf8<T>({ pki, util }: typeof forge, open: () => T): T {
  const pbe = (pki as unknown as { readonly pbe: { getCipherForPBES2: Pbes2 } }).pbe;
  const original = pbe.getCipherForPBES2;
  pbe.getCipherForPBES2 = (id, parameters, password) => original(id, parameters, util.encodeUtf8(password ?? ""));
  try {
    return open();
  } finally {
    pbe.getCipherForPBES2 = original;
  }
}

type Pbes2 = (id: string, parameters: unknown, password: string | undefined) => unknown;

function oid(pki: typeof forge.pki, name: string): string {
  return pki.oids[name] ?? name;
}

function unusable(summary: string, next: string): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", summary, { remedy: next });
}

function loadForge(): typeof forge {
  return createRequire(__filename)("node-forge") as typeof forge;
}
