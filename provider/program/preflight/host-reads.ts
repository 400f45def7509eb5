import pLimit from "p-limit";
import type { ErrorCode, WinrmError } from "../../errors";
import { HostSnapshot } from "../../host/host-view";
import { confirmNote } from "../../lifecycle/change/confirm/confirmation";
import { type Unfinished, mayBeUnfinished, readUnfinished } from "../../lifecycle/change/confirm/unfinished";
import type { Session } from "../../session/session";
import { SessionPool } from "../../session/session-pool";
import { comparableName, displayHost } from "../../session/target";
import { eventLoopTimeout } from "./event-loop-timeout";
import { type Prepared, UNKNOWN_STATE, asWinrmError, inputsOf, lifecycleOf, planOn } from "./prepare";

/** Hosts read at the same time. */
const CONCURRENT_READS = 32;
/** Milliseconds for one host. */
const READ_LIMIT_MS = 3_000;
/** Connections kept open for resources of the same host that are still to come. */
const IDLE_SESSIONS = 128;

/** Failures after which the same host may still answer other questions. */
const HOST_RESPONDED: ReadonlySet<ErrorCode> = new Set([
  "WINRM_E_ACCESS_DENIED",
  "WINRM_E_ENVELOPE_TOO_LARGE",
  "WINRM_E_FAULT",
  "WINRM_E_NOT_FOUND",
  "WINRM_E_PROTOCOL",
  "WINRM_E_QUOTA",
]);

/** A resource and what it needs of its host. */
export interface Observed {
  readonly resource: Prepared;
  readonly observed: unknown;
  /** How many connections to hosts of this name were known then: who must still get in depends on all of them. */
  readonly connections: number;
  /** A change that was not confirmed; looked for only where the engine is going to apply something risky. */
  readonly unfinished?: Unfinished | undefined;
}

/** A host as one connection sees it. */
export class HostRead {
  /** Name for messages. */
  readonly host: string;
  /** What was read, in the order in which the resources came. */
  readonly observed: Observed[] = [];
  /** Why nothing more can be read of it. */
  failure?: WinrmError;
  /** Whose turn it was when the host failed, and who came later. */
  readonly unread: Prepared[] = [];
  /** A part of the host that could not be read, under the resource that wanted it. */
  readonly partial: { readonly resource: Prepared; readonly error: WinrmError }[] = [];
  readonly snapshot: HostSnapshot;
  readonly queue: Prepared[] = [];
  running = false;

  constructor(readonly session: Session) {
    this.host = displayHost(session.target);
    this.snapshot = new HostSnapshot(session);
  }
}

/** Reads each host once, a bounded number at a time. A host that is down costs its time once, whoever asks. */
export class HostReads {
  readonly #pool = new SessionPool();
  readonly #limit = pLimit(CONCURRENT_READS);
  readonly #hosts = new Map<Session, HostRead>();
  readonly #idle = new Set<HostRead>();

  /** Counts the connection of a resource among the ways in to its host, before anything is read. */
  announce({ resolved: { target } }: Prepared): void {
    this.#pool.session(target);
  }

  /** Observes once more what was observed before all connections to its host were known. @returns whether anything was. */
  async observeAgain(giveUp: AbortSignal): Promise<boolean> {
    const outdated = [...this.#hosts.values()].flatMap((reading) =>
      reading.observed.flatMap((one) => (one.connections < connectionsOf(reading.session) ? [{ reading, one }] : [])),
    );
    await Promise.all(
      outdated.map(({ reading, one }) => {
        reading.observed.splice(reading.observed.indexOf(one), 1);
        return this.add(one.resource, giveUp);
      }),
    );
    return outdated.length > 0;
  }

  /** Reads what a resource needs. Resolves when its host has nothing more to be asked, whatever came of it. */
  async add(resource: Prepared, giveUp: AbortSignal): Promise<void> {
    const session = this.#pool.session(resource.resolved.target);
    const reading = this.#hosts.get(session) ?? new HostRead(session);
    this.#hosts.set(session, reading);
    reading.queue.push(resource);
    if (reading.running) return;
    reading.running = true;
    this.#idle.delete(reading);
    await this.#limit(() => this.#drain(reading, giveUp));
    reading.running = false;
    this.#idle.add(reading);
    const [oldest] = this.#idle;
    if (this.#idle.size > IDLE_SESSIONS && oldest !== undefined) this.#disconnect(oldest);
  }

  /** Every host so far. */
  get hosts(): readonly HostRead[] {
    return [...this.#hosts.values()];
  }

  /** Closes every connection; later reads open them again. */
  disconnect(): void {
    for (const reading of this.#idle) this.#disconnect(reading);
  }

  #disconnect(reading: HostRead): void {
    this.#idle.delete(reading);
    reading.session.disconnect();
  }

  async #drain(reading: HostRead, giveUp: AbortSignal): Promise<void> {
    for (let next = reading.queue.shift(); next !== undefined; next = reading.queue.shift()) {
      if (reading.failure === undefined) await read(next, reading, giveUp);
      else reading.unread.push(next);
    }
  }
}

/** It would change something risky, or finds it changed already. */
function isRiskyThere(resource: Prepared, observed: unknown): boolean {
  const plan = planOn(resource, observed);
  return confirmNote(observed, plan, resource.confirm).length > 0 || mayBeUnfinished(plan.already);
}

async function read(resource: Prepared, reading: HostRead, giveUp: AbortSignal): Promise<void> {
  const own = eventLoopTimeout(READ_LIMIT_MS);
  const view = reading.snapshot.view(AbortSignal.any([own.signal, giveUp]));
  try {
    giveUp.throwIfAborted();
    const connections = connectionsOf(reading.session);
    const purpose = { kind: "apply", inputs: inputsOf(resource), prior: UNKNOWN_STATE } as const;
    const observed: unknown = await lifecycleOf(resource).observe(view, purpose);
    const asks = resource.pending !== false && isRiskyThere(resource, observed);
    const unfinished = asks ? await view.read(readUnfinished) : undefined;
    reading.observed.push({ resource, observed, connections, unfinished });
  } catch (thrown) {
    const error = asWinrmError(thrown, "WINRM_E_TIMEOUT");
    if (HOST_RESPONDED.has(error.code)) reading.partial.push({ resource, error });
    else {
      reading.failure = error;
      reading.unread.push(resource);
    }
  } finally {
    own.clear();
  }
}

function connectionsOf(session: Session): number {
  const name = comparableName(session.target.host);
  return session.sessions().filter(({ target }) => comparableName(target.host) === name).length;
}
