/**
 * `npm run bench -- session`: the time from nothing to the configuration of one host over http with NTLM, and of one more
 * read on the same session, beside Debian's python3-winrm that sends the same Get through its transport, and beside a bare
 * socket that only carries the bytes. The simulated host and Python are processes of their own; every time is taken inside
 * the process that does the work.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../provider/host/config";
import { resolveTarget } from "../../provider/connect/target";
import { Settings } from "../../provider/contract/settings";
import { SessionPool } from "../../provider/session/session-pool";
import { WsmanClient } from "../../provider/session/wsman-client";
import { buildRequest } from "../../provider/wsman/envelope";
import { ACTIONS, CONFIG_URI } from "../../provider/wsman/uris";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import { BareSocket } from "./bare-socket";
import { type Counts, startCountingRelay } from "./counting-relay";
import { median, medianRatio } from "./figures";
import { closed } from "./closed";
import { LineProcess } from "./line-process";
import { type SessionKind, PywinrmProcess, type Timing } from "./pywinrm";

const ACCOUNT = "ops";
const PASSWORD = "Bench-Password-1";
const PASSWORD_VARIABLE = "BENCH_PASSWORD";
const ORDERS = ["cold", "warm"] as const;
/** Times in a row that a client repeats an order before the other one's turn: enough to have its own caches back. */
const REPEATS = 10;
const WHAT = { cold: "new session + Get", warm: "one more Get" } as const;

/** What the command line decides. */
export interface SessionBenchOptions {
  readonly rounds: number;
  /** Rounds before the first that counts: caches fill on both sides, and Node compiles what runs often. */
  readonly warmUp: number;
  readonly json: boolean;
  readonly log: (line: string) => void;
}

interface Client {
  run(order: SessionKind, port: number): Promise<Timing>;
}

interface Row {
  readonly order: SessionKind;
  readonly ours: Timing & Counts;
  readonly theirs: Timing & Counts;
  /** Of the milliseconds, with the host's share in both. */
  readonly ratio: number;
  /** The bare socket's milliseconds, and their ratio to the peer's: no client on this machine has a smaller one. */
  readonly floor: { readonly ms: number; readonly ratio: number };
  /** Of the CPU time of the two clients' processes. */
  readonly cpuRatio: number;
}

/** Runs the bench and prints its figures. */
export async function benchSession({ rounds, warmUp, json, log }: SessionBenchOptions): Promise<void> {
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
    const socket = new BareSocket({ username: ACCOUNT, password: PASSWORD, message: getMessage(port), port });
    const bare: Client = { run: (order) => socket.run(order) };
    stops.push(() => {
      socket.stop();
      ours.stop();
      return Promise.resolve();
    });
    log(`${rounds} rounds of ${REPEATS} after ${warmUp} to warm up`);
    await measure({ ours, theirs, bare, port, rounds: warmUp });
    const times = await measure({ ours, theirs, bare, port, rounds });
    const relay = await startCountingRelay(port);
    stops.push(relay.stop);
    const rows: Row[] = [];
    for (const order of ORDERS) {
      await ours.run(order, relay.port);
      const oursCounts = relay.take();
      await theirs.run(order, relay.port);
      const theirsCounts = relay.take();
      const { ours: own, theirs: other, bare: least } = times[order];
      rows.push({
        order,
        ours: { ...middle(own), ...oursCounts },
        theirs: { ...middle(other), ...theirsCounts },
        ratio: medianRatio(column(own, "ms"), column(other, "ms")),
        cpuRatio: medianRatio(column(own, "cpuMs"), column(other, "cpuMs")),
        floor: { ms: middle(least).ms, ratio: medianRatio(column(least, "ms"), column(other, "ms")) },
      });
    }
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

/** The message that our own client sends, whose response it reads. */
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
      if (order === "cold") {
        pool.close();
        await closed();
      }
      const cpu = process.cpuUsage();
      const started = performance.now();
      if (order === "cold") pool = new SessionPool();
      const { target } = resolveTarget({ host: "127.0.0.1", port, transport: "http", auth }, settings);
      const config = await readConfig(new WsmanClient(pool.session(target)), signal);
      const ms = performance.now() - started;
      const { user, system } = process.cpuUsage(cpu);
      if (!config.has("service/auth/Basic")) throw new Error("the response holds no configuration");
      return { ms, cpuMs: (user + system) / 1000 };
    },
    stop: () => {
      pool.close();
    },
  };
}

interface Measuring extends Readonly<Record<Side, Client>> {
  readonly port: number;
  readonly rounds: number;
}

const SIDES = ["ours", "theirs", "bare"] as const;
type Side = (typeof SIDES)[number];
type Times = Readonly<Record<SessionKind, Readonly<Record<Side, Timing[]>>>>;

/** One after the other, again and again: a slow moment of the machine hits all. One entry is the mean of one turn. */
async function measure({ port, rounds, ...clients }: Measuring): Promise<Times> {
  const none = (): Record<Side, Timing[]> => ({ ours: [], theirs: [], bare: [] });
  const times: Times = { cold: none(), warm: none() };
  for (let round = 0; round < rounds; round++) {
    for (const order of ORDERS) {
      for (const side of SIDES) times[order][side].push(await turn(clients[side], order, port));
    }
  }
  return times;
}

async function turn(client: Client, order: SessionKind, port: number): Promise<Timing> {
  const sum = { ms: 0, cpuMs: 0 };
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const { ms, cpuMs } = await client.run(order, port);
    sum.ms += ms;
    sum.cpuMs += cpuMs;
  }
  return { ms: sum.ms / REPEATS, cpuMs: sum.cpuMs / REPEATS };
}

function column(times: readonly Timing[], figure: keyof Timing): number[] {
  return times.map((took) => took[figure]);
}

function middle(times: readonly Timing[]): Timing {
  return { ms: median(column(times, "ms")), cpuMs: median(column(times, "cpuMs")) };
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
  const lines = rows.flatMap(({ order, ours, theirs, ratio, cpuRatio, floor }) => {
    const what = `${order}: ${WHAT[order]}`.padEnd(26);
    const cpu = `${ours.cpuMs.toFixed(2)} ms  against ${theirs.cpuMs.toFixed(2)} ms  ratio ${cpuRatio.toFixed(2)}`;
    return [
      `${what}${figures(ours)}  against ${figures(theirs)}  ratio ${ratio.toFixed(2)}`,
      `${"".padEnd(26)}of it CPU of the client ${cpu}`,
      `${"".padEnd(26)}a bare socket, nothing sealed or read in that time: ${floor.ms.toFixed(2)} ms  ratio ${floor.ratio.toFixed(2)}`,
    ];
  });
  const title = `NTLM sealed over http against pywinrm ${version}, in process, medians of ${rounds} times ${REPEATS}`;
  const note =
    "Ours decode the configuration, pywinrm's end with the text of the response; the host's time is in both.";
  process.stdout.write([title, ...lines, note, ""].join("\n"));
}

function figures({ ms, requests, bytesOut, bytesIn }: Row["ours"]): string {
  return `${ms.toFixed(2)} ms (${requests} ${requests === 1 ? "request" : "requests"}, ${bytesOut} B out, ${bytesIn} B in)`;
}
