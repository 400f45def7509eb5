import { isDeepStrictEqual } from "node:util";
import type { Settings } from "../../contract/settings";
import type { SharedInputs, SharedOutputs } from "../../contract/resource-shape";
import { type Claim, type ClaimRules, type Claims, type ClaimedItems, placeOf, together, without } from "./claims";

/** Who performs an operation: the same key in all operations of a resource in one run. */
export interface Claimant {
  readonly key: string;
  readonly urn?: string | undefined;
}

/** What a delete may still undo. */
export interface Released<Inputs, Outputs> {
  /** Absent if nothing is left to undo. */
  readonly free?: Outputs;
  /** The arguments of the resource itself, if it is replaced by another one on the same host. */
  readonly successor?: Inputs;
  /** Resources that keep settings without the memory of what the host had before. */
  readonly forgetful: readonly Claim[];
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

  /** A resource was created or updated. */
  applied(outputs: Outputs, { key }: Claimant): void {
    const place = this.#placeOf(outputs);
    if (place !== undefined) this.#run.claims.know(place, key, outputs, true);
  }

  /** A replacement was made before its create: that starts from it. */
  madeAhead(outputs: Outputs): void {
    const place = this.#placeOf(outputs);
    if (place !== undefined) this.#run.claims.remember(place, outputs);
  }

  /** The state that a new resource starts from: what others of this run remember of what it wants; usually nothing. */
  inherited(inputs: Inputs): Outputs | undefined {
    const place = this.#placeOf(inputs);
    if (place === undefined) return undefined;
    const states = this.#run.claims.memoryOf(place) as Outputs[];
    const parts = states
      .filter((state) => this.#isAbout(state, inputs, undefined))
      .flatMap((state) => this.#rules.divide(state, this.#rules.items(inputs, state, undefined)).claimed ?? []);
    return parts.find((part) => this.#rules.memory(part) !== undefined) ?? parts[0];
  }

  /** The state that an update starts from: without what the resource wants no more and another one of the run wants. */
  retained(previous: Outputs, inputs: Inputs, { key }: Claimant): Outputs {
    const others = this.#claimants(previous).filter((claim) => claim.key !== key);
    if (others.length === 0) return previous;
    const left = without(this.#itemsOf(others, previous), this.#rules.items(inputs, previous, previous));
    if (left.all || left.uncertain === true) return previous;
    return this.#rules.divide(previous, left).free;
  }

  /** What is left for a delete, once everything that the run claims is taken out; that memory is kept for a create. */
  released(previous: Outputs, { key }: Claimant): Released<Inputs, Outputs> {
    const claimants = this.#claimants(previous);
    const place = this.#placeOf(previous);
    if (place === undefined) return { free: previous, forgetful: [] };
    const own = this.#run.claims.at(place).find((claim) => claim.key === key && !claimants.includes(claim));
    const successor = own === undefined ? {} : { successor: own.inputs as Inputs };
    if (claimants.length === 0) return { free: previous, forgetful: [], ...successor };
    const { free, done, claimed } = this.#rules.divide(previous, this.#itemsOf(claimants, previous));
    const left = done ? {} : { free };
    if (claimed === undefined) return { ...left, forgetful: [] };
    this.#run.claims.remember(place, claimed);
    // A claimant that is still to be created takes the memory over.
    const heirs = claimants.some((claim) => !claim.applied && (claim.outputs === undefined || claim.key === key));
    const forgetful = heirs ? [] : claimants.filter((claim) => this.#forgets(claimed, claim));
    return { ...left, forgetful: forgetful.length < claimants.length ? [] : forgetful };
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
