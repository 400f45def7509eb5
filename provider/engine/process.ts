import { createHmac, randomBytes } from "node:crypto";
import { createConnection } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Settings } from "../contract/settings";
import { Claims } from "../lifecycle/change/claims";
import { exitNow } from "../native-exit";
import { SessionPool } from "../session/session-pool";
import { type EngineLog, engineAddress, openEngineLog } from "./log";

/** What all resources of one provider process share: sessions, settings, the log, and the end of the process. */
export class ProviderProcess {
  readonly pool = new SessionPool();
  readonly log: EngineLog;
  readonly #stopping = new AbortController();
  readonly #secrets = new Set<string>();
  /** What the resources that were checked in this process want of their hosts. */
  readonly claims: Claims = new Claims();
  readonly #urns = new Map<string, string>();
  readonly #warned = new Map<string, string | undefined>();
  readonly #env: NodeJS.ProcessEnv;
  #config: (key: string) => unknown = () => undefined;

  constructor(argv: readonly string[] = process.argv, env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
    const address = engineAddress(argv);
    this.log = openEngineLog(address);
    if (address !== undefined) this.#endWithEngine(address);
  }

  /** Aborted when the process is told to end. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get settings(): Settings {
    return new Settings(this.#config, this.#env, this.#secrets);
  }

  /**
   * Keeps the configuration. Synchronous and unable to fail: the SDK caches the provider before it awaits `configure`,
   * and a failing one fails only the first call.
   */
  configure(config: { get(key: string): unknown }): void {
    this.#config = (key) => config.get(key);
  }

  /** Remembers which resource has these checked inputs, for log lines of the operations that follow `check`. */
  rememberUrn(key: string, urn: string): void {
    this.#urns.set(keyedHash(key), urn);
  }

  /** The resource that `check` saw with these inputs in this process. */
  urnOf(key: string): string | undefined {
    return this.#urns.get(keyedHash(key));
  }

  /** A warning under a resource; equal ones of several resources, as of one certificate on many hosts, are shown once. */
  warn(text: string, urn: string | undefined): void {
    if (this.#warned.has(text) && this.#warned.get(text) !== urn) return;
    this.#warned.set(text, urn);
    this.log.warn(text, urn);
  }

  /** Aborts what runs, lets changes close what they have opened on their hosts, and closes every socket. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the provider process ends"));
    await Promise.race([this.pool.settled(), delay(CLEANUP_MS, undefined, { ref: false })]);
    this.pool.close();
  }

  /** The engine ends a provider with SIGINT; if the engine itself is gone, nothing would, so its port is watched. */
  #endWithEngine(address: string): void {
    const end = () => {
      void this.stop().finally(() => exitNow(0));
    };
    process.once("SIGINT", end);
    process.once("SIGTERM", end);
    let missed = 0;
    const watch = setInterval(() => {
      void isListening(address).then((alive) => {
        missed = alive ? 0 : missed + 1;
        if (missed >= 2) end();
      });
    }, WATCH_INTERVAL_MS);
    watch.unref();
  }
}

const PROCESS_KEY = randomBytes(32);

/** Inputs hold passwords and keys; what stays in memory for the life of the process says nothing of them. */
function keyedHash(text: string): string {
  return createHmac("sha256", PROCESS_KEY).update(text).digest("base64");
}

const WATCH_INTERVAL_MS = 5_000;
/** The engine kills a provider 5 seconds after SIGINT. */
const CLEANUP_MS = 3_000;

function isListening(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(address.slice(colon + 1)) });
    const settle = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once("connect", () => {
      settle(true);
    });
    socket.once("error", () => {
      settle(false);
    });
    socket.setTimeout(WATCH_INTERVAL_MS - 1_000, () => {
      settle(false);
    });
  });
}
