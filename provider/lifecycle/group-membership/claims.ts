import type { GroupMembershipInputs, GroupMembershipOutputs } from "../../contract/group-membership";
import { fixedSid } from "../../account-name";
import type { ClaimRules } from "../change/claims";
import { listClaims } from "../change/list-memory";
import { bareName, canonicalGroup, canonicalMember } from "./member-names";
import { MEMBERS, knownOf, memoryOf, modeOf } from "./state";

const list = listClaims(MEMBERS);

/**
 * Each member of a group is claimed by SID, an exclusive group as a whole. A member whose SID is not known yet may be
 * anybody of that name, and any of those who are known by their SIDs alone.
 */
export const groupMembershipClaims: ClaimRules<GroupMembershipInputs, GroupMembershipOutputs> = {
  ...list,

  sameSubject(previous, { group }, outputs) {
    const wanted = canonicalGroup(group);
    const names = [canonicalGroup(previous.group), previous.groupSid.toLowerCase(), previous.groupName.toLowerCase()];
    // What a claimant's state says of its group holds only while it still asks for that group.
    const sameGroup = outputs !== undefined && canonicalGroup(outputs.group) === wanted;
    return names.includes(wanted) || (sameGroup && outputs.groupSid === previous.groupSid);
  },

  items(inputs, previous, outputs) {
    const known = new Map([...knownOf(previous), ...knownOf(outputs)]);
    const sidOf = (member: string) => known.get(canonicalMember(member)) ?? fixedSid(member);
    const sids = inputs.members.flatMap((member) => sidOf(member) ?? []);
    const unknown = new Set(
      inputs.members.filter((member) => sidOf(member) === undefined).map((one) => bareName(one) ?? ""),
    );
    const named = [...knownOf(previous)].flatMap(([member, sid]) => {
      const name = bareName(member);
      return name === undefined ? [] : [{ name, sid }];
    });
    const { added, applied } = memoryOf(previous);
    const nameless = [...added, ...applied].some((owned) => !named.some(({ sid }) => sid === owned));
    return {
      all: modeOf(inputs) === "exclusive",
      items: new Set(sids),
      perhaps: new Set(named.filter(({ name }) => unknown.has(name)).map(({ sid }) => sid)),
      uncertain: unknown.size > 0 && nameless,
    };
  },

  join(state, other) {
    return { ...list.join(state, other), memberSids: { ...other.memberSids, ...state.memberSids } };
  },
};
