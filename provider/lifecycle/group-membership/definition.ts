import { fixedSid } from "../../host/local-accounts";
import { type ValidationIssue, boolean, array, object, oneOf, string } from "../../contract/checks";
import { connectionIdentity } from "../../contract/connection";
import { observeRestore, planDestroy, planGroup } from "./plan";
import { type ObservedGroup, liveSids, observeGroup, wantedSid } from "./observe";
import { type MembershipRecord, recordMembers } from "./delta";
import {
  type GroupMembershipInputs,
  type GroupMembershipOutputs,
  knownOf,
  modeOf,
  questionOf,
  recordOf,
} from "./state";
import { canonicalGroup, canonicalMember, displayAccount, memberProblems, nameProblem } from "./member-names";
import { observeNow, reconcile, restore } from "../change/reconcile";
import {
  type LifecycleContext,
  PartialFailure,
  type ResourceLifecycle,
  SCHEMA_VERSION,
  SHARED_CHECKS,
} from "../lifecycle";
import { isUnknown } from "../../contract/unknown";

const checkArguments = object(
  {
    ...SHARED_CHECKS,
    group: string(),
    members: array(string()),
    mode: oneOf("members", "exclusive"),
    acceptLockout: boolean(),
  },
  ["connection", "members"],
);

/** The members of a local group of a host. */
export const groupMembership: ResourceLifecycle<GroupMembershipInputs, GroupMembershipOutputs, ObservedGroup> = {
  type: "GroupMembership",
  computed: [
    "schemaVersion",
    "groupSid",
    "groupName",
    "effectiveMembers",
    "memberSids",
    "orphanedMembers",
    "addedMembers",
    "priorMembers",
    "appliedMembers",
  ],

  check(inputs): ValidationIssue[] {
    const problems = checkArguments(inputs, "");
    if (problems.length > 0) return problems;
    const { group, members } = inputs;
    const reason = typeof group === "string" && !isUnknown(group) ? nameProblem(group, "group") : undefined;
    return [
      ...(reason === undefined
        ? []
        : [{ property: "group", reason: `${JSON.stringify(group).slice(0, 80)} ${reason}` }]),
      ...(Array.isArray(members) ? memberProblems(members) : []),
    ];
  },

  warnings(inputs) {
    const wide = inputs.members.filter((member) => OPEN_TO_ALL.has(fixedSid(member) ?? ""));
    return [
      ...wide.map((member) => `members: ${JSON.stringify(member)} lets in every account that can log on to the host`),
      ...(inputs.onPolicyConflict === undefined
        ? []
        : [
            "onPolicyConflict has no effect here: Restricted Groups and preferences of Group Policy change members like anybody else, and the host does not tell",
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

  id(inputs) {
    return `${connectionIdentity(inputs.connection)}/winrm/groups/${canonicalGroup(inputs.group)}`;
  },

  replaceOnChanges(previous, inputs) {
    if (isUnknown(inputs.group)) return [];
    const wanted = canonicalGroup(inputs.group);
    const same = [canonicalGroup(previous.group), previous.groupSid.toLowerCase(), previous.groupName.toLowerCase()];
    return same.includes(wanted) ? [] : ["group"];
  },

  observe(inputs, view) {
    return observeGroup(view, questionOf(inputs));
  },

  assess(inputs, { observed, host, mine }) {
    return { findings: planGroup(inputs, observed, { host, state: mine, preview: true }).findings, changes: new Map() };
  },

  async create(inputs, context) {
    return await applyMembers(inputs, context);
  },

  async update(previous, inputs, context) {
    return await applyMembers(inputs, context, previous);
  },

  async read(previous, context) {
    const observed = await observeNow(previous.connection, context, (view) =>
      observeGroup(view, questionOf(previous, previous)),
    );
    if (observed.group === undefined) return undefined;
    const live = liveInputs(previous, observed, previous);
    return {
      inputs: live,
      outputs: outputsOf(live, observed, { record: recordOf(previous), known: knownOf(previous) }),
    };
  },

  async delete(previous, context) {
    await restore(previous, context, {
      observe: (view) => observeRestore(previous, view),
      plan: (observed, { host }) => planDestroy(previous, observed, { host, context }),
    });
  },
};

const OPEN_TO_ALL: ReadonlySet<string> = new Set(["S-1-1-0", "S-1-5-2", "S-1-5-11"]);

async function applyMembers(
  inputs: GroupMembershipInputs,
  context: LifecycleContext,
  previous?: GroupMembershipOutputs,
): Promise<GroupMembershipOutputs> {
  const { before, after, failure } = await reconcile(inputs.connection, context, {
    observe: (view) => observeGroup(view, questionOf(inputs, previous)),
    plan: (observed, { host }) => planGroup(inputs, observed, { host, state: previous, preview: false }),
  });
  const known = knownOf(previous);
  const wanted = inputs.members.flatMap((member) => wantedSid(member, after, known) ?? []);
  const mine = previous === undefined ? undefined : { ...recordOf(previous), mode: modeOf(previous) };
  // Who cannot be seen, and was not wanted, is out: the host took each removal.
  const hidden = failure === undefined ? after.hidden.filter((sid) => wanted.includes(sid)) : after.hidden;
  const record = recordMembers(
    { mode: modeOf(inputs), wanted, added: mine?.addedMembers ?? [] },
    { before: liveSids(before), after: liveSids({ members: after.members, hidden }) },
    mine,
  );
  if (failure === undefined) return outputsOf(inputs, after, { record, known });
  const live = liveInputs(inputs, after, previous);
  throw new PartialFailure(groupMembership.id(inputs), outputsOf(live, after, { record, known }), failure);
}

function outputsOf(
  inputs: GroupMembershipInputs,
  observed: ObservedGroup,
  { record, known }: { readonly record: MembershipRecord; readonly known: ReadonlyMap<string, string> },
): GroupMembershipOutputs {
  const sids = inputs.members.flatMap((member): [string, string][] => {
    const sid = wantedSid(member, observed, known);
    return sid === undefined ? [] : [[member, sid]];
  });
  return {
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    groupSid: observed.group?.sid ?? "",
    groupName: observed.group?.name ?? "",
    effectiveMembers: observed.members.map(displayAccount),
    memberSids: Object.fromEntries(sids),
    orphanedMembers: observed.hidden.filter((hidden) => sids.some(([, sid]) => sid === hidden)),
    ...(modeOf(inputs) === "exclusive"
      ? { priorMembers: [...record.priorMembers], appliedMembers: [...record.appliedMembers] }
      : { addedMembers: [...record.addedMembers] }),
  };
}

/** The arguments as the host has them: those members who are there, as the program calls them, and with `exclusive` all others. */
function liveInputs(
  inputs: GroupMembershipInputs,
  observed: ObservedGroup,
  state: GroupMembershipOutputs | undefined,
): GroupMembershipInputs {
  const live = liveSids(observed);
  const called = inputs.members.map((member) => ({ member, sid: wantedSid(member, observed, knownOf(state)) }));
  const present = called.filter(({ sid }) => sid !== undefined && live.has(sid));
  const strangers = observed.members.filter((one) => !present.some(({ sid }) => sid === one.sid)).map(displayAccount);
  const others = modeOf(inputs) === "exclusive" ? strangers : [];
  return { ...inputs, members: [...present.map(({ member }) => member), ...others] };
}
