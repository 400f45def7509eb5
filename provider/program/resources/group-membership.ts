import type * as pulumi from "@pulumi/pulumi";
import {
  GROUP_MEMBERSHIP,
  type GroupMembershipInputs,
  type GroupMembershipOutputs,
} from "../../contract/group-membership";
import type { Inputs } from "./inputs";
import { type OutputsOf, WinrmResource } from "./winrm-resource";

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

/** Its outputs. */
export interface GroupMembership extends OutputsOf<GroupMembershipOutputs> {}
