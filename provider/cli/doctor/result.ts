/** What a step of `pulumi-winrm doctor` found. */

import { isWinrmError, messageOf } from "../../errors";

/** How a step went. */
export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

/** What a step found. Never a secret. */
export interface CheckResult {
  readonly verdict: CheckStatus;
  /** In one line. */
  readonly detail: string;
  /** The details of the detail, one line each, by a word for it. */
  readonly facts: Readonly<Record<string, string>>;
  /** Likely causes of a failure, most likely first. */
  readonly causes: readonly string[];
  /** What to do about a warning or a failure. */
  readonly advice: readonly string[];
}

/** A step that passed. */
export function ok(detail: string, facts: CheckResult["facts"] = {}): CheckResult {
  return { verdict: "ok", detail, facts, causes: [], advice: [] };
}

/** It works, but something should be done. */
export function warning(detail: string, advice: string, facts: CheckResult["facts"] = {}): CheckResult {
  return { verdict: "warning", detail, facts, causes: [], advice: [advice] };
}

/** The step was not made. */
export const SKIPPED: CheckResult = { ...ok("needs a step that failed"), verdict: "skipped" };

/** What was thrown: an error of this package knows its causes and the next step. */
export function failure(thrown: unknown, facts: CheckResult["facts"] = {}): CheckResult {
  if (!isWinrmError(thrown)) return { ...ok(messageOf(thrown), facts), verdict: "failed" };
  const { causes = [], remedy: next } = thrown.context;
  const advice = next === undefined ? [] : [next];
  return { verdict: "failed", detail: `${thrown.summary} [${thrown.code}]`, facts, causes, advice };
}
