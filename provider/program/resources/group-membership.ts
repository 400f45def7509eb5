import type * as pulumi from "@pulumi/pulumi";
import {
  GROUP_MEMBERSHIP,
  type GroupMembershipInputs,
  type GroupMembershipOutputs,
} from "../../contract/group-membership";
import type { Inputs } from "./inputs";
import { WinrmResource } from "./winrm-resource";

/** Arguments of `GroupMembership`. */
export type GroupMembershipArgs = Inputs<GroupMembershipInputs>;

/**
 * Members of a local group of a host: who may log in through WinRM without being an administrator, or as one.
 *
 * By default the members given are present and others are left alone; destroy removes those that this resource added.
 *
 * ```ts
 * new GroupMembership("operators", {
 *   connection: { host: "web01.corp.example.com" },
 *   group: "Remote Management Users",
 *   members: ["CORP\\Web Operators", ".\\deploy"],
 * });
 * ```
 */
export class GroupMembership extends WinrmResource {
  /** The host and how to log in to it; secrets stay references or secrets. */
  declare readonly connection: pulumi.Output<GroupMembershipOutputs["connection"]>;
  /** The local group, by name or SID, as the program has it. */
  declare readonly group: pulumi.Output<GroupMembershipOutputs["group"]>;
  /** The members that the program names, as it names them. */
  declare readonly members: pulumi.Output<GroupMembershipOutputs["members"]>;
  /** `"members"` (default) adds these and leaves others; `"exclusive"` makes them the whole list. */
  declare readonly mode: pulumi.Output<GroupMembershipOutputs["mode"]>;
  /**
   * SID of the group: `S-1-5-32-580`.
   * @windows the local group
   * @unset empty: the host had no such group
   * @delete finds the group by it
   */
  declare readonly groupSid: pulumi.Output<GroupMembershipOutputs["groupSid"]>;
  /**
   * The group's name in the host's language.
   * @windows the local group
   * @unset never
   * @delete not used
   */
  declare readonly groupName: pulumi.Output<GroupMembershipOutputs["groupName"]>;
  /**
   * Every member that has a name, as `DOMAIN\name`.
   * @windows the members of the group
   * @unset empty: the group is
   * @delete not used
   */
  declare readonly effectiveMembers: pulumi.Output<GroupMembershipOutputs["effectiveMembers"]>;
  /**
   * SIDs of the wanted members, by what the program calls them.
   * @windows looked up on the host, or its domain
   * @unset never
   * @delete not used
   */
  declare readonly memberSids: pulumi.Output<GroupMembershipOutputs["memberSids"]>;
  /**
   * SIDs of wanted members that no longer have a name.
   * @windows members that Windows keeps and does not list
   * @unset empty: all have a name
   * @delete not used
   */
  declare readonly orphanedMembers: pulumi.Output<GroupMembershipOutputs["orphanedMembers"]>;
  /**
   * Mode `"members"`: SIDs that this resource added.
   * @windows in state only
   * @unset absent in mode `"exclusive"`
   * @delete removes them
   */
  declare readonly addedMembers: pulumi.Output<GroupMembershipOutputs["addedMembers"]>;
  /**
   * Mode `"exclusive"`: SIDs of the members before the first apply.
   * @windows in state only
   * @unset absent in mode `"members"`
   * @delete restores them
   */
  declare readonly priorMembers: pulumi.Output<GroupMembershipOutputs["priorMembers"]>;
  /**
   * Mode `"exclusive"`: SIDs of the members after the last apply.
   * @windows in state only
   * @unset absent in mode `"members"`
   * @delete restores only if the group still has them
   */
  declare readonly appliedMembers: pulumi.Output<GroupMembershipOutputs["appliedMembers"]>;

  constructor(name: string, args: GroupMembershipArgs, opts?: pulumi.CustomResourceOptions) {
    super(GROUP_MEMBERSHIP, name, args, opts);
  }

  /** Reads a group without managing it; outputs are known at preview. Nothing is ever written. */
  static get(
    name: string,
    args: Omit<GroupMembershipArgs, "members" | "mode">,
    opts?: pulumi.CustomResourceOptions,
  ): GroupMembership {
    return new GroupMembership(name, { members: [], mode: "exclusive", ...args }, { ...opts, id: "winrm/groups" });
  }
}
