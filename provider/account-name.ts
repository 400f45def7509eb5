import { createHash } from "node:crypto";
import { isIP } from "node:net";

/**
 * The grammar of Windows account names: the one parser for logons, members, groups and advice. It stands beside `errors`,
 * because arguments, sessions and hosts all speak of accounts and none of these rooms may import the other.
 */

/** What a name says of itself, without asking a host. */
export type AccountName =
  /** A SID, or a name whose SID is the same on every host. Upper-case. */
  | { readonly kind: "sid"; readonly sid: string }
  /** `user`, or `.\user`, which is the host's own whatever else is set. */
  | { readonly kind: "local"; readonly name: string; readonly explicit: boolean }
  /** `MACHINE\user` or `DOMAIN\user`. */
  | { readonly kind: "qualified"; readonly authority: string; readonly name: string }
  /** `AzureAD\user@domain`, `MicrosoftAccount\user@domain`: no domain has them, and no realm. */
  | { readonly kind: "cloud"; readonly authority: string; readonly name: string }
  /** `user@domain`, parted at the last `@`. */
  | { readonly kind: "principal"; readonly name: string; readonly domain: string };

const SID = /^S-1-(?:0|[1-9]\d{0,14})(?:-(?:0|[1-9]\d{0,9})){1,15}$/i;
/** Characters that no Windows account name has (NetUserAdd, sAMAccountName), and invisible ones. */
const NEVER_IN_NAMES = /["/[\]:;|=,+*?<>\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const MAX_NAME_LENGTH = 256;
const MAX_NETBIOS_LENGTH = 15;
const CLOUD: readonly string[] = ["azuread", "microsoftaccount"];

/** Principals with the same SID on every host, by their English names ([MS-DTYP] 2.4.2.4). */
const WELL_KNOWN: ReadonlyMap<string, string> = new Map([
  ["everyone", "S-1-1-0"],
  ["nt authority\\dialup", "S-1-5-1"],
  ["nt authority\\network", "S-1-5-2"],
  ["nt authority\\batch", "S-1-5-3"],
  ["nt authority\\interactive", "S-1-5-4"],
  ["nt authority\\service", "S-1-5-6"],
  ["nt authority\\anonymous logon", "S-1-5-7"],
  ["nt authority\\enterprise domain controllers", "S-1-5-9"],
  ["nt authority\\authenticated users", "S-1-5-11"],
  ["nt authority\\terminal server user", "S-1-5-13"],
  ["nt authority\\remote interactive logon", "S-1-5-14"],
  ["nt authority\\this organization", "S-1-5-15"],
  ["nt authority\\iusr", "S-1-5-17"],
  ["nt authority\\system", "S-1-5-18"],
  ["nt authority\\local service", "S-1-5-19"],
  ["nt authority\\network service", "S-1-5-20"],
  ["nt authority\\local account", "S-1-5-113"],
  ["nt authority\\local account and member of administrators group", "S-1-5-114"],
  ["nt service\\all services", "S-1-5-80-0"],
]);

/** Reads a name; any text is one, and `accountNameProblem` says whether Windows can have it. */
export function parseAccountName(text: string): AccountName {
  const sid = fixedSid(text);
  if (sid !== undefined) return { kind: "sid", sid };
  const backslash = text.indexOf("\\");
  if (backslash >= 0) {
    const [authority, name] = [text.slice(0, backslash), text.slice(backslash + 1)];
    if (authority === ".") return { kind: "local", name, explicit: true };
    return { kind: isCloud(authority) ? "cloud" : "qualified", authority, name };
  }
  const at = text.lastIndexOf("@");
  if (at > 0) return { kind: "principal", name: text.slice(0, at), domain: text.slice(at + 1) };
  return { kind: "local", name: text, explicit: false };
}

function isCloud(authority: string): boolean {
  return CLOUD.includes(authority.toLowerCase());
}

/** True for a SID in its string form. */
export function isSid(text: string): boolean {
  return SID.test(text);
}

/**
 * The SID that a name stands for on every host: a SID itself, the English name of a well-known principal, a service
 * (`NT SERVICE\WinRM`: S-1-5-80) or an application pool (`IIS APPPOOL\DefaultAppPool`: S-1-5-82).
 */
export function fixedSid(text: string): string | undefined {
  if (isSid(text)) return text.toUpperCase();
  const name = text.toLowerCase();
  return WELL_KNOWN.get(name) ?? virtualSid(name, "nt service\\", 80) ?? virtualSid(name, "iis apppool\\", 82);
}

/**
 * A virtual account's SID is S-1-5-x and the SHA-1 of its name in UTF-16 as five little-endian numbers: of services in
 * upper case ([MS-DTYP] 2.4.2.4, `sc showsid`), of application pools in lower case.
 */
function virtualSid(name: string, authority: string, base: 80 | 82): string | undefined {
  if (!name.startsWith(authority) || name.length === authority.length) return undefined;
  const own = name.slice(authority.length);
  const digest = createHash("sha1")
    .update(base === 80 ? own.toUpperCase() : own, "utf16le")
    .digest();
  return ["S-1-5", base, ...[0, 4, 8, 12, 16].map((at) => digest.readUInt32LE(at))].join("-");
}

/** A host need not name such a member: virtual accounts follow from their names, Entra ID alone knows its own (S-1-12-1). */
export function needsNoName(sid: string): boolean {
  return /^S-1-(?:12-1|5-80|5-82)-/i.test(sid);
}

/** What is wrong with the name of a group, of a member or of who logs on, and how to fix it; `undefined` if nothing is. */
export function accountNameProblem(text: string, what: "group" | "member" | "logon"): string | undefined {
  if (text.trim() !== text) return "must not begin or end with a blank";
  if (what === "logon" && fixedSid(text) !== undefined)
    return "is a SID, or a principal that never logs on from the network; write the account's name";
  if (/^S-\d/i.test(text)) return isSid(text) ? undefined : "is not a SID: write it as S-1-5-21-…-1104";
  if (text.length > MAX_NAME_LENGTH) return `must not be longer than ${MAX_NAME_LENGTH} characters`;
  const forbidden = NEVER_IN_NAMES.exec(text)?.[0];
  if (forbidden !== undefined) {
    const shown = /\p{C}|\p{Z}/u.test(forbidden) ? "an invisible character" : forbidden;
    return `contains ${shown}, which no Windows name has`;
  }
  const parts = text.split("\\");
  if (parts.length > 2) return "has more than one backslash; in a TypeScript string one is written as \\\\";
  if (parts.some((part) => part === "")) return "has nothing before or after the backslash";
  if (/^[. ]+$/.test(parts.at(-1) ?? "")) return "is not a name";
  const own = parts.at(-1) ?? "";
  const at = own.indexOf("@");
  if (!text.includes("@")) return undefined;
  if (what === "group") return "must be a local group's own name or SID, without a domain";
  if (what === "logon") return /^@|@$/.test(own) ? "has nothing before or after the @" : undefined;
  if (parts.length > 1 && !isCloud(parts[0] ?? ""))
    return "has both a domain before a backslash and one after @; keep one of them";
  if (at <= 0 || at === own.length - 1 || own.indexOf("@", at + 1) >= 0) return "must be user@domain";
  return undefined;
}

/** A name that Windows cannot have anywhere, whatever it is for. */
export function isImpossibleName(text: string): boolean {
  const [first = "", ...rest] = text.split("\\");
  const isBlank = (part: string) => /^[. ]*$/.test(part);
  if (rest.length > 1 || text.length > MAX_NAME_LENGTH || NEVER_IN_NAMES.test(text)) return true;
  return rest.some(isBlank) || (isBlank(first) && !(rest.length === 1 && first === "."));
}

/**
 * Whose account a logon name is: the host's own, or a domain's. `unknown`: `PREFIX\user` at a host that is named by its
 * address, so that its own name is not known. An account of the cloud counts as a domain's: many hosts check it.
 */
export function accountScope(username: string, host: string): "host" | "domain" | "unknown" {
  const account = parseAccountName(username);
  if (account.kind === "principal" || account.kind === "cloud") return "domain";
  if (account.kind !== "qualified") return "host";
  const [prefix, own] = [account.authority.toLowerCase(), host.toLowerCase()];
  if (["", "localhost", own].includes(prefix)) return "host";
  if (isIP(host) !== 0) return "unknown";
  const [label = ""] = own.split(".");
  return prefix === label || prefix === label.slice(0, MAX_NETBIOS_LENGTH) ? "host" : "domain";
}
