import * as pulumi from "@pulumi/pulumi";
import { WinrmError } from "../../errors";
import type { Connection } from "../../contract/connection/connection";
import { type ResourceShape, type ResourceType, computedNames, outputNames } from "../../contract/resource-shape";
import { SECRET_AUTH } from "../../contract/connection/connection-settings";
import { reportClearSecrets } from "./clear-secrets";
import type { Inputs } from "./inputs";
import { requireInstallation } from "./installation";
import { startPreflight } from "./live-preflight";
import { isPlain, isPlainThroughout } from "./plain-values";
import { withoutStack, withoutStackTraces } from "./stack-traces";
import { isAbsent } from "../../contract/checks";

/** Argument types of a resource with the connection that all share. */
export interface ConnectedArgs {
  /** The host and how to log in to it. */
  connection: pulumi.Input<Inputs<Connection>>;
}

/** The outputs of a resource with this state, each with the doc comment of the state's type. */
export type OutputsOf<State> = {
  readonly [Name in keyof State as Name extends "schemaVersion" ? never : Name]-?: pulumi.Output<State[Name]>;
};

/**
 * Base of all resources. It registers with the dynamic provider's own type token and a constant text, so that no code,
 * path or version ever enters state; the text is the same under every package manager, bundler and release. A
 * replacement deletes before it creates, because both are about the same settings of the same host.
 */
export abstract class WinrmResource extends pulumi.CustomResource {
  constructor(shape: ResourceShape, name: string, args: ConnectedArgs, opts: pulumi.CustomResourceOptions = {}) {
    const { type, secrets } = shape;
    if (opts.import !== undefined) throw importRefused(type, name);
    requireInstallation();
    const token = `pulumi-nodejs:dynamic/winrm:${type}`;
    const { connection, additionalSecretOutputs } = secretsOf(args, shape, opts);
    const props = {
      ...Object.fromEntries(outputNames(shape).map((output) => [output, undefined])),
      ...args,
      ...secretValues(args, secrets),
      connection,
      __provider: providerText(type),
      // Tells the provider process under which resource its log lines belong; `check` drops it.
      ...(opts.id === undefined ? { __urn: withoutDependency(pulumi.createUrn(name, token, opts.parent)) } : {}),
    };
    const restoreTraces = withoutStackTraces();
    try {
      super(token, name, props, {
        ...withoutPlugin(opts),
        deleteBeforeReplace: opts.deleteBeforeReplace ?? true,
        additionalSecretOutputs,
      });
    } catch (error) {
      restoreTraces();
      // What is wrong is wrong in the program's line.
      if (error instanceof Error) Error.captureStackTrace(error, new.target);
      throw error;
    } finally {
      restoreTraces();
    }
    if (opts.id !== undefined || opts.urn !== undefined) return;
    reportClearSecrets(this, shape);
    startPreflight(this, name, shape, args.connection);
  }
}

/** The plugin comes with the CLI. With these options a resource would get a process of its own, which knows nothing of the others. */
function withoutPlugin(opts: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  return Object.fromEntries(
    Object.entries(opts).filter(([name]) => name !== "version" && name !== "pluginDownloadURL"),
  );
}

/**
 * The connection with its secrets, and the outputs that are secret. What was read from a host where a secret argument
 * was applied is as secret as that. The SDK reads the list when all inputs are known, and the connection is not known
 * before the list is complete.
 */
function secretsOf(
  args: ConnectedArgs,
  shape: ResourceShape,
  opts: pulumi.CustomResourceOptions,
): { readonly connection: unknown; readonly additionalSecretOutputs: string[] } {
  const additionalSecretOutputs = [...(opts.additionalSecretOutputs ?? [])];
  const connection = withSecretProxy(withSecrets(args.connection));
  const others = Object.entries(args).filter(([name]) => name !== "connection" && !shape.secrets.includes(name));
  const rest = Object.fromEntries(others);
  if (isPlainThroughout(rest)) return { connection, additionalSecretOutputs };
  const complete = pulumi.isSecret(pulumi.output(rest)).then((secret) => {
    if (secret) additionalSecretOutputs.push(...computedNames(shape).filter((name) => name !== "schemaVersion"));
    return connection;
  });
  return { connection: complete, additionalSecretOutputs };
}

/** The text that is stored in state for each resource; pinned by a golden test. */
export function providerText(type: ResourceType): string {
  return `exports.handler=()=>require("pulumi-winrm/runtime").${type};`;
}

function importRefused(type: string, name: string): WinrmError {
  const remedy =
    "remove the import option: the first pulumi up adopts the host as it is, writes only what differs, and records the prior values";
  const summary = `${type} "${name}": Pulumi cannot import dynamic resources`;
  return withoutStack(new WinrmError("WINRM_E_IMPORT", summary, { remedy }));
}

/**
 * The value alone. The URN is an output of the parent, and a child whose input depends on its own parent would wait for
 * all children of that parent, itself included.
 */
function withoutDependency<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** What is given by value there is a secret, whether or not the program says so; a reference to one is not. */
function withSecrets(connection: ConnectedArgs["connection"]): ConnectedArgs["connection"] {
  // A program in JavaScript may leave it out; `check` says so better than an exception here.
  if (isAbsent(connection)) return connection;
  if (isPlain(connection) && (connection.auth === undefined || isPlain(connection.auth))) {
    const { auth } = connection;
    return isAbsent(auth) ? connection : { ...connection, auth: { ...auth, ...secretValues(auth, SECRET_AUTH) } };
  }
  return pulumi.output(connection).apply((known) => {
    const auth = isAbsent(known) ? undefined : known.auth;
    const given = SECRET_AUTH.some((field) => typeof auth?.[field] === "string");
    return given ? pulumi.secret(known) : pulumi.output(known);
  });
}

/** A proxy's URL that holds, or may turn out to hold, a user name and a password is a secret. */
function withSecretProxy(connection: ConnectedArgs["connection"]): ConnectedArgs["connection"] {
  const harmless = (proxy: unknown) =>
    isAbsent(proxy) || proxy === false || isReference(proxy) || (typeof proxy === "string" && !proxy.includes("@"));
  if (isAbsent(connection)) return connection;
  if (isPlain(connection)) {
    const { proxy } = connection;
    return proxy === undefined || harmless(proxy) ? connection : { ...connection, proxy: pulumi.secret(proxy) };
  }
  return pulumi
    .output(connection)
    .apply((known) => (isAbsent(known) || harmless(known.proxy) ? pulumi.output(known) : pulumi.secret(known)));
}

/** Those of these that are given by value, as secrets, whether or not the program says so; references stay readable. */
function secretValues(given: object, names: readonly string[]): Record<string, pulumi.Output<unknown>> {
  const entries = Object.entries(given).filter(([name]) => names.includes(name)) as [string, unknown][];
  const values = entries.filter(([, value]) => !isAbsent(value) && !isReference(value));
  return Object.fromEntries(values.map(([name, value]) => [name, pulumi.secret(value)]));
}

function isReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && isPlain(value) && ("env" in value || "file" in value);
}
