import type { WsmanClient } from "../../session/wsman-client";
import { FAULT_CODES, WsmanFault } from "../../wsman/faults";
import { type Account, accountOf } from "./local-accounts";
import { associatedInstances, associatorsOf, propertyOf, queryWmi } from "../wmi";

/** Local groups of a host, read through WMI. Changing them is not possible there. */

/** A local group. */
export interface LocalGroup {
  /** `S-1-5-32-580`, or the machine's SID and a number. */
  readonly sid: string;
  /** In the host's language. */
  readonly name: string;
  /** The computer's NetBIOS name; on a domain controller the domain's. */
  readonly domain: string;
}

/** What the host says of itself. */
export interface HostRole {
  readonly computerName: string;
  readonly domainController: boolean;
  /** A member of a domain, or its controller; `undefined` if it does not say. */
  readonly domainMember: boolean | undefined;
}

/** Administrators: everything. */
export const ADMINISTRATORS = "S-1-5-32-544";
/** Remote Management Users: PowerShell and WMI, no command shells. */
export const REMOTE_MANAGEMENT_USERS = "S-1-5-32-580";

/** Built-in groups by their English name; a host has them under the names of its own language. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ["administrators", ADMINISTRATORS],
  ["users", "S-1-5-32-545"],
  ["guests", "S-1-5-32-546"],
  ["power users", "S-1-5-32-547"],
  ["backup operators", "S-1-5-32-551"],
  ["remote desktop users", "S-1-5-32-555"],
  ["network configuration operators", "S-1-5-32-556"],
  ["performance monitor users", "S-1-5-32-558"],
  ["performance log users", "S-1-5-32-559"],
  ["distributed com users", "S-1-5-32-562"],
  ["iis_iusrs", "S-1-5-32-568"],
  ["cryptographic operators", "S-1-5-32-569"],
  ["event log readers", "S-1-5-32-573"],
  ["hyper-v administrators", "S-1-5-32-578"],
  ["remote management users", REMOTE_MANAGEMENT_USERS],
]);

/** The SID of a built-in group by its English name, with or without `BUILTIN\` before it. */
export function builtInGroupSid(name: string): string | undefined {
  return BUILT_IN.get(name.replace(/^builtin\\/i, "").toLowerCase());
}

/** Every local group; one request. */
export async function listLocalGroups(client: WsmanClient, signal: AbortSignal): Promise<LocalGroup[]> {
  const wql = "SELECT * FROM Win32_Group WHERE LocalAccount=TRUE";
  const found = await queryWmi(client, { wql, operation: "list the local groups" }, signal);
  return found.flatMap((instance) => {
    const account = accountOf(instance);
    return account === undefined ? [] : [{ sid: account.sid, name: account.name, domain: account.domain }];
  });
}

/** What finds a group's members. */
export function groupKey({ domain, name }: LocalGroup): string {
  return `${domain}\\${name}`;
}

/**
 * The members of a group that have a name; one request. Windows leaves out SIDs that belong to nobody any more, and
 * those of a domain that does not respond: what is not here may still be a member.
 * @param key from `groupKey`.
 */
export async function readMembers(client: WsmanClient, signal: AbortSignal, key: string): Promise<Account[]> {
  const backslash = key.indexOf("\\");
  const [domain, name] = [key.slice(0, backslash), key.slice(backslash + 1)];
  const query = {
    of: { className: "Win32_Group", keys: { Domain: domain, Name: name } },
    associationClass: "Win32_GroupUser",
    role: "GroupComponent",
    operation: `read the members of ${name}`,
  };
  // Braces end an object path.
  const found = /[{}]/.test(key)
    ? await associatedInstances(client, query, signal)
    : await associatorsOf(client, query, signal).catch((error: unknown) => {
        if (!isQueryRefused(error)) throw error;
        return associatedInstances(client, query, signal);
      });
  return found.flatMap((instance) => accountOf(instance) ?? []);
}

/** The groups that somebody is a direct member of, local ones and those of the domain; one request. */
export async function readGroupsOf(client: WsmanClient, signal: AbortSignal, key: string): Promise<Account[]> {
  const backslash = key.indexOf("\\");
  const [domain, name] = [key.slice(0, backslash), key.slice(backslash + 1)];
  const query = {
    of: { className: "Win32_UserAccount", keys: { Domain: domain, Name: name } },
    associationClass: "Win32_GroupUser",
    role: "PartComponent",
    operation: `read the groups of ${key}`,
  };
  return (await associatorsOf(client, query, signal)).flatMap((instance) => accountOf(instance) ?? []);
}

/** The computer's name, and whether it is a domain controller; one request. */
export async function readHostRole(client: WsmanClient, signal: AbortSignal): Promise<HostRole> {
  const wql = "SELECT * FROM Win32_ComputerSystem";
  const [computer] = await queryWmi(client, { wql, operation: "read the role of the computer" }, signal);
  const role = computer === undefined ? undefined : propertyOf(computer, "DomainRole");
  return {
    computerName: (computer === undefined ? undefined : propertyOf(computer, "Name")) ?? "",
    domainController: role === BACKUP_DOMAIN_CONTROLLER || role === PRIMARY_DOMAIN_CONTROLLER,
    domainMember: role === undefined ? undefined : !STANDALONE.has(role),
  };
}

/** `DomainRole` of a workstation and of a server in a workgroup. */
const STANDALONE: ReadonlySet<string> = new Set(["0", "2"]);
const BACKUP_DOMAIN_CONTROLLER = "4";
const PRIMARY_DOMAIN_CONTROLLER = "5";

function isQueryRefused(error: unknown): boolean {
  return error instanceof WsmanFault && error.details.wsmanCode === FAULT_CODES.cannotProcessFilter;
}
