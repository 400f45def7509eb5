import type { Account } from "../../../host/accounts/local-accounts";
import type { CallerAccount } from "./account";

/** The SIDs that a logon over the network carries, as far as they can be told. */

/** Everyone, NETWORK, Authenticated Users: in every token. */
const ALWAYS: readonly string[] = ["S-1-1-0", "S-1-5-2", "S-1-5-11"];
const LOCAL_ACCOUNT = "S-1-5-113";
/** Local account and member of Administrators group. */
const LOCAL_ADMINISTRATOR = "S-1-5-114";
/**
 * Principals that are in no token of a network logon: batch, interactive, service, anonymous and the like, and accounts of
 * the system and of services.
 */
const NEVER = /^S-1-5-(?:1|3|4|6|7|13|14|17|18|19|20|80-.*|82-.*|83-.*)$/;

/** Whether the account is one of the host itself; `undefined` if that is not known. */
export function isLocal({ account, target: { auth } }: Pick<CallerAccount, "account" | "target">): boolean | undefined {
  if (account !== undefined) return account.local;
  if (auth.method === "kerberos") return false;
  return auth.method === "basic" || auth.method === "certificate" ? true : undefined;
}

/** SIDs of the token that do not depend on the members of Administrators. */
export function tokenOf(caller: CallerAccount): Set<string> {
  return new Set([
    ...ALWAYS,
    ...(caller.account === undefined ? [] : [caller.account.sid]),
    ...(caller.groups ?? []),
    ...(isLocal(caller) === true ? [LOCAL_ACCOUNT] : []),
  ]);
}

/** The token once it is known who is in Administrators. */
export function withAdministrators(token: ReadonlySet<string>, administrators: Iterable<string>): Set<string> {
  const isLocalAdministrator = token.has(LOCAL_ACCOUNT) && [...administrators].some((sid) => token.has(sid));
  return new Set([...token, ...(isLocalAdministrator ? [LOCAL_ADMINISTRATOR] : [])]);
}

/** A member through whom a connection may get in although its token, as far as it is known, does not have it. */
export function mayHold(caller: CallerAccount, sid: string, member: Account | undefined): boolean {
  if (NEVER.test(sid)) return false;
  const local = isLocal(caller);
  if (sid === LOCAL_ACCOUNT || sid === LOCAL_ADMINISTRATOR) return local === undefined;
  // A principal that depends on how the logon was made.
  if (member?.kind === "system") return true;
  // Groups in groups, and SIDs without a name; an account of the host is in no group of a domain.
  const perhapsGroup = member === undefined || member.kind === "group" || member.kind === "unknown";
  if (perhapsGroup) return caller.account === undefined || local !== true;
  if (caller.account === undefined) return true;
  // An account that was migrated has the SID that it had in its old domain in its token, too (sIDHistory).
  return local !== true && !member.local && authorityOf(sid) !== authorityOf(caller.account.sid);
}

/** The SID of the domain that issued an account's. */
function authorityOf(sid: string): string {
  return sid.slice(0, sid.lastIndexOf("-"));
}
