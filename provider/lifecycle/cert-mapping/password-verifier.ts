import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/**
 * Recognises a password that no host shows: a salted scrypt hash (RFC 7914) that state may hold. It is
 * `<log2 N>$<salt>$<hash>`, both in base64 without padding; r = 8, p = 1.
 */

const COST_LOG2 = 14;
const BLOCK_SIZE = 8;
const SALT_BYTES = 12;
const HASH_BYTES = 16;
/** A verifier that would cost more than this is not one of ours. */
const MAX_COST_LOG2 = 18;
const SHAPE = /^(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** A new verifier of a password, with a salt of its own. */
export async function createPasswordVerifier(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST_LOG2);
  return `${COST_LOG2}$${[salt, hash].map((bytes) => bytes.toString("base64").replace(/=+$/, "")).join("$")}`;
}

/** The verifier was made of this password; false also for a text that is no verifier. */
export async function matchesPassword(verifier: string | undefined, password: string): Promise<boolean> {
  const [, cost = "", salt = "", hash = ""] = SHAPE.exec(verifier ?? "") ?? [];
  const costLog2 = Number(cost);
  const expected = Buffer.from(hash, "base64");
  if (expected.length !== HASH_BYTES || costLog2 < 1 || costLog2 > MAX_COST_LOG2) return false;
  return timingSafeEqual(expected, await derive(password, Buffer.from(salt, "base64"), costLog2));
}

function derive(password: string, salt: Buffer, costLog2: number): Promise<Buffer> {
  const N = 2 ** costLog2;
  const options = { N, r: BLOCK_SIZE, p: 1, maxmem: 256 * N * BLOCK_SIZE };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
