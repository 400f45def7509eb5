import type { ErrorCode } from "../../errors";
import { ridOf } from "../../host/local-accounts";
import { ADMINISTRATORS, REMOTE_MANAGEMENT_USERS } from "../../host/local-groups";
import type { Finding } from "../../contract/finding";
import { membershipHazard, grantsRemoteAccess } from "../safety/hazards/group";
import { type ObservedGroup, liveSids, memberWrite, observeGroup, wantedSid } from "./observe";
import { type MemberDelta, ownMembers, planMembers, planRestore } from "./delta";
import { type GroupMembershipInputs, type GroupMembershipOutputs, knownOf, modeOf, recordOf } from "./state";
import type { HostView } from "../../host/host-view";
import { DEFAULT_GROUP, canonicalGroup, canonicalMember, displayAccount, isLocalName } from "./member-names";
import { BUILT_IN_ADMINISTRATOR_RID } from "../safety/caller/account";
import type { Plan } from "../change/reconcile";
import type { LifecycleContext } from "../lifecycle";

/** What `GroupMembership` would do to a group as it is, what stands in the way, and what destroy puts back. */

/** What a plan depends on beside the arguments and the host. */
export interface Planning {
  readonly host: string;
  readonly state: GroupMembershipOutputs | undefined;
  /** The state is not known: what may be right with it is only warned about. */
  readonly preview: boolean;
}

/** The plan for a group as it is; pre-flight and apply ask the same function. */
export function planGroup(
  inputs: GroupMembershipInputs,
  observed: ObservedGroup,
  planning: Planning,
): Plan<ObservedGroup> {
  const { host, state } = planning;
  const { group } = observed;
  if (group === undefined) return { findings: [missingGroup(inputs, observed, host)], writes: [] };
  const known = knownOf(state);
  const findings = inputs.members.flatMap((member, index) =>
    memberFinding(member, `members[${index}]`, { observed, known, planning }),
  );
  const wanted = inputs.members.flatMap((member) => wantedSid(member, observed, known) ?? []);
  const added = state === undefined ? [] : ownMembers(modeOf(state), recordOf(state));
  const delta = planMembers({ mode: modeOf(inputs), wanted, added }, liveSids(observed));
  if (delta.add.length === 0 && delta.remove.length === 0) return { findings, writes: [] };
  findings.push({ severity: "note", property: "members", reason: noteOf(delta, observed) });
  if (observed.domainController) findings.push(domainController(host));
  const builtIn = delta.remove.find((sid) => group.sid === ADMINISTRATORS && ridOf(sid) === BUILT_IN_ADMINISTRATOR_RID);
  if (builtIn !== undefined) {
    findings.push(
      problem(
        "members",
        "WINRM_E_ARGUMENT",
        `Windows keeps the built-in Administrator in ${group.name}; name ${nameOf(builtIn, observed)} among the members`,
      ),
    );
  }
  const hazard = hazardOf(delta, observed);
  if (hazard !== undefined) {
    const reason = `on ${host} the change of ${group.name} would lock out its operator: ${hazard}, or set acceptLockout: true`;
    findings.push({
      ...problem("members", "WINRM_E_LOCKOUT", reason),
      severity: inputs.acceptLockout === true ? "warning" : "error",
    });
  }
  return { findings, writes: [memberWrite(group, delta, observed)] };
}

function hazardOf(delta: MemberDelta, observed: ObservedGroup): string | undefined {
  const { group, members, own } = observed;
  return group === undefined || own === undefined ? undefined : membershipHazard({ group, members, delta }, own);
}

function problem(property: string, code: ErrorCode, reason: string): Finding {
  return { severity: "error", code, property, reason };
}

/** What stands in the way of one member; nothing for one who is there, or can be added. */
function memberFinding(
  member: string,
  property: string,
  {
    observed,
    known,
    planning: { host, preview },
  }: { observed: ObservedGroup; known: ReadonlyMap<string, string>; planning: Planning },
): Finding[] {
  const account = observed.accounts.get(canonicalMember(member));
  if (account?.kind === "alias") {
    const reason = `${displayAccount(account)} is a local group of ${host}, and Windows takes only users and groups of a domain into a local group`;
    return [problem(property, "WINRM_E_ARGUMENT", reason)];
  }
  if (account !== undefined) return [];
  const sid = wantedSid(member, observed, known);
  if (sid !== undefined) {
    const who = sid === member.toUpperCase() ? sid : `${member} (${sid})`;
    const reason = `${who} has no name on ${host} any more: the account is gone, or its domain does not answer; its membership is left as it is`;
    return [{ severity: "warning", code: "WINRM_E_NOT_FOUND", property, reason }];
  }
  const local = isLocalName(member);
  const way = local
    ? "check the spelling; a user of a domain is written DOMAIN\\user"
    : "check the spelling, and that the host reaches a controller of the domain";
  const perhaps = preview && !local;
  const reason = `on ${host} nobody is known as ${JSON.stringify(member)}; ${way}`;
  return [{ ...problem(property, "WINRM_E_NOT_FOUND", reason), severity: perhaps ? "warning" : "error" }];
}

function missingGroup(
  inputs: GroupMembershipInputs,
  { groups, domainController: onDc }: ObservedGroup,
  host: string,
): Finding {
  const name = inputs.group ?? DEFAULT_GROUP;
  if (onDc) return { ...domainController(host), property: "group" };
  const purpose = groups.filter(grantsRemoteAccess).map((group) => {
    const use =
      group.sid === ADMINISTRATORS ? "everything" : group.sid === REMOTE_MANAGEMENT_USERS ? "remote shells" : "WMI";
    return `${JSON.stringify(group.name)} (${group.sid}, ${use})`;
  });
  const why =
    canonicalGroup(name) === DEFAULT_GROUP.toLowerCase() ? "; newer releases of Windows do not create it" : "";
  const reason = `${host} has no local group ${JSON.stringify(name)}${why}; for access through WinRM it has ${purpose.join(", ")}`;
  return problem("group", "WINRM_E_NOT_FOUND", reason);
}

function domainController(host: string): Finding {
  const reason = `${host} is a domain controller, which has no local groups: its groups are those of the domain and hold for every controller; manage them in Active Directory`;
  return problem("members", "WINRM_E_NOT_FOUND", reason);
}

function noteOf({ add, remove }: MemberDelta, observed: ObservedGroup): string {
  const list = (sids: readonly string[]) => sids.map((sid) => nameOf(sid, observed)).join(", ");
  const parts = [
    ...(add.length > 0 ? [`lack ${list(add)}`] : []),
    ...(remove.length > 0 ? [`have ${list(remove)}, not wanted`] : []),
  ];
  return `of ${observed.group?.name ?? ""} ${parts.join("; ")}`;
}

function nameOf(sid: string, { members, accounts }: ObservedGroup): string {
  const account = [...members, ...accounts.values()].find((one) => one?.sid === sid);
  return account === undefined ? sid : displayAccount(account);
}

/** Who is to be put back is looked up by SID, since their names may have changed. */
export async function observeRestore(previous: GroupMembershipOutputs, view: HostView): Promise<ObservedGroup> {
  const exclusive = modeOf(previous) === "exclusive";
  const { priorMembers, appliedMembers, addedMembers } = recordOf(previous);
  return await observeGroup(view, {
    group: previous.groupSid === "" ? previous.group : previous.groupSid,
    members: exclusive ? priorMembers : [],
    exclusive,
    known: new Map(),
    owned: exclusive ? appliedMembers : addedMembers,
  });
}

/** The plan of destroy: what cannot be put back is said, and nothing is done that would lock out. */
export function planDestroy(
  previous: GroupMembershipOutputs,
  observed: ObservedGroup,
  { host, context }: { readonly host: string; readonly context: LifecycleContext },
): Plan<ObservedGroup> {
  const { group } = observed;
  const nothing: Plan<ObservedGroup> = { findings: [], writes: [] };
  if (group === undefined) return nothing;
  const stays = (why: string): Plan<ObservedGroup> => {
    context.log.warn(`the members of ${group.name} on ${host} stay as they are: ${why}`);
    return nothing;
  };
  const wanted = planRestore(modeOf(previous), recordOf(previous), liveSids(observed));
  if (wanted === undefined) return stays("they were changed after the last apply");
  const gone = wanted.add.filter((sid) => observed.accounts.get(sid) === undefined);
  if (gone.length > 0)
    context.log.warn(`${gone.join(", ")} cannot be put back into ${group.name} on ${host}: nobody has that SID`);
  const delta = { add: wanted.add.filter((sid) => !gone.includes(sid)), remove: wanted.remove };
  if (delta.add.length === 0 && delta.remove.length === 0) return nothing;
  const hazard = hazardOf(delta, observed);
  if (hazard !== undefined && previous.acceptLockout !== true) return stays(hazard);
  return { findings: [], writes: [memberWrite(group, delta, observed)] };
}
