/** Where the tickets of a logon come from, as a program says it. */
import { createHash } from "node:crypto";
import { WinrmError } from "../../errors";

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

/** The same text for the same credential, and no other; it says nothing of the password. */
export function credentialKey(credential: KerberosCredential): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(credential).sort()))
    .digest("hex");
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
