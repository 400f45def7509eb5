import { canonicalHost } from "../../contract/names/host-name";
import type { Settings } from "../../contract/settings";
import type { SharedInputs } from "../../contract/resource-shape";
import { hostKey } from "../../session/target";

/**
 * What the resources of one run want of their hosts. A delete undoes nothing that another resource of the run wants, so
 * that a rename, a move, a replacement and the end of one of two owners write nothing.
 *
 * One registry for each provider process, which is one for each provider and operation of the engine: a move between
 * two explicit providers cannot be seen. A preview never deletes, and a destroy checks no resource, so that neither is
 * changed by it.
 */

/** A part of a host that resources share: a setting's path, a list's entry, a member's SID, a mapping. */
export type ClaimedItem = string;

/** What a resource claims. */
export interface ClaimedItems {
  /** The whole of it: an exclusive list, or something that has no parts. */
  readonly all: boolean;
  readonly items: ReadonlySet<ClaimedItem>;
  /** What may be claimed too: a name of which it is not known yet whom it names may name them. Default none. */
  readonly perhaps?: ReadonlySet<ClaimedItem>;
  /** Something that cannot be told apart here is claimed too, so that everything may be. Default `false`. */
  readonly uncertain?: boolean;
}

/** A resource's state, cut in two. */
export interface DividedState<Outputs> {
  /** The state of what no other resource wants. */
  readonly free: Outputs;
  /** Nothing is left there that destroy could restore. */
  readonly done: boolean;
  /** The state of what another resource wants, with the memory of what the host had before; absent if none wants any. */
  readonly claimed?: Outputs;
}

/** How resources of one type claim. Pure. */
export interface ClaimRules<Inputs, Outputs> {
  /** Whether two are about the same thing of a host: a group, a mapping's key. Default: there is one of it. */
  sameSubject?(previous: Outputs, inputs: Inputs, outputs: Outputs | undefined): boolean;
  /** What arguments claim of a state. `outputs` are what is known of the claimant, if anything is. */
  items(inputs: Inputs, previous: Outputs, outputs: Outputs | undefined): ClaimedItems;
  /** Cuts a state in what the claims cover and the rest. */
  divide(previous: Outputs, claims: ClaimedItems): DividedState<Outputs>;
  /** The same for a delete, where what others want has to come in place of what goes. Default: as `divide` cuts. */
  divideAtEnd?(previous: Outputs, claims: ClaimedItems): DividedState<Outputs>;
  /** A state with the memory of another one where it has none of its own: what the two had to themselves is one's now. */
  join(state: Outputs, other: Outputs): Outputs;
  /** What destroy would restore, so that it can be compared; `undefined` if that is nothing. */
  memory(outputs: Outputs): unknown;
}

/** Rules of a resource that is claimed as a whole, because it has no parts. */
export const UNDIVIDED = {
  items: (): ClaimedItems => ({ all: true, items: new Set() }),
  divide: <Outputs>(previous: Outputs, { all }: ClaimedItems): DividedState<Outputs> =>
    all ? { free: previous, done: true, claimed: previous } : { free: previous, done: false },
};

/** One resource of the run. */
export interface Claim {
  /** Opaque name of the resource, the same in all its operations. */
  readonly key: string;
  readonly urn: string | undefined;
  readonly inputs: SharedInputs;
  /** What state or this run last knew of it. */
  outputs?: SharedInputs;
  /** It was created or updated in this run. */
  applied: boolean;
}

/** The claims of one provider process. */
export class Claims {
  readonly #claims = new Map<string, Map<string, Claim>>();
  readonly #memory = new Map<string, SharedInputs[]>();

  /** Notes what a checked resource wants; the last check of a resource counts. */
  claim(place: string, claim: Pick<Claim, "key" | "urn" | "inputs">): void {
    for (const [other, claims] of this.#claims) if (other !== place) claims.delete(claim.key);
    const claims = this.#claims.get(place) ?? new Map<string, Claim>();
    this.#claims.set(place, claims);
    const known = claims.get(claim.key);
    claims.set(claim.key, { ...known, ...claim, applied: known?.applied ?? false });
  }

  /** What is known of a claimant: its state at `diff`, its outputs once it is applied. */
  know(place: string, key: string, outputs: SharedInputs, applied: boolean): void {
    const claim = this.#claims.get(place)?.get(key);
    if (claim === undefined) return;
    claim.outputs = outputs;
    claim.applied ||= applied;
  }

  /** Everybody who claims something there. */
  at(place: string): readonly Claim[] {
    return [...(this.#claims.get(place)?.values() ?? [])];
  }

  /** Keeps what a resource remembers, for one that is created there later in this run. */
  remember(place: string, outputs: SharedInputs): void {
    this.#memory.set(place, [outputs, ...(this.#memory.get(place) ?? [])]);
  }

  /** What resources remember that were there, the latest first. */
  memoryOf(place: string): readonly SharedInputs[] {
    return this.#memory.get(place) ?? [];
  }
}

/** The type and the host of a resource: only there can two resources be about the same thing. */
export function placeOf(type: string, { connection }: SharedInputs, settings: Settings): string {
  const transport = connection.transport ?? settings.choice("transport");
  const port = connection.port ?? settings.number("port") ?? (transport === "https" ? 5986 : 5985);
  return `${type} ${hostKey({ host: canonicalHost(connection.host), port })}`;
}

/** Claims of several resources as one. */
export function together(all: readonly ClaimedItems[]): ClaimedItems {
  return {
    all: all.some((one) => one.all),
    items: new Set(all.flatMap(({ items }) => [...items])),
    perhaps: new Set(all.flatMap(({ perhaps = [] }) => [...perhaps])),
    uncertain: all.some(({ uncertain }) => uncertain === true),
  };
}

/** What some name among their claims, or may name, and others do not. */
export function without({ items, perhaps = new Set() }: ClaimedItems, others: ClaimedItems): ClaimedItems {
  const rest = (all: ReadonlySet<ClaimedItem>) =>
    new Set(others.all ? [] : [...all].filter((item) => !others.items.has(item)));
  return { all: false, items: rest(items), perhaps: rest(perhaps) };
}
