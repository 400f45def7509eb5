/** Who a logged-on account is to the service: its token, and what remote UAC leaves of it. */

import type { Account } from "./accounts";
import type { LogonRights } from "./logon-rights";
import { type Registry, SYSTEM_POLICIES_KEY, TOKEN_FILTER_POLICY } from "./registry";
import { REMOTE_WMI_USERS, SIDS } from "./sam/well-known";
import type { Sam } from "./sam/sam";

/** Somebody who is logged on, with the rights that the service sees. */
export interface Caller extends Account {
  /** SIDs of the account and of every group that it is in. */
  readonly token: ReadonlySet<string>;
  /** Also member of Remote Management Users: PowerShell, which this model has not, and no command shells. */
  readonly remoteManagement: boolean;
  /** Also member of `WinRMRemoteWMIUsers__`: WMI (assumed (wmi-users-rights): its namespace lets the group in). */
  readonly remoteWmi: boolean;
}

/** What a filtered administrator meets, assumed (filtered-logon): an HTTP 401 at the logon, or a fault with code 5 at each request. */
export type FilteredAnswer = "unauthorized" | "access-denied";

/** The host as access decisions see it. */
export interface AccessHost {
  readonly sam: Sam;
  readonly logonRights: LogonRights;
  readonly registry: Registry;
  readonly filteredAnswer: FilteredAnswer;
}

/** A logon's rights, or why the service does not let it in at all. */
export type Admission = { readonly caller: Caller } | { readonly refusal: string };

/**
 * The rights of a logon over the network, as its token has them at this moment: assumed
 * (rights-at-logon, token-filter). The account of a local logon, also one
 * with a certificate, has no `@`.
 */
export function admit(account: Account, { sam, registry, logonRights, filteredAnswer }: AccessHost): Admission {
  const sid = sidOf(account.name, sam);
  const token = sam.tokenOf(sid);
  if (!logonRights.admits(token)) return { refusal: "the account has no right to log on over the network" };
  const local = sid !== undefined && sid === sam.user(account.name)?.sid && !sam.domainController;
  // The domain of a Kerberos logon may be one of which only the principals are known.
  const administrator = token.has(SIDS.administrators) || (!local && account.administrator);
  const filtered = administrator && local && isFiltered(sid, registry);
  const wmiGroup = sam.group(REMOTE_WMI_USERS)?.sid;
  const caller = {
    name: account.name,
    token: filtered ? without(token, SIDS.administrators) : token,
    administrator: administrator && !filtered,
    remoteManagement: token.has(SIDS.remoteManagementUsers),
    remoteWmi: wmiGroup !== undefined && token.has(wmiGroup),
  };
  const useless = !caller.remoteManagement && !caller.remoteWmi;
  return filtered && useless && filteredAnswer === "unauthorized"
    ? { refusal: "remote UAC filters the token of a local administrator" }
    : { caller };
}

function without(token: ReadonlySet<string>, sid: string): ReadonlySet<string> {
  return new Set([...token].filter((one) => one !== sid));
}

function sidOf(name: string, sam: Sam): string | undefined {
  const translation = name.includes("@") ? sam.translate(name) : { sid: sam.user(name)?.sid };
  return "sid" in translation ? translation.sid : undefined;
}

/** KB951016: the built-in Administrator is filtered only if `FilterAdministratorToken` says so, and then like the others. */
function isFiltered(sid: string, registry: Registry): boolean {
  const value = (name: string) => registry.getDword(SYSTEM_POLICIES_KEY, name);
  if (value("EnableLUA") === 0) return false;
  if (sid.endsWith("-500") && value("FilterAdministratorToken") !== 1) return false;
  return value(TOKEN_FILTER_POLICY) !== 1;
}
