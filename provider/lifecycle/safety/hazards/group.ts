import type { HostView } from "../../../host/host-view";
import type { Account } from "../../../host/accounts/local-accounts";
import {
  ADMINISTRATORS,
  REMOTE_MANAGEMENT_USERS,
  type LocalGroup,
  groupKey,
  readMembers,
} from "../../../host/accounts/local-groups";
import { type MemberDelta, applyDelta } from "../../group-membership/delta";
import { DEFAULT_GROUP, displayAccount } from "../../group-membership/member-names";
import { type CallerAccount, observeAccount } from "../caller/account";
import { observeCallers } from "../caller/caller";
import { mayHold, tokenOf, withAdministrators } from "../caller/token";
import type { Hazard } from "./hazard";

/** Whether a change of a group would lock out a connection. */

/** How the run's connections come into the groups that grant them access. */
export interface GroupAccess {
  readonly callers: readonly CallerAccount[];
  /** SIDs of the members of Administrators. */
  readonly administrators: readonly string[];
}

/** True for a group through which accounts may reach the host over WinRM. */
export function grantsRemoteAccess({ sid, name }: LocalGroup): boolean {
  return (
    sid === ADMINISTRATORS || sid === REMOTE_MANAGEMENT_USERS || name.toLowerCase() === DEFAULT_GROUP.toLowerCase()
  );
}

/** Looks up what the judgement needs; three requests at most for each connection. */
export async function observeGroupAccess(view: HostView, groups: readonly LocalGroup[]): Promise<GroupAccess> {
  const callers: CallerAccount[] = [];
  for (const caller of await observeCallers(view)) callers.push(await observeAccount(view, caller));
  const administrators = groups.find(({ sid }) => sid === ADMINISTRATORS);
  const members = administrators === undefined ? [] : await view.read(readMembers, groupKey(administrators));
  return { callers, administrators: members.map(({ sid }) => sid) };
}

/** The group, its members before the change, and the change. */
export interface GroupChange {
  readonly group: LocalGroup;
  readonly members: readonly Account[];
  readonly delta: MemberDelta;
}

/** Why the change would lock out a connection, and what to do instead; `undefined` if it provably locks out none. */
export function membershipHazard(change: GroupChange, { callers, administrators }: GroupAccess): Hazard | undefined {
  if (change.delta.remove.length === 0 || !grantsRemoteAccess(change.group)) return undefined;
  for (const caller of callers) {
    const hazard = hazardOf(change, caller, administrators);
    if (hazard !== undefined) return hazard;
  }
  return undefined;
}

/** True unless none of the run's connections can come in through that member. */
export function mayComeThrough(sid: string, member: Account | undefined, { callers }: GroupAccess): boolean {
  return callers.some((caller) => tokenOf(caller).has(sid) || mayHold(caller, sid, member));
}

function hazardOf(
  { group, members, delta }: GroupChange,
  caller: CallerAccount,
  administrators: readonly string[],
): Hazard | undefined {
  const { name, subject, account } = caller;
  const own = tokenOf(caller);
  const rights = group.sid === ADMINISTRATORS ? own : withAdministrators(own, administrators);
  if (group.sid !== ADMINISTRATORS && administrators.some((sid) => own.has(sid))) return undefined;
  const after = applyDelta(new Set(members.map(({ sid }) => sid)), delta);
  if ([...after].some((sid) => rights.has(sid))) return undefined;
  const memberOf = (sid: string) => members.find((one) => one.sid === sid);
  const shown = (sid: string) => {
    const member = memberOf(sid);
    return member === undefined ? sid : displayAccount(member);
  };
  const rule = "lockout/membership";
  const remedy = "keep a member through which it gets in, or connect as another administrator first";
  const lost = delta.remove.filter((sid) => rights.has(sid));
  if (lost.length > 0) {
    const through = lost.map((sid) => (sid === account?.sid ? "as a direct member" : `through ${shown(sid)}`));
    return {
      rule,
      message: `${subject} logs in as ${name}, which is in ${group.name} ${through.join(" and ")}`,
      remedy,
    };
  }
  const perhaps = delta.remove.filter((sid) => mayHold(caller, sid, memberOf(sid)));
  if (perhaps.length === 0) return undefined;
  const names = perhaps.map(shown).join(", ");
  return { rule, message: `it cannot be determined whether ${subject}, as ${name}, gets in through ${names}`, remedy };
}
