import type { HostSnapshot } from "../../host/host-view";
import type { SessionPool } from "../../session/session-pool";
import { type SessionTarget, hostKey } from "../../session/target";
import type { ReachedHost } from "./write";

/**
 * The changes of a host stand in a line. What one of them has read after its last write is what the next one would read now,
 * if that waited already: it has asked before the host was read, and nothing of this run was written since.
 */

/** A host as a change saw it last. */
export interface Seen {
  readonly snapshot: HostSnapshot;
  /** When reading began; see {@link nextMoment}. */
  readonly at: number;
  /** How long it took. */
  readonly paceMs: number;
}

/** By the sessions of the run and the host. */
const lastSeen = new WeakMap<SessionPool, Map<string, Seen>>();
let moments = 0;

/** The order of questions and readings in this process. */
export function nextMoment(): number {
  return ++moments;
}

/** What the change before left for one that asked at that moment; a change that has its turn takes it away in any case. */
export function takeSeen(pool: SessionPool, { session, target }: ReachedHost, asked: number): Seen | undefined {
  const hosts = lastSeen.get(pool);
  const seen = hosts?.get(hostKey(target));
  hosts?.delete(hostKey(target));
  return seen?.snapshot.session === session && seen.at > asked ? seen : undefined;
}

/** Leaves what was read for the next in the line. */
export function leaveSeen(pool: SessionPool, target: SessionTarget, seen: Seen): void {
  lastSeen.set(pool, (lastSeen.get(pool) ?? new Map<string, Seen>()).set(hostKey(target), seen));
}
