import type { GroupMembershipInputs, GroupMembershipOutputs, MembershipMode } from "../../contract/group-membership";
import type { Prior } from "../definition";
import type { MembershipRecord } from "./delta";
import { canonicalMember } from "./member-names";
import type { GroupQuery } from "./observe";

/** What the state of a membership tells. */

/** What state remembers, and the SIDs by which it knows members. */
export interface GroupRecord extends MembershipRecord {
  readonly known: ReadonlyMap<string, string>;
}

/** The state, where there is one. */
export function stateOf(prior: Prior<GroupMembershipOutputs>): GroupMembershipOutputs | undefined {
  return prior.kind === "state" ? prior.state : undefined;
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
export function queryOf(inputs: GroupMembershipInputs, state?: GroupMembershipOutputs): GroupQuery {
  return {
    // Without an argument it stays the group that the first apply found.
    group: inputs.group ?? (state?.groupSid === "" ? undefined : state?.groupSid),
    members: inputs.members,
    exclusive: modeOf(inputs) === "exclusive",
    known: knownOf(state),
    owned: recordOf(state ?? {}).addedMembers,
  };
}

/** What destroy asks: who is to be restored is looked up by SID, since their names may have changed. */
export function destroyQuery(state: GroupMembershipOutputs): GroupQuery {
  const exclusive = modeOf(state) === "exclusive";
  const { priorMembers, appliedMembers, addedMembers } = recordOf(state);
  return {
    group: state.groupSid === "" ? state.group : state.groupSid,
    members: exclusive ? priorMembers : [],
    exclusive,
    known: new Map(),
    owned: exclusive ? appliedMembers : addedMembers,
  };
}
