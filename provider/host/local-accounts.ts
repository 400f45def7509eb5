import { isWinrmError } from "../errors";
import type { WsmanClient } from "../session/wsman-client";
import { ACTIONS, CIMV2_URI } from "../wsman/uris";
import type { XmlElement } from "../wsman/xml";
import { propertyOf, queryWmi, quoteWql } from "./wmi";

/** Users, groups and well-known principals as a host knows them: names and SIDs. */

/** Somebody who has a name. */
export interface Account {
  /** Upper-case: `S-1-5-21-…-1104`. */
  readonly sid: string;
  /** The computer's or the domain's NetBIOS name. */
  readonly domain: string;
  readonly name: string;
  /** `alias` is a local group, `group` one of a domain, `system` a principal such as INTERACTIVE. */
  readonly kind: "user" | "group" | "alias" | "system";
  readonly local: boolean;
}

const SID = /^S-1-\d{1,15}(?:-\d{1,10}){1,15}$/i;
/** Principals that have a name in every language, and the same SID. */
const WELL_KNOWN: ReadonlyMap<string, string> = new Map([
  ["everyone", "S-1-1-0"],
  ["nt authority\\network", "S-1-5-2"],
  ["nt authority\\interactive", "S-1-5-4"],
  ["nt authority\\authenticated users", "S-1-5-11"],
  ["nt authority\\system", "S-1-5-18"],
  ["nt authority\\local service", "S-1-5-19"],
  ["nt authority\\network service", "S-1-5-20"],
  ["nt authority\\local account", "S-1-5-113"],
]);
const KINDS: Readonly<Record<string, Account["kind"]>> = { "1": "user", "2": "group", "4": "alias", "5": "system" };

/** True for a SID in its text form. */
export function isSid(text: string): boolean {
  return SID.test(text);
}

/** The SID that a member's text stands for by itself: a SID, or the English name of a well-known principal. */
export function fixedSid(text: string): string | undefined {
  return isSid(text) ? text.toUpperCase() : WELL_KNOWN.get(text.toLowerCase());
}

/** The relative id: the last number of a SID. The built-in Administrator has 500. */
export function ridOf(sid: string): number {
  return Number(sid.slice(sid.lastIndexOf("-") + 1));
}

/** An account from an instance of `Win32_Account`; `undefined` for one without a SID. */
export function accountOf(instance: XmlElement): Account | undefined {
  const sid = propertyOf(instance, "SID");
  if (sid === undefined || !isSid(sid)) return undefined;
  return {
    sid: sid.toUpperCase(),
    domain: propertyOf(instance, "Domain") ?? "",
    name: propertyOf(instance, "Name") ?? "",
    kind: KINDS[propertyOf(instance, "SIDType") ?? ""] ?? "system",
    local: propertyOf(instance, "LocalAccount")?.toLowerCase() === "true",
  };
}

/**
 * Finds whom a text names: `user` and `.\user` (local), `MACHINE\user`, `DOMAIN\name`, `user@domain`, a SID, or the
 * English name of a well-known principal. A name of a domain is looked up by its keys, since a search would walk the
 * domain. `user@domain` is looked up as the logon name `user` in the domain with that DNS name.
 * @returns `undefined` if the host knows nobody by that text: there is none, or no domain controller answers.
 */
export async function findAccount(
  client: WsmanClient,
  signal: AbortSignal,
  text: string,
): Promise<Account | undefined> {
  const sid = fixedSid(text);
  if (sid !== undefined) return await accountWithSid(client, sid, signal);
  const at = text.lastIndexOf("@");
  if (at > 0) {
    const domain = await netbiosName(client, text.slice(at + 1), signal);
    return domain === undefined ? undefined : await accountNamed(client, { domain, name: text.slice(0, at) }, signal);
  }
  const backslash = text.indexOf("\\");
  const domain = backslash < 0 ? "." : text.slice(0, backslash);
  return await accountNamed(client, { domain, name: text.slice(backslash + 1) }, signal);
}

async function accountNamed(
  client: WsmanClient,
  { domain, name }: { readonly domain: string; readonly name: string },
  signal: AbortSignal,
): Promise<Account | undefined> {
  const where = domain === "." ? "LocalAccount=TRUE" : `Domain=${quoteWql(domain)}`;
  const wql = `SELECT * FROM Win32_Account WHERE ${where} AND Name=${quoteWql(name)}`;
  const found = await queryWmi(client, { wql, operation: `look up ${domain}\\${name}` }, signal);
  return preferred(found.flatMap((instance) => accountOf(instance) ?? []));
}

/** A user before a group before a principal of the system, where several have the name. */
function preferred(accounts: readonly Account[]): Account | undefined {
  const order: readonly Account["kind"][] = ["user", "group", "alias", "system"];
  return [...accounts].sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))[0];
}

/** `Win32_SID` asks the system for the name, without a search; the kind is not known then. */
async function accountWithSid(client: WsmanClient, sid: string, signal: AbortSignal): Promise<Account | undefined> {
  let body: XmlElement;
  try {
    body = await client.run(
      {
        action: ACTIONS.get,
        resourceUri: `${CIMV2_URI}/Win32_SID`,
        selectors: { SID: sid },
        operation: `look up ${sid}`,
        writes: false,
      },
      signal,
    );
  } catch (error) {
    if (isWinrmError(error) && error.code === "WINRM_E_NOT_FOUND") return undefined;
    throw error;
  }
  const [instance] = body.children;
  const name = instance === undefined ? undefined : propertyOf(instance, "AccountName");
  if (instance === undefined || name === undefined || name === "") return undefined;
  const builtIn = sid.startsWith("S-1-5-32-");
  const domain = propertyOf(instance, "ReferencedDomainName") ?? "";
  const kind = builtIn ? "alias" : sid.startsWith("S-1-5-21-") ? "user" : "system";
  return { sid, domain, name, kind, local: kind !== "user" };
}

/** The NetBIOS name of a domain that the host knows by its DNS name. */
async function netbiosName(client: WsmanClient, dnsName: string, signal: AbortSignal): Promise<string | undefined> {
  const wql = `SELECT * FROM Win32_NTDomain WHERE DnsForestName=${quoteWql(dnsName)}`;
  const found = await queryWmi(client, { wql, operation: `look up the domain ${dnsName}` }, signal);
  const [domain] = found;
  return domain === undefined ? undefined : propertyOf(domain, "DomainName");
}
