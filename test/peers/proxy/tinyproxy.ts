/** Debian's tinyproxy on loopback. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TestContext } from "node:test";
import { accepts, reservePort } from "../../support/hosts/ports";
import { skipUnless } from "../ntlm/installed";

const START_LIMIT_MS = 10_000;
const ATTEMPTS = 5;

/** The `skip` option: false if tinyproxy is there. @throws Error when it is missing and CI=true. */
export function skipWithoutTinyproxy(): string | false {
  return skipUnless(["tinyproxy", "-v"], "apt-get install tinyproxy");
}

/** What differs from a proxy that admits every tunnel from loopback. */
export interface TinyproxyOptions {
  /** The only port that tunnels may lead to. */
  readonly connectPort?: number;
  readonly credential?: { readonly username: string; readonly password: string };
}

/** A running proxy. */
export interface Tinyproxy {
  readonly port: number;
}

/**
 * Starts the proxy on a port that was free a moment ago, again on another if somebody took it meanwhile. It is ended by its
 * process id after the test.
 */
export async function startTinyproxy(t: TestContext, options: TinyproxyOptions = {}): Promise<Tinyproxy> {
  const folder = mkdtempSync(join(tmpdir(), "winrm-proxy-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { port, release } = await reservePort();
    const file = join(folder, `tinyproxy-${attempt}.conf`);
    writeFileSync(file, configuration(port, options), { mode: 0o600 });
    await release();
    if (await start(t, file, port)) return { port };
  }
  throw new Error("tinyproxy did not start");
}

function configuration(port: number, { connectPort, credential }: TinyproxyOptions): string {
  return [
    `Port ${port}`,
    "Listen 127.0.0.1",
    "Allow 127.0.0.1",
    "Timeout 60",
    "MaxClients 20",
    "LogLevel Critical",
    ...(connectPort === undefined ? [] : [`ConnectPort ${connectPort}`]),
    ...(credential === undefined ? [] : [`BasicAuth ${credential.username} ${credential.password}`]),
    "",
  ].join("\n");
}

/** Runs it in the foreground. False if it ended before it listened. */
async function start(t: TestContext, file: string, port: number): Promise<boolean> {
  const child = spawn("tinyproxy", ["-d", "-c", file], { stdio: "ignore" });
  const ended = new Promise<false>((resolve) => {
    child.once("error", () => {
      resolve(false);
    });
    child.once("close", () => {
      resolve(false);
    });
  });
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const listening = (async () => {
    while (child.exitCode === null && !(await accepts(port))) await delay(20, undefined, { signal: limit });
    return child.exitCode === null;
  })();
  return await Promise.race([listening, ended]);
}
