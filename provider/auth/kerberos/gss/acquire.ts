/** Gets tickets through GSSAPI. Nothing here reads or writes `process.env`, so principals do not get in each other's way. */
import { createHash, randomUUID } from "node:crypto";
import { WinrmError } from "../../../errors";
import { checkPassword, checkPrincipal, type KerberosCredential } from "../credentials";
import type { Gss, GssCredential, GssCredentialSource } from "./gssapi";

/** A credential ready for use. `handle` is absent for the default one, which the library chooses by the target's realm. */
export interface AcquiredCredential {
  readonly handle: GssCredential["handle"] | undefined;
  /** From `Date.now()`, ms; absent for no known end. */
  readonly expiresAtMs: number | undefined;
}

/** In-memory caches of this process: one per keytab and principal, found again by the next logon. */
const PROCESS_CACHE = randomUUID();

/**
 * Gets the tickets, or checks that they are there.
 * @throws KerberosError `WINRM_E_LOGON_DENIED` if the domain refuses the account or its password,
 * `WINRM_E_CREDENTIALS_REQUIRED` if there is no ticket or key, `WINRM_E_UNREACHABLE` without a domain controller;
 * WinrmError `WINRM_E_ARGUMENT` for a name that cannot be one.
 */
export async function acquireCredential(gss: Gss, credential: KerberosCredential): Promise<AcquiredCredential> {
  if (credential.kind === "default") return { handle: undefined, expiresAtMs: undefined };
  checkSource(credential);
  const { kind, principal } = credential;
  if (principal !== undefined) checkPrincipal(principal);
  const names = principal === undefined ? {} : { principal, by: kind };
  const type = kind === "password" && credential.enterprise === true ? "enterprise" : "principal";
  const name = principal === undefined ? undefined : gss.importName(principal, type, names);
  try {
    const { handle, lifetimeSeconds } = await gss.acquire({ name, names, ...(await sourceOf(gss, credential)) });
    return { handle, expiresAtMs: lifetimeSeconds === undefined ? undefined : Date.now() + lifetimeSeconds * 1000 };
  } finally {
    name?.dispose();
  }
}

type NamedCredential = Exclude<KerberosCredential, { kind: "default" }>;

function checkSource(credential: NamedCredential): void {
  if (credential.kind === "password") {
    checkPassword(credential.password);
    return;
  }
  const [what, place] =
    credential.kind === "keytab" ? ["keytab's path", credential.keytab] : ["ticket cache's name", credential.cache];
  if (place === "" || place?.includes("\0") === true) {
    throw new WinrmError("WINRM_E_ARGUMENT", `The ${what} is empty.`);
  }
}

async function sourceOf(
  gss: Gss,
  credential: NamedCredential,
): Promise<Pick<GssCredentialSource, "password" | "store">> {
  switch (credential.kind) {
    case "password":
      return { password: credential.password };
    case "keytab": {
      const { principal, keytab } = credential;
      const cache = createHash("sha256").update(JSON.stringify([PROCESS_CACHE, keytab, principal]));
      return { store: { client_keytab: keytab, ccache: `MEMORY:${cache.digest("hex")}` } };
    }
    case "cache": {
      const { principal, cache } = credential;
      if (cache === undefined) return {};
      const own = principal === undefined ? undefined : await gss.cacheOf(cache, principal);
      return { store: { ccache: own ?? cache } };
    }
  }
}
