/**
 * Opening a PFX (PKCS #12). Node can hand one to TLS but not look into it, and its OpenSSL does not read what older
 * versions of Windows export, so node-forge does it, loaded on first use.
 */
import { createRequire } from "node:module";
import type * as forge from "node-forge";
import { WinrmError, isWinrmError } from "../errors";

/** For one key: NSS writes 600,000, OpenSSL and Java 2,048 to 10,000, Windows 2,000. */
const MAX_ITERATIONS = 600_000;
/** For all keys of a file: certificates, key, MAC, each with its initialization vector in the older form. Some 8 seconds in all. */
const MAX_ALL = 5 * MAX_ITERATIONS;

/** What a PFX holds. */
export interface PfxContent {
  /** DER of each certificate, in the order of the file. */
  readonly certificates: readonly Buffer[];
  /** DER of the private key, PKCS #8, not encrypted. */
  readonly key: Buffer;
}

/**
 * @throws WinrmError `WINRM_E_ARGUMENT` if it is no PFX, the passphrase is wrong, a certificate or the key is missing, or its
 * keys take too many iterations.
 */
export function readPfx(pfx: Buffer, passphrase: string | undefined): PfxContent {
  const { asn1, pki, pkcs12, util } = loadForge();
  const der = (value: forge.asn1.Asn1) => Buffer.from(asn1.toDer(value).getBytes(), "binary");
  const bytes = parsed(() => asn1.fromDer(util.createBuffer(pfx.toString("binary"))));
  // Without a passphrase, some programs take the empty text as one and others none at all.
  const tries = passphrase === undefined ? [undefined, ""] : [passphrase];
  const opened = decrypted(
    tries.map((text) => () => adapted(loadForge(), () => pkcs12.pkcs12FromAsn1(bytes, text))),
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
    } catch (error) {
      // The next one, if there is one.
      if (isWinrmError(error)) throw error;
    }
  }
  throw passphrase === undefined
    ? unusable("the PFX is encrypted, or damaged", "set auth.passphrase")
    : unusable("auth.passphrase does not open the PFX", "correct the passphrase; nothing was sent");
}

/**
 * Two things that forge does otherwise, while one file is opened; it looks its functions up at each call. PKCS #12 derives
 * its own keys from UTF-16, which forge does, and PBES2 takes UTF-8 (RFC 8018 §3, RFC 7292 B.1), for which forge takes each
 * character as a byte. And a count of iterations may be anything, while nothing else of the process runs; forge leaves
 * PBKDF2 to Node, some fifteen times as fast, only where the digest is given by its name.
 */
function adapted<T>(library: typeof forge, open: () => T): T {
  const { pkcs12, pkcs5, pki, util } = library as unknown as Internals;
  const limited = iterationLimit();
  const undo = [
    replace(pki.pbe, "getCipherForPBES2", (original) => (id, parameters, password) => {
      return original(id, parameters, util.encodeUtf8(typeof password === "string" ? password : ""));
    }),
    replace(pki.pbe, "generatePkcs12Key", limited(3)),
    replace(pkcs12, "generateKey", limited(3)),
    replace(pkcs5, "pbkdf2", (original) =>
      limited(2)((...values) => original(...values.slice(0, 4), (values[4] as { algorithm?: unknown }).algorithm)),
    ),
  ];
  try {
    return open();
  } finally {
    for (const back of undo) back();
  }
}

type Call = (...values: unknown[]) => unknown;
/** What the declarations of forge leave out. */
interface Internals {
  readonly pki: { readonly pbe: Record<string, Call> };
  readonly pkcs12: Record<string, Call>;
  readonly pkcs5: Record<string, Call>;
  readonly util: { encodeUtf8(text: string): string };
}

function replace(library: Record<string, Call>, name: string, wrap: (original: Call) => Call): () => void {
  const original = library[name] as Call;
  library[name] = wrap(original);
  return () => {
    library[name] = original;
  };
}

/** Of one file. What it returns limits a function whose count of iterations is its argument `at`. */
function iterationLimit(): (at: number) => (original: Call) => Call {
  let all = 0;
  return (at) =>
    (original) =>
    (...values) => {
      const count = Number(values[at]);
      all += count;
      if (count <= MAX_ITERATIONS && all <= MAX_ALL) return original(...values);
      throw unusable(
        `the PFX wants ${count} iterations of its passphrase, and at most ${MAX_ITERATIONS} for a key, and ${MAX_ALL} for all, are done`,
        "export it once more, with fewer",
      );
    };
}

function oid(pki: typeof forge.pki, name: string): string {
  return pki.oids[name] ?? name;
}

/** The error for a certificate, a key or a passphrase that is of no use. */
export function unusable(summary: string, next: string): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", summary, { remedy: next });
}

function loadForge(): typeof forge {
  return createRequire(__filename)("node-forge") as typeof forge;
}
