/** Runs `pulumi-winrm doctor`: the steps as they come, or one line of JSON at the end. */

import { TRACE_TOPICS, printTrace } from "../../trace";
import { type SessionTarget, displayHost, displayLogon } from "../../session/target";
import { type TypedOptions, inOptions } from "../shared/connection-options";
import { surroundings } from "../shared/surroundings";
import { targetOf } from "../shared/target";
import { hanging, print, styled } from "../shared/terminal";
import { type Step, examine } from "./checks";
import { skippedLines, stepLines, summaryLine } from "./report";

/** The whole examination, where the limits of its parts are the usual ones. */
const TIME_LIMIT_MS = 60_000;

/**
 * Examines the host as the options say.
 * @returns the exit code: 0 all well, 1 a step failed.
 * @throws WinrmError that names options; nothing has been sent then.
 */
export async function runDoctor(host: string, typed: TypedOptions): Promise<number> {
  if (typed["trace"] === true) printTrace(TRACE_TOPICS, surroundings().err);
  const { target, warnings: found, methodReason } = targetOf(host, typed);
  const warnings = found.map((text) => inOptions(text, typed));
  const show = typed["json"] === true ? undefined : terminal(target, warnings);
  const steps: Step[] = [];
  const onStep = (step: Step) => {
    const named = stepInOptions(step, typed);
    steps.push(named);
    show?.step(named);
  };
  const { connectTimeoutMs, operationTimeoutMs } = target;
  const signal = AbortSignal.timeout(Math.max(TIME_LIMIT_MS, 2 * (connectTimeoutMs + operationTimeoutMs)));
  await examine({ target, methodReason, onStep, signal });
  if (show === undefined) print(JSON.stringify(report(target, warnings, steps)));
  else show.end(steps);
  return isWell(steps) ? 0 : 1;
}

function isWell(steps: readonly Step[]): boolean {
  return steps.every(({ verdict }) => verdict !== "failed");
}

function stepInOptions(step: Step, typed: TypedOptions): Step {
  const named = (text: string) => inOptions(text, typed);
  const facts = Object.fromEntries(Object.entries(step.facts).map(([word, fact]) => [word, named(fact)]));
  return {
    ...step,
    detail: named(step.detail),
    facts,
    causes: step.causes.map(named),
    advice: step.advice.map(named),
  };
}

function report(target: SessionTarget, warnings: readonly string[], steps: readonly Step[]): unknown {
  return { host: displayHost(target), logon: displayLogon(target), ok: isWell(steps), warnings, steps };
}

/** Steps as they come; those that are skipped together at the next that is not. */
function terminal(target: SessionTarget, warnings: readonly string[]) {
  print(`${styled("bold", displayHost(target))}: ${displayLogon(target)}`);
  for (const warning of warnings) print(...hanging(`  ${styled("yellow", "warning")}  `, warning, 11));
  print("");
  let skipped: Step[] = [];
  const flush = () => {
    const lines = skippedLines(skipped);
    if (lines.length > 0) print(...lines);
    skipped = [];
  };
  return {
    step: (step: Step) => {
      if (step.verdict === "skipped") {
        skipped.push(step);
        return;
      }
      flush();
      print(...stepLines(step));
    },
    end: (steps: readonly Step[]) => {
      flush();
      print("", summaryLine(steps, warnings.length));
    },
  };
}
