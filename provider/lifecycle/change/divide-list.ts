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

/** Where a resource's state keeps what it remembers of its list. */
export interface ListState<State> {
  readonly memoryOf: (state: State) => ListMemory;
  readonly withMemory: (state: State, memory: ListMemory) => State;
  /** Items are the same if their keys are. */
  readonly keyOf: (item: string) => string;
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
export function divideList(memory: ListMemory, claims: ClaimedItems, keyOf: (item: string) => string): DividedList {
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
  const before = new Set(prior.map(keyOf));
  const kept = applied.filter((item) => wanted(item) && !before.has(keyOf(item)));
  return {
    free: { ...memory, prior: [...prior, ...kept] },
    done: false,
    claimed: { exclusive: false, added: kept, prior: [], applied: [] },
  };
}

/** A list's memory with that of another owner: what that one added was not there before either of them. */
function joinLists(own: ListMemory, other: ListMemory, keyOf: (item: string) => string): ListMemory {
  const beside = (items: readonly string[], others: readonly string[]) => {
    const known = new Set(others.map(keyOf));
    return items.filter((item) => !known.has(keyOf(item)));
  };
  if (!own.exclusive && !other.exclusive) return { ...own, added: [...own.added, ...beside(other.added, own.added)] };
  if (own.exclusive && other.exclusive) return own;
  const [exclusive, entries] = own.exclusive ? [own, other] : [other, own];
  return { ...exclusive, prior: beside(exclusive.prior, entries.added) };
}

/** What destroy would restore of a list, so that it can be compared; `undefined` if that is nothing. */
function listMemory({ exclusive, added, prior, applied }: ListMemory, keyOf: (item: string) => string): unknown {
  const keys = (items: readonly string[]) => [...new Set(items.map(keyOf))].sort();
  if (!exclusive) return added.length === 0 ? undefined : { added: keys(added) };
  const [first, last] = [keys(prior), keys(applied)];
  return JSON.stringify(first) === JSON.stringify(last) ? undefined : { prior: first };
}
