import { isSid, needsNoName, parseAccountName } from "../../account-name";
import { isWinrmError } from "../../errors";
import type { WsmanClient } from "../../session/wsman-client";
import { ACTIONS, CIMV2_URI } from "../../wsman/uris";
import type { XmlElement } from "../../wsman/xml";
import { propertyOf, queryWmi, quoteWql } from "../wmi";

/** Users, groups and well-known principals as a host knows them: names and SIDs. */

/** Somebody who has a name. */
export interface Account {
  /** Upper-case: `S-1-5-21-…-1104`. */
  readonly sid: string;
  /** The computer's or the domain's NetBIOS name. */
  readonly domain: string;
  readonly name: string;
  /**
   * `alias` is a local group of the host, `group` one of a domain, `system` a principal such as INTERACTIVE; `unknown` is a
   * user or a group of which only the SID was asked for.
   */
  readonly kind: "user" | "group" | "alias" | "system" | "unknown";
  readonly local: boolean;
  /** The host has no name for it, and so never lists it as a member. */
  readonly unnamed?: true;
}

const KINDS: Readonly<Record<string, Account["kind"]>> = { "1": "user", "2": "group", "4": "alias", "5": "system" };

/** The relative id: the last number of a SID. The built-in Administrator has 500. */
export function ridOf(sid: string): number {
  return Number(sid.slice(sid.lastIndexOf("-") + 1));
}

/** An account from an instance of `Win32_Account`; `undefined` for one without a SID. */
export function accountOf(instance: XmlElement): Account | undefined {
  const sid = propertyOf(instance, "SID");
  if (sid === undefined || !isSid(sid)) return undefined;
  const local = propertyOf(instance, "LocalAccount")?.toLowerCase() === "true";
  const kind = KINDS[propertyOf(instance, "SIDType") ?? ""] ?? "system";
  return {
    sid: sid.toUpperCase(),
    domain: propertyOf(instance, "Domain") ?? "",
    name: propertyOf(instance, "Name") ?? "",
    // Domain local groups have the type of the host's own, and go into them as any group of a domain does.
    kind: kind === "alias" && !local ? "group" : kind,
    local,
  };
}

/**
 * Finds whom a text names: `user` and `.\user` (local), `MACHINE\user`, `DOMAIN\name`, `user@domain`, a SID, or the
 * English name of a well-known principal. A name of a domain is looked up by its keys, since a search would walk the
 * domain. `user@domain` is looked up as the logon name `user` in the domain with that DNS name.
 * @returns `undefined` if the host knows no account by that string: there is none, or no domain controller responds.
 */
export async function findAccount(
  client: WsmanClient,
  signal: AbortSignal,
  text: string,
): Promise<Account | undefined> {
  const account = parseAccountName(text);
  switch (account.kind) {
    case "sid":
      return (await accountWithSid(client, account.sid, signal)) ?? unnamed(text, account.sid);
    case "principal": {
      const domain = await netbiosName(client, account.domain, signal);
      return domain === undefined ? undefined : await accountNamed(client, { domain, name: account.name }, signal);
    }
    case "local":
      return await accountNamed(client, { domain: ".", name: account.name }, signal);
    case "qualified":
    case "cloud":
      return await accountNamed(client, { domain: account.authority, name: account.name }, signal);
  }
}

/** An account that can be a member although the host has no name for it; what it is called is what the program calls it. */
function unnamed(text: string, sid: string): Account | undefined {
  if (!needsNoName(sid)) return undefined;
  const [name = "", domain = ""] = text.split("\\").reverse();
  return { sid, domain, name, kind: "system", local: true, unnamed: true };
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
  const order: readonly Account["kind"][] = ["user", "group", "alias", "system", "unknown"];
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
  const kind = builtIn ? "alias" : sid.startsWith("S-1-5-21-") ? "unknown" : "system";
  return { sid, domain, name, kind, local: kind !== "unknown" };
}

/** The NetBIOS name of a domain that the host knows by its DNS name. */
async function netbiosName(client: WsmanClient, dnsName: string, signal: AbortSignal): Promise<string | undefined> {
  const wql = `SELECT * FROM Win32_NTDomain WHERE DnsForestName=${quoteWql(dnsName)}`;
  const found = await queryWmi(client, { wql, operation: `look up the domain ${dnsName}` }, signal);
  const [domain] = found;
  return domain === undefined ? undefined : propertyOf(domain, "DomainName");
}
