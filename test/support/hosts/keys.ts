/** RSA keys of test certificates. */
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runDirectory } from "../run-directory";

/** A key pair as PEM text. */
export interface Keys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** The key pair of this name: making one takes most of a second, so the files of a run share it. */
export function keysNamed(name: string): Keys {
  const path = join(runDirectory(), `keys-${name}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Keys;
  const made: Keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(made), { mode: 0o600 });
  renameSync(partial, path);
  return made;
}
