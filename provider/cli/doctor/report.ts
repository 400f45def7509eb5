/** The look of `pulumi-winrm doctor` in a terminal. */

import type { CheckStatus } from "./result";
import type { Step } from "./checks";
import { type Style, hanging, styled } from "../shared/terminal";

const STYLES: Readonly<Record<CheckStatus, Style>> = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" };
/** Verdict, time and name; what was found begins in the column after them. */
const COLUMNS = { verdict: 9, time: 9, name: 8 } as const;
const INDENT = 2 + COLUMNS.verdict + COLUMNS.time + COLUMNS.name;
/** The word before a fact. */
const FACT = 10;

/** One step: what was found, what it was judged by, and what to do. */
export function stepLines({ name, verdict, ms, detail, facts, causes, advice }: Step): string[] {
  const time = (verdict === "skipped" ? "" : `${ms} ms`).padStart(COLUMNS.time - 2);
  const start = [
    "  ",
    styled(STYLES[verdict], verdict.padEnd(COLUMNS.verdict)),
    styled("dim", `${time}  `),
    styled("bold", name.padEnd(COLUMNS.name)),
  ].join("");
  return [
    ...hanging(start, detail, INDENT),
    ...Object.entries(facts).flatMap(([word, fact]) => underDetail(styled("dim", word.padEnd(FACT)), fact, FACT)),
    ...causeLines(causes),
    ...advice.flatMap((line) => underDetail(styled("cyan", "next: "), line, 6)),
  ];
}

function causeLines(causes: readonly string[]): string[] {
  const [only] = causes;
  if (only !== undefined && causes.length === 1) return underDetail("likely cause: ", only, 14);
  if (only === undefined) return [];
  return [
    ...underDetail("", "likely causes:", 0),
    ...causes.flatMap((cause, index) => underDetail(`  ${index + 1}. `, cause, 5)),
  ];
}

function underDetail(start: string, text: string, width: number): string[] {
  return hanging(" ".repeat(INDENT) + start, text, INDENT + width);
}

/** Steps that were not made, in one line. */
export function skippedLines(steps: readonly Step[]): string[] {
  const [first] = steps;
  if (first === undefined) return [];
  if (steps.length === 1) return stepLines(first);
  const verdict = styled("dim", first.verdict.padEnd(COLUMNS.verdict + COLUMNS.time));
  return hanging(`  ${verdict}`, `${steps.map(({ name }) => name).join(", ")}: ${first.detail}`, INDENT - COLUMNS.name);
}

/** The last line. @param warnings that were given before the steps. */
export function summaryLine(steps: readonly Step[], warnings: number): string {
  const count = (verdict: CheckStatus) => steps.filter((step) => step.verdict === verdict).length;
  if (count("failed") > 0) return styled("red", "Pulumi cannot manage this host yet.");
  const all = warnings + count("warning");
  const but = all === 0 ? "" : `, ${all} ${all === 1 ? "warning" : "warnings"}`;
  return styled("green", `All checks passed${but}.`);
}
