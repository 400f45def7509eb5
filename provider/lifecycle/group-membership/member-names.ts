import { accountNameProblem, fixedSid, parseAccountName } from "../../account-name";
import type { Account } from "../../host/accounts/local-accounts";
import { builtInGroupSid } from "../../host/accounts/local-groups";
import type { ValidationIssue } from "../../contract/checks";
import { displayText } from "../../contract/names/plausible-names";
import { isUnknown } from "../../contract/unknown";

/** How programs name groups and their members. */

/** The group that Microsoft's page names for access through WinRM. */
export const DEFAULT_GROUP = "WinRMRemoteWMIUsers__";

/** What is wrong with a list of members. Values that are not known yet pass. */
export function memberProblems(members: readonly unknown[]): ValidationIssue[] {
  const seen = new Map<string, number>();
  return members.flatMap((member, index) => {
    if (typeof member !== "string" || isUnknown(member)) return [];
    const property = `members[${index}]`;
    const reason = accountNameProblem(member, "member");
    if (reason !== undefined) return [{ property, reason: `${displayText(member)} ${reason}` }];
    const first = seen.get(canonicalMember(member));
    seen.set(canonicalMember(member), first ?? index);
    return first === undefined ? [] : [{ property, reason: `is the same member as members[${first}]; name it once` }];
  });
}

/** The same member in every spelling that can be told without asking a host. */
export function canonicalMember(text: string): string {
  return fixedSid(text) ?? text.replace(/^\.\\/, "").toLowerCase();
}

/** The same group in every spelling that can be told without asking a host. */
export function canonicalGroup(text: string | undefined): string {
  const given = text ?? DEFAULT_GROUP;
  return (builtInGroupSid(given) ?? fixedSid(given) ?? given.replace(/^(?:\.|builtin)\\/i, "")).toLowerCase();
}

/** `DOMAIN\name`. */
export function displayAccount({ domain, name }: Account): string {
  return domain === "" ? name : `${domain}\\${name}`;
}

/** True if the text names this account, as far as that can be told from its names. */
export function names(text: string, account: Account): boolean {
  const sid = fixedSid(text);
  if (sid !== undefined) return sid === account.sid;
  if (parseAccountName(text).kind === "principal") return false;
  const given = canonicalMember(text);
  if (given.includes("\\")) return given === displayAccount(account).toLowerCase();
  return account.local && given === account.name.toLowerCase();
}

/** The name without its authority, to compare it; `undefined` for a SID, and for a name that stands for one. */
export function bareName(text: string): string | undefined {
  const account = parseAccountName(text);
  return account.kind === "sid" ? undefined : account.name.toLowerCase();
}
