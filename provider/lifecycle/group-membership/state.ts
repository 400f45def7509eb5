import type { GroupMembershipInputs, GroupMembershipOutputs, MembershipMode } from "../../contract/group-membership";
import type { Prior } from "../definition";
import { type ListMemory, type ListState, ownItems } from "../change/list-memory";
import { canonicalMember } from "./member-names";
import type { GroupQuery } from "./observe";

/** What the state of a membership tells. */

/** What state remembers, and the SIDs by which it knows members. */
export interface GroupRecord {
  readonly memory: ListMemory;
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

/** What is remembered of the members by SID; nothing if the resource is only read (`GroupMembership.get`). */
export function memoryOf(state: GroupMembershipOutputs): ListMemory {
  const { addedMembers: added = [], priorMembers: prior = [], appliedMembers: applied = [] } = state;
  return { exclusive: modeOf(state) === "exclusive", added, prior, applied };
}

/** Where state keeps it. */
export const MEMBERS: ListState<GroupMembershipOutputs> = {
  memoryOf,
  withMemory: (state, { exclusive, added, prior, applied }) => ({
    ...state,
    mode: exclusive ? "exclusive" : "members",
    addedMembers: [...added],
    priorMembers: [...prior],
    appliedMembers: [...applied],
  }),
  keyOf: (sid) => sid,
};

/** What an apply or a refresh asks about the group. */
export function queryOf(inputs: GroupMembershipInputs, state?: GroupMembershipOutputs): GroupQuery {
  const exclusive = modeOf(inputs) === "exclusive";
  return {
    // Without an argument it stays the group that the first apply found.
    group: inputs.group ?? (state?.groupSid === "" ? undefined : state?.groupSid),
    members: inputs.members,
    exclusive,
    known: knownOf(state),
    own: exclusive || state === undefined ? [] : ownItems(memoryOf(state), MEMBERS.keyOf),
  };
}

/** What destroy asks: who is to be restored is looked up by SID, since their names may have changed. */
export function destroyQuery(state: GroupMembershipOutputs): GroupQuery {
  const { exclusive, added, prior, applied } = memoryOf(state);
  return {
    group: state.groupSid === "" ? state.group : state.groupSid,
    members: exclusive ? prior : [],
    exclusive,
    known: new Map(),
    own: exclusive ? applied : added,
  };
}
