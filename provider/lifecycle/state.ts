import { type ValidationIssue, isAbsent, isRecord, object } from "../contract/checks";
import { checkConnection } from "../contract/connection/connection-settings";
import { type ResourceShape, SCHEMA_VERSION, computedNames } from "../contract/resource-shape";
import { WinrmError } from "../errors";

/** State as the engine hands it back: written by this package, but kept, moved and edited by others. */

/** An operation that gets state from the engine. */
export type StateOperation = "diff" | "read" | "update" | "delete";

/**
 * Refuses state that no operation can work with. A resource that is only read (`AuthConfig.get`) lacks
 * arguments, and outputs at first; and the connection
 * counts where it is used: an operation with arguments of its own takes that of the arguments.
 * @throws WinrmError `WINRM_E_SCHEMA`; never with a value of the state in it.
 */
export function assertState(
  shape: ResourceShape,
  state: Readonly<Record<string, unknown>>,
  operation: StateOperation,
): void {
  const { schemaVersion } = state;
  if (typeof schemaVersion === "number" && Number.isInteger(schemaVersion) && schemaVersion > SCHEMA_VERSION) {
    throw new WinrmError(
      "WINRM_E_SCHEMA",
      `this state has schemaVersion ${schemaVersion}, and this release understands ${SCHEMA_VERSION}`,
      { remedy: "install the release of pulumi-winrm that wrote the state, or a newer one" },
    );
  }
  const connection =
    operation === "read" || operation === "delete" ? checkConnection(state["connection"], "connection") : named(state);
  const problems = connection.length > 0 ? connection : issues(shape, state, operation);
  const [problem] = problems;
  if (problem === undefined) return;
  throw new WinrmError(
    "WINRM_E_SCHEMA",
    `the state of this resource is damaged: ${problem.property} is not what this package writes there`,
    {
      remedy:
        "restore the stack from a checkpoint (pulumi stack export --version, then pulumi stack import), or take the resource out of state with pulumi state delete: the next pulumi up adopts the host as it is",
    },
  );
}

function issues(
  shape: ResourceShape,
  state: Readonly<Record<string, unknown>>,
  operation: StateOperation,
): ValidationIssue[] {
  const known = { ...shape.arguments, ...shape.live, ...shape.computed };
  const outputs = operation === "read" && isAbsent(state["schemaVersion"]) ? [] : computedNames(shape);
  const required = [...(operation === "read" ? [] : shape.required), ...outputs].filter(
    (name) => name !== "connection" && !shape.optional.includes(name),
  );
  const given = Object.entries(state).filter(([name]) => name !== "connection" && Object.hasOwn(known, name));
  return object(known, required)(Object.fromEntries(given), "");
}

/** Enough to tell whether it is the same host. */
function named({ connection }: Readonly<Record<string, unknown>>): ValidationIssue[] {
  const ok = isRecord(connection) && typeof connection["host"] === "string" && connection["host"] !== "";
  return ok ? [] : [{ property: "connection", reason: "has no host" }];
}
