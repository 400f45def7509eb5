/** `pulumi-winrm doctor`: connects step by step and explains. */

import type { Command } from "commander";
import { WinrmError } from "../../errors";
import { TRACE_TOPICS, printTrace } from "../../trace";
import type { Connection } from "../../contract/connection";
import { checkConnection } from "../../contract/connection-settings";
import { type ResolvedTarget, resolveTarget } from "../../connect/target";
import { Settings } from "../../contract/settings";
import { type SessionTarget, displayHost, displayLogon } from "../../session/target";
import {
  type TypedOptions,
  addConnectionOptions,
  connectionOf,
  errorInOptions,
  inOptions,
} from "../shared/connection-options";
import { skippedLines, stepLines, summaryLine } from "./report";
import { type Step, examine } from "./checks";
import { print, styled, wrap } from "../shared/terminal";

/** The whole examination, where the limits of its parts are the usual ones. */
const TIME_LIMIT_MS = 60_000;
const EXAMPLES = `
What is left out comes from the environment: WINRM_USERNAME, WINRM_PASSWORD, WINRM_TRANSPORT, WINRM_CA, ...
A password is never typed: name the variable or the file that holds it.

Examples:
  With a password, for an account of a domain or of the host itself:
    $ WINRM_PASSWORD=... pulumi-winrm doctor web01.corp.example.com --username 'CORP\\ops'

  With the ticket of kinit, and with a keytab:
    $ pulumi-winrm doctor web01.corp.example.com
    $ pulumi-winrm doctor web01.corp.example.com --username ops@CORP.EXAMPLE.COM --keytab ./ops.keytab

  With a client certificate:
    $ pulumi-winrm doctor web01.corp.example.com --cert ./ops.pem --key ./ops.key

  Over http, for a program:
    $ WINRM_TRUSTED_HOSTS=10.0.0.7 pulumi-winrm doctor 10.0.0.7 --transport http --username 'WEB01\\ops' --password-file ./password --json

It logs in once and changes nothing. Exit codes: 0 all well, 1 a step failed, 2 wrong usage.
`;

/** Adds the command. `fail` is called if a step fails. */
export function addDoctor(program: Command, fail: () => void): void {
  const doctor = program
    .command("doctor")
    .description("Connect to a host step by step, and explain what does not work.")
    .argument("<host>", "DNS name or IP address");
  addConnectionOptions(doctor);
  doctor
    .option("--json", "print one line of JSON instead of text")
    .option("--trace", "print each connection, leg of the logon and message to standard error")
    .addHelpText("after", EXAMPLES)
    .action(async (host: string, typed: TypedOptions) => {
      if (typed["trace"] === true) printTrace(TRACE_TOPICS, (line) => process.stderr.write(line));
      const steps = await diagnose(host, typed);
      if (steps.some(({ verdict }) => verdict === "failed")) fail();
    });
}

async function diagnose(host: string, typed: TypedOptions): Promise<Step[]> {
  const { target, warnings: found, methodReason } = targetOf(host, typed);
  const warnings = found.map((text) => inOptions(text, typed));
  const show = typed["json"] === true ? silent : terminal(target, warnings);
  show.start();
  const steps: Step[] = [];
  const onStep = (step: Step) => {
    const named = stepInOptions(step, typed);
    steps.push(named);
    show.step(named);
  };
  const { connectTimeoutMs, operationTimeoutMs } = target;
  const signal = AbortSignal.timeout(Math.max(TIME_LIMIT_MS, 2 * (connectTimeoutMs + operationTimeoutMs)));
  await examine({ target, methodReason, onStep, signal });
  show.end(steps);
  if (typed["json"] === true) print(JSON.stringify(report(target, warnings, steps)));
  return steps;
}

/** Where the options lead. @throws WinrmError that names options; nothing has been sent then. */
export function targetOf(host: string, typed: TypedOptions): ResolvedTarget {
  try {
    const connection = connectionOf(host, typed);
    const [problem] = checkConnection(connection, "connection");
    if (problem !== undefined) throw new WinrmError("WINRM_E_ARGUMENT", `${problem.property} ${problem.reason}`);
    return resolveTarget(connection as unknown as Connection, new Settings(() => undefined, process.env));
  } catch (error) {
    throw errorInOptions(error, typed);
  }
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
  const ok = steps.every(({ verdict }) => verdict !== "failed");
  return { host: displayHost(target), logon: displayLogon(target), ok, warnings, steps };
}

interface Show {
  readonly start: () => void;
  readonly step: (step: Step) => void;
  readonly end: (steps: readonly Step[]) => void;
}

const silent: Show = { start: nothing, step: nothing, end: nothing };

function nothing(): void {
  // JSON is printed at the end.
}

/** Steps as they come; those that are skipped together at the next that is not. */
function terminal(target: SessionTarget, warnings: readonly string[]): Show {
  let skipped: Step[] = [];
  const flush = () => {
    const lines = skippedLines(skipped);
    if (lines.length > 0) print(...lines);
    skipped = [];
  };
  return {
    start: () => {
      print(`${styled("bold", displayHost(target))}: ${displayLogon(target)}`);
      for (const warning of warnings) {
        const [first = "", ...rest] = wrap(warning, 11);
        print(`  ${styled("yellow", "warning")}  ${first}`, ...rest.map((line) => " ".repeat(11) + line));
      }
      print("");
    },
    step: (step) => {
      if (step.verdict === "skipped") {
        skipped.push(step);
        return;
      }
      flush();
      print(...stepLines(step));
    },
    end: (steps) => {
      flush();
      print("", summaryLine(steps, warnings.length));
    },
  };
}
