import { connectionIdentity } from "../contract/connection/connection";
import { SCHEMA_VERSION, checkArguments, computedNames } from "../contract/resource-shape";
import type { LifecycleContext } from "./change/context";
import { judgeAhead } from "./change/judge-ahead";
import { type ReconcileSteps, announceConnection, observeNow, reconcile } from "./change/reconcile";
import type { Prior, ResourceDefinition, ResourceKinds } from "./definition";
import { type StateOperation, assertState } from "./state";

/** The operations of any resource: plain values in, plain values out, without Pulumi. */

/** A resource that failed after something was changed: its outputs show what is true. */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";
  readonly id: string;
  readonly outputs: object;

  constructor(id: string, outputs: object, cause: Error) {
    super(cause.message, { cause });
    this.id = id;
    this.outputs = outputs;
  }
}

/** What a program and an engine ask of a resource. `create` and `update` are one reconcile: observe, plan, apply, verify. */
export interface ResourceLifecycle<Kinds extends ResourceKinds = ResourceKinds>
  extends Required<Pick<ResourceDefinition<Kinds>, "check" | "warnings">>,
    Pick<ResourceDefinition<Kinds>, "hasHiddenChange" | "replaceOnChanges" | "observe" | "plan"> {
  /** Name in the type token: `AuthConfig`. */
  readonly type: string;
  /** Names of outputs that are not inputs. */
  readonly computed: readonly string[];
  /** Names of arguments that may hold a secret by value, beside those of the connection. */
  readonly secrets: readonly string[];
  /** @throws WinrmError `WINRM_E_SCHEMA` if the operation cannot work with the state. */
  stateOf(state: Readonly<Record<string, unknown>>, operation: StateOperation): Kinds["State"];
  canonicalInputs(inputs: Kinds["Inputs"]): unknown;
  /** The run is going to apply this: changes of its host by others must not lock out its connection. Sends nothing. */
  announce?(inputs: Kinds["Inputs"], context: Pick<LifecycleContext, "pool" | "settings">): void;
  /**
   * What a preview can tell only with the state: refuses what the update, or the replacement, is certain to refuse. Reads the
   * host where the definition asks for it; a host that cannot be read is for the pre-flight to report.
   * @param replacement the inputs are those of what takes its place.
   * @throws WinrmError as the plan's findings say.
   */
  refuseEarly(
    state: Kinds["State"],
    inputs: Kinds["Inputs"],
    change: { readonly replacement: boolean; readonly context: LifecycleContext },
  ): Promise<void>;
  id(inputs: Kinds["Inputs"]): string;
  create(inputs: Kinds["Inputs"], context: LifecycleContext): Promise<Kinds["State"]>;
  update(state: Kinds["State"], inputs: Kinds["Inputs"], context: LifecycleContext): Promise<Kinds["State"]>;
  /** Current outputs, with the inputs as the host has them now; `undefined` if the host has it no more. */
  read(
    state: Kinds["State"],
    context: LifecycleContext,
  ): Promise<{ inputs: Kinds["Inputs"]; outputs: Kinds["State"] } | undefined>;
  /**
   * @param successor what takes its place in this run, if it is replaced by another one on the same host.
   * @returns the successor's outputs, if it had to be made first; its create finds it done.
   */
  delete(
    state: Kinds["State"],
    context: LifecycleContext,
    successor?: Kinds["Inputs"],
  ): Promise<Kinds["State"] | undefined>;
}

/** The operations of a resource, from its definition. */
export function lifecycleOf<Kinds extends ResourceKinds>(
  definition: ResourceDefinition<Kinds>,
): ResourceLifecycle<Kinds> {
  const { shape } = definition;
  const id = (inputs: Kinds["Inputs"]) => `${connectionIdentity(inputs.connection)}/${definition.idPath(inputs)}`;
  const stateOf = (inputs: Kinds["Inputs"], observed: Kinds["Observed"], record: Kinds["Record"]): Kinds["State"] => ({
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    ...definition.outputs(inputs, observed, record),
  });

  type Steps = ReconcileSteps<Kinds["Observed"]>;

  /** How arguments are applied. */
  async function applying(inputs: Kinds["Inputs"], prior: Prior<Kinds["State"]>, context: LifecycleContext) {
    const prepared = await definition.prepare?.(inputs, prior, context);
    const steps: Steps = {
      observe: (view) => definition.observe(view, { kind: "apply", inputs, prior }),
      plan: (observed, { host }) => definition.plan(inputs, prior, { observed, host, prepared }),
      confirm: inputs.confirm,
      canBeRisky: definition.canBeRisky,
    };
    return { steps, prepared };
  }

  /** How a state ends, or what takes its place is made first. @returns `made` once that turned out to be necessary. */
  function ending(state: Kinds["State"], successor: Kinds["Inputs"] | undefined, context: LifecycleContext) {
    const { replacement } = definition;
    let made: { readonly prepared: Kinds["Prepared"] | undefined } | undefined;
    const steps: Steps = {
      observe: async (view) => {
        const observed = await definition.observe(view, { kind: "destroy", state });
        if (successor === undefined || replacement?.isNeeded(state, observed) !== true) return observed;
        made ??= { prepared: await definition.prepare?.(successor, { kind: "none" }, context) };
        return observed;
      },
      plan: (observed, { host }) => {
        if (successor === undefined || replacement === undefined || made === undefined) {
          return definition.planDestroy(state, { observed, host });
        }
        return replacement.plan(state, successor, { observed, host, ...made });
      },
      confirm: state.confirm,
      canBeRisky: definition.canBeRisky,
    };
    return { steps, made: () => made };
  }

  async function apply(inputs: Kinds["Inputs"], prior: Prior<Kinds["State"]>, context: LifecycleContext) {
    const { steps, prepared } = await applying(inputs, prior, context);
    const { before, after, failure } = await reconcile(inputs.connection, context, steps);
    const failed = failure !== undefined;
    const shown = failed ? definition.liveInputs(inputs, after, prior) : inputs;
    const record = definition.record({ inputs, shown, prior, prepared, before, after, failed });
    const state = stateOf(shown, after, record);
    if (failed) throw new PartialFailure(id(inputs), state, failure);
    if (prior.kind === "none") noteAdopted(state, context, "destroy will leave it at that");
    return state;
  }

  return {
    check: (inputs) => checkArguments(shape)(inputs, ""),
    warnings: () => [],
    ...definition,
    type: shape.type,
    computed: computedNames(shape),
    secrets: shape.secrets,
    stateOf(state, operation) {
      assertState(shape, state, operation);
      return state as unknown as Kinds["State"];
    },
    announce: ({ connection }, context) => {
      announceConnection(connection, context);
    },
    canonicalInputs: (inputs) => definition.canonicalInputs?.(inputs) ?? inputs,
    id,

    async refuseEarly(state, inputs, { replacement, context }) {
      if (definition.isRefusedByState === undefined) return;
      const { connection } = replacement ? state : inputs;
      const { preflight } = inputs.connection;
      const steps = async () => {
        if (replacement) return ending(state, inputs, context).steps;
        return (await applying(inputs, { kind: "state", state }, context)).steps;
      };
      await judgeAhead({ connection, preflight, concerns: definition.isRefusedByState, steps }, context);
    },

    create: (inputs, context) => apply(inputs, { kind: "none" }, context),

    update: (state, inputs, context) => apply(inputs, { kind: "state", state }, context),

    async read(state, context) {
      const observed = await observeNow(state.connection, context, (view) =>
        definition.observe(view, { kind: "read", state }),
      );
      if (definition.exists?.(observed) === false) return undefined;
      const inputs = definition.liveInputs(state, observed, { kind: "state", state });
      return { inputs, outputs: stateOf(inputs, observed, definition.recordAfterRead(state, inputs, observed)) };
    },

    async delete(state, context, successor) {
      if (state.onDelete === "leave") return undefined;
      const { replacement } = definition;
      const { steps, made } = ending(state, successor, context);
      const { before, after, failure } = await reconcile(state.connection, context, steps);
      if (failure !== undefined) throw failure;
      noteAdopted(state, context, "left at that");
      const ahead = made();
      if (successor === undefined || replacement === undefined || ahead === undefined) return undefined;
      const [was, is] = [replacement.seenBy(successor, before), replacement.seenBy(successor, after)];
      const prior = { kind: "none" } as const;
      const about = { inputs: successor, shown: successor, prior, before: was, after: is, failed: false };
      return stateOf(successor, is, definition.record({ ...about, ...ahead }));
    },
  };

  /** An earlier run that died may have written it: then only the person who reads this can know. */
  function noteAdopted(state: Kinds["State"], { log }: LifecycleContext, destroyed: string): void {
    const adopted = definition.adopted(state);
    if (adopted.length > 0) log.note(`${adopted.join(", ")}: already as wanted before this resource; ${destroyed}`);
  }
}
