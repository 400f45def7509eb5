/** The security accounts of a host: local users and groups with their SIDs, and who else can be a member. */

import { WinrmError } from "../../../provider/errors";
import type { Language } from "../../wsman/fault-table";
import { Domain, sidFromName } from "./domain";
import {
  type LocalGroup,
  type Principal,
  type SamAccount,
  type SamOptions,
  type Translation,
  WIN32,
} from "./principals";
import {
  BUILTIN,
  BUILTIN_GROUPS,
  BUILTIN_USERS,
  NT_AUTHORITY,
  REMOTE_WMI_USERS,
  SIDS,
  WELL_KNOWN_PRINCIPALS,
} from "./well-known";

interface Alias {
  readonly sid: string;
  name: string;
  readonly members: Set<string>;
}

interface Change {
  readonly group: string;
  readonly member: string;
  readonly administrator: boolean;
}

const FIRST_RID = 1000;
const SID = /^S-1-\d+(?:-\d+)+$/i;

/** Accounts of Entra ID, of services and of application pools: members by SID, whether or not the host has a name. */
const OF_NO_DIRECTORY = /^S-1-(?:12-1|5-80|5-82)-/;

/** Users and groups of one host. Names are compared without regard to case. */
export class Sam {
  /** Absent for a host in a workgroup. */
  readonly domain: Domain | undefined;
  /** What stands before the backslash of local accounts: the host's name, on a domain controller the domain's. */
  readonly authority: string;
  /** The SID that those of the local accounts begin with. */
  readonly machineSid: string;
  readonly domainController: boolean;
  /** A member of a domain, or its controller. */
  readonly joined: boolean;
  readonly language: Language;
  /** Win32 codes by SID of members that clients can neither add nor remove: for fault injection. */
  readonly refusals = new Map<string, number>();
  readonly #users = new Map<string, Principal>();
  readonly #groups = new Map<string, Alias>();
  #nextRid = FIRST_RID;

  /** @throws WinrmError `WINRM_E_ARGUMENT` for a member that cannot be translated. */
  constructor(options: SamOptions) {
    this.language = options.language;
    this.domain = options.domain === undefined ? undefined : new Domain(options.domain);
    this.domainController = options.domainController && this.domain !== undefined;
    this.joined = options.joined ?? this.domain !== undefined;
    const home = this.domainController ? this.domain : undefined;
    this.authority = home?.name ?? options.hostName;
    this.machineSid = home?.sid ?? sidFromName(`machine ${options.hostName}`);
    for (const { sid, name } of BUILTIN_GROUPS) {
      this.#groups.set(sid, { sid, name: name[options.language], members: new Set() });
    }
    if (options.remoteWmiUsers) this.createGroup(REMOTE_WMI_USERS);
    for (const { rid, name } of BUILTIN_USERS) this.#putUser(name[options.language], `${this.machineSid}-${rid}`);
    this.#member(SIDS.administrators, `${this.machineSid}-500`);
    this.#member(SIDS.guests, `${this.machineSid}-501`);
    this.#member(SIDS.users, SIDS.authenticatedUsers);
    this.#member(SIDS.users, SIDS.interactive);
    if (this.domain !== undefined) {
      this.#member(SIDS.administrators, `${this.domain.sid}-512`);
      this.#member(SIDS.users, `${this.domain.sid}-513`);
    }
    for (const account of options.accounts) this.addUser(account);
    for (const [group, members] of Object.entries(options.groups)) {
      const sid = this.group(group)?.sid ?? this.createGroup(group).sid;
      for (const member of members) this.#member(sid, this.sidOf(member));
    }
  }

  /** Adds a local user, who is also a member of Users, or changes the one with that name. */
  addUser({ name, administrator = true, rid }: SamAccount): void {
    const sid = rid === undefined ? (this.user(name)?.sid ?? this.#newSid()) : `${this.machineSid}-${rid}`;
    this.#putUser(name, sid);
    this.#member(SIDS.users, sid);
    if (administrator) this.#member(SIDS.administrators, sid);
    else this.#groups.get(SIDS.administrators)?.members.delete(sid);
  }

  /** Deletes a local user, also from the local groups (assumed (deleted-users)). */
  removeUser(name: string): void {
    const sid = this.user(name)?.sid;
    if (sid === undefined) return;
    this.#users.delete(sid);
    for (const { members } of this.#groups.values()) members.delete(sid);
  }

  /** A local user by plain name or SID. */
  user(nameOrSid: string): Principal | undefined {
    const given = nameOrSid.toLowerCase();
    return this.users().find(({ name, sid }) => name.toLowerCase() === given || sid.toLowerCase() === given);
  }

  /** The local users. */
  users(): Principal[] {
    return [...this.#users.values()];
  }

  /** The local groups. */
  groups(): LocalGroup[] {
    return [...this.#groups.values()];
  }

  /** A local group by SID, name, or name with the authority or `.` before it. */
  group(nameOrSid: string): LocalGroup | undefined {
    return this.#alias(nameOrSid);
  }

  /** Makes a local group. @throws WinrmError `WINRM_E_ARGUMENT` if the name is taken. */
  createGroup(name: string): LocalGroup {
    this.#refuseTaken(name);
    const made = { sid: this.#newSid(), name, members: new Set<string>() };
    this.#groups.set(made.sid, made);
    return made;
  }

  /** Deletes a local group. @throws WinrmError `WINRM_E_ARGUMENT` if there is no such group. */
  deleteGroup(nameOrSid: string): void {
    this.#groups.delete(this.#knownAlias(nameOrSid).sid);
  }

  /** Renames a local group; its SID stays. @throws WinrmError `WINRM_E_ARGUMENT` if there is none, or the name is taken. */
  renameGroup(nameOrSid: string, name: string): void {
    const alias = this.#knownAlias(nameOrSid);
    this.#refuseTaken(name);
    alias.name = name;
  }

  /**
   * Adds a member as `NetLocalGroupAddMembers` does. Group and member by name or SID.
   * @param administrator whether the caller may change groups.
   * @returns a Win32 code: 0, 5, 1317, 1332, 1355, 1376, 1378, 1387, 1388. Which one for an unknown name is assumed (unknown-names).
   */
  addMember(group: string, member: string, administrator = true): number {
    return this.#change({ group, member, administrator }, (alias, sid) => {
      if (alias.members.has(sid)) return WIN32.memberInAlias;
      const principal = this.principal(sid);
      if (principal === undefined && !OF_NO_DIRECTORY.test(sid))
        return this.#isOfLostDomain(sid) ? WIN32.noSuchDomain : WIN32.noSuchMember;
      if (principal?.kind === "alias" && principal.local) return WIN32.invalidMember;
      alias.members.add(sid);
      return WIN32.success;
    });
  }

  /**
   * Removes a member as `NetLocalGroupDelMembers` does. Group and member by name or SID.
   * @returns a Win32 code: 0, 5, 1317, 1332, 1355, 1371 (the built-in Administrator stays in Administrators), 1376, 1377.
   */
  removeMember(group: string, member: string, administrator = true): number {
    return this.#change({ group, member, administrator }, (alias, sid) => {
      if (!alias.members.has(sid)) return WIN32.memberNotInAlias;
      if (alias.sid === SIDS.administrators && sid === `${this.machineSid}-500`) return WIN32.specialAccount;
      alias.members.delete(sid);
      return WIN32.success;
    });
  }

  /**
   * What a name stands for, as `LookupAccountName` finds it: a SID as it is, `user`, `.\user`, `HOST\user`,
   * `DOMAIN\user`, `user@domain`, `BUILTIN\group`, `NT AUTHORITY\SYSTEM`.
   */
  translate(text: string): Translation {
    if (SID.test(text)) return { sid: text.toUpperCase() };
    const at = text.lastIndexOf("@");
    if (at > 0) return this.#inDomain(text.slice(at + 1), text.slice(0, at));
    const backslash = text.indexOf("\\");
    const name = text.slice(backslash + 1);
    if (backslash < 0) {
      const found = this.#local(name) ?? (this.domain?.reachable === true ? this.domain.find(name) : undefined);
      return found === undefined ? { code: WIN32.noneMapped } : { sid: found.sid };
    }
    return this.#qualified(text.slice(0, backslash), name);
  }

  /** Whom a SID belongs to; `undefined` if nobody has it, or the domain cannot be asked. */
  principal(sid: string): Principal | undefined {
    const given = sid.toUpperCase();
    const alias = this.#groups.get(given);
    if (alias !== undefined) return this.#aliasPrincipal(alias);
    const wellKnown = this.wellKnown().find((one) => one.sid === given);
    const local = this.#users.get(given) ?? wellKnown;
    if (local !== undefined || this.domain?.reachable !== true) return local;
    const found = this.domain.find(given);
    return found === undefined ? undefined : { ...found, authority: this.domain.name, local: false };
  }

  /** The well-known principals of the host. */
  wellKnown(): Principal[] {
    return WELL_KNOWN_PRINCIPALS.map(({ sid, name }) => ({
      sid,
      name: name[this.language],
      authority: sid === SIDS.everyone ? "" : NT_AUTHORITY[this.language],
      kind: "well-known",
      local: true,
    }));
  }

  /** `AUTHORITY\name`, or the SID of somebody whose name cannot be found. */
  display(sid: string): string {
    const found = this.principal(sid);
    if (found === undefined) return sid;
    return found.authority === "" ? found.name : `${found.authority}\\${found.name}`;
  }

  /**
   * SIDs of a network logon's full token: itself, its groups on the host and in the domain, and well-known ones. Assumed
   * (local-administrators-sid): S-1-5-114 brings the groups that have it as a member.
   * @param sid `undefined` for somebody of whom only the domain knows more.
   */
  tokenOf(sid: string | undefined): ReadonlySet<string> {
    const token = new Set<string>([SIDS.everyone, SIDS.network, SIDS.authenticatedUsers]);
    if (sid === undefined) return this.#withAliases(token);
    token.add(sid);
    for (const group of this.domain?.groupsOf(sid) ?? []) token.add(group);
    if (!this.#users.has(sid) || this.domainController) return this.#withAliases(token);
    this.#withAliases(token.add(SIDS.localAccount));
    return token.has(SIDS.administrators) ? this.#withAliases(token.add(SIDS.localAccountAndAdministrator)) : token;
  }

  /** The SID of a name or SID. @throws WinrmError `WINRM_E_ARGUMENT` for nobody's name. */
  sidOf(member: string): string {
    const translation = this.translate(member);
    if ("sid" in translation) return translation.sid;
    throw new WinrmError(
      "WINRM_E_ARGUMENT",
      `${JSON.stringify(member)} is nobody whom the host knows (${translation.code})`,
    );
  }

  #withAliases(token: Set<string>): Set<string> {
    for (const { sid, members } of this.#groups.values()) {
      if ([...members].some((member) => token.has(member))) token.add(sid);
    }
    return token;
  }

  #change({ group, member, administrator }: Change, apply: (alias: Alias, sid: string) => number): number {
    if (!administrator) return WIN32.accessDenied;
    const alias = this.#alias(group);
    if (alias === undefined) return WIN32.noSuchAlias;
    const translation = this.translate(member);
    if ("code" in translation) return translation.code;
    return this.refusals.get(translation.sid) ?? apply(alias, translation.sid);
  }

  #qualified(authority: string, name: string): Translation {
    const given = authority.toLowerCase();
    const own = given === "." || given === this.authority.toLowerCase();
    if (own) {
      const found = this.user(name) ?? this.#aliasNamed(name, (sid) => sid.startsWith(this.machineSid));
      const inDomain = this.domainController ? this.domain?.find(name) : undefined;
      return found === undefined && inDomain === undefined
        ? { code: WIN32.noSuchUser }
        : { sid: (found ?? inDomain)?.sid ?? "" };
    }
    if (given === BUILTIN[this.language].toLowerCase()) {
      const found = this.#aliasNamed(name, (sid) => sid.startsWith("S-1-5-32-"));
      return found === undefined ? { code: WIN32.noneMapped } : { sid: found.sid };
    }
    if (given === NT_AUTHORITY[this.language].toLowerCase()) {
      const found = this.wellKnown().find((one) => one.authority !== "" && same(one.name, name));
      return found === undefined ? { code: WIN32.noneMapped } : { sid: found.sid };
    }
    return this.#inDomain(authority, name);
  }

  #inDomain(domain: string, name: string): Translation {
    if (this.domain?.reachable !== true || !this.domain.isNamed(domain)) return { code: WIN32.noSuchDomain };
    const found = this.domain.find(name) ?? (this.domainController ? this.user(name) : undefined);
    return found === undefined ? { code: WIN32.noneMapped } : { sid: found.sid };
  }

  #local(name: string): { readonly sid: string } | undefined {
    return this.wellKnown().find((one) => same(one.name, name)) ?? this.#aliasNamed(name) ?? this.user(name);
  }

  #aliasNamed(name: string, has: (sid: string) => boolean = () => true): Alias | undefined {
    return [...this.#groups.values()].find((alias) => has(alias.sid) && same(alias.name, name));
  }

  #alias(nameOrSid: string): Alias | undefined {
    const bySid = this.#groups.get(nameOrSid.toUpperCase());
    if (bySid !== undefined) return bySid;
    const backslash = nameOrSid.indexOf("\\");
    if (backslash < 0) return this.#aliasNamed(nameOrSid);
    const authority = nameOrSid.slice(0, backslash);
    const known = [".", this.authority, BUILTIN[this.language]].some((one) => same(one, authority));
    return known ? this.#aliasNamed(nameOrSid.slice(backslash + 1)) : undefined;
  }

  #knownAlias(nameOrSid: string): Alias {
    const found = this.#alias(nameOrSid);
    if (found === undefined)
      throw new WinrmError("WINRM_E_ARGUMENT", `the host has no group ${JSON.stringify(nameOrSid)}`);
    return found;
  }

  #aliasPrincipal({ sid, name }: Alias): Principal {
    const authority = sid.startsWith("S-1-5-32-") ? BUILTIN[this.language] : this.authority;
    return { sid, name, authority, kind: "alias", local: true };
  }

  #refuseTaken(name: string): void {
    if (this.#aliasNamed(name) !== undefined || this.user(name) !== undefined) {
      throw new WinrmError("WINRM_E_ARGUMENT", `the host already has ${JSON.stringify(name)}`);
    }
  }

  #member(group: string, sid: string): void {
    this.#groups.get(group)?.members.add(sid);
  }

  #putUser(name: string, sid: string): void {
    this.#users.set(sid, { sid, authority: this.authority, name, kind: "user", local: true });
  }

  #newSid(): string {
    const sid = `${this.machineSid}-${this.#nextRid}`;
    this.#nextRid += 1;
    return sid;
  }

  #isOfLostDomain(sid: string): boolean {
    return this.domain?.reachable === false && sid.startsWith(`${this.domain.sid}-`);
  }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
