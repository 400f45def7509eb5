import { isDeepStrictEqual } from "node:util";
import type { Settings } from "../../contract/settings";
import type { SharedInputs, SharedOutputs } from "../../contract/resource-shape";
import { type Claim, type ClaimRules, type Claims, type ClaimedItems, placeOf, together, without } from "./claims";

/** Who performs an operation: the same key in all operations of a resource in one run. */
export interface Claimant {
  readonly key: string;
  readonly urn?: string | undefined;
}

/** What a create or an update starts from, and what a delete may still undo. */
export interface Remembered<Outputs> {
  /** The state; absent if there is nothing to start from, or nothing left to undo. */
  readonly state?: Outputs;
  /** Resources that keep settings that are given up here, without the memory of what the host had before. */
  readonly forgetful: readonly Claim[];
}

/** What a create or an update starts from. */
export interface Continued<Outputs> extends Remembered<Outputs> {
  /** The state is that of the resource itself, which was deleted in this run to be replaced: nothing else has it any more. */
  readonly replaces?: true;
}

/** What a delete may still undo. */
export interface Released<Inputs, Outputs> extends Remembered<Outputs> {
  /** The arguments of the resource itself, if it is replaced by another one on the same host. */
  readonly successor?: Inputs;
}

/** What a run knows. */
export interface RunClaims {
  readonly claims: Claims;
  readonly settings: Settings;
}

/** The claims of all resources of one type, in the order of the engine's calls: check, diff, then create, update or delete. */
export class ResourceClaims<Inputs extends SharedInputs, Outputs extends Inputs & SharedOutputs> {
  readonly #type: string;
  readonly #rules: ClaimRules<Inputs, Outputs>;
  readonly #run: RunClaims;
  /** Keys of resources that were deleted and are to be created again. */
  readonly #replaced = new Set<string>();

  constructor(type: string, rules: ClaimRules<Inputs, Outputs>, run: RunClaims) {
    this.#type = type;
    this.#rules = rules;
    this.#run = run;
  }

  /** A resource of the program with valid, known arguments. */
  checked(inputs: Inputs, claimant: Claimant): void {
    const place = this.#placeOf(inputs);
    if (place !== undefined) this.#run.claims.claim(place, { urn: undefined, ...claimant, inputs });
  }

  /** A resource that exists already: what it remembers is there for one that takes its place. */
  diffed(previous: Outputs, inputs: Inputs, { key }: Claimant): void {
    const [before, place] = [this.#placeOf(previous), this.#placeOf(inputs)];
    if (before !== undefined) this.#run.claims.remember(before, previous);
    if (place !== undefined && place === before) this.#run.claims.know(place, key, previous, false);
  }

  /** A resource was created or updated. Two with equal arguments cannot be told apart, and are so equally. */
  applied(inputs: Inputs, outputs: Outputs): void {
    const place = this.#placeOf(outputs);
    if (place === undefined) return;
    for (const claim of this.#run.claims.at(place)) {
      if (isDeepStrictEqual(claim.inputs, inputs)) this.#run.claims.know(place, claim.key, outputs, true);
    }
  }

  /** A replacement was made before its create: that starts from it. */
  madeAhead(outputs: Outputs): void {
    const place = this.#placeOf(outputs);
    if (place !== undefined) this.#run.claims.remember(place, outputs);
  }

  /**
   * The state that a create or an update starts from: with what others of this run remember of what it wants, and without
   * what another one of the run wants and it does not.
   * @param previous the state, unless the resource is created.
   */
  continued(inputs: Inputs, { key }: Claimant, previous?: Outputs): Continued<Outputs> {
    const states = previous === undefined ? [] : [previous];
    const [first, ...rest] = [...states, ...this.#memoryOf(inputs, previous)];
    if (first === undefined) return { forgetful: [] };
    const state = rest.reduce((all, part) => this.#rules.join(all, part), first);
    const others = this.#claimants(state).filter((claim) => claim.key !== key);
    const own = this.#rules.items(inputs, state, previous);
    const left = without(this.#itemsOf(others, state), own);
    const givenUp = previous === undefined ? undefined : this.#rules.divide(previous, left).claimed;
    const replaces = previous === undefined && this.#replaced.has(key) ? ({ replaces: true } as const) : {};
    return { state: this.#rules.divide(state, left).free, forgetful: this.#forgetful(givenUp, others), ...replaces };
  }

  /** Another resource of the run wants what a state is about, as far as it has been checked yet: its end may undo nothing. */
  isKept(previous: Outputs, { key }: Claimant): boolean {
    return this.#claimants(previous).some((claim) => claim.key !== key);
  }

  /** What is left for a delete, once everything that the run claims is taken out; that memory is kept for a create. */
  released(previous: Outputs, { key }: Claimant): Released<Inputs, Outputs> {
    const claimants = this.#claimants(previous);
    const place = this.#placeOf(previous);
    if (place === undefined) return { state: previous, forgetful: [] };
    const own = this.#run.claims.at(place).find((claim) => claim.key === key);
    if (claimants.length === 0) {
      return { state: previous, forgetful: [], ...(own === undefined ? {} : { successor: own.inputs as Inputs }) };
    }
    const successor = own === undefined || claimants.includes(own) ? {} : { successor: own.inputs as Inputs };
    const items = this.#itemsOf(claimants, previous);
    const { free, done, claimed } = this.#rules.divideAtEnd?.(previous, items) ?? this.#rules.divide(previous, items);
    const left = { ...(done ? {} : { state: free }), ...successor };
    if (claimed === undefined) return { ...left, forgetful: [] };
    this.#run.claims.remember(place, claimed);
    // Another one with equal arguments has the same key, and mostly another memory.
    const isItself = ({ outputs }: Claim) => outputs === undefined || isDeepStrictEqual(outputs, previous);
    const replaced = own !== undefined && !own.applied && isItself(own);
    if (replaced) this.#replaced.add(key);
    return { ...left, forgetful: replaced ? [] : this.#forgetful(claimed, claimants) };
  }

  /** Nothing is forgotten that one of them remembers, or is still to take over. */
  #forgetful(givenUp: Outputs | undefined, claimants: readonly Claim[]): readonly Claim[] {
    if (givenUp === undefined) return [];
    const concerned = claimants.filter(({ inputs, outputs }) => this.#part(givenUp, inputs, outputs) !== undefined);
    const forgetful = concerned.filter((claim) => !this.#takesOver(claim, givenUp) && this.#forgets(givenUp, claim));
    return forgetful.length < concerned.length ? [] : forgetful;
  }

  /** It is still to be created, or to be updated because it wants more than it has. */
  #takesOver({ inputs, outputs, applied }: Claim, givenUp: Outputs): boolean {
    if (applied || outputs === undefined) return !applied;
    const [has, wants] = [outputs, inputs].map((one) => this.#rules.items(one as Inputs, givenUp, outputs as Outputs));
    return !isDeepStrictEqual(has, wants);
  }

  /**
   * The parts of what others of this run remember that arguments want, those that remember something first. Where it cannot
   * be told what they want nothing is taken over: it would be removed as an own thing that is wanted no more.
   */
  #memoryOf(inputs: Inputs, outputs: Outputs | undefined): Outputs[] {
    const place = this.#placeOf(inputs);
    const states = place === undefined ? [] : (this.#run.claims.memoryOf(place) as Outputs[]);
    const parts = states
      .filter((state) => this.#isAbout(state, inputs, outputs))
      .filter((state) => this.#rules.items(inputs, state, outputs).uncertain !== true)
      .flatMap((state) => this.#part(state, inputs, outputs) ?? []);
    const rank = (part: Outputs) => (this.#rules.memory(part) === undefined ? 1 : 0);
    return parts.sort((one, other) => rank(one) - rank(other));
  }

  #part(state: Outputs, inputs: SharedInputs, outputs: SharedInputs | undefined): Outputs | undefined {
    const items = this.#rules.items(inputs as Inputs, state, outputs as Outputs | undefined);
    return this.#rules.divide(state, items).claimed;
  }

  #forgets(claimed: Outputs, { inputs, outputs }: Claim): boolean {
    const lost = this.#rules.memory(claimed);
    if (lost === undefined || claimed.onDelete === "leave" || inputs.onDelete === "leave") return false;
    if (outputs === undefined) return true;
    const own = outputs as Outputs;
    const shared = this.#rules.divide(own, this.#rules.items(claimed, own, claimed)).claimed;
    return shared === undefined || !isDeepStrictEqual(this.#rules.memory(shared), lost);
  }

  #claimants(previous: Outputs): Claim[] {
    const place = this.#placeOf(previous);
    const claims = place === undefined ? [] : this.#run.claims.at(place);
    return claims.filter(({ inputs, outputs }) => this.#isAbout(previous, inputs as Inputs, outputs as Outputs));
  }

  #itemsOf(claims: readonly Claim[], previous: Outputs): ClaimedItems {
    return together(
      claims.map(({ inputs, outputs }) =>
        this.#rules.items(inputs as Inputs, previous, outputs as Outputs | undefined),
      ),
    );
  }

  #isAbout(previous: Outputs, inputs: Inputs, outputs: Outputs | undefined): boolean {
    return this.#rules.sameSubject?.(previous, inputs, outputs) ?? true;
  }

  /** Settings that are not usable are reported where the connection is made. */
  #placeOf(inputs: SharedInputs): string | undefined {
    try {
      return placeOf(this.#type, inputs, this.#run.settings);
    } catch {
      return undefined;
    }
  }
}
