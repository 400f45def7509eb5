import type { Judgement } from "../../../contract/finding";
import { type Account, findAccount } from "../../../host/local-accounts";
import {
  ADMINISTRATORS,
  REMOTE_MANAGEMENT_USERS,
  type LocalGroup,
  groupKey,
  readGroupsOf,
  readMembers,
} from "../../../host/local-groups";
import { type SessionAuth, accountOf } from "../../../session/target";
import { type MemberDelta, applyDelta } from "../../group-membership/delta";
import type { HostView } from "../../../host/host-view";
import { DEFAULT_GROUP, displayAccount } from "../../group-membership/member-names";
import { unlessDenied } from "../caller/account";

/** Whether a change of a group would lock out the connection that makes it. */

/** How the connection's own account comes into the groups that let it in. */
export interface CallerAccess {
  /** As the connection names it. */
  readonly name: string;
  /** `undefined` if neither the logon nor the host tells who it is. */
  readonly account: Account | undefined;
  /** SIDs of the groups that it is a direct member of; `undefined` if the host does not tell. */
  readonly groups: readonly string[] | undefined;
  /** SIDs of the members of Administrators. */
  readonly administrators: readonly string[];
}

/** True for a group through which accounts may reach the host over WinRM. */
export function grantsRemoteAccess({ sid, name }: LocalGroup): boolean {
  return (
    sid === ADMINISTRATORS || sid === REMOTE_MANAGEMENT_USERS || name.toLowerCase() === DEFAULT_GROUP.toLowerCase()
  );
}

/** Looks up what the judgement needs; three requests at most. */
export async function observeOwnAccess(view: HostView, groups: readonly LocalGroup[]): Promise<CallerAccess> {
  const name = accountOf(view.target.auth);
  const lookedUp = nameToLookUp(view.target.auth);
  const account = lookedUp === undefined ? undefined : await unlessDenied(view.read(findAccount, lookedUp));
  const direct =
    account?.kind === "user"
      ? await unlessDenied(view.read(readGroupsOf, `${account.domain}\\${account.name}`))
      : undefined;
  const administrators = groups.find(({ sid }) => sid === ADMINISTRATORS);
  const members = administrators === undefined ? [] : await view.read(readMembers, groupKey(administrators));
  return { name, account, groups: direct?.map(({ sid }) => sid), administrators: members.map(({ sid }) => sid) };
}

/** A certificate names no account, and tickets of an unknown owner neither. */
function nameToLookUp(auth: SessionAuth): string | undefined {
  if (auth.method === "certificate") return undefined;
  const name = accountOf(auth);
  return auth.method === "kerberos" && !name.includes("@") ? undefined : name;
}

/** The group, its members before the change, and the change. */
export interface GroupChange {
  readonly group: LocalGroup;
  readonly members: readonly Account[];
  readonly delta: MemberDelta;
}

/** Why the change would lock out the connection, and what to do instead; `undefined` if it provably does not. */
export function membershipHazard(
  { group, members, delta }: GroupChange,
  own: CallerAccess,
): Pick<Judgement, "rule" | "message" | "remedy"> | undefined {
  if (delta.remove.length === 0 || !grantsRemoteAccess(group)) return undefined;
  const self = new Set([...(own.account === undefined ? [] : [own.account.sid]), ...(own.groups ?? [])]);
  if (group.sid !== ADMINISTRATORS && own.administrators.some((sid) => self.has(sid))) return undefined;
  const live = new Set(members.map(({ sid }) => sid));
  const after = applyDelta(live, delta);
  if ([...after].some((sid) => self.has(sid))) return undefined;
  const removed = members.filter(({ sid }) => delta.remove.includes(sid));
  const lost = removed.filter(({ sid }) => self.has(sid));
  const rule = "lockout/membership";
  const remedy = "keep a member through which it gets in, or connect as another administrator first";
  if (lost.length > 0) {
    const through = lost.map((account) =>
      account.sid === own.account?.sid ? "as a direct member" : `through ${displayAccount(account)}`,
    );
    const message = `this connection logs in as ${own.name}, which is in ${group.name} ${through.join(" and ")}`;
    return { rule, message, remedy };
  }
  // Without its account, or with groups in groups, nobody can tell through whom the connection gets in.
  const perhaps = removed.filter(({ kind }) => own.account === undefined || kind === "group");
  if (perhaps.length === 0) return undefined;
  const names = perhaps.map(displayAccount).join(", ");
  const message = `it cannot be told whether this connection, as ${own.name}, gets in through ${names}`;
  return { rule, message, remedy };
}
