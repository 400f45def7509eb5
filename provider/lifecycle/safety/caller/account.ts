import { type ErrorCode, isWinrmError } from "../../../errors";
import { findAccount, ridOf } from "../../../host/local-accounts";
import { type SessionAuth, accountOf } from "../../../session/target";
import type { HostView } from "../../../host/host-view";

/** The account that a connection logs in as, as remote UAC sees it. */
export type OwnAccount =
  /** Its token is never filtered. */
  | { readonly kind: "domain" }
  /** An account of the host; `rid` is the last number of its SID. */
  | { readonly kind: "local"; readonly name: string; readonly rid: number }
  /** Neither the logon nor the host tells. */
  | { readonly kind: "unknown"; readonly name: string };

/** The built-in Administrator's relative id, whatever the account is called. */
export const BUILT_IN_ADMINISTRATOR_RID = 500;

/** Failures of the look-up that say nothing of the connection. */
const LOOKUP_DENIED: ReadonlySet<ErrorCode> = new Set(["WINRM_E_ACCESS_DENIED", "WINRM_E_FAULT", "WINRM_E_NOT_FOUND"]);

/** Who logs in: by the logon itself where it tells, else by the host's own accounts (one request). */
export async function observeOwnAccount(view: HostView): Promise<OwnAccount> {
  const { auth } = view.target;
  const name = accountOf(auth);
  const lookedUp = nameToLookUp(auth);
  if (lookedUp === undefined) return auth.method === "certificate" ? { kind: "unknown", name } : { kind: "domain" };
  const account = await unlessDenied(view.read(findAccount, lookedUp));
  if (account === undefined) return { kind: "unknown", name };
  return account.local ? { kind: "local", name, rid: ridOf(account.sid) } : { kind: "domain" };
}

/** What the host refuses to tell is not known, and says nothing of the connection. */
export async function unlessDenied<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!isWinrmError(error) || !LOOKUP_DENIED.has(error.code)) throw error;
    return undefined;
  }
}

/** `undefined` for tickets and `user@domain`, which are of a domain, and for a certificate, which names no account. */
function nameToLookUp(auth: SessionAuth): string | undefined {
  switch (auth.method) {
    case "kerberos":
    case "certificate":
      return undefined;
    case "basic":
    case "digest":
      // Windows admits local accounts only; what stands before a backslash is the host itself.
      return auth.credential.username.slice(auth.credential.username.indexOf("\\") + 1);
    case "ntlm":
    case "negotiate":
      return auth.credential.username.includes("@") ? undefined : auth.credential.username;
  }
}
