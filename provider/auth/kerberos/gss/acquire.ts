/** Gets tickets through GSSAPI. Nothing here reads or writes `process.env`, so principals do not get in each other's way. */
import { createHash, randomUUID } from "node:crypto";
import { WinrmError } from "../../../errors";
import { checkPassword, checkPrincipal, type KerberosCredential } from "../credentials";
import type { KerberosNames } from "../errors";
import type { Gss, GssCredential, GssNameType } from "./gssapi";

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
  switch (credential.kind) {
    case "default":
      return { handle: undefined, expiresAtMs: undefined };
    case "cache":
      return acquired(await fromCache(gss, credential));
    case "keytab": {
      const { principal, keytab } = credential;
      if (keytab === "" || keytab.includes("\0"))
        throw new WinrmError("WINRM_E_ARGUMENT", "The keytab's path is empty.");
      const cache = createHash("sha256")
        .update(JSON.stringify([PROCESS_CACHE, keytab, principal]))
        .digest("hex");
      const store = { client_keytab: keytab, ccache: `MEMORY:${cache}` };
      return acquired(
        await named(gss, { principal, by: credential.kind }, (name, names) => gss.acquire({ name, names, store })),
      );
    }
    case "password": {
      const { principal, password, enterprise = false } = credential;
      checkPassword(password);
      const type = enterprise ? "enterprise" : "principal";
      return acquired(
        await named(gss, { principal, by: credential.kind, type }, (name, names) =>
          gss.acquire({ name, names, password }),
        ),
      );
    }
  }
}

function acquired({ handle, lifetimeSeconds }: GssCredential): AcquiredCredential {
  return { handle, expiresAtMs: lifetimeSeconds === undefined ? undefined : Date.now() + lifetimeSeconds * 1000 };
}

type Acquire = (name: ReturnType<Gss["importName"]> | undefined, names: KerberosNames) => Promise<GssCredential>;

async function named(
  gss: Gss,
  { principal, by, type = "principal" }: { principal: string; by: KerberosCredential["kind"]; type?: GssNameType },
  acquire: Acquire,
) {
  checkPrincipal(principal);
  const names = { principal, by };
  const name = gss.importName(principal, type, names);
  try {
    return await acquire(name, names);
  } finally {
    name.dispose();
  }
}

async function fromCache(
  gss: Gss,
  { principal, cache }: { readonly principal?: string; readonly cache?: string },
): Promise<GssCredential> {
  if (cache?.includes("\0") === true || cache === "") {
    throw new WinrmError("WINRM_E_ARGUMENT", "The ticket cache's name is empty.");
  }
  if (principal === undefined) return gss.acquire({ name: undefined, names: {}, ...store(cache) });
  return named(gss, { principal, by: "cache" }, async (name, names) => {
    const own = cache === undefined ? undefined : await gss.cacheOf(cache, principal);
    return gss.acquire({ name, names, ...store(own ?? cache) });
  });
}

function store(cache: string | undefined) {
  return cache === undefined ? {} : { store: { ccache: cache } };
}
