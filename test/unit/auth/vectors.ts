/** Reads the published vectors, which stay in the source tree: the compiled tests are in dist/test/unit/auth. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The content of `test/vectors/<name>.json`, as the type that its test declares. */
export function vectors(name: string): unknown {
  const root = join(__dirname, "..", "..", "..", "..");
  return JSON.parse(readFileSync(join(root, "test", "vectors", `${name}.json`), "utf8"));
}

/** Bytes from hex. */
export function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

/** One message with its sealed form, all in hex. */
export interface SealVector {
  readonly plain: string;
  readonly sealed: string;
  readonly signature: string;
}

/** ms-nlmp-4.2.4.json: all bytes in hex. */
export type SpecVectors = Readonly<
  Record<
    | "user"
    | "domain"
    | "password"
    | "workstation"
    | "serverChallenge"
    | "clientChallenge"
    | "randomSessionKey"
    | "ntHash"
    | "ntowfV2"
    | "targetInfo"
    | "temp"
    | "ntProofStr"
    | "lmV2Response"
    | "sessionBaseKey"
    | "encryptedRandomSessionKey"
    | "challengeFlags"
    | "authenticateFlags"
    | "challenge"
    | "authenticate",
    string
  >
> & {
  readonly keys: Readonly<
    Record<"clientSign" | "clientSeal" | "serverSign" | "serverSeal" | "clientSeal56" | "serverSeal56", string>
  >;
  readonly seal: SealVector & { readonly signatureWithoutKeyExchange: string };
};

/** ntlm-derived.json: all bytes in hex. */
export interface DerivedVectors {
  readonly continuedSeals: {
    readonly clientToServer: readonly SealVector[];
    readonly serverToClient: readonly SealVector[];
  };
  readonly channelBinding: { readonly certificateHash: string; readonly md5: string };
  readonly exchange: Readonly<
    Record<
      | "user"
      | "domain"
      | "password"
      | "spn"
      | "clientChallenge"
      | "sessionKey"
      | "certificateHash"
      | "negotiate"
      | "challenge"
      | "authenticate"
      | "mic"
      | "ntProofStr",
      string
    >
  > & { readonly seals: readonly SealVector[] };
}

/** [MS-NLMP] 4.2.4 as published. */
export function specVectors(): SpecVectors {
  return vectors("ms-nlmp-4.2.4") as SpecVectors;
}

/** A full exchange with MIC and channel binding, and more seals. */
export function derivedVectors(): DerivedVectors {
  return vectors("ntlm-derived") as DerivedVectors;
}
