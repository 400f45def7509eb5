/**
 * `npm run bench`: `up` and `preview` of many simulated hosts, beside the same number of no-op resources written as
 * ordinary `pulumi.dynamic.Resource`s, in one run. Ratios, because machines differ.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SimulatedHost } from "../../simulator";
import { median, medianRatio } from "./figures";
import { CPU_FILE, ordinaryProgram, ourProgram } from "./programs";
import { type LocalProject, localProject } from "../local-project";

const ACCOUNT = "ops";
const PASSWORD = "Bench-Password-1";

/** Milliseconds of one command. */
interface Time {
  readonly wall: number;
  /** User CPU time of the program's process; `undefined` where the command runs no program. */
  readonly program: number | undefined;
}

/** The rounds of one command. */
interface Measured {
  readonly what: string;
  readonly ours: Time[];
  readonly ordinary: Time[];
}

/** What the command line decides. */
export interface FleetBenchOptions {
  readonly hosts: number;
  readonly rounds: number;
  readonly json: boolean;
  readonly log: (line: string) => void;
}

/** Runs the bench and prints its figures. */
export async function benchFleet(options: FleetBenchOptions): Promise<void> {
  const { log, rounds, json } = options;
  const accounts = [{ name: ACCOUNT, password: PASSWORD }];
  const hosts = await Promise.all(
    Array.from({ length: options.hosts }, (_, index) => SimulatedHost.start({ name: `H${index}`, accounts })),
  );
  const projects: LocalProject[] = [];
  try {
    const ports = hosts.map((host) => host.http?.port);
    const env = { BENCH_PORTS: JSON.stringify(ports), BENCH_COUNT: String(2 * hosts.length), OPS_PASSWORD: PASSWORD };
    const ours = await localProject({ name: "bench-ours", files: { "index.js": ourProgram }, env, log });
    projects.push(ours);
    const ordinary = await localProject({ name: "bench-ordinary", files: { "index.js": ordinaryProgram }, env, log });
    projects.push(ordinary);
    const measured = await measure({ ours, ordinary, rounds, log });
    const requests = hosts.reduce((sum, host) => sum + host.journal.requests().length, 0);
    report({ measured, hosts: hosts.length, requests, json });
  } finally {
    for (const project of projects) project.remove();
    await Promise.all(hosts.map((host) => host.stop()));
  }
}

interface Pair {
  readonly ours: LocalProject;
  readonly ordinary: LocalProject;
  readonly rounds: number;
  readonly log: (line: string) => void;
}

/** Each command of one project is followed by the same of the other, so that a slow moment of the machine hits both. */
async function measure({ ours, ordinary, rounds, log }: Pair): Promise<Measured[]> {
  const steps = [
    { what: "preview, all new", args: ["preview"] },
    { what: "up, all new", args: ["up", "--yes", "--skip-preview"] },
    { what: "preview, no change", args: ["preview"] },
    { what: "up, no change", args: ["up", "--yes", "--skip-preview"] },
    { what: "destroy", args: ["destroy", "--yes", "--skip-preview"] },
  ];
  const measured = steps.map(({ what }) => ({ what, ours: [] as Time[], ordinary: [] as Time[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { what, args }] of steps.entries()) {
      log(`round ${round} of ${rounds}: ${what}`);
      measured[index]?.ours.push(await timed(ours, args));
      measured[index]?.ordinary.push(await timed(ordinary, args));
    }
  }
  return measured;
}

async function timed(project: LocalProject, args: readonly string[]): Promise<Time> {
  const cpuFile = join(project.directory, CPU_FILE);
  rmSync(cpuFile, { force: true });
  const started = performance.now();
  const result = await project.pulumi([...args, "--non-interactive", "--color", "never", "--suppress-outputs"]);
  if (result.code !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${result.stdout}\n${result.stderr}`);
  const wall = performance.now() - started;
  return { wall, program: existsSync(cpuFile) ? Number(readFileSync(cpuFile, "utf8")) : undefined };
}

interface Report {
  readonly measured: readonly Measured[];
  readonly hosts: number;
  readonly requests: number;
  readonly json: boolean;
}

function report({ measured, hosts, requests, json }: Report): void {
  const rows = measured.map(({ what, ours, ordinary }) => ({
    what,
    ...compared(
      ours.map(({ wall }) => wall),
      ordinary.map(({ wall }) => wall),
    ),
    program: compared(
      ours.flatMap(({ program }) => program ?? []),
      ordinary.flatMap(({ program }) => program ?? []),
    ),
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify({ hosts, resources: 2 * hosts, requests, rows })}\n`);
    return;
  }
  const what = `${hosts} hosts x (AuthConfig + TrustedHosts) against ${2 * hosts} no-op pulumi.dynamic.Resource`;
  process.stdout.write(`${what}, medians of ${measured[0]?.ours.length ?? 0}\n`);
  for (const row of rows) {
    const program = Number.isNaN(row.program.ratio) ? "" : `   program's CPU ${figures(row.program)}`;
    process.stdout.write(`${row.what.padEnd(20)} ${figures(row)}${program}\n`);
  }
  process.stdout.write(`requests answered by the hosts: ${requests}\n`);
}

interface Compared {
  readonly oursSeconds: number;
  readonly ordinarySeconds: number;
  readonly ratio: number;
}

function compared(ours: readonly number[], ordinary: readonly number[]): Compared {
  const oursSeconds = median(ours) / 1000;
  return { oursSeconds, ordinarySeconds: median(ordinary) / 1000, ratio: medianRatio(ours, ordinary) };
}

function figures({ oursSeconds, ordinarySeconds, ratio }: Compared): string {
  const times = `${oursSeconds.toFixed(1)} s against ${ordinarySeconds.toFixed(1)} s`;
  return `${times.padStart(22)}  ratio ${ratio.toFixed(2)}`;
}
