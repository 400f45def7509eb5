import type { MembershipMode } from "../../contract/group-membership";

/** Which members to add and to remove: pure functions over SIDs. */

/** What the program and the state want of a group. SIDs are upper-case. */
export interface WantedMembers {
  readonly mode: MembershipMode;
  /** Who shall be a member. */
  readonly wanted: readonly string[];
  /** Mode `members`: whom this resource added before. */
  readonly added: readonly string[];
}

/** SIDs to add to a group, and to remove from it. */
export interface MemberDelta {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The change that brings a group to what is wanted; of nothing if it is so already. */
export function planMembers({ mode, wanted, added }: WantedMembers, live: ReadonlySet<string>): MemberDelta {
  const keep = new Set(wanted);
  const mine = mode === "exclusive" ? [...live] : [...new Set(added)].filter((sid) => live.has(sid));
  return { add: [...keep].filter((sid) => !live.has(sid)), remove: mine.filter((sid) => !keep.has(sid)) };
}

/** What a resource recorded for its destruction. */
export interface MembershipRecord {
  /** Mode `members`: whom it added. */
  readonly addedMembers: readonly string[];
  /** Mode `exclusive`: the members before the first apply. */
  readonly priorMembers: readonly string[];
  /** Mode `exclusive`: the members after the last apply. */
  readonly appliedMembers: readonly string[];
}

/**
 * The record after an apply. Who was there before this resource came, or came by other hands, is a stranger: never
 * removed by mode `members`, and restored by mode `exclusive`.
 */
export function recordMembers(
  { mode, wanted }: WantedMembers,
  { before, after }: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> },
  previous: (MembershipRecord & { readonly mode: MembershipMode }) | undefined,
): MembershipRecord {
  const mine = new Set(previous === undefined ? [] : ownMembers(previous.mode, previous));
  const preexisting =
    previous?.mode === "exclusive" ? previous.priorMembers : [...before].filter((sid) => !mine.has(sid));
  if (mode === "exclusive") return { addedMembers: [], priorMembers: [...preexisting], appliedMembers: [...after] };
  const foreign = new Set(preexisting);
  // What was not removed although it should have been is still this resource's to remove.
  const candidates = [...new Set([...wanted, ...mine])];
  const added = candidates.filter((sid) => after.has(sid) && !foreign.has(sid));
  return { addedMembers: added, priorMembers: [], appliedMembers: [] };
}

/** Whom a resource brought, in either mode: only these does mode `members` ever remove. */
export function ownMembers(mode: MembershipMode, record: MembershipRecord): readonly string[] {
  if (mode === "members") return record.addedMembers;
  const foreign = new Set(record.priorMembers);
  return record.appliedMembers.filter((sid) => !foreign.has(sid));
}

/** The change that destroys the resource; `undefined` if the group was changed after the last apply of mode `exclusive`. */
export function planRestore(
  mode: MembershipMode,
  record: MembershipRecord,
  live: ReadonlySet<string>,
): MemberDelta | undefined {
  if (mode === "members") return { add: [], remove: record.addedMembers.filter((sid) => live.has(sid)) };
  return sameMembers(record.appliedMembers, [...live])
    ? planMembers({ mode: "exclusive", wanted: record.priorMembers, added: [] }, live)
    : undefined;
}

/** The same members, in any order. */
export function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((sid) => other.includes(sid));
}

/** The group once a change is made. */
export function applyDelta(live: ReadonlySet<string>, { add, remove }: MemberDelta): Set<string> {
  const after = new Set([...live, ...add]);
  for (const sid of remove) after.delete(sid);
  return after;
}
