import { type Check, array, boolean, object, oneOf } from "./checks";
import { checkConfirm } from "./confirm";
import type { Connection } from "./connection/connection";
import { checkConnection } from "./connection/connection-settings";

/** What all resources share, and how one names its arguments and outputs, each once. */

/** Version of the shape of outputs; state of every released version stays readable. */
export const SCHEMA_VERSION = 1;

/** Arguments that all resources share. */
export interface SharedInputs {
  /**
   * How to reach the host, and as whom.
   * @windows none
   * @default none; its parts have their own
   * @unset required
   * @delete uses the connection in state
   */
  connection: Connection;
  /**
   * What happens on destroy. `"restore"`: restore what the host had before the first apply, only where it still has
   * what was last written, and never into a lockout. `"leave"`: change nothing.
   * @windows none
   * @default `"restore"`
   * @unset the default
   * @delete `"leave"`: it changes nothing
   */
  onDelete?: "restore" | "leave";
  /**
   * What happens where Group Policy owns a setting and has another value. `"fail"`: refuse at preview and at apply.
   * `"warn"`: leave that setting and say so. Without effect where the host does not tell who set a value
   * (`GroupMembership`, `TokenFilterPolicy`).
   * @windows none
   * @default `"fail"`
   * @unset the default
   * @delete no effect: what Group Policy owns is left as it is
   */
  onPolicyConflict?: "fail" | "warn";
  /**
   * Seconds, 60 to 600, in which a fresh logon must prove a risky change; without that proof the host restores the
   * old settings by itself. `false`: risky changes are made without a way back, with a warning.
   * @windows the scheduled task `\pulumi-winrm-confirm` and `HKLM\SOFTWARE\pulumi-winrm`, only while a change is
   *   pending
   * @default `winrm:confirm`, `WINRM_CONFIRM`, then `120`
   * @unset the default
   * @delete holds for what delete restores, too
   */
  confirm?: number | false;
}

/** Outputs that all resources share. */
export interface SharedOutputs {
  /** Shape of this state; `1`. */
  schemaVersion: number;
}

/** A resource's name in its type token. */
export type ResourceType = "AuthConfig" | "CertMapping" | "GroupMembership" | "TokenFilterPolicy" | "TrustedHosts";

/** The arguments and outputs of a resource by name, with what each must look like. */
export interface ResourceShape {
  /** The resource whose shape it is. */
  readonly type: ResourceType;
  /** The check of each argument, by name. */
  readonly arguments: Readonly<Record<string, Check>>;
  /** Arguments that must be given. */
  readonly required: readonly string[];
  /** What state may hold of arguments after a refresh, where that is more than a program may write. */
  readonly live: Readonly<Record<string, Check>>;
  /** Outputs that are no arguments. */
  readonly computed: Readonly<Record<string, Check>>;
  /** Computed outputs that state may lack. */
  readonly optional: readonly string[];
  /** Arguments that may hold a secret by value, beside those of the connection. */
  readonly secrets: readonly string[];
}

type OwnArguments<Inputs> = { readonly [Name in Exclude<keyof Inputs, keyof SharedInputs>]-?: Check };
type OwnOutputs<Inputs, Outputs> = {
  readonly [Name in Exclude<keyof Outputs, keyof Inputs | keyof SharedOutputs>]-?: Check;
};

/** A shape from what a resource has of its own; the compiler asks for every name of its types. */
export function resourceShape<Inputs extends SharedInputs, Outputs extends Inputs & SharedOutputs>(own: {
  readonly type: ResourceType;
  readonly arguments: OwnArguments<Inputs>;
  readonly required?: readonly (keyof Inputs & string)[];
  readonly live?: Readonly<Record<string, Check>>;
  readonly computed: OwnOutputs<Inputs, Outputs>;
  readonly optional?: readonly (keyof Outputs & string)[];
  readonly secrets?: readonly (keyof Inputs & string)[];
}): ResourceShape {
  const shared = {
    connection: checkConnection,
    onDelete: oneOf("restore", "leave"),
    onPolicyConflict: oneOf("fail", "warn"),
    confirm: checkConfirm,
  };
  return {
    type: own.type,
    arguments: { ...shared, ...own.arguments },
    required: ["connection", ...(own.required ?? [])],
    live: own.live ?? {},
    computed: { schemaVersion: equals(SCHEMA_VERSION), ...own.computed },
    optional: own.optional ?? [],
    secrets: own.secrets ?? [],
  };
}

/** The check of a resource's arguments one by one. */
export function checkArguments({ arguments: checks, required }: ResourceShape): Check {
  return object(checks, required);
}

/** Names of outputs that are not arguments. */
export function computedNames({ computed }: ResourceShape): readonly string[] {
  return Object.keys(computed);
}

/** Every name that a resource has as an output: what the SDK must be told to fill in. */
export function outputNames(shape: ResourceShape): readonly string[] {
  return [...Object.keys(shape.arguments), ...Object.keys(shape.computed)];
}

/** A string as state holds it: whatever a host shows. */
export const shownString: Check = (value, property) =>
  typeof value === "string" ? [] : [{ property, reason: "must be a string" }];

/** A list of such strings. */
export const shownStrings: Check = array(shownString);

/** `true` or `false` for each of these names. */
export function flags(names: readonly string[]): Readonly<Record<string, Check>> {
  return Object.fromEntries(names.map((name) => [name, boolean()]));
}

function equals(expected: number): Check {
  return (value, property) =>
    value === expected ? [] : [{ property, reason: `must be ${expected}, not ${JSON.stringify(value)}` }];
}
