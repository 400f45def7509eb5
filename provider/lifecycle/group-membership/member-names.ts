import { type Account, fixedSid, isSid } from "../../host/local-accounts";
import { builtInGroupSid } from "../../host/local-groups";
import type { ValidationIssue } from "../../contract/checks";
import { isUnknown } from "../../contract/unknown";

/** How programs name groups and their members. */

/** The group that Microsoft's page names for access through WinRM. */
export const DEFAULT_GROUP = "WinRMRemoteWMIUsers__";

/** Characters that no Windows account name has, and those that nobody sees. */
const NEVER_IN_NAMES = /["/[\]:;|=,+*?<>\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const MAX_NAME_LENGTH = 256;

/** What is wrong with a group's or a member's text, and how to mend it; `undefined` if nothing is. */
export function nameProblem(text: string, what: "group" | "member"): string | undefined {
  if (text.trim() !== text) return "must not begin or end with a blank";
  if (/^S-\d/i.test(text)) return isSid(text) ? undefined : "is not a SID: write it as S-1-5-21-…-1104";
  if (text.length > MAX_NAME_LENGTH) return `must not be longer than ${MAX_NAME_LENGTH} characters`;
  const forbidden = NEVER_IN_NAMES.exec(text)?.[0];
  if (forbidden !== undefined) {
    const shown = /\p{C}|\p{Z}/u.test(forbidden) ? "an invisible character" : forbidden;
    return `contains ${shown}, which no Windows name has`;
  }
  const parts = text.split("\\");
  if (parts.length > 2) return "has more than one backslash; in a TypeScript text one is written as \\\\";
  if (parts.some((part) => part === "")) return "has nothing before or after the backslash";
  if (/^[. ]+$/.test(parts.at(-1) ?? "")) return "is no name";
  const at = text.indexOf("@");
  if (at < 0) return undefined;
  if (what === "group") return "must be a local group's own name or SID, without a domain";
  if (parts.length > 1) return "has both a domain before a backslash and one after @; keep one of them";
  if (at === 0 || at === text.length - 1 || text.indexOf("@", at + 1) >= 0) return "must be user@domain";
  return undefined;
}

/** What is wrong with a list of members. Values that are not known yet pass. */
export function memberProblems(members: readonly unknown[]): ValidationIssue[] {
  const seen = new Map<string, number>();
  return members.flatMap((member, index) => {
    if (typeof member !== "string" || isUnknown(member)) return [];
    const property = `members[${index}]`;
    const reason = nameProblem(member, "member");
    if (reason !== undefined) return [{ property, reason: `${JSON.stringify(member.slice(0, 80))} ${reason}` }];
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

/** True for a name that only the host itself can have given: without a domain. */
export function isLocalName(text: string): boolean {
  return !isSid(text) && !text.includes("@") && !/^[^.\\][^\\]*\\/.test(text);
}

/** `DOMAIN\name`. */
export function displayAccount({ domain, name }: Account): string {
  return domain === "" ? name : `${domain}\\${name}`;
}

/** True if the text names this account, as far as that can be told from its names. */
export function names(text: string, account: Account): boolean {
  const sid = fixedSid(text);
  if (sid !== undefined) return sid === account.sid;
  if (text.includes("@")) return false;
  const given = canonicalMember(text);
  if (given.includes("\\")) return given === displayAccount(account).toLowerCase();
  return account.local && given === account.name.toLowerCase();
}
