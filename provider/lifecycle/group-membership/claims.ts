import type { GroupMembershipInputs, GroupMembershipOutputs } from "../../contract/group-membership";
import { fixedSid } from "../../account-name";
import type { ClaimRules } from "../change/claims";
import { type ListMemory, divideList, listMemory } from "../change/divide-list";
import { canonicalGroup, canonicalMember } from "./member-names";
import { knownOf, modeOf, recordOf } from "./state";

/** Each member of a group is claimed by SID; an exclusive group as a whole, and so one with a member whose SID is not known. */
export const groupMembershipClaims: ClaimRules<GroupMembershipInputs, GroupMembershipOutputs> = {
  sameSubject(previous, { group }, outputs) {
    const wanted = canonicalGroup(group);
    const names = [canonicalGroup(previous.group), previous.groupSid.toLowerCase(), previous.groupName.toLowerCase()];
    // What a claimant's state says of its group holds only while it still asks for that group.
    const sameGroup = outputs !== undefined && canonicalGroup(outputs.group) === wanted;
    return names.includes(wanted) || (sameGroup && outputs.groupSid === previous.groupSid);
  },

  items(inputs, previous, outputs) {
    const known = new Map([...knownOf(previous), ...knownOf(outputs)]);
    const sids = inputs.members.map((member) => known.get(canonicalMember(member)) ?? fixedSid(member));
    return {
      all: modeOf(inputs) === "exclusive",
      items: new Set(sids.filter((sid) => sid !== undefined)),
      uncertain: sids.includes(undefined),
    };
  },

  divide(previous, claims) {
    const { free, done, claimed } = divideList(memoryOf(previous), claims, sameSid);
    const state = ({ exclusive, added, prior, applied }: ListMemory): GroupMembershipOutputs => ({
      ...previous,
      mode: exclusive ? "exclusive" : "members",
      addedMembers: [...added],
      priorMembers: [...prior],
      appliedMembers: [...applied],
    });
    return { free: state(free), done, ...(claimed === undefined ? {} : { claimed: state(claimed) }) };
  },

  memory(outputs) {
    return listMemory(memoryOf(outputs), sameSid);
  },
};

function sameSid(sid: string): string {
  return sid;
}

function memoryOf(state: GroupMembershipOutputs): ListMemory {
  const { addedMembers, priorMembers, appliedMembers } = recordOf(state);
  return {
    exclusive: modeOf(state) === "exclusive",
    added: addedMembers,
    prior: priorMembers,
    applied: appliedMembers,
  };
}
