/** Which members to add and to remove: pure functions over SIDs, which are upper-case. */

/** What is wanted of a group. */
export interface WantedMembers {
  /** Nobody else shall be a member. */
  readonly exclusive: boolean;
  /** Who shall be a member. */
  readonly wanted: readonly string[];
  /** Not exclusive: whom this resource brought, who goes if he is not wanted. */
  readonly own: readonly string[];
}

/** SIDs to add to a group, and to remove from it. */
export interface MemberDelta {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The change that brings a group to what is wanted; of nothing if it is so already. */
export function planMembers({ exclusive, wanted, own }: WantedMembers, live: ReadonlySet<string>): MemberDelta {
  const keep = new Set(wanted);
  const mine = exclusive ? [...live] : [...new Set(own)].filter((sid) => live.has(sid));
  return { add: [...keep].filter((sid) => !live.has(sid)), remove: mine.filter((sid) => !keep.has(sid)) };
}

/** The group once a change is made. */
export function applyDelta(live: ReadonlySet<string>, { add, remove }: MemberDelta): Set<string> {
  const after = new Set([...live, ...add]);
  for (const sid of remove) after.delete(sid);
  return after;
}
