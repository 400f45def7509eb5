/** The local groups of a host, as somebody at its keyboard sees and edits them. */

import { WinrmError } from "../../provider/errors";
import type { Domain, DomainUserOptions } from "../windows/sam/domain";
import type { Sam } from "../windows/sam/sam";
import type { LocalGroup } from "../windows/sam/principals";

/** A local group. */
export interface GroupView {
  readonly name: string;
  readonly sid: string;
  /** `HOST\user`, `DOMAIN\group`, `NT AUTHORITY\…`; the SID of somebody who is gone or whose domain cannot be asked. */
  readonly members: readonly string[];
}

/**
 * Local groups and their members. Groups and members are given by name or SID; hand edits take effect at once. Every
 * method throws WinrmError `WINRM_E_ARGUMENT` for a group that is not there.
 */
export class HostGroups {
  constructor(private readonly sam: Sam) {}

  /** Every local group. */
  all(): GroupView[] {
    return this.sam.groups().map((group) => this.#view(group));
  }

  /** One group. */
  get(group: string): GroupView {
    return this.#view(this.#known(group));
  }

  /** SIDs of the members. */
  memberSids(group: string): string[] {
    return [...this.#known(group).members];
  }

  /** The SID of a user, group or well-known principal. @throws WinrmError `WINRM_E_ARGUMENT` for an unknown name. */
  sidOf(name: string): string {
    return this.sam.sidOf(name);
  }

  /** Adds a member. @throws WinrmError `WINRM_E_ARGUMENT` if Windows would refuse it. */
  add(group: string, member: string): void {
    const code = this.sam.addMember(this.#known(group).sid, member);
    if (code !== 0) throw refused(`${JSON.stringify(member)} is not added`, code);
  }

  /** Removes a member. @throws WinrmError `WINRM_E_ARGUMENT` if Windows would refuse it. */
  remove(group: string, member: string): void {
    const code = this.sam.removeMember(this.#known(group).sid, member);
    if (code !== 0) throw refused(`${JSON.stringify(member)} is not removed`, code);
  }

  /**
   * From now on clients can neither add nor remove this member: Windows answers with the Win32 code; 0 ends it.
   * @throws WinrmError `WINRM_E_ARGUMENT` for an unknown name.
   */
  refuse(member: string, code: number): void {
    const sid = this.sidOf(member);
    if (code === 0) this.sam.refusals.delete(sid);
    else this.sam.refusals.set(sid, code);
  }

  /** Makes a group. @throws WinrmError `WINRM_E_ARGUMENT` if the name is taken. */
  create(name: string, members: readonly string[] = []): void {
    const { sid } = this.sam.createGroup(name);
    for (const member of members) this.add(sid, member);
  }

  /** Deletes a group. */
  delete(group: string): void {
    this.sam.deleteGroup(group);
  }

  /** Renames a group; its SID stays. @throws WinrmError `WINRM_E_ARGUMENT` if the name is taken. */
  rename(group: string, name: string): void {
    this.sam.renameGroup(group, name);
  }

  /** Whether the host reaches its domain. @throws WinrmError `WINRM_E_ARGUMENT` for a host in a workgroup. */
  setDomainReachable(reachable: boolean): void {
    this.#domain().reachable = reachable;
  }

  /** Adds a user to the domain; with a password one who can log on with NTLM. @throws WinrmError `WINRM_E_ARGUMENT` for a host in a workgroup. */
  addDomainUser(user: string | DomainUserOptions): void {
    this.#domain().addUser(user);
  }

  /** Makes a user or group of the domain a member of one of its groups. @throws WinrmError `WINRM_E_ARGUMENT` as below. */
  addToDomainGroup(group: string, member: string): void {
    this.#domain().addToGroup(group, member);
  }

  /**
   * Deletes a user or group of the domain; its SID stays in the host's groups and belongs to nobody.
   * @throws WinrmError `WINRM_E_ARGUMENT` for a host in a workgroup, or an unknown name.
   */
  removeFromDomain(name: string): void {
    this.#domain().remove(name);
  }

  #domain(): Domain {
    if (this.sam.domain === undefined) throw new WinrmError("WINRM_E_ARGUMENT", "the host is in no domain");
    return this.sam.domain;
  }

  #known(group: string): LocalGroup {
    const found = this.sam.group(group);
    if (found === undefined) throw refused(`there is no group ${JSON.stringify(group)}`, 1376);
    return found;
  }

  #view({ name, sid, members }: LocalGroup): GroupView {
    return { name, sid, members: [...members].map((member) => this.sam.display(member)) };
  }
}

function refused(what: string, code: number): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", `${what} (Win32 error ${code})`);
}
