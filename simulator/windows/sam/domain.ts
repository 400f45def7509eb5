/**
 * The Active Directory domain that a host is a member of, as far as the names and SIDs of its principals go. Assumed
 * (controller-names).
 */

import { createHash } from "node:crypto";
import { ntHash } from "../../../provider/auth/ntlm/crypto";
import { WinrmError } from "../../../provider/errors";

/** A domain as it is given to the host. */
export interface DomainOptions {
  /** NetBIOS name: `CORP`. */
  readonly name: string;
  /** Default: the NetBIOS name in lower case and `.example.com`. */
  readonly dnsName?: string;
  /** Default: made from the name. */
  readonly sid?: string;
  /** Users by name without the domain. Relative ids count up from 1104 in this order. */
  readonly users?: readonly (string | DomainUserOptions)[];
  /** Members by group name: users and groups of the domain. Relative ids count up from 2104 in this order. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Which of `groups` are domain local: Windows shows them with the type of a host's own groups. Default none. */
  readonly domainLocal?: readonly string[];
  /** Default `true`. A host that reaches no domain controller can translate no name and no SID of the domain. */
  readonly reachable?: boolean;
}

/** A user of the domain who can log on with NTLM. */
export interface DomainUserOptions {
  readonly name: string;
  readonly password: string;
  /** Default `false`. */
  readonly disabled?: boolean;
}

/** What a domain controller knows of a user who logs on. */
export interface DomainLogon {
  /** The user principal name: `ann@corp.example.com`. */
  readonly name: string;
  readonly hash: Buffer;
  readonly disabled: boolean;
}

/** A user or a group of the domain; `alias` is a domain local one. */
export interface DomainPrincipal {
  readonly sid: string;
  readonly name: string;
  readonly kind: "user" | "group" | "alias";
}

const FIRST_USER_RID = 1104;
const FIRST_GROUP_RID = 2104;

/** The SID of a machine or a domain, made from its name: the same in every run. */
export function sidFromName(name: string): string {
  const digest = createHash("sha256").update(name.toLowerCase()).digest();
  return `S-1-5-21-${digest.readUInt32LE(0)}-${digest.readUInt32LE(4)}-${digest.readUInt32LE(8)}`;
}

/** A domain. Names are compared without regard to case. */
export class Domain {
  readonly name: string;
  readonly dnsName: string;
  readonly sid: string;
  reachable: boolean;
  readonly #principals = new Map<string, DomainPrincipal>();
  /** SIDs of the members by the SID of a group. */
  readonly #members = new Map<string, Set<string>>();
  /** Those who can log on, by SID. */
  readonly #logons = new Map<string, DomainLogon>();
  #nextUserRid = FIRST_USER_RID;

  constructor(options: DomainOptions) {
    this.name = options.name;
    this.dnsName = options.dnsName ?? `${options.name.toLowerCase()}.example.com`;
    this.sid = options.sid ?? sidFromName(`domain ${options.name}`);
    this.reachable = options.reachable ?? true;
    const groups = Object.entries(options.groups ?? {});
    this.#add("Domain Admins", 512, "group");
    this.#add("Domain Users", 513, "group");
    for (const user of options.users ?? []) this.addUser(user);
    for (const [index, [name]] of groups.entries()) {
      const kind = options.domainLocal?.includes(name) === true ? "alias" : "group";
      if (this.find(name) === undefined) this.#add(name, FIRST_GROUP_RID + index, kind);
    }
    for (const [name, members] of groups) {
      for (const member of members) this.addToGroup(name, member);
    }
  }

  /** True if the text names this domain, by NetBIOS or DNS name. */
  isNamed(name: string): boolean {
    const given = name.toLowerCase();
    return given === this.name.toLowerCase() || given === this.dnsName.toLowerCase();
  }

  /** Everybody whom the domain has, reachable or not. */
  principals(): DomainPrincipal[] {
    return [...this.#principals.values()];
  }

  /** @returns whom the domain has, reachable or not. */
  find(nameOrSid: string): DomainPrincipal | undefined {
    const given = nameOrSid.toLowerCase();
    return this.principals().find(({ name, sid }) => name.toLowerCase() === given || sid.toLowerCase() === given);
  }

  /** Adds a user; also a member of Domain Users. A name alone is a user who cannot log on with NTLM. */
  addUser(user: string | DomainUserOptions): DomainPrincipal {
    const name = typeof user === "string" ? user : user.name;
    const added = this.#add(name, this.#nextUserRid, "user");
    this.#nextUserRid += 1;
    this.addToGroup("Domain Users", name);
    if (typeof user !== "string") {
      const { password, disabled = false } = user;
      this.#logons.set(added.sid, { name: `${name}@${this.dnsName}`, hash: ntHash(password), disabled });
    }
    return added;
  }

  /** The user whom an NTLM logon names: `CORP` and `ann`, or no domain and `ann@corp.example.com`. */
  logonOf(domain: string, user: string): DomainLogon | undefined {
    const at = user.lastIndexOf("@");
    const [realm, name] = domain === "" && at > 0 ? [user.slice(at + 1), user.slice(0, at)] : [domain, user];
    const found = this.reachable && this.isNamed(realm) ? this.find(name) : undefined;
    return found === undefined ? undefined : this.#logons.get(found.sid);
  }

  /** @throws WinrmError `WINRM_E_ARGUMENT` if the domain has no such group or member. */
  addToGroup(group: string, member: string): void {
    const members = this.#members.get(this.#known(group).sid);
    if (members === undefined) throw new WinrmError("WINRM_E_ARGUMENT", `${JSON.stringify(group)} is not a group`);
    members.add(this.#known(member).sid);
  }

  /** Deletes a user or a group; its SID stays in the groups of every host. */
  remove(name: string): void {
    const { sid } = this.#known(name);
    this.#principals.delete(sid);
    this.#members.delete(sid);
    this.#logons.delete(sid);
    for (const members of this.#members.values()) members.delete(sid);
  }

  /** SIDs of the members of a group. */
  membersOf(sid: string): ReadonlySet<string> {
    return this.#members.get(sid) ?? new Set();
  }

  /** SIDs of the domain's groups that somebody is in, nested ones included. */
  groupsOf(sid: string): Set<string> {
    const found = new Set<string>();
    const visit = (member: string): void => {
      for (const [group, members] of this.#members) {
        if (!members.has(member) || found.has(group)) continue;
        found.add(group);
        visit(group);
      }
    };
    visit(sid);
    return found;
  }

  #add(name: string, rid: number, kind: DomainPrincipal["kind"]): DomainPrincipal {
    const principal = { sid: `${this.sid}-${rid}`, name, kind };
    this.#principals.set(principal.sid, principal);
    if (kind !== "user") this.#members.set(principal.sid, new Set());
    return principal;
  }

  #known(name: string): DomainPrincipal {
    const found = this.find(name);
    if (found === undefined) {
      throw new WinrmError("WINRM_E_ARGUMENT", `the domain ${this.name} has no ${JSON.stringify(name)}`);
    }
    return found;
  }
}
