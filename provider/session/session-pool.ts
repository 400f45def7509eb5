import pLimit from "p-limit";
import {
  type CredentialBreaker,
  LogonGuard,
  credentialKey,
  domainAccountKey,
  domainGate,
  proxyGate,
  proxyKey,
  realmKey,
  ticketGate,
  ticketKey,
} from "./guard/logon-guard";
import { cancelled } from "./diagnosis/socket";
import { authorityOf } from "./transport/proxy";
import { type Traffic, totalTraffic } from "./transport/connection";
import { raceAbort } from "./transport/signals";
import { KdcBreaker } from "./guard/kdc-breaker";
import { Session, type Wait } from "./session";
import { type KerberosLogon, type SessionTarget, displayHost, hostKey, secretsOf, accountOf } from "./target";

/**
 * The sessions of one run: one per host, account and way to get there. It lives as long as the run, so that nothing
 * (no context, no rejection) outlives it.
 */
export class SessionPool {
  readonly #sessions = new Map<string, Session>();
  readonly #fresh = new Set<Session>();
  readonly #guards = new Map<string, LogonGuard>();
  /** One for each domain account, each source of tickets and each credential of a proxy. */
  readonly #gates = new Map<string, CredentialBreaker>();
  readonly #realms = new Map<string, KdcBreaker>();
  readonly #writers = new Map<string, ReturnType<typeof pLimit>>();
  readonly #changes = new Set<Promise<unknown>>();
  /** Asked for with each line of the log, so that they are not gathered anew from every session. */
  readonly #secrets = new Set<string>();

  /** @param wait between two attempts of a request; default: on the machine's clock. */
  constructor(private readonly wait?: Wait) {}

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
      target.proxy === undefined ? "" : [target.proxy.transport, authorityOf(target.proxy), proxyKey(target)],
      target.connectTimeoutMs,
      target.operationTimeoutMs,
      credential,
      // A credential is one however the account is spelled; what is sent to the host is not.
      accountOf(target.auth),
    ]);
    return shared(this.#sessions, key, () => this.#newSession(target, this.#guardOf(target)));
  }

  /**
   * A session of its own, for a logon that must not ride on a connection that is there. Whoever takes it closes it.
   * @param logons `anew`: the host was changed, and a refusal says nothing of the credential any more. `counted`: a
   * credential that the host refused before is not tried again.
   */
  freshSession(target: SessionTarget, logons: "anew" | "counted" = "anew"): Session {
    const session = this.#newSession(target, logons === "anew" ? this.#newGuard(target) : this.#guardOf(target));
    this.#fresh.add(session);
    return session;
  }

  #newSession(target: SessionTarget, guard: LogonGuard): Session {
    const proxy = proxyKey(target);
    for (const secret of secretsOf(target.auth)) this.#secrets.add(secret);
    if (target.proxy?.credential !== undefined) this.#secrets.add(target.proxy.credential.password);
    return new Session(target, guard, {
      gate: proxy === undefined ? proxyGate() : shared(this.#gates, proxy, proxyGate),
      sessions: () => [...this.#sessions.values()],
      wait: this.wait,
    });
  }

  #guardOf(target: SessionTarget): LogonGuard {
    return shared(this.#guards, credentialKey(target), () => this.#newGuard(target));
  }

  #newGuard(target: SessionTarget): LogonGuard {
    const [domain, tickets, realm] = [domainAccountKey(target), ticketKey(target), realmKey(target)];
    return new LogonGuard({
      host: displayHost(target),
      domain: domain === undefined ? undefined : shared(this.#gates, domain, domainGate),
      tickets: tickets === undefined ? undefined : shared(this.#gates, tickets, ticketGate),
      realm: realm === undefined ? undefined : shared(this.#realms, realm, () => new KdcBreaker()),
    });
  }

  /**
   * Runs one change of a host at a time; changes of different hosts run side by side.
   * @param signal ends the wait: a change whose turn has not come then never starts. One that runs ends by itself.
   * @throws WinrmError `WINRM_E_TIMEOUT` or `WINRM_E_CANCELLED` by the signal, while it waits; else what the change throws.
   */
  exclusively<T>(target: SessionTarget, signal: AbortSignal, change: () => Promise<T>): Promise<T> {
    const running = this.#inTurn(hostKey(target), signal, change);
    this.#changes.add(running);
    const forget = () => this.#changes.delete(running);
    running.then(forget, forget);
    return running;
  }

  /**
   * The same for a host by the names that itself gave, inside `exclusively`: two spellings of one host share them.
   * @param change gets to know whether another change ran meanwhile.
   */
  exclusivelyNamed<T>(
    names: readonly string[],
    signal: AbortSignal,
    change: (waited: boolean) => Promise<T>,
  ): Promise<T> {
    // One order for all, so that nobody waits for whom he keeps waiting.
    const inTurn = ([name, ...rest]: readonly string[], waited: boolean): Promise<T> => {
      if (name === undefined) return change(waited);
      const busy = (this.#writers.get(name)?.activeCount ?? 0) > 0;
      return this.#inTurn(name, signal, () => inTurn(rest, waited || busy));
    };
    return inTurn([...names].sort(), false);
  }

  async #inTurn<T>(key: string, signal: AbortSignal, change: () => Promise<T>): Promise<T> {
    const writer = shared(this.#writers, key, () => pLimit(1));
    const turn = { came: false };
    const running = writer(() => {
      if (signal.aborted) throw cancelled(signal.reason);
      turn.came = true;
      return change();
    });
    try {
      return await raceAbort(running, signal);
    } catch (error) {
      // Once it runs it knows the signal itself, and what became of the host.
      if (turn.came) return await running;
      throw error;
    }
  }

  /** Resolves when no change runs any more, done or failed: each has then cleaned up what it opened on its host. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#changes);
  }

  /** Sum of all sessions' requests and bytes. */
  get traffic(): Traffic {
    return totalTraffic([...this.#sessions.values()].map(({ traffic }) => traffic));
  }

  /** The passwords and keys in use, also of proxies, so that the boundary can keep them out of what leaves the process. */
  secrets(): string[] {
    return [...this.#secrets];
  }

  /** Closes every socket. */
  close(): void {
    for (const session of [...this.#sessions.values(), ...this.#fresh]) session.close();
    this.#fresh.clear();
    this.#sessions.clear();
  }
}

/** The value of a key, made on first use. */
function shared<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const value = values.get(key) ?? make();
  values.set(key, value);
  return value;
}

/** What tells two ways of getting tickets apart; the password is told apart by the credential's key. */
function withoutPassword({ credential, spn }: KerberosLogon): unknown {
  return [spn, { ...credential, password: "" }];
}
