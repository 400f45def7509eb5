/** When a task starts, as whom, and under which policies: one task that writes down each of its first three starts. */

import { deleteKey, getDword, getString } from "../../../host/registry";
import { MARKER_KEY } from "../../../host/tasks/rollback";
import { TASK_CODES, registerTask } from "../../../host/tasks/scheduled-task";
import type { ProvenHost, Undo } from "../proven-host";
import { type Row, Unchecked, row, seen } from "../row";
import { TASK, TEST_TASK, removeTestTask } from "./tasks";

/** Key of what the task writes down, below HKLM. */
export const RUNS_KEY = `${MARKER_KEY}\\Prove`;
const STARTS = ["first", "second", "third"] as const;
const DELAY_SECONDS = 5;
const MINUTE_SECONDS = 60;
/** As long as the product waits. */
const FIRST_WITHIN_SECONDS = 10;
const TOLERANCE_SECONDS = 5;
const WRITE = "/d yes /f /reg:64 >nul";
const IS_SYSTEM = "(whoami /user | findstr /l S-1-5-18 >nul)";

/** "Block process creations originating from PSExec and WMI commands". */
const RULE = "d1e49aac-8f56-4280-b9ba-993a6d77406c";
const RULE_KEYS = [
  "SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules",
  "SOFTWARE\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules",
];
const BLOCKS = "1";
const RUNS = "the task runs";

/** The rows of this subject, in their order. */
export const TASK_RUN_ROWS: readonly Row[] = [
  row("task-first-run", { expected: `within ${FIRST_WITHIN_SECONDS} s`, needs: ["task-register"] }, async (host) => {
    const { first } = await startsOf(host);
    return first === undefined ? `not within ${FIRST_WITHIN_SECONDS} s` : seen(`after ${shown(first)}`, true);
  }),
  row("task-account", { expected: "S-1-5-18", needs: ["task-first-run"] }, async (host) =>
    (await startsOf(host)).system ? "S-1-5-18" : "another account",
  ),
  row("task-triggers", { expected: `again ${DELAY_SECONDS} s later`, needs: ["task-first-run"] }, async (host) =>
    later((await startsOf(host)).second, DELAY_SECONDS),
  ),
  row("task-repetition", { expected: `again ${MINUTE_SECONDS} s later`, needs: ["task-triggers"] }, async (host) =>
    later((await startsOf(host)).third, MINUTE_SECONDS),
  ),
];

/** A policy that keeps programs from running; the task has run already when this is asked. */
export const POLICY_ROW = row("task-policies", { expected: RUNS, needs: ["rehearsal"] }, async (host) => {
  for (const key of RULE_KEYS) {
    const at = { key, name: RULE };
    const value = (await getString(host.client, at, host.signal)) ?? (await getDword(host.client, at, host.signal));
    if (String(value) === BLOCKS) return RUNS;
  }
  throw new Unchecked(`the rule ${RULE} of attack surface reduction does not block on this host`);
});

/** Seconds between one start and the next. */
interface Starts {
  readonly first: number | undefined;
  readonly second?: number | undefined;
  readonly third?: number | undefined;
  readonly system?: boolean;
}

function later(seconds: number | undefined, wanted: number) {
  if (seconds === undefined) return `not within ${wanted + FIRST_WITHIN_SECONDS} s`;
  return seen(`after ${shown(seconds)}`, Math.abs(seconds - wanted) <= TOLERANCE_SECONDS);
}

function shown(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

function startsOf(host: ProvenHost): Promise<Starts> {
  const undo: Undo = async (client, signal) => {
    await removeTestTask(client, signal);
    await deleteKey(client, RUNS_KEY, signal);
  };
  return host.once("starts", () => host.temporarily(`the task ${TEST_TASK}`, undo, () => observed(host)));
}

async function observed(host: ProvenHost): Promise<Starts> {
  const { client, signal, clock } = host;
  const steps = STARTS.map((name, index) => {
    const note = `reg add HKLM\\${RUNS_KEY} /v ${name} ${WRITE}`;
    const system = index === 0 ? ` & (${IS_SYSTEM} && reg add HKLM\\${RUNS_KEY} /v system ${WRITE})` : "";
    return `(reg query HKLM\\${RUNS_KEY} /v ${name} /reg:64 >nul 2>nul) || (${note}${system} & exit)`;
  });
  const task = { ...TASK, arguments: [`/d /s /c "${steps.join(" & ")}"`], delaySeconds: DELAY_SECONDS };
  const code = await registerTask(client, task, signal);
  if (code !== TASK_CODES.ok) throw new Unchecked(`the task was not registered: 0x${code.toString(16)}`);
  let since = clock.steadyMs();
  const next = async (name: string, everyMs: number, limitSeconds: number) => {
    const ask = () => getString(client, { key: RUNS_KEY, name }, signal);
    if ((await host.poll(ask, { everyMs, limitMs: limitSeconds * 1000 })) === undefined) return undefined;
    const seconds = (clock.steadyMs() - since) / 1000;
    since = clock.steadyMs();
    return seconds;
  };
  const first = await next("first", 100, FIRST_WITHIN_SECONDS);
  if (first === undefined) return { first };
  const second = await next("second", 250, DELAY_SECONDS + FIRST_WITHIN_SECONDS);
  const system = (await getString(client, { key: RUNS_KEY, name: "system" }, signal)) !== undefined;
  if (second === undefined) return { first, system };
  await clock.sleep((MINUTE_SECONDS - 2 * TOLERANCE_SECONDS) * 1000, signal);
  return { first, system, second, third: await next("third", 1_000, FIRST_WITHIN_SECONDS + 2 * TOLERANCE_SECONDS) };
}
