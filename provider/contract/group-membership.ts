import { type Check, array, boolean, isRecord, oneOf, string } from "./checks";
import { type SharedInputs, type SharedOutputs, resourceShape, shownString, shownStrings } from "./resource-shape";

/** `"members"`: these are present, others are left alone. `"exclusive"`: exactly these. */
export type MembershipMode = "members" | "exclusive";

/** Arguments of `GroupMembership`. */
export interface GroupMembershipInputs extends SharedInputs {
  /**
   * A local group of the host, by name or SID; built-in groups also by their English name on hosts in other
   * languages.
   * @windows the local group
   * @default `WinRMRemoteWMIUsers__` where the host has it, else *Remote Management Users* (`S-1-5-32-580`)
   * @unset the default; the preview says which of the two it is
   * @delete the group itself stays
   */
  group?: string;
  /**
   * Users and domain groups, compared by SID: `DOMAIN\name`, `user@domain`, `MACHINE\user`, `.\user` or `user`
   * (local), SIDs, English names of well-known principals (`NT AUTHORITY\Authenticated Users`), `NT SERVICE\name`,
   * `IIS APPPOOL\name`. Order and case do not matter.
   * @windows the members of the group
   * @default Windows: depends on the group; Remote Management Users is empty
   * @unset required
   * @delete removes only those that this resource added; in mode `"exclusive"` it restores the first members, unless
   *   the group has changed since
   */
  members: string[];
  /**
   * `"members"`: these are members, others are left alone. `"exclusive"`: exactly these.
   * @windows none
   * @default `"members"`
   * @unset the default
   * @delete decides what is restored, see `members`
   */
  mode?: MembershipMode;
  /**
   * Go on although the change would lock out this connection.
   * @windows none
   * @default `false`
   * @unset such a change is refused
   * @delete `true` lets it remove members through which the connection logs in; else they stay, with a warning
   */
  acceptLockout?: boolean;
}

/** State of `GroupMembership`. */
export interface GroupMembershipOutputs extends GroupMembershipInputs, SharedOutputs {
  /**
   * SID of the group: `S-1-5-32-580`.
   * @windows the local group
   * @unset empty: the host had no such group
   * @delete finds the group by it
   */
  groupSid: string;
  /**
   * The group's name in the host's language.
   * @windows the local group
   * @unset never
   * @delete not used
   */
  groupName: string;
  /**
   * Every member that has a name, as `DOMAIN\name`.
   * @windows the members of the group
   * @unset empty: the group is
   * @delete not used
   */
  effectiveMembers: string[];
  /**
   * SIDs of the wanted members, by what the program calls them.
   * @windows looked up on the host, or its domain
   * @unset never
   * @delete not used
   */
  memberSids: Record<string, string>;
  /**
   * SIDs of wanted members that no longer have a name.
   * @windows members that Windows keeps and does not list
   * @unset empty: all have a name
   * @delete not used
   */
  orphanedMembers: string[];
  /**
   * Mode `"members"`: SIDs that this resource added.
   * @windows in state only
   * @unset absent in mode `"exclusive"`
   * @delete removes them
   */
  addedMembers?: string[];
  /**
   * Mode `"exclusive"`: SIDs of the members before the first apply.
   * @windows in state only
   * @unset absent in mode `"members"`
   * @delete restores them
   */
  priorMembers?: string[];
  /**
   * Mode `"exclusive"`: SIDs of the members after the last apply.
   * @windows in state only
   * @unset absent in mode `"members"`
   * @delete restores only if the group still has them
   */
  appliedMembers?: string[];
}

const sidsByMember: Check = (value, property) =>
  isRecord(value)
    ? Object.entries(value).flatMap(([member, sid]) => shownString(sid, `${property}.${member}`))
    : [{ property, reason: "must be an object" }];

/** Arguments and outputs of `GroupMembership`. */
export const GROUP_MEMBERSHIP = resourceShape<GroupMembershipInputs, GroupMembershipOutputs>({
  type: "GroupMembership",
  arguments: {
    group: string(),
    members: array(string()),
    mode: oneOf("members", "exclusive"),
    acceptLockout: boolean(),
  },
  required: ["members"],
  live: { members: shownStrings },
  computed: {
    groupSid: shownString,
    groupName: shownString,
    effectiveMembers: shownStrings,
    memberSids: sidsByMember,
    orphanedMembers: shownStrings,
    addedMembers: shownStrings,
    priorMembers: shownStrings,
    appliedMembers: shownStrings,
  },
  optional: ["addedMembers", "priorMembers", "appliedMembers"],
});
