import { ridOf } from "../../../host/accounts/local-accounts";
import { BUILT_IN_ADMINISTRATOR_RID, type CallerAccount } from "../caller/account";
import { isLocal } from "../caller/token";
import type { Hazard } from "./hazard";

/** Whether remote UAC would take the rights from a connection (KB951016). */

/** What decides whether remote UAC filters tokens, beside `LocalAccountTokenFilterPolicy`. */
export interface RemoteUac {
  /** `EnableLUA` is 0: no token is filtered at all. */
  readonly off: boolean;
  /** `FilterAdministratorToken` is 1: the built-in Administrator is filtered too. */
  readonly filtersAdministrator: boolean;
}

/** Accounts of the host that remote UAC may filter; those of a domain keep their token. */
export function mayBeFiltered(caller: Pick<CallerAccount, "account" | "target">): boolean {
  const { auth } = caller.target;
  const namesDomain = (auth.method === "ntlm" || auth.method === "negotiate") && auth.credential.username.includes("@");
  return isLocal(caller) !== false && !namesDomain;
}

/** Why local administrators' tokens being filtered would lock out a connection; `undefined` if it would lock out none. */
export function tokenFilterHazard(callers: readonly CallerAccount[], uac: RemoteUac): Hazard | undefined {
  if (uac.off) return undefined;
  const rule = "lockout/token-filter";
  const remedy = "connect with a domain account or the built-in Administrator (RID 500) first";
  for (const caller of callers) {
    const { account, name, subject } = caller;
    if (!mayBeFiltered(caller)) continue;
    if (account === undefined) {
      const message = `${subject} logs in as ${name}, and unless that is an account of a domain, remote UAC filters its token from the next logon on`;
      return { rule, message, remedy };
    }
    if (ridOf(account.sid) !== BUILT_IN_ADMINISTRATOR_RID) {
      const message = `${subject} logs in as the local account ${name} (RID ${ridOf(account.sid)}), whose token remote UAC filters from the next logon on`;
      return { rule, message, remedy };
    }
    if (!uac.filtersAdministrator) continue;
    const message = `${subject} logs in as the built-in Administrator, which remote UAC filters too because FilterAdministratorToken is 1 on this host`;
    return { rule, message, remedy: "connect with a domain account first" };
  }
  return undefined;
}
