/** The host that is being asked, and what has to be restored on it. */

import { type WinrmConfig, readConfig } from "../../host/config";
import { type RunCommand, withShell } from "../../host/shell";
import type { Armed, Arming } from "../../lifecycle/change/confirm/arm";
import type { Clock } from "../../lifecycle/change/confirm/clock";
import type { SessionPool } from "../../session/session-pool";
import type { Session } from "../../session/session";
import type { SessionTarget } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";

/** Which host, and whose time passes. */
export interface Proving {
  readonly pool: SessionPool;
  readonly target: SessionTarget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether Windows may be restarted. */
  readonly mayRestart: boolean;
}

/** What is armed. */
export interface OpenWindow {
  readonly armed: Armed;
  readonly arming: Arming;
}

/** Puts something back. It may be called again. */
export type Undo = (client: WsmanClient, signal: AbortSignal) => Promise<void>;

interface Made {
  readonly what: string;
  readonly undo: Undo;
}

/** One host. Everything that is changed on it goes through `temporarily`, so that nothing is left behind. */
export class ProvenHost implements Proving {
  readonly pool: SessionPool;
  readonly target: SessionTarget;
  readonly clock: Clock;
  /** Ends the questions; putting things back has one of its own. */
  signal: AbortSignal;
  readonly mayRestart: boolean;
  /** The settings of the service are restored by the host itself unless this is closed. */
  window: OpenWindow | undefined;
  #made: readonly Made[] = [];
  readonly #observed = new Map<string, Promise<unknown>>();

  /** @param config The settings as they were before anything was asked. */
  constructor(
    { pool, target, clock, signal, mayRestart }: Proving,
    readonly config: WinrmConfig,
  ) {
    this.pool = pool;
    this.target = target;
    this.clock = clock;
    this.signal = signal;
    this.mayRestart = mayRestart;
  }

  /** The session that stays open between questions. */
  get session(): Session {
    return this.pool.session(this.target);
  }

  /** On that session. */
  get client(): WsmanClient {
    return new WsmanClient(this.session);
  }

  /** What is still to be restored, the last first. */
  get made(): readonly Made[] {
    return [...this.#made].reverse();
  }

  /** Value of a setting before anything was asked. */
  value(path: string): string {
    return String(this.config.get(path)?.value ?? "");
  }

  /** Group Policy owned a setting then. */
  isOwnedByPolicy(path: string): boolean {
    return this.config.get(path)?.policy === true;
  }

  /** The settings as a fresh logon reads them. */
  readFresh(): Promise<WinrmConfig> {
    return this.fresh((client) => readConfig(client, this.signal));
  }

  /** A logon of its own. Default: by the same way. */
  async fresh<T>(use: (client: WsmanClient, session: Session) => Promise<T>, target = this.target): Promise<T> {
    const session = this.pool.freshSession(target);
    try {
      return await use(new WsmanClient(session), session);
    } finally {
      session.close();
    }
  }

  /** Commands in one shell, of the session that stays open. */
  shell<T>(use: (run: RunCommand) => Promise<T>): Promise<T> {
    return withShell(this.client, this.signal, use);
  }

  /** The account that the connection is logged on as, as `whoami` shows it: `HOST\\user`. */
  async account(): Promise<string> {
    const { stdout } = await this.shell((run) => run("whoami"));
    return stdout.trim();
  }

  /** Something changes for the time of the body. What could not be restored stays on the list, for the end. */
  async temporarily<T>(what: string, undo: Undo, body: () => Promise<T>): Promise<T> {
    const made = { what, undo };
    this.#made = [...this.#made, made];
    try {
      return await body();
    } finally {
      await this.putBack(made, this.client, this.signal).catch(() => undefined);
    }
  }

  /** Puts one thing back and forgets it. */
  async putBack(made: Made, client: WsmanClient, signal: AbortSignal): Promise<void> {
    await made.undo(client, signal);
    this.#made = this.#made.filter((other) => other !== made);
  }

  /** Several rows share one observation: it is made when the first of them asks. */
  once<T>(name: string, observe: () => Promise<T>): Promise<T> {
    const known = this.#observed.get(name) ?? observe();
    this.#observed.set(name, known);
    return known as Promise<T>;
  }

  /** Asks again until there is something, or the time is over. */
  async poll<T>(
    ask: () => Promise<T | undefined>,
    { everyMs, limitMs }: { readonly everyMs: number; readonly limitMs: number },
  ): Promise<T | undefined> {
    const endMs = this.clock.steadyMs() + limitMs;
    for (;;) {
      const found = await ask();
      if (found !== undefined || this.clock.steadyMs() >= endMs) return found;
      await this.clock.sleep(everyMs, this.signal);
    }
  }
}
