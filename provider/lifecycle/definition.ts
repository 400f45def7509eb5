import type { ValidationIssue } from "../contract/checks";
import type { ResourceShape, SharedInputs, SharedOutputs } from "../contract/resource-shape";
import type { Settings } from "../contract/settings";
import type { CertMapping } from "../host/cert-mappings";
import type { LeafValues } from "../host/config";
import type { HostView } from "../host/host-view";
import type { LifecycleContext } from "./change/context";
import type { SessionTarget } from "../session/target";
import type { Plan } from "./change/plan";

/** A resource as a definition: pure functions from arguments, state and a host as it is. */

/** What is known of the state of a resource. */
export type Prior<State> =
  /** A preview: the state is the engine's, and the program does not see it. */
  | { readonly kind: "unknown" }
  /** The resource is being created. */
  | { readonly kind: "none" }
  | { readonly kind: "state"; readonly state: State };

/** The types of one resource. */
export interface ResourceKinds {
  readonly Inputs: SharedInputs;
  readonly State: SharedInputs & SharedOutputs;
  /** A host as the plan needs it. */
  readonly Observed: unknown;
  /** What state remembers of the host before and after the last apply. */
  readonly Record: object;
  /** What is worked out of the arguments before the host is touched; `undefined` in a preview. */
  readonly Prepared: unknown;
}

/** For what a host is observed. */
export type Purpose<Kinds extends ResourceKinds> =
  | { readonly kind: "apply"; readonly inputs: Kinds["Inputs"]; readonly prior: Prior<Kinds["State"]> }
  | { readonly kind: "read"; readonly state: Kinds["State"] }
  | { readonly kind: "destroy"; readonly state: Kinds["State"] };

/** A host as it is, and what else is going to happen to it. */
export interface Situation<Observed> {
  readonly observed: Observed;
  /** Host for messages. */
  readonly host: string;
  /** Settings of `winrm/config` that other resources of the program are going to write on this host. Default none. */
  readonly pendingConfigChanges?: LeafValues;
  /** Certificate mappings that they are going to make or change there. Default none. */
  readonly pendingMappings?: readonly CertMapping[];
}

/** What an apply wanted, found and left. */
export interface Applied<Kinds extends ResourceKinds> {
  readonly inputs: Kinds["Inputs"];
  /** The arguments as state will show them: those wanted, or after a failure those that the host has. */
  readonly shown: Kinds["Inputs"];
  readonly prior: Prior<Kinds["State"]>;
  readonly prepared: Kinds["Prepared"] | undefined;
  readonly before: Kinds["Observed"];
  readonly after: Kinds["Observed"];
  readonly failed: boolean;
}

/** Everything that one resource has of its own; `lifecycle.ts` makes its operations of it. */
export interface ResourceDefinition<Kinds extends ResourceKinds = ResourceKinds> {
  readonly shape: ResourceShape;
  /** Its changes can be risky, and the host can restore them: those that wait may share a window. Default `false`. */
  readonly canBeRisky?: boolean;
  /** What is wrong with the arguments; deterministic, without the network. Default: as the shape checks each of them. */
  check?(inputs: Record<string, unknown>): ValidationIssue[];
  /** Remarks on valid arguments, for warnings at preview. Default none. */
  warnings?(inputs: Kinds["Inputs"]): string[];
  /** The same arguments in another spelling compare as equal. Default: the arguments themselves. */
  canonicalInputs?(inputs: Kinds["Inputs"]): unknown;
  /** The part of the id behind the host's: `winrm/auth`. */
  idPath(inputs: Kinds["Inputs"]): string;
  /**
   * Something that arguments do not show differs from what was last applied: a password behind a reference. Asked where
   * the arguments compare as equal and are known. Default: nothing.
   */
  hasHiddenChange?(state: Kinds["State"], inputs: Kinds["Inputs"], settings: Settings): Promise<boolean>;
  /**
   * Arguments beside the connection whose change makes another resource of it; it is deleted before the new one is made.
   * Arguments may be unknown (see `isUnknown`). Default none.
   */
  replaceOnChanges?(state: Kinds["State"], inputs: Kinds["Inputs"]): readonly string[];
  /**
   * A change may be refused for what only state tells, which the pre-flight does not know: a preview then asks the host with
   * it, through such a connection. Default never.
   */
  readonly isRefusedByState?: (target: SessionTarget) => boolean;
  /** Resolves what a write needs beside the arguments, such as a password; sends nothing. Default: nothing. */
  prepare?(
    inputs: Kinds["Inputs"],
    prior: Prior<Kinds["State"]>,
    context: LifecycleContext,
  ): Promise<Kinds["Prepared"]>;
  /** What of the host is needed; resources of one host share what they read. */
  observe(view: HostView, purpose: Purpose<Kinds>): Promise<Kinds["Observed"]>;
  /** What to do; pre-flight, create and update ask the same function. */
  plan(
    inputs: Kinds["Inputs"],
    prior: Prior<Kinds["State"]>,
    situation: Situation<Kinds["Observed"]> & { readonly prepared?: Kinds["Prepared"] | undefined },
  ): Plan<Kinds["Observed"]>;
  /** What destroy restores; what it leaves is a warning. */
  planDestroy(state: Kinds["State"], situation: Situation<Kinds["Observed"]>): Plan<Kinds["Observed"]>;
  /**
   * How a replacement is made where deleting first would lock a connection out: the new one first. Default: the old one is
   * deleted first, always.
   */
  readonly replacement?: {
    /** Whether it must be made so. */
    isNeeded(state: Kinds["State"], observed: Kinds["Observed"]): boolean;
    /** What a destroy has observed, as the new resource observes it. */
    seenBy(inputs: Kinds["Inputs"], observed: Kinds["Observed"]): Kinds["Observed"];
    /** Make the new one, delete the old one. */
    plan(
      state: Kinds["State"],
      inputs: Kinds["Inputs"],
      situation: Situation<Kinds["Observed"]> & { readonly prepared?: Kinds["Prepared"] | undefined },
    ): Plan<Kinds["Observed"]>;
  };
  /**
   * What of the arguments the host had already when the resource was created, so that destroy has nothing to undo: names
   * and numbers, never values, which may be secret.
   */
  adopted(state: Kinds["State"]): readonly string[];
  /** False if the host has the resource no more. Default: it always has it. */
  exists?(observed: Kinds["Observed"]): boolean;
  /** The arguments as the host has them, spelled as the program spells them where they are the same. */
  liveInputs(inputs: Kinds["Inputs"], observed: Kinds["Observed"], prior: Prior<Kinds["State"]>): Kinds["Inputs"];
  /** What state must remember after an apply. */
  record(applied: Applied<Kinds>): Kinds["Record"];
  /** What state remembers once a refresh has seen the host; state may hold arguments only (`AuthConfig.get`). */
  recordAfterRead(state: Kinds["State"], live: Kinds["Inputs"], observed: Kinds["Observed"]): Kinds["Record"];
  /** The outputs that are no arguments. */
  outputs(
    inputs: Kinds["Inputs"],
    observed: Kinds["Observed"],
    record: Kinds["Record"],
  ): Omit<Kinds["State"], keyof Kinds["Inputs"] | keyof SharedOutputs>;
}
