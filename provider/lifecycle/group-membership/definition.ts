import { checkArguments } from "../../contract/resource-shape";
import {
  GROUP_MEMBERSHIP,
  type GroupMembershipInputs,
  type GroupMembershipOutputs,
} from "../../contract/group-membership";
import { displayText } from "../../contract/names/plausible-names";
import { isUnknown } from "../../contract/unknown";
import { accountNameProblem, fixedSid, needsNoName } from "../../account-name";
import type { ResourceDefinition } from "../definition";
import { adoptedItems, rememberList } from "../change/list-memory";
import { canonicalGroup, canonicalMember, displayAccount, memberProblems } from "./member-names";
import { type ObservedGroup, liveSids, observeGroup, wantedSid } from "./observe";
import { alreadyChanged, planGroup, planGroupDestroy } from "./plan";
import { type GroupRecord, MEMBERS, destroyQuery, knownOf, memoryOf, modeOf, queryOf, stateOf } from "./state";

/** The types of `GroupMembership`. */
export interface GroupMembershipKinds {
  readonly Inputs: GroupMembershipInputs;
  readonly State: GroupMembershipOutputs;
  readonly Observed: ObservedGroup;
  readonly Record: GroupRecord;
  readonly Prepared: undefined;
}

const OPEN_TO_ALL: ReadonlySet<string> = new Set(["S-1-1-0", "S-1-5-2", "S-1-5-11"]);

/** The members of a local group of a host. */
export const groupMembership: ResourceDefinition<GroupMembershipKinds> = {
  shape: GROUP_MEMBERSHIP,
  canBeRisky: true,

  check(inputs) {
    const problems = checkArguments(GROUP_MEMBERSHIP)(inputs, "");
    if (problems.length > 0) return problems;
    const { group, members } = inputs;
    const reason = typeof group === "string" && !isUnknown(group) ? accountNameProblem(group, "group") : undefined;
    return [
      ...(reason === undefined ? [] : [{ property: "group", reason: `${displayText(String(group))} ${reason}` }]),
      ...(Array.isArray(members) ? memberProblems(members) : []),
    ];
  },

  warnings(inputs) {
    const wide = inputs.members.filter((member) => OPEN_TO_ALL.has(fixedSid(member) ?? ""));
    return [
      ...wide.map(
        (member) => `members: ${JSON.stringify(member)} grants access to every account that can log on to the host`,
      ),
      ...(inputs.onPolicyConflict === undefined
        ? []
        : [
            "onPolicyConflict has no effect here: Restricted Groups and preferences of Group Policy change members like any other writer, and the host does not tell",
          ]),
    ];
  },

  canonicalInputs(inputs) {
    return {
      ...inputs,
      mode: modeOf(inputs),
      group: canonicalGroup(inputs.group),
      members: [...new Set(inputs.members.map(canonicalMember))].sort(),
    };
  },

  idPath(inputs) {
    return `winrm/groups/${canonicalGroup(inputs.group)}`;
  },

  replaceOnChanges(state, inputs) {
    if (isUnknown(inputs.group)) return [];
    const wanted = canonicalGroup(inputs.group);
    const same = [canonicalGroup(state.group), state.groupSid.toLowerCase(), state.groupName.toLowerCase()];
    return same.includes(wanted) ? [] : ["group"];
  },

  observe(view, purpose) {
    switch (purpose.kind) {
      case "apply":
        return observeGroup(view, queryOf(purpose.inputs, stateOf(purpose.prior)));
      case "read":
        return observeGroup(view, queryOf(purpose.state, purpose.state));
      case "destroy":
        return observeGroup(view, destroyQuery(purpose.state));
    }
  },

  plan(inputs, prior, situation) {
    return { ...planGroup(inputs, prior, situation), already: alreadyChanged(inputs, prior, situation.observed) };
  },

  planDestroy: planGroupDestroy,

  adopted(state) {
    return adoptedItems(memoryOf(state), Object.values(state.memberSids), MEMBERS.keyOf, "members");
  },

  exists({ group }) {
    return group !== undefined;
  },

  /** Those members who are there, as the program calls them, and with `exclusive` all others. */
  liveInputs(inputs, observed, prior) {
    const live = liveSids(observed);
    const known = knownOf(stateOf(prior));
    const called = inputs.members.map((member) => ({ member, sid: wantedSid(member, observed, known) }));
    const present = called.filter(({ sid }) => sid !== undefined && live.has(sid));
    const strangers = observed.members.filter((one) => !present.some(({ sid }) => sid === one.sid)).map(displayAccount);
    const others = modeOf(inputs) === "exclusive" ? strangers : [];
    return { ...inputs, members: [...present.map(({ member }) => member), ...others] };
  },

  record({ inputs, prior, before, after, failed }) {
    const state = stateOf(prior);
    const known = knownOf(state);
    const wanted = inputs.members.flatMap((member) => wantedSid(member, after, known) ?? []);
    // Who cannot be seen, and was not wanted, is out: the host took each removal.
    const hidden = failed ? after.hidden : after.hidden.filter((sid) => wanted.includes(sid));
    // Whom the host does not name it never lists, but it took each addition.
    const unseen = failed ? [] : wanted.filter(needsNoName);
    const memory = rememberList(
      { exclusive: modeOf(inputs) === "exclusive", wanted },
      {
        before: [...liveSids(before)],
        after: [...liveSids({ members: after.members, hidden: [...hidden, ...unseen] })],
      },
      { previous: state && memoryOf(state), keyOf: MEMBERS.keyOf },
    );
    return { memory, known };
  },

  recordAfterRead(state) {
    return { memory: memoryOf(state), known: knownOf(state) };
  },

  outputs(inputs, observed, { known, memory: { exclusive, added, prior, applied } }) {
    const sids = inputs.members.flatMap((member): [string, string][] => {
      const sid = wantedSid(member, observed, known);
      return sid === undefined ? [] : [[member, sid]];
    });
    return {
      groupSid: observed.group?.sid ?? "",
      groupName: observed.group?.name ?? "",
      effectiveMembers: observed.members.map(displayAccount),
      memberSids: Object.fromEntries(sids),
      orphanedMembers: observed.hidden.filter(
        (hidden) => !needsNoName(hidden) && sids.some(([, sid]) => sid === hidden),
      ),
      ...(exclusive ? { priorMembers: [...prior], appliedMembers: [...applied] } : { addedMembers: [...added] }),
    };
  },
};
