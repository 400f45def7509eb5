import type { GroupQuery } from "./observe";
import type { MembershipMode, MembershipRecord } from "./delta";
import { canonicalMember } from "./member-names";
import type { SharedInputs, SharedOutputs } from "../lifecycle";

/** Arguments of `GroupMembership`. */
export interface GroupMembershipInputs extends SharedInputs {
  /**
   * A local group of the host, by name or SID; built-in groups also by their English name on hosts in other languages.
   * Default `WinRMRemoteWMIUsers__`.
   */
  group?: string;
  /**
   * Users and domain groups: `DOMAIN\name`, `user@domain`, `MACHINE\user`, `.\user` or `user` (local), or a SID. They are
   * compared by SID, in any order and case.
   */
  members: string[];
  /**
   * `"members"`: these are present, others are left alone, destroy removes only those that this resource added.
   * `"exclusive"`: exactly these. Default `"members"`.
   */
  mode?: MembershipMode;
  /** Go on although the change would lock out this connection. Default `false`. */
  acceptLockout?: boolean;
}

/** State of `GroupMembership`. */
export interface GroupMembershipOutputs extends GroupMembershipInputs, SharedOutputs {
  groupSid: string;
  /** The group's name in the host's language. */
  groupName: string;
  /** Every member that has a name, as `DOMAIN\name`. */
  effectiveMembers: string[];
  /** SIDs of the members that this resource wants, by what the program calls them. */
  memberSids: Record<string, string>;
  /** SIDs of wanted members that have no name any more. Windows keeps them in the group and does not list them. */
  orphanedMembers: string[];
  /** SIDs that this resource added; destroy removes them. Mode `"members"`. */
  addedMembers?: string[];
  /** SIDs of the members before the first apply; destroy puts them back. Mode `"exclusive"`. */
  priorMembers?: string[];
  /** SIDs of the members after the last apply; destroy restores only where the group still has them. */
  appliedMembers?: string[];
}

/** The mode, with its default. */
export function modeOf({ mode }: Pick<GroupMembershipInputs, "mode">): MembershipMode {
  return mode ?? "members";
}

/** SIDs by canonical text of members, as they were found at the last apply. */
export function knownOf(state: GroupMembershipOutputs | undefined): ReadonlyMap<string, string> {
  return new Map(Object.entries(state?.memberSids ?? {}).map(([member, sid]) => [canonicalMember(member), sid]));
}

/** What was recorded; nothing was if the resource is only read (`GroupMembership.get`). */
export function recordOf(state: Partial<MembershipRecord>): MembershipRecord {
  return {
    addedMembers: state.addedMembers ?? [],
    priorMembers: state.priorMembers ?? [],
    appliedMembers: state.appliedMembers ?? [],
  };
}

/** What an apply or a refresh asks about the group. */
export function questionOf(inputs: GroupMembershipInputs, state?: GroupMembershipOutputs): GroupQuery {
  return {
    group: inputs.group,
    members: inputs.members,
    exclusive: modeOf(inputs) === "exclusive",
    known: knownOf(state),
    owned: recordOf(state ?? {}).addedMembers,
  };
}
