import { WinrmError } from "../../errors";
import { fixedSid } from "../../account-name";
import { type Account, findAccount } from "../../host/accounts/local-accounts";
import { changeMember } from "../../host/accounts/local-group-commands";
import {
  type LocalGroup,
  REMOTE_MANAGEMENT_USERS,
  builtInGroupSid,
  groupKey,
  listLocalGroups,
  readHostRole,
  readMembers,
} from "../../host/accounts/local-groups";
import { withShell } from "../../host/shell";
import { type GroupAccess, observeGroupAccess, grantsRemoteAccess } from "../safety/hazards/group";
import { type MemberDelta, applyDelta, planMembers } from "./delta";
import { memberChanges, needsProof } from "./member-changes";
import { memberProof } from "./member-proof";
import type { HostView } from "../../host/host-view";
import { DEFAULT_GROUP, canonicalMember, displayAccount, names } from "./member-names";
import type { Write } from "../change/plan";

/** A local group of a host as the plan sees it, and how it is changed. */

/** A group and whoever the plan is about. */
export interface ObservedGroup {
  /** Every local group of the host. */
  readonly groups: readonly LocalGroup[];
  /** `undefined` if the host has no such group. */
  readonly group: LocalGroup | undefined;
  /** The members that have a name. */
  readonly members: readonly Account[];
  /** SIDs that the state knows, that have no name any more, and that may therefore be members unseen. */
  readonly hidden: readonly string[];
  /** Whom the texts of the program name, by canonical text; `undefined` for nobody. */
  readonly accounts: ReadonlyMap<string, Account | undefined>;
  /** Looked up only if the group is missing or something is to be written. */
  readonly domainController: boolean;
  /** Looked up only for a change that may keep somebody out: not for an addition to a group that opens the host. */
  readonly access?: GroupAccess;
}

/** What is asked about a group. */
export interface GroupQuery {
  /** As the program writes it. */
  readonly group: string | undefined;
  readonly members: readonly string[];
  readonly exclusive: boolean;
  /** SIDs by canonical text of members, as they were found before. */
  readonly known: ReadonlyMap<string, string>;
  /** SIDs that this resource brought, or is to restore. */
  readonly own: readonly string[];
}

/** The host's group that a text names: by SID, by name, or by the English name of a built-in group. */
export function findGroup(groups: readonly LocalGroup[], text: string | undefined): LocalGroup | undefined {
  const given = text ?? DEFAULT_GROUP;
  const [first = "", second] = given.split("\\");
  const bare = (second ?? first).toLowerCase();
  const own = (domain: string) => second === undefined || first === "." || first.toLowerCase() === domain.toLowerCase();
  // Newer releases of Windows do not create the group of the default.
  const sid = text === undefined ? REMOTE_MANAGEMENT_USERS : (fixedSid(given) ?? builtInGroupSid(given));
  return (
    groups.find(({ name, domain }) => name.toLowerCase() === bare && own(domain)) ??
    groups.find((group) => group.sid === sid)
  );
}

/** Reads the group: two requests if all its wanted members are listed, more only for those who are not. */
export async function observeGroup(view: HostView, question: GroupQuery): Promise<ObservedGroup> {
  const groups = await view.read(listLocalGroups);
  const group = findGroup(groups, question.group);
  const nobody = { members: [], hidden: [], accounts: new Map() };
  if (group === undefined) {
    const { domainController } = await view.read(readHostRole);
    return { groups, group, ...nobody, domainController };
  }
  const members = await view.read(readMembers, groupKey(group));
  const accounts = new Map<string, Account | undefined>();
  for (const text of question.members) accounts.set(canonicalMember(text), await resolveMember(view, text, members));
  const hidden = await hiddenAmong(view, question, members);
  const observed = { groups, group, members, hidden, accounts, domainController: false };
  const delta = deltaOf(question, observed);
  if (delta.add.length === 0 && delta.remove.length === 0) return observed;
  const { domainController } = await view.read(readHostRole);
  if (delta.remove.length === 0 && grantsRemoteAccess(group)) return { ...observed, domainController };
  return { ...observed, domainController, access: await observeGroupAccess(view, groups) };
}

/** The change that a question is about: what is looked up for it, and what is written, is the same. */
export function deltaOf({ exclusive, members, known, own }: GroupQuery, observed: ObservedMembers): MemberDelta {
  const wanted = members.flatMap((text) => wantedSid(text, observed, known) ?? []);
  return planMembers({ exclusive, wanted, own }, liveSids(observed));
}

type ObservedMembers = Pick<ObservedGroup, "accounts" | "members" | "hidden">;

/** SIDs of everybody who is, or may be unseen, a member. */
export function liveSids({ members, hidden }: Pick<ObservedGroup, "members" | "hidden">): Set<string> {
  return new Set([...members.map(({ sid }) => sid), ...hidden]);
}

/** The SID that a member's text stands for on this host; a SID known from before if its name is gone. */
export function wantedSid(
  text: string,
  { accounts, members, hidden }: ObservedMembers,
  known: ReadonlyMap<string, string>,
): string | undefined {
  const found = (accounts.get(canonicalMember(text)) ?? members.find((member) => names(text, member)))?.sid;
  if (found !== undefined) return found;
  const before = fixedSid(text) ?? known.get(canonicalMember(text));
  return before !== undefined && hidden.includes(before) ? before : undefined;
}

async function resolveMember(view: HostView, text: string, members: readonly Account[]): Promise<Account | undefined> {
  return members.find((member) => names(text, member)) ?? (await view.read(findAccount, text));
}

async function hiddenAmong(view: HostView, question: GroupQuery, members: readonly Account[]): Promise<string[]> {
  const listed = new Set(members.map(({ sid }) => sid));
  const hidden: string[] = [];
  for (const sid of new Set([...question.known.values(), ...question.own])) {
    if (listed.has(sid)) continue;
    const account = await view.read(findAccount, sid);
    if (account === undefined || account.unnamed) hidden.push(sid);
  }
  return hidden;
}

/**
 * One shell for all members. Each addition is tried, and whoever could not be added is named; removals follow only after
 * every addition succeeded, because an addition may be what keeps somebody in.
 */
export function memberWrite(group: LocalGroup, delta: MemberDelta, observed: ObservedGroup): Write<ObservedGroup> {
  const byStep = (action: "add" | "remove", sids: readonly string[]) => sids.map((sid) => ({ action, sid }));
  const steps = [...byStep("add", delta.add), ...byStep("remove", delta.remove)];
  const known = [...observed.members, ...[...observed.accounts.values()].filter((one) => one !== undefined)];
  const shown = (sid: string) => nameOf(sid, known);
  const isUnnamed = (sid: string) => known.some((account) => account.sid === sid && account.unnamed);
  const counts = [
    ...(delta.add.length > 0 ? [`add ${delta.add.length}`] : []),
    ...(delta.remove.length > 0 ? [`remove ${delta.remove.length}`] : []),
  ];
  const change = { group, members: observed.members, delta };
  const knowledge = { access: observed.access, known };
  const undone = [...steps].reverse().map(({ action, sid }) => ({
    ...{ group: group.name, member: memberSpecifier(sid, known) },
    action: action === "add" ? ("remove" as const) : ("add" as const),
  }));
  return {
    changes: () => memberChanges(change, knowledge),
    ...(needsProof(change, knowledge) ? { proof: memberProof(observed.access?.callers ?? [], undone) } : {}),
    operation: `change the members of ${group.name} (${counts.join(", ")})`,
    nonAtomic: true,
    run: (client, signal) =>
      withShell(client, signal, async (run) => {
        const failures: string[] = [];
        let added = 0;
        for (const { action, sid } of steps) {
          if (action === "remove" && added < delta.add.length) {
            failures.push("no member was removed, because that could lock an account out");
            break;
          }
          const { code } = await changeMember(run, { group: group.name, member: memberSpecifier(sid, known), action });
          if (code === ACCESS_DENIED) throw denied(action, shown(sid));
          if (code !== 0 && code !== ALREADY[action]) {
            failures.push(`${shown(sid)} was not ${DONE[action]}: ${win32ErrorText(code)}`);
          } else if (action === "add") added += 1;
        }
        if (failures.length > 0) throw refusedMembers(group.name, failures);
      }),
    unmet: (after) => {
      const live = new Set(after.members.map(({ sid }) => sid));
      return [
        ...delta.add
          .filter((sid) => !live.has(sid) && !isUnnamed(sid))
          .map((sid) => `${shown(sid)} is not in ${group.name}`),
        ...delta.remove.filter((sid) => live.has(sid)).map((sid) => `${shown(sid)} is still in ${group.name}`),
      ];
    },
    predictedState: (before) => {
      const live = applyDelta(liveSids(before), delta);
      const members = [...before.members, ...known].filter(({ sid }) => live.has(sid));
      return { ...before, members: [...new Map(members.map((member) => [member.sid, member])).values()] };
    },
  };
}

const ACCESS_DENIED = 5;
const ALREADY = { add: 1378, remove: 1377 } as const;
const DONE = { add: "added", remove: "removed" } as const;
const REASONS: Readonly<Record<number, string>> = {
  1317: "there is no such user",
  1332: "no account has that name",
  1355: "the host cannot reach the domain",
  1371: "Windows does not allow it for a built-in account",
  1376: "the group is gone",
  1387: "there is no such member",
  1388: "a local group cannot be a member of a local group",
  1789: "the trust between the host and its domain is broken",
  2220: "the group is gone",
  3783: "no account has that name",
};

function win32ErrorText(code: number): string {
  return `${REASONS[code] ?? "Windows refused"} (Win32 error ${code})`;
}

function denied(action: "add" | "remove", member: string): WinrmError {
  return new WinrmError("WINRM_E_ACCESS_DENIED", `the account may not ${action} ${member} (Win32 error 5)`, {
    causes: ["the account is not an administrator of the host, or remote UAC filters its token"],
  });
}

function refusedMembers(group: string, failures: readonly string[]): WinrmError {
  return new WinrmError("WINRM_E_NOT_APPLIED", `of the members of ${group}, ${failures.join("; ")}`, {
    remedy: "fix the members listed above, and apply again: members that are in place are not touched",
  });
}

/** A name where there is one, so that `net` can be used; a principal of the system has another in every language. */
function memberSpecifier(sid: string, known: readonly Account[]): string {
  const account = known.find((one) => one.sid === sid);
  const named = account !== undefined && account.kind !== "system" && account.domain !== "";
  return named ? displayAccount(account) : sid;
}

function nameOf(sid: string, known: readonly Account[]): string {
  const account = known.find((one) => one.sid === sid);
  return account === undefined ? sid : displayAccount(account);
}
