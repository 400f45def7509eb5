import pLimit from "p-limit";
import { LogonGuard, credentialKey } from "./logon-guard";
import { Session } from "./session";
import { type KerberosLogon, type SessionTarget, hostIdentity, secretsOf } from "./target";

/**
 * The sessions of one run: one per host, account and way to get there. It lives as long as the run, so that nothing
 * (no context, no rejection) outlives it.
 */
export class SessionPool {
  readonly #sessions = new Map<string, Session>();
  readonly #guards = new Map<string, LogonGuard>();
  readonly #writers = new Map<string, ReturnType<typeof pLimit>>();
  readonly #changes = new Set<Promise<unknown>>();

  /** The session for a target, made on first use. */
  session(target: SessionTarget): Session {
    const credential = credentialKey(target);
    const key = JSON.stringify([
      target.host.toLowerCase(),
      target.port,
      target.transport,
      target.path,
      target.tls,
      target.auth.method,
      target.auth.channelBinding,
      "kerberos" in target.auth ? withoutPassword(target.auth.kerberos) : "",
      target.connectTimeoutMs,
      target.operationTimeoutMs,
      credential,
    ]);
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const guard = this.#guards.get(credential) ?? new LogonGuard();
    this.#guards.set(credential, guard);
    const session = new Session(target, guard);
    this.#sessions.set(key, session);
    return session;
  }

  /** Runs one change of a host at a time; changes of different hosts run side by side. */
  exclusively<T>(target: SessionTarget, change: () => Promise<T>): Promise<T> {
    const key = hostIdentity(target);
    const writer = this.#writers.get(key) ?? pLimit(1);
    this.#writers.set(key, writer);
    const running = writer(change);
    this.#changes.add(running);
    const forget = () => this.#changes.delete(running);
    running.then(forget, forget);
    return running;
  }

  /** Resolves when no change runs any more, done or failed: each has then cleaned up what it opened on its host. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#changes);
  }

  /** Sum of all sessions' requests and bytes. */
  get traffic(): { requests: number; bytesOut: number; bytesIn: number } {
    const sum = { requests: 0, bytesOut: 0, bytesIn: 0 };
    for (const { traffic } of this.#sessions.values()) {
      sum.requests += traffic.requests;
      sum.bytesOut += traffic.bytesOut;
      sum.bytesIn += traffic.bytesIn;
    }
    return sum;
  }

  /** The passwords and keys in use, so that the boundary can keep them out of what leaves the process. */
  secrets(): string[] {
    return [...new Set([...this.#sessions.values()].flatMap((session) => secretsOf(session.target.auth)))];
  }

  /** Closes every socket. */
  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }
}

/** What tells two ways of getting tickets apart; the password is told apart by the credential's key. */
function withoutPassword({ credential, spn }: KerberosLogon): unknown {
  return [spn, { ...credential, password: "" }];
}
