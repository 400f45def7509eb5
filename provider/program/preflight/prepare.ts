import { readFileSync } from "node:fs";
import { type ErrorCode, WinrmError, isWinrmError, messageOf } from "../../errors";
import { resolveSecret } from "../../connect/secret";
import { type ResolvedTarget, resolveTarget } from "../../connect/target";
import type { SecretValue } from "../../contract/connection/connection";
import { Settings } from "../../contract/settings";
import type { SharedInputs } from "../../contract/resource-shape";
import { confirmSeconds } from "../../lifecycle/change/confirm/confirmation";
import type { Plan } from "../../lifecycle/change/plan";
import type { Situation } from "../../lifecycle/definition";
import type { ResourceLifecycle } from "../../lifecycle/lifecycle";
import { LIFECYCLES } from "../../lifecycle/registry";
import { displayHost } from "../../session/target";
import type { Candidate } from "./candidate";
import type { Failure } from "./failures";

/** The state is the engine's; a program does not see it. */
export const UNKNOWN_STATE = { kind: "unknown" } as const;

/** A resource whose host is going to be read. */
export interface Prepared extends Candidate {
  readonly mode: "error" | "warn";
  readonly resolved: ResolvedTarget;
  /** Name of the host for messages. */
  readonly host: string;
  /** Seconds to confirm risky changes in. */
  readonly confirm: number | false;
  /** What its arguments make certain to fail, although the host can be read. */
  readonly problem: WinrmError | undefined;
}

/** The lifecycle of a candidate: nobody here knows which it is, and each gets what itself observed. */
export function lifecycleOf({ type }: Pick<Candidate, "type">): ResourceLifecycle {
  return LIFECYCLES[type];
}

/** The arguments of a candidate. */
export function inputsOf({ inputs }: Pick<Candidate, "inputs">): SharedInputs {
  return inputs as SharedInputs;
}

/** What a resource would do to a host as it is, beside what else is going to happen there; pure. */
export function planOn(
  resource: Prepared,
  observed: unknown,
  pending: Pick<Situation<unknown>, "pendingConfigChanges" | "pendingMappings"> = {},
): Plan<unknown> {
  const situation = { observed, host: resource.host, ...pending };
  return lifecycleOf(resource).plan(inputsOf(resource), UNKNOWN_STATE, situation);
}

/**
 * Decodes a candidate's connection, with the settings of its site; sends nothing.
 * @returns undefined for a resource that is not to be judged.
 */
export function prepare(candidate: Candidate, runSettings: Settings): Prepared | Failure | undefined {
  const lifecycle = lifecycleOf(candidate);
  // What is wrong statically is reported by `check`; looking further would only repeat it.
  if (lifecycle.check(candidate.inputs as Record<string, unknown>).length > 0) return undefined;
  const { connection } = inputsOf(candidate);
  const { site } = candidate;
  const settings = site === undefined ? runSettings : new Settings((key) => site.config[key], site.env);
  let mode: "error" | "warn" = "error";
  try {
    const wanted = connection.preflight ?? settings.choice("preflight");
    if (wanted === "off") return undefined;
    mode = wanted;
    const resolved = resolveTarget(connection, settings);
    const problem = candidate.pending === false ? undefined : referenceProblem(candidate, lifecycle.secrets, settings);
    const confirm = confirmSeconds(inputsOf(candidate).confirm, settings);
    return { ...candidate, mode, resolved, host: displayHost(resolved.target), confirm, problem };
  } catch (error) {
    return { host: connection.host, error: asWinrmError(error), mode, resources: [candidate] };
  }
}

/** Apply reads these too, before anything else; a reference that leads nowhere fails it. */
function referenceProblem(candidate: Candidate, names: readonly string[], settings: Settings) {
  const inputs = candidate.inputs as Readonly<Record<string, SecretValue | undefined>>;
  try {
    for (const name of names) {
      const value = inputs[name];
      if (value !== undefined) resolveSecret({ value, origin: name }, { settings, readFile: readFileSync });
    }
    return undefined;
  } catch (error) {
    return asWinrmError(error);
  }
}

/** Whatever was thrown, with a code; what is none of ours is a defect. */
export function asWinrmError(thrown: unknown, code: ErrorCode = "WINRM_E_INTERNAL"): WinrmError {
  return isWinrmError(thrown) ? thrown : new WinrmError(code, messageOf(thrown), { cause: thrown });
}
