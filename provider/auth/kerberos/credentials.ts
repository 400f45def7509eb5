/** Where the tickets of a logon come from. Nothing here reads or writes `process.env`, so principals do not get in each other's way. */
import { createHash, randomUUID } from "node:crypto";
import { WinrmError } from "../../errors";
import type { KerberosNames } from "./errors";
import type { Gss, GssCredential, GssNameType } from "./gss/gssapi";

/** Who logs on, and by what. Principals are written `user@REALM`; without a realm, krb5.conf's `default_realm`. */
export type KerberosCredential =
  /** Whatever the system is set to use: KRB5CCNAME, `.k5identity`, the primary cache of a collection. */
  | { readonly kind: "default" }
  /**
   * A ticket cache: `FILE:/path`, `DIR:/path`, `KEYRING:…`, `KCM:…`. Without `cache`, the collection that the system is set
   * to use is searched for the principal. With both, the cache, and all of it if it is a collection (`DIR:`, `KEYRING:`,
   * `KCM:`). With `cache` alone, its primary principal.
   */
  | { readonly kind: "cache"; readonly principal?: string; readonly cache?: string }
  /** A keytab: tickets are fetched as needed and kept in memory. No kinit, no cache file. */
  | { readonly kind: "keytab"; readonly principal: string; readonly keytab: string }
  /**
   * A password: one ticket is fetched and kept in memory. `enterprise` says that the principal is a user principal name
   * whose suffix need not be the realm (Active Directory): `name@suffix`, or `name@suffix@REALM`.
   */
  | { readonly kind: "password"; readonly principal: string; readonly password: string; readonly enterprise?: boolean };

/** A credential ready for use. `handle` is absent for the default one, which the library chooses by the target's realm. */
export interface AcquiredCredential {
  readonly handle: GssCredential["handle"] | undefined;
  /** From `Date.now()`, ms; absent for no known end. */
  readonly expiresAtMs: number | undefined;
}

/** The same text for the same credential, and no other; it says nothing of the password. */
export function credentialKey(credential: KerberosCredential): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(credential).sort()))
    .digest("hex");
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

/** @throws WinrmError `WINRM_E_CREDENTIALS_REQUIRED` if it is empty, `WINRM_E_ARGUMENT` if it has a NUL character. */
export function checkPassword(password: string): void {
  if (password === "") {
    throw new WinrmError("WINRM_E_CREDENTIALS_REQUIRED", "Kerberos needs a password, and it is empty.");
  }
  if (password.includes("\0")) throw new WinrmError("WINRM_E_ARGUMENT", "The password has a NUL character.");
}

/** @throws WinrmError `WINRM_E_ARGUMENT` for a name that cannot be one. */
export function checkPrincipal(principal: string): void {
  if (principal !== "" && !/[\u0000-\u001f\u007f\\]/.test(principal)) return;
  throw new WinrmError(
    "WINRM_E_ARGUMENT",
    "The Kerberos principal is empty, or has a backslash or a control character.",
    {
      remedy: "write it as user@REALM",
    },
  );
}
