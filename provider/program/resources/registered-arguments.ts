import * as pulumi from "@pulumi/pulumi";
import type { Candidate } from "../preflight/candidate";

/** What the engine is going to apply of a resource, taken from the resource's own outputs once it is registered. */

/** An output with what the SDK keeps beside the value; the same in all releases since 3.0. */
export interface OutputState {
  promise(withUnknowns: boolean): Promise<unknown>;
  readonly isSecret: Promise<boolean>;
}

/**
 * Waits for the registration. At preview the outputs of a resource that is to be created or changed are its checked
 * inputs, after transforms and `ignoreChanges`, and no others; those of any other resource are its state, where the
 * version of the shape tells one from the other.
 * @returns undefined if an argument is not known yet.
 */
export async function registeredArguments(
  resource: pulumi.CustomResource,
  names: readonly string[],
): Promise<Required<Pick<Candidate, "inputs" | "secrets" | "pending">> | undefined> {
  const outputs = resource as unknown as Readonly<Record<string, unknown>>;
  const states = names.flatMap((name) => (pulumi.Output.isInstance(outputs[name]) ? [name] : []));
  const found = await Promise.all(
    states.map(async (name) => {
      const output = outputs[name] as OutputState;
      return { name, value: await output.promise(true), secret: await output.isSecret };
    }),
  );
  const given = found.filter(({ value }) => value !== undefined && value !== null);
  if (given.some(({ value }) => pulumi.containsUnknowns(value))) return undefined;
  return {
    inputs: Object.fromEntries(given.map(({ name, value }) => [name, value])),
    // A connection holds passwords, so that its secrecy says nothing about the rest of it.
    secrets: given.filter(({ name, secret }) => secret && name !== "connection").map(({ name }) => name),
    pending: !(await isAsInState(resource)),
  };
}

/** Whether a preview leaves the resource as it is: it is unchanged, or no target of the run. */
export async function isAsInState(resource: pulumi.CustomResource): Promise<boolean> {
  const { schemaVersion } = resource as unknown as { readonly schemaVersion: OutputState };
  return typeof (await schemaVersion.promise(true)) === "number";
}

/** The value of an input; undefined if a part of it is not known yet. */
export async function knownValue(input: unknown): Promise<unknown> {
  const value = await (pulumi.output(input) as unknown as OutputState).promise(true);
  return pulumi.containsUnknowns(value) ? undefined : value;
}

/** Whether the program keeps the host's name secret, and not only the password beside it. */
export async function hostSecrecy(connection: unknown): Promise<boolean> {
  if (pulumi.Output.isInstance(connection)) return await pulumi.isSecret(connection);
  const host: unknown =
    typeof connection === "object" && connection !== null && "host" in connection && connection.host;
  return pulumi.Output.isInstance(host) ? await pulumi.isSecret(host) : false;
}
