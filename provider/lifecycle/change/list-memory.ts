import type { ClaimedItems, DividedState } from "./claims";

/** What a resource remembers of a list that it manages: entries by name, or the whole of it. */
export interface ListMemory {
  /** The resource manages the whole list. */
  readonly exclusive: boolean;
  /** What it added; not of an exclusive one. */
  readonly added: readonly string[];
  /** The list before the first apply and after the last one; of an exclusive one. */
  readonly prior: readonly string[];
  readonly applied: readonly string[];
}

/** Items are the same if their keys are. */
type KeyOf = (item: string) => string;

/** Where a resource's state keeps what it remembers of its list. */
export interface ListState<State> {
  readonly memoryOf: (state: State) => ListMemory;
  readonly withMemory: (state: State, memory: ListMemory) => State;
  readonly keyOf: KeyOf;
}

/** Those of a list that are not in another one. */
function beside(items: readonly string[], others: readonly string[], keyOf: KeyOf): string[] {
  const known = new Set(others.map(keyOf));
  return items.filter((item) => !known.has(keyOf(item)));
}

/** Equal without regard to order and repetition. */
export function sameItems(one: readonly string[], other: readonly string[], keyOf: KeyOf): boolean {
  return beside(one, other, keyOf).length === 0 && beside(other, one, keyOf).length === 0;
}

/** What a resource brought, whatever it managed: only this does it ever remove while it does not manage the whole list. */
export function ownItems({ exclusive, added, prior, applied }: ListMemory, keyOf: KeyOf): readonly string[] {
  return exclusive ? beside(applied, prior, keyOf) : added;
}

/**
 * The memory after an apply. What was there before this resource came, or came by other hands, is a stranger: never removed
 * by single items, and restored by the whole list.
 */
export function rememberList(
  { exclusive, wanted }: { readonly exclusive: boolean; readonly wanted: readonly string[] },
  { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
  { previous, keyOf }: { readonly previous: ListMemory | undefined; readonly keyOf: KeyOf },
): ListMemory {
  const own = previous === undefined ? [] : ownItems(previous, keyOf);
  const strangers = previous?.exclusive === true ? previous.prior : beside(before, own, keyOf);
  if (exclusive) return { exclusive, added: [], prior: strangers, applied: after };
  // What was not removed although it should have been is still this resource's to remove.
  const candidates = [...wanted, ...beside(own, wanted, keyOf)];
  const there = new Set(after.map(keyOf));
  const added = beside(candidates, strangers, keyOf).filter((item) => there.has(keyOf(item)));
  return { exclusive, added, prior: [], applied: [] };
}

/** The list that destroy leaves behind; `undefined` if the host no longer has the whole list that was last applied. */
export function restoredList(
  { exclusive, added, prior, applied }: ListMemory,
  live: readonly string[],
  keyOf: KeyOf,
): readonly string[] | undefined {
  if (!exclusive) return beside(live, added, keyOf);
  return sameItems(live, applied, keyOf) ? prior : undefined;
}

/** What of the wanted items the host had already, for a note: all of them as one, or how many. */
export function adoptedItems(memory: ListMemory, wanted: readonly string[], keyOf: KeyOf, noun: string): string[] {
  if (memory.exclusive) return sameItems(memory.prior, memory.applied, keyOf) ? [noun] : [];
  const found = new Set(beside(wanted, memory.added, keyOf).map(keyOf));
  return found.size === 0 ? [] : [`${found.size} of the ${noun}`];
}

/** How resources that manage a list claim its items. */
export function listClaims<State>(list: ListState<State>) {
  const { memoryOf, withMemory, keyOf } = list;
  return {
    divide: (previous: State, claims: ClaimedItems) =>
      dividedState(list, previous, divideList(memoryOf(previous), claims, keyOf)),
    join: (state: State, other: State) => withMemory(state, joinLists(memoryOf(state), memoryOf(other), keyOf)),
    memory: (state: State) => listMemory(memoryOf(state), keyOf),
  };
}

/** A state, cut in two as its list is. */
export function dividedState<State>(
  { withMemory }: ListState<State>,
  state: State,
  { free, done, claimed }: DividedList,
): DividedState<State> {
  const rest = claimed === undefined ? {} : { claimed: withMemory(state, claimed) };
  return { free: withMemory(state, free), done, ...rest };
}

/** A list's memory, cut in what is claimed and the rest; items are compared by their key. */
export interface DividedList {
  readonly free: ListMemory;
  readonly done: boolean;
  readonly claimed?: ListMemory;
}

/** Entries that others claim stay in the list, and who claims them remembers that they were added. */
export function divideList(memory: ListMemory, claims: ClaimedItems, keyOf: KeyOf): DividedList {
  const { exclusive, added, prior, applied } = memory;
  const everything = claims.all || claims.uncertain === true;
  if (everything) return { free: { ...memory, added: [] }, done: true, claimed: memory };
  const covered = new Set([...claims.items, ...(claims.perhaps ?? [])]);
  if (covered.size === 0) return { free: memory, done: false };
  const wanted = (item: string) => covered.has(keyOf(item));
  if (!exclusive) {
    const free = { ...memory, added: added.filter((item) => !wanted(item)) };
    return { free, done: free.added.length === 0, claimed: { ...memory, added: added.filter(wanted) } };
  }
  const kept = beside(applied, prior, keyOf).filter(wanted);
  return {
    free: { ...memory, prior: [...prior, ...kept] },
    done: false,
    claimed: { exclusive: false, added: kept, prior: [], applied: [] },
  };
}

/** A list's memory with that of another owner: what that one added was not there before either of them. */
function joinLists(own: ListMemory, other: ListMemory, keyOf: KeyOf): ListMemory {
  if (!own.exclusive && !other.exclusive) {
    return { ...own, added: [...own.added, ...beside(other.added, own.added, keyOf)] };
  }
  if (own.exclusive && other.exclusive) return own;
  const [exclusive, entries] = own.exclusive ? [own, other] : [other, own];
  return { ...exclusive, prior: beside(exclusive.prior, entries.added, keyOf) };
}

/** What destroy would restore of a list, so that it can be compared; `undefined` if that is nothing. */
function listMemory({ exclusive, added, prior, applied }: ListMemory, keyOf: KeyOf): unknown {
  const keys = (items: readonly string[]) => [...new Set(items.map(keyOf))].sort();
  if (!exclusive) return added.length === 0 ? undefined : { added: keys(added) };
  const [first, last] = [keys(prior), keys(applied)];
  return JSON.stringify(first) === JSON.stringify(last) ? undefined : { prior: first };
}
