/**
 * HTTP Digest authentication (RFC 7616), for servers that are not WinRM services. It proves the password without sending
 * it and protects nothing else: messages are neither sealed nor signed.
 */
import { createHash, getHashes, randomBytes, timingSafeEqual } from "node:crypto";
import { WinrmError } from "../errors";

/** Hash of each algorithm, strongest first. */
const ALGORITHMS = [
  { name: "SHA-512-256", hash: "sha512-256" },
  { name: "SHA-256", hash: "sha256" },
  { name: "MD5", hash: "md5" },
] as const;
const MAX_COUNT = 0xffff_ffff;

/** The parameters of one `Digest` challenge, by lower-case name, unquoted. */
export type DigestParameters = ReadonlyMap<string, string>;

/** One challenge that can be answered. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As sent; `undefined`: not sent, which is MD5. */
  readonly algorithm: string | undefined;
  /** Name of the hash in `node:crypto`. */
  readonly hash: string;
  /** The session variant: the first nonces are part of the key. */
  readonly session: boolean;
  /** The server wants the hash of the user name instead of the name. */
  readonly userhash: boolean;
  /** Only the nonce was too old; the password was not judged. */
  readonly stale: boolean;
}

/**
 * The strongest challenge that can be answered, or `undefined` if there is none: `qop` must have `auth`, and the
 * algorithm be SHA-512-256, SHA-256 or MD5, each with or without `-sess`.
 */
export function strongestChallenge(challenges: readonly DigestParameters[]): DigestChallenge | undefined {
  const usable = challenges.map(readChallenge).filter((challenge) => challenge !== undefined);
  const rank = ({ hash }: DigestChallenge) => ALGORITHMS.findIndex((algorithm) => algorithm.hash === hash);
  return usable.sort((one, other) => rank(one) - rank(other))[0];
}

function readChallenge(parameters: DigestParameters): DigestChallenge | undefined {
  const name = parameters.get("algorithm");
  const [, base = "", variant] = /^(.+?)(-sess)?$/i.exec(name ?? "MD5") ?? [];
  const algorithm = ALGORITHMS.find((known) => known.name === base.toUpperCase());
  const realm = parameters.get("realm");
  const nonce = parameters.get("nonce");
  const offers = (parameters.get("qop") ?? "").split(",").map((qop) => qop.trim().toLowerCase());
  // In FIPS mode there is no MD5.
  if (algorithm === undefined || !getHashes().includes(algorithm.hash)) return undefined;
  if (realm === undefined || nonce === undefined || !offers.includes("auth")) return undefined;
  return {
    realm,
    nonce,
    opaque: parameters.get("opaque"),
    algorithm: name,
    hash: algorithm.hash,
    session: variant !== undefined,
    userhash: parameters.get("userhash")?.toLowerCase() === "true",
    stale: parameters.get("stale")?.toLowerCase() === "true",
  };
}

/** What a request is authorised for. */
export interface DigestRequest {
  readonly method: string;
  /** The request target as sent. */
  readonly uri: string;
}

interface Credential {
  readonly username: string;
  readonly password: string;
}

/** A user's proofs under one challenge. */
export interface DigestContext {
  /** The value of the `Authorization` header for the next request, a character a byte; the nonce's count goes up by one. */
  authorize(request: DigestRequest): string;
  /**
   * Looks at `Authentication-Info` of the response to the last request: verifies the server's own proof if it sent one, and
   * takes the nonce it wants next.
   * @throws WinrmError `WINRM_E_HANDSHAKE` if the proof is wrong: that server does not know the password.
   */
  accept(info: DigestParameters): void;
}

/**
 * @param createCnonce Makes the client's nonce; replaceable for published examples.
 * @throws WinrmError `WINRM_E_CREDENTIALS_REQUIRED` if either is empty; `WINRM_E_ARGUMENT` if the user name has a colon or
 * a control character.
 */
export function createDigestContext(
  credential: Credential,
  challenge: DigestChallenge,
  createCnonce: () => string = () => randomBytes(18).toString("base64"),
): DigestContext {
  const { username, password } = prepared(credential);
  const { realm, algorithm, opaque, userhash, session } = challenge;
  const digest = (text: string) => createHash(challenge.hash).update(text, "utf8").digest("hex");
  const user = userhash ? `username="${digest(`${username}:${realm}`)}"` : userField(username);
  const identity = digest(`${username}:${realm}:${password}`);
  const firstCnonce = createCnonce();
  const key = session ? digest(`${identity}:${challenge.nonce}:${firstCnonce}`) : identity;
  let { nonce } = challenge;
  let count = 0;
  let unused: string | undefined = firstCnonce;
  let last = { tail: "", uri: "" };

  return {
    authorize({ method, uri }) {
      // A count that starts again would repeat itself.
      if (count >= MAX_COUNT) throw new WinrmError("WINRM_E_INTERNAL", "the nonce of Digest is used up");
      count += 1;
      const cnonce = session ? firstCnonce : (unused ?? createCnonce());
      unused = undefined;
      const nc = count.toString(16).padStart(8, "0");
      last = { tail: `${nonce}:${nc}:${cnonce}:auth`, uri };
      const response = digest(`${key}:${last.tail}:${digest(`${method}:${uri}`)}`);
      const fields = [
        user,
        `realm=${quoted(realm)}`,
        `uri=${quoted(uri)}`,
        ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
        `nonce=${quoted(nonce)}`,
        `nc=${nc}`,
        `cnonce=${quoted(cnonce)}`,
        "qop=auth",
        `response="${response}"`,
        ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
        ...(userhash ? ["userhash=true"] : []),
      ];
      return Buffer.from(`Digest ${fields.join(", ")}`, "utf8").toString("latin1");
    },

    accept(info) {
      const proof = info.get("rspauth")?.toLowerCase();
      if (proof !== undefined && !equal(proof, digest(`${key}:${last.tail}:${digest(`:${last.uri}`)}`))) {
        throw new WinrmError("WINRM_E_HANDSHAKE", "the server's proof that it knows the password is wrong (rspauth)", {
          outcomeUnknown: true,
          causes: ["a middlebox (proxy, load balancer, TLS inspection) responded instead of the host"],
          remedy: "connect without the middleboxes on the path, over https",
        });
      }
      const next = info.get("nextnonce");
      if (next === undefined || next === nonce) return;
      nonce = next;
      count = 0;
    },
  };
}

/** Names and passwords count in normal form C (RFC 7616 §4). */
function prepared(credential: Credential): Credential {
  const username = credential.username.normalize("NFC");
  const password = credential.password.normalize("NFC");
  if (username === "" || password === "") {
    throw new WinrmError("WINRM_E_CREDENTIALS_REQUIRED", "Digest needs a user name and a password.");
  }
  if (/[:\p{Cc}]/u.test(username)) {
    throw new WinrmError("WINRM_E_ARGUMENT", "A user name for Digest cannot have a colon or a control character.");
  }
  return { username, password };
}

/** A name beyond ASCII travels in the notation of RFC 8187. */
function userField(username: string): string {
  if (/^[\x20-\x7e]*$/.test(username)) return `username=${quoted(username)}`;
  // By way of the bytes, because half a surrogate pair cannot be URL-encoded.
  const encoded = encodeURIComponent(Buffer.from(username, "utf8").toString("utf8")).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `username*=UTF-8''${encoded}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
