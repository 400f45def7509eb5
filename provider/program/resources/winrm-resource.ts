import * as pulumi from "@pulumi/pulumi";
import { WinrmError } from "../../errors";
import type { Connection } from "../../contract/connection";
import type { ResourceType } from "../../lifecycle/registry";
import { SECRET_AUTH } from "../../contract/provider-settings";
import type { Inputs } from "./inputs";
import { startPreflight } from "./live-preflight";
import { withoutStackTraces } from "./stack-traces";

/** Argument types of a resource with the connection that all share. */
export interface ConnectedArgs {
  connection: pulumi.Input<Inputs<Connection>>;
}

/** How a resource class describes itself to the base class. */
export interface ResourceDescription {
  /** Name in the type token. */
  readonly type: ResourceType;
  /** Outputs that are not arguments; they must be named for the SDK to fill them in. */
  readonly outputs: readonly string[];
  /** Arguments that may hold a secret by value, beside those of the connection. Default none. */
  readonly secrets?: readonly string[];
}

/**
 * Base of all resources. It registers with the dynamic provider's own type token and a constant text, so that no code,
 * path or version ever enters state; the text is the same under every package manager, bundler and release.
 */
export abstract class WinrmResource extends pulumi.CustomResource {
  protected constructor(
    description: ResourceDescription,
    name: string,
    args: ConnectedArgs,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    const { type, outputs } = description;
    if (opts.import !== undefined) throw importRefused(type, name);
    const token = `pulumi-nodejs:dynamic/winrm:${type}`;
    const inputs = {
      ...args,
      ...secretValues(args, description.secrets ?? []),
      connection: withSecretProxy(withSecrets(args.connection)),
    };
    const hidden = {
      __provider: providerText(type),
      // Tells the provider process under which resource its log lines belong; `check` drops it.
      ...(opts.id === undefined ? { __urn: pulumi.createUrn(name, token, opts.parent) } : {}),
    };
    const props = { ...Object.fromEntries(outputs.map((output) => [output, undefined])), ...inputs, ...hidden };
    const restoreTraces = withoutStackTraces();
    try {
      super(token, name, props, opts);
    } catch (error) {
      restoreTraces();
      // What is wrong is wrong in the program's line.
      if (error instanceof Error) Error.captureStackTrace(error, new.target);
      throw error;
    } finally {
      restoreTraces();
    }
    if (opts.id === undefined && opts.urn === undefined) startPreflight(this, type, args);
  }
}

/** The text that is stored in state for each resource; pinned by a golden test. */
export function providerText(type: ResourceDescription["type"]): string {
  return `exports.handler=()=>require("pulumi-winrm/runtime").${type};`;
}

function importRefused(type: string, name: string): WinrmError {
  const error = new WinrmError("WINRM_E_IMPORT", `${type} "${name}": Pulumi cannot import dynamic resources`, {
    remedy:
      "remove the import option: the first pulumi up adopts the host as it is, writes only what differs, and records the prior values",
  });
  // The program's runtime prints the stack, and what a person needs stands in the message.
  error.stack = error.message;
  return error;
}

/** What is given by value there is a secret, whether or not the program says so; a reference to one is not. */
function withSecrets(connection: ConnectedArgs["connection"]): ConnectedArgs["connection"] {
  // A program in JavaScript may leave it out; `check` says so better than an exception here.
  if (isAbsent(connection)) return connection;
  if (isPlain(connection) && (connection.auth === undefined || isPlain(connection.auth))) {
    const { auth } = connection;
    if (isAbsent(auth) || auth === undefined) return connection;
    const values = SECRET_AUTH.filter((field) => !isAbsent(auth[field]) && !isReference(auth[field]));
    if (values.length === 0) return connection;
    const secrets = Object.fromEntries(values.map((field) => [field, pulumi.secret(auth[field])]));
    return { ...connection, auth: { ...auth, ...secrets } };
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

/** Arguments given by value become secrets, whether or not the program says so; references stay readable. */
function secretValues(args: ConnectedArgs, names: readonly string[]): Record<string, unknown> {
  const given = Object.entries(args).filter(([name, value]) => names.includes(name) && !isAbsent(value));
  return Object.fromEntries(
    given.map(([name, value]: [string, unknown]) => [name, isReference(value) ? value : pulumi.secret(value)]),
  );
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isPlain<T>(value: pulumi.Input<T>): value is T {
  return !pulumi.Output.isInstance(value) && !(value instanceof Promise);
}

function isReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && isPlain(value) && ("env" in value || "file" in value);
}
