/** Runs `pulumi-winrm doctor` and reads what it prints. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { steady } from "../pages/golden";
import { type CommandResult, runHere } from "./command-line";

/** One step of the JSON. */
export interface DoctorStep {
  readonly name: string;
  readonly verdict: string;
  readonly detail: string;
  readonly ms: number;
  readonly facts: Readonly<Record<string, string>>;
  readonly causes: readonly string[];
  readonly advice: readonly string[];
}

/** The JSON. */
export interface DoctorReport {
  readonly host: string;
  readonly logon: string;
  readonly ok: boolean;
  readonly warnings: readonly string[];
  readonly steps: readonly DoctorStep[];
}

/** Where the command looks up what it is told to look up. */
export type DoctorEnv = Readonly<Record<string, string>>;

/**
 * Runs it with these words after `doctor`, in an environment that says nothing of hosts, proxies and colours.
 * @param run in this process, or in one of its own.
 */
export function runDoctor(words: readonly string[], env: DoctorEnv = {}, run = runHere): Promise<CommandResult> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^WINRM_|_PROXY$|_COLOR$/i.test(name));
  return run(["doctor", ...words], { ...Object.fromEntries(inherited), ...env });
}

/** The JSON that a run with `--json` printed, which is one line. */
export function reportOf({ stdout, stderr }: CommandResult): DoctorReport {
  assert.match(stdout, /^\{[^\n]*\}\n$/, stderr);
  return JSON.parse(stdout) as DoctorReport;
}

/** A step by its name. */
export function stepOf(report: DoctorReport, name: string): DoctorStep {
  const step = report.steps.find((one) => one.name === name);
  assert.ok(step, `no step ${name}`);
  return step;
}

/** The verdict of each step, in their order. */
export function verdictsOf(report: DoctorReport): string {
  return report.steps.map(({ name, verdict }) => `${name} ${verdict}`).join(", ");
}

/** Everything that a report says, a line each. */
export function shown({ steps, warnings }: DoctorReport): string {
  const lines = steps.flatMap(({ name, verdict, detail, facts, causes, advice }) => [
    `${name} ${verdict}: ${detail}`,
    ...Object.entries(facts).map(([fact, value]) => `  ${fact}: ${value}`),
    ...causes.map((cause) => `  likely cause: ${cause}`),
    ...advice.map((next) => `  next: ${next}`),
  ]);
  return [...warnings, ...lines].join("\n");
}

/** What is printed, with times, fingerprints, days and the given ports as they are nowhere. */
export function steadied(stdout: string, ...ports: readonly number[]): string {
  const text = steady(stdout);
  return ports.reduce((all, port) => all.replaceAll(String(port), "PORT"), text);
}

/** A folder of the test's own, in which it can put files. */
export function filesFor(t: TestContext): (name: string, content: string | Buffer) => string {
  const folder = mkdtempSync(join(tmpdir(), "winrm-doctor-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return (name, content) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
}
