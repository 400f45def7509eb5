/**
 * Runs the compiled tests: `node dist/scripts/run-tests.js [lane...] [-- node --test options]`.
 *
 * A lane is a folder of `dist/test`. Lanes run one after the other, cheapest first (one `node --test` each,
 * because Node sorts the files of one run by name). The last line is `N passed, N failed, N skipped`.
 * Exit code 1 if a test failed or none ran.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { findPulumiCli } from "../tools/pulumi-cli/find";
import { projectRoot } from "../tools/pulumi-cli/locations";
import { CLI_VARIABLE, RUN_DIRECTORY_VARIABLE } from "./test-run.js";

const LANES = ["unit", "lifecycle", "faults", "peers", "package", "engine"] as const;
/** Files that run at once: one for each processor, where `node --test` would leave one of them idle, and one while others wait. */
const CONCURRENCY = Math.max(2, availableParallelism()) + 1;
/** Lanes whose tests start several processes each, and how many of their files run at once. */
const HEAVY_LANES: readonly string[] = ["peers", "package", "engine"];
const HEAVY_CONCURRENCY = 2;
/** Lanes that run Pulumi. */
const PULUMI_LANES: readonly string[] = ["package", "engine"];
const testRoot = join(projectRoot, "dist", "test");

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(args: readonly string[]): Promise<number> {
  const separator = args.indexOf("--");
  const wanted = separator === -1 ? args : args.slice(0, separator);
  const extra = separator === -1 ? [] : args.slice(separator + 1);
  const unknown = wanted.filter((lane) => !LANES.some((known) => known === lane));
  if (unknown.length > 0) throw new Error(`There is no lane ${unknown.join(", ")}. Lanes: ${LANES.join(", ")}.`);

  const runDirectory = mkdtempSync(join(tmpdir(), "pulumi-winrm-tests-"));
  process.once("exit", () => {
    rmSync(runDirectory, { recursive: true, force: true });
  });
  const env: NodeJS.ProcessEnv = { ...process.env, [RUN_DIRECTORY_VARIABLE]: runDirectory };
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  let clean = true;
  for (const lane of LANES.filter((name) => wanted.length === 0 || wanted.includes(name))) {
    const files = testFiles(join(testRoot, lane));
    if (files.length === 0) continue;
    process.stdout.write(`\n# ${lane}: ${files.length} files\n`);
    if (PULUMI_LANES.includes(lane)) env[CLI_VARIABLE] ??= JSON.stringify(await findPulumiCli({ log: print }));
    const report = join(runDirectory, `${lane}.tap`);
    clean = (await runLane(lane, { files, extra, env, report })) && clean;
    addCounts(total, report);
  }
  print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return clean && total.failed === 0 && total.passed > 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function testFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.js") && hasSource(join(directory, path)))
    .sort()
    .map((path) => join(directory, path));
}

/** A compiled test whose source was removed or renamed must not run: `dist` is not emptied by a build. */
function hasSource(compiled: string): boolean {
  const path = relative(testRoot, compiled).replace(/\.js$/, ".ts");
  return existsSync(join(projectRoot, "test", path));
}

interface LaneRun {
  readonly files: readonly string[];
  /** Options for `node --test` from the command line. */
  readonly extra: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where the machine-readable report goes. */
  readonly report: string;
}

async function runLane(lane: string, { files, extra, env, report }: LaneRun): Promise<boolean> {
  const reporters = extra.some((option) => option.startsWith("--test-reporter")) ? [] : ["--test-reporter=spec"];
  const destinations = extra.some((option) => option.startsWith("--test-reporter-destination"))
    ? []
    : ["--test-reporter-destination=stdout"];
  const args = [
    "--test",
    "--enable-source-maps",
    "--test-reporter=tap",
    `--test-reporter-destination=${report}`,
    ...reporters,
    ...destinations,
    `--test-concurrency=${HEAVY_LANES.includes(lane) ? HEAVY_CONCURRENCY : CONCURRENCY}`,
    ...extra,
    ...files,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: projectRoot, env, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code === 0);
    });
  });
}

/** Adds the totals at the end of a TAP report (`# pass 12`); a cancelled test is a failed one. */
function addCounts(total: Counts, report: string): void {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const count = (name: string): number => {
    const lines = [...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))];
    return Number(lines.at(-1)?.[1] ?? 0);
  };
  total.passed += count("pass");
  total.failed += count("fail") + count("cancelled");
  total.skipped += count("skipped") + count("todo");
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
