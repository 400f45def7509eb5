import type { WinrmConfig } from "../host/config";
import type { SessionPool } from "../session/session-pool";
import type { Check, ValidationIssue } from "../contract/checks";
import { oneOf } from "../contract/checks";
import { type Connection, checkConnection } from "../contract/connection";
import type { WantedLeaves } from "./winrm-config/diff";
import type { Judgement } from "../contract/finding";
import type { Logon } from "./safety/hazards/auth";
import type { HostView } from "../host/host-view";
import type { Settings } from "../contract/settings";

/** The runtime half of a resource, without Pulumi: plain values in, plain values out. */

/** Version of the shape of outputs; state of every released version stays readable. */
export const SCHEMA_VERSION = 1;

/** Arguments that all resources share. */
export interface SharedInputs {
  /** How to reach the host, and as whom. */
  connection: Connection;
  /**
   * What happens on destroy. `"restore"`: put back what the host had before the first apply, only where it still holds
   * what was last written, and never into a lockout. `"leave"`: change nothing. Default `"restore"`.
   */
  onDelete?: "restore" | "leave";
  /**
   * What happens where Group Policy owns a setting and holds another value. `"fail"`: refuse at preview and at apply.
   * `"warn"`: leave that setting and say so. Default `"fail"`.
   */
  onPolicyConflict?: "fail" | "warn";
}

/** Checks of the shared arguments. */
export const SHARED_CHECKS: Readonly<Record<string, Check>> = {
  connection: checkConnection,
  onDelete: oneOf("restore", "leave"),
  onPolicyConflict: oneOf("fail", "warn"),
};

/** Outputs that all resources share. */
export interface SharedOutputs {
  /** Shape of this state; `1`. */
  schemaVersion: number;
}

/** Lines for the person who runs Pulumi, attached to the resource. */
export interface ResourceLog {
  warn(text: string): void;
  /** What the operation is doing; shown once it takes long. */
  progress(text: string): void;
}

/** What operations work with. */
export interface LifecycleContext {
  readonly pool: SessionPool;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly log: ResourceLog;
}

/** A host as it is, and what else is going to happen to it. */
export interface PlanContext<Outputs, Observed = WinrmConfig> {
  readonly observed: Observed;
  readonly logon: Logon;
  /** Host for messages. */
  readonly host: string;
  /** The last outputs of this resource, if there are any. */
  readonly mine?: Outputs;
  /** Leaves of `winrm/config` that other resources of the program are going to write on this host. */
  readonly pendingConfigChanges?: WantedLeaves;
}

/** What a resource would do to a host; pure. */
export interface Assessment {
  readonly findings: readonly Judgement[];
  /** Leaves of `winrm/config` that would be written, by path: what other resources of the program must know. */
  readonly changes: WantedLeaves;
}

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

/** The operations of one resource type. `create` and `update` are one reconcile: observe, plan, apply, verify. */
export interface ResourceLifecycle<
  Inputs extends SharedInputs,
  Outputs extends Inputs & SharedOutputs,
  Observed = WinrmConfig,
> {
  /** Name in the type token: `AuthConfig`. */
  readonly type: string;
  /** Names of outputs that are not inputs. */
  readonly computed: readonly string[];
  /** Names of arguments that may hold a secret by value, beside those of the connection. Default none. */
  readonly secrets?: readonly string[];
  /** Static validation; deterministic, without the network. */
  check(inputs: Record<string, unknown>): ValidationIssue[];
  /** Remarks on valid arguments, for warnings at preview. */
  warnings(inputs: Inputs): string[];
  /** The same arguments in another spelling compare as equal. */
  canonicalInputs(inputs: Inputs): unknown;
  id(inputs: Inputs): string;
  /**
   * Something that arguments do not show differs from what was last applied: a password behind a reference. Asked where
   * the arguments compare as equal and are known. Default: nothing.
   */
  hasHiddenChange?(previous: Outputs, inputs: Inputs, settings: Settings): Promise<boolean>;
  /**
   * Arguments beside the connection whose change makes another resource of it; it is deleted before the new one is made.
   * Arguments may be unknown (see `isUnknown`). Default none.
   */
  replaceOnChanges?(previous: Outputs, inputs: Inputs): readonly string[];
  /** What of the host the plan needs; resources of one host share what they read. */
  observe(inputs: Inputs, view: HostView): Promise<Observed>;
  /** The plan for a host as it is; pre-flight, `create` and `update` ask the same function. */
  assess(inputs: Inputs, situation: PlanContext<Outputs, Observed>): Assessment;
  create(inputs: Inputs, context: LifecycleContext): Promise<Outputs>;
  update(previous: Outputs, inputs: Inputs, context: LifecycleContext): Promise<Outputs>;
  /** Current outputs, with the inputs as the host has them now; `undefined` if the host has it no more. */
  read(previous: Outputs, context: LifecycleContext): Promise<{ inputs: Inputs; outputs: Outputs } | undefined>;
  delete(previous: Outputs, context: LifecycleContext): Promise<void>;
}
