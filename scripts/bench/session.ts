/**
 * `npm run bench -- session`: the time from nothing to the configuration of one host over http with NTLM, and of one more
 * read on the same session, beside Debian's python3-winrm that sends the same Get through its transport. The simulated
 * host and Python are processes of their own; every time is taken inside the process that does the work.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../provider/host/config";
import { resolveTarget } from "../../provider/lifecycle/resolve-target";
import { Settings } from "../../provider/lifecycle/settings";
import { SessionPool } from "../../provider/session/session-pool";
import { WsmanClient } from "../../provider/session/wsman-client";
import { buildRequest } from "../../provider/wsman/envelope";
import { ACTIONS, CONFIG_URI } from "../../provider/wsman/uris";
import { projectRoot } from "../pulumi-cli/locations";
import { type Counts, startCountingRelay } from "./counting-relay";
import { median, medianRatio } from "./figures";
import { LineProcess } from "./line-process";
import { type Order, PywinrmProcess } from "./pywinrm";

const ACCOUNT = "ops";
const PASSWORD = "Bench-Password-1";
const PASSWORD_VARIABLE = "BENCH_PASSWORD";
const ORDERS = ["cold", "warm"] as const;
/** Before the first round that counts: caches fill on both sides, and Node compiles what runs often. */
const WARM_UP_ROUNDS = 100;
const WHAT = { cold: "new session + Get", warm: "one more Get" } as const;

/** What the command line decides. */
export interface SessionBenchOptions {
  readonly rounds: number;
  readonly json: boolean;
  readonly log: (line: string) => void;
}

interface Client {
  /** Milliseconds. */
  run(order: Order, port: number): number | Promise<number>;
}

interface Row {
  readonly order: Order;
  readonly ours: { readonly ms: number } & Counts;
  readonly theirs: { readonly ms: number } & Counts;
  readonly ratio: number;
}

/** Runs the bench and prints its figures. */
export async function benchSession({ rounds, json, log }: SessionBenchOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "bench-session-"));
  const stops: (() => Promise<void>)[] = [];
  try {
    const host = simulatedHost();
    stops.push(() => host.stop());
    const port = portOf(await host.next());
    const python = await PywinrmProcess.start({
      username: ACCOUNT,
      password: PASSWORD,
      message: getMessage(port),
      directory,
    });
    stops.push(() => python.stop());
    const ours = ourClient();
    const theirs: Client = { run: (order, at) => python.run(order, `http://127.0.0.1:${at}/wsman`) };
    const warmUp = Math.min(WARM_UP_ROUNDS, rounds);
    log(`${rounds} rounds after ${warmUp} to warm up`);
    await measure({ ours, theirs, port, rounds: warmUp });
    const times = await measure({ ours, theirs, port, rounds });
    const relay = await startCountingRelay(port);
    stops.push(relay.stop);
    const rows: Row[] = [];
    for (const order of ORDERS) {
      await ours.run(order, relay.port);
      const oursCounts = relay.take();
      await theirs.run(order, relay.port);
      const theirsCounts = relay.take();
      rows.push({
        order,
        ours: { ms: median(times[order].ours), ...oursCounts },
        theirs: { ms: median(times[order].theirs), ...theirsCounts },
        ratio: medianRatio(times[order].ours, times[order].theirs),
      });
    }
    ours.stop();
    report({ rows, rounds, json, version: python.version });
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function simulatedHost(): LineProcess {
  const cli = join(projectRoot, "dist", "provider", "cli", "main.js");
  const args = ["simulate", "--json", "--account", ACCOUNT, "--password-env", PASSWORD_VARIABLE];
  return new LineProcess([process.execPath, cli, ...args], { ...process.env, [PASSWORD_VARIABLE]: PASSWORD });
}

function portOf(line: string): number {
  return (JSON.parse(line) as { http: { port: number } }).http.port;
}

/** The message that our own client sends, whose answer it reads. */
function getMessage(port: number): string {
  return buildRequest({
    action: ACTIONS.get,
    resourceUri: CONFIG_URI,
    to: `http://127.0.0.1:${port}/wsman`,
    messageId: "uuid:11111111-1111-1111-1111-111111111111",
    operationTimeoutMs: 30_000,
  });
}

/** A session of this package, decoded configuration included. */
function ourClient(): Client & { stop: () => void } {
  const signal = new AbortController().signal;
  const settings = new Settings(() => undefined, {});
  const auth = { method: "ntlm", username: ACCOUNT, password: PASSWORD } as const;
  let pool = new SessionPool();
  return {
    run: async (order, port) => {
      if (order === "cold") pool.close();
      const started = performance.now();
      if (order === "cold") pool = new SessionPool();
      const { target } = resolveTarget({ host: "127.0.0.1", port, transport: "http", auth }, settings);
      const config = await readConfig(new WsmanClient(pool.session(target)), signal);
      const ended = performance.now();
      if (!config.has("service/auth/Basic")) throw new Error("the answer holds no configuration");
      return ended - started;
    },
    stop: () => {
      pool.close();
    },
  };
}

interface Measuring {
  readonly ours: Client;
  readonly theirs: Client;
  readonly port: number;
  readonly rounds: number;
}

type Times = Record<Order, { readonly ours: number[]; readonly theirs: number[] }>;

/** Ours, theirs, ours, theirs: a slow moment of the machine hits both. */
async function measure({ ours, theirs, port, rounds }: Measuring): Promise<Times> {
  const times: Times = { cold: { ours: [], theirs: [] }, warm: { ours: [], theirs: [] } };
  for (let round = 0; round < rounds; round++) {
    for (const order of ORDERS) {
      times[order].ours.push(await ours.run(order, port));
      times[order].theirs.push(await theirs.run(order, port));
    }
  }
  return times;
}

interface Report {
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly json: boolean;
  readonly version: string;
}

function report({ rows, rounds, json, version }: Report): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ peer: `pywinrm ${version}`, rounds, rows })}\n`);
    return;
  }
  const lines = rows.map(({ order, ours, theirs, ratio }) => {
    const what = `${order}: ${WHAT[order]}`.padEnd(26);
    return `${what}${figures(ours)}  against ${figures(theirs)}  ratio ${ratio.toFixed(2)}`;
  });
  const title = `NTLM sealed over http against pywinrm ${version}, in process, medians of ${rounds}`;
  const note = "Ours decode the configuration, pywinrm's end with the text of the answer; the host's time is in both.";
  process.stdout.write([title, ...lines, note, ""].join("\n"));
}

function figures({ ms, requests, bytesOut, bytesIn }: Row["ours"]): string {
  return `${ms.toFixed(2)} ms (${requests} ${requests === 1 ? "request" : "requests"}, ${bytesOut} B out, ${bytesIn} B in)`;
}
