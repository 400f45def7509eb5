import { parseAccountName } from "../../account-name";
import { ridOf } from "../../host/accounts/local-accounts";
import { ADMINISTRATORS, REMOTE_MANAGEMENT_USERS } from "../../host/accounts/local-groups";
import { type Judgement, type Rule, notRestored } from "../../contract/finding";
import type { GroupMembershipInputs, GroupMembershipOutputs } from "../../contract/group-membership";
import { membershipHazard, grantsRemoteAccess } from "../safety/hazards/group";
import { type HazardousChange, lockoutFinding } from "../safety/hazards/hazard";
import { restoredList } from "../change/list-memory";
import { type ObservedGroup, deltaOf, liveSids, memberWrite, wantedSid } from "./observe";
import type { MemberDelta } from "./delta";
import { MEMBERS, destroyQuery, knownOf, memoryOf, queryOf, stateOf } from "./state";
import { DEFAULT_GROUP, canonicalGroup, canonicalMember, displayAccount } from "./member-names";
import { BUILT_IN_ADMINISTRATOR_RID } from "../safety/caller/account";
import type { Plan } from "../change/plan";
import type { HostChange } from "../safety/risk";
import type { Prior, Situation } from "../definition";

/** What `GroupMembership` would do to a group as it is, what stands in the way, and what destroy restores. */

/** The plan for a group as it is; pre-flight and apply ask the same function. */
export function planGroup(
  inputs: GroupMembershipInputs,
  prior: Prior<GroupMembershipOutputs>,
  { observed, host }: Situation<ObservedGroup>,
): Plan<ObservedGroup> {
  const state = stateOf(prior);
  const { group } = observed;
  if (group === undefined) return { findings: [missingGroup(inputs, observed, host)], writes: [] };
  const known = knownOf(state);
  const findings = inputs.members.flatMap((member, index) =>
    memberFinding(member, `members[${index}]`, { observed, known, host, preview: prior.kind === "unknown" }),
  );
  const delta = deltaOf(queryOf(inputs, state), observed);
  if (delta.add.length === 0 && delta.remove.length === 0) return { findings, writes: [] };
  findings.push({ rule: "drift", severity: "note", property: "members", message: noteOf(delta, observed), remedy: "" });
  if (observed.domainController) findings.push(domainController(host));
  const builtIn = delta.remove.find((sid) => group.sid === ADMINISTRATORS && ridOf(sid) === BUILT_IN_ADMINISTRATOR_RID);
  if (builtIn !== undefined) {
    findings.push(
      problem("members", "group/built-in-administrator", {
        message: `Windows keeps the built-in Administrator in ${group.name}`,
        remedy: `name ${nameOf(builtIn, observed)} among the members`,
      }),
    );
  }
  findings.push(...hazardFindings(delta, observed, { host, accepted: inputs.acceptLockout }));
  return { findings, writes: [memberWrite(group, delta, observed)] };
}

/**
 * Members who are out or in as wanted, although state has them otherwise; where being in only helps, who is in says nothing.
 * Whom an exclusive list without state has kept out nobody knows.
 */
export function alreadyChanged(
  inputs: GroupMembershipInputs,
  prior: Prior<GroupMembershipOutputs>,
  observed: ObservedGroup,
): HostChange[] {
  const state = stateOf(prior);
  const { group } = observed;
  if (group === undefined) return [];
  const { applied, added } = state === undefined ? { applied: [], added: [] } : memoryOf(state);
  const [live, known] = [liveSids(observed), knownOf(state)];
  const wanted = new Set(inputs.members.flatMap((member) => wantedSid(member, observed, known) ?? []));
  const removed = [...applied, ...added].filter((sid) => !live.has(sid) && !wanted.has(sid));
  const before = new Set(known.values());
  const joined = grantsRemoteAccess(group) ? [] : [...wanted].filter((sid) => live.has(sid) && !before.has(sid));
  const about = { group: group.name, mayBeCaller: true } as const;
  const perhaps = prior.kind === "none" && inputs.mode === "exclusive" ? ["anyone"] : [];
  return [
    ...[...removed, ...perhaps].map((member) => ({ ...about, kind: "removal", member }) as const),
    ...joined.map((member) => ({ ...about, kind: "addition", member }) as const),
  ];
}

function hazardOf(delta: MemberDelta, observed: ObservedGroup): ReturnType<typeof membershipHazard> {
  const { group, members, access } = observed;
  return group === undefined || access === undefined ? undefined : membershipHazard({ group, members, delta }, access);
}

function hazardFindings(
  delta: MemberDelta,
  observed: ObservedGroup,
  about: Pick<HazardousChange, "host" | "accepted">,
): Judgement[] {
  const hazard = hazardOf(delta, observed);
  if (hazard === undefined) return [];
  const change = `the change of ${observed.group?.name ?? ""}`;
  return [lockoutFinding(hazard, { ...about, property: "members", change })];
}

function problem(property: string, rule: Rule, text: Pick<Judgement, "message" | "remedy">): Judgement {
  return { rule, severity: "error", property, ...text };
}

/** What stands in the way of one member; nothing for one who is there, or can be added. */
function memberFinding(
  member: string,
  property: string,
  {
    observed,
    known,
    host,
    preview,
  }: { observed: ObservedGroup; known: ReadonlyMap<string, string>; host: string; preview: boolean },
): Judgement[] {
  const account = observed.accounts.get(canonicalMember(member));
  if (account?.kind === "alias") {
    const message = `${displayAccount(account)} is a local group of ${host}, and Windows takes only users and groups of a domain into a local group`;
    return [problem(property, "member/local-group", { message, remedy: "" })];
  }
  if (account !== undefined) return [];
  const sid = wantedSid(member, observed, known);
  if (sid !== undefined) {
    const who = sid === member.toUpperCase() ? sid : `${member} (${sid})`;
    const message = `${who} has no name on ${host} any more: the account is gone, or its domain does not respond`;
    const remedy = "its membership is left as it is";
    return [{ ...problem(property, "member/orphaned", { message, remedy }), severity: "warning" }];
  }
  const { kind } = parseAccountName(member);
  const local = kind === "local";
  const remedy =
    kind === "cloud"
      ? "give its SID (S-1-12-1-…), which the host takes without knowing its name"
      : local
        ? "check the spelling; a user of a domain is written DOMAIN\\user"
        : "check the spelling, and that the host reaches a controller of the domain";
  const perhaps = preview && !local;
  const message = `on ${host} no account or group is named ${JSON.stringify(member)}`;
  return [{ ...problem(property, "member/unknown", { message, remedy }), severity: perhaps ? "warning" : "error" }];
}

function missingGroup(
  inputs: GroupMembershipInputs,
  { groups, domainController: onDc }: ObservedGroup,
  host: string,
): Judgement {
  const name = inputs.group ?? DEFAULT_GROUP;
  if (onDc) return { ...domainController(host), property: "group" };
  const purpose = groups.filter(grantsRemoteAccess).map((group) => {
    const use =
      group.sid === ADMINISTRATORS ? "everything" : group.sid === REMOTE_MANAGEMENT_USERS ? "PowerShell" : "WMI";
    return `${JSON.stringify(group.name)} (${group.sid}, ${use})`;
  });
  const why =
    canonicalGroup(name) === DEFAULT_GROUP.toLowerCase() ? "; newer releases of Windows do not create it" : "";
  return problem("group", "group/missing", {
    message: `${host} has no local group ${JSON.stringify(name)}${why}`,
    remedy: `for access through WinRM it has ${purpose.join(", ")}`,
  });
}

function domainController(host: string): Judgement {
  return problem("members", "group/domain-controller", {
    message: `${host} is a domain controller, which has no local groups: its groups are those of the domain and hold for every controller`,
    remedy: "manage them in Active Directory",
  });
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

/** What cannot be restored is said, and nothing is done that would lock out, unless that is accepted; then it is named. */
export function planGroupDestroy(
  state: GroupMembershipOutputs,
  { observed, host }: Situation<ObservedGroup>,
): Plan<ObservedGroup> {
  const { group } = observed;
  const findings: Judgement[] = [];
  const warn = (rule: Rule, message: string) => findings.push(notRestored(rule, "members", message));
  const nothing: Plan<ObservedGroup> = { findings, writes: [] };
  if (group === undefined) return nothing;
  const stay = `of ${group.name} stay as they are on ${host}`;
  const live = liveSids(observed);
  const restored = restoredList(memoryOf(state), [...live], MEMBERS.keyOf);
  if (restored === undefined) {
    warn("restore/changed-since", `${stay}: they were changed after the last apply`);
    return nothing;
  }
  const gone = restored.filter((sid) => !live.has(sid) && observed.accounts.get(sid) === undefined);
  if (gone.length > 0) {
    const fact = `${gone.join(", ")} cannot be restored into ${group.name} on ${host}: no account has that SID`;
    warn("restore/no-such-account", fact);
  }
  const delta = deltaOf(destroyQuery(state), observed);
  if (delta.add.length === 0 && delta.remove.length === 0) return nothing;
  const hazard = hazardOf(delta, observed);
  if (hazard !== undefined && state.acceptLockout !== true) {
    warn(hazard.rule, `${stay}: ${hazard.message}; ${hazard.remedy}`);
    return nothing;
  }
  findings.push(...hazardFindings(delta, observed, { host, accepted: true }));
  return { findings, writes: [memberWrite(group, delta, observed)] };
}
