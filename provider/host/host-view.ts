import type { Session } from "../session/session";
import { type SessionTarget, comparableName, displayHost, hostKey } from "../session/target";
import { WsmanClient } from "../session/wsman-client";
import { readHostRole } from "./accounts/local-groups";

/** What is read of one host. The function that reads is also the key under which the result is kept. */

/** Reads one part of a host; `key` names what of several (a group), and is empty where there is only one. */
export type HostRead<T> = (client: WsmanClient, signal: AbortSignal, key: string) => Promise<T>;

/** One way in to a host that the run uses. */
export interface HostLogon {
  readonly target: SessionTarget;
  /** SHA-1 thumbprint of the certificate that its last connection met; `undefined` over http, or if it never connected. */
  readonly peerThumbprint: string | undefined;
}

/** A host to read from. The same part that several resources ask for is read once. */
export interface HostView {
  readonly target: SessionTarget;
  /** Host for messages. */
  readonly host: string;
  /** @throws WinrmError whatever the reader throws. */
  read<T>(reader: HostRead<T>, key?: string): Promise<T>;
  /**
   * Every way in to this host that the run uses and the question is about; the view's own comes first, if it is among them.
   * Listeners of one host at ports of their own are told by the computer's name (one request each), and count where it
   * cannot be read.
   */
  logons(concerns: (target: SessionTarget) => boolean): Promise<readonly HostLogon[]>;
}

type Readings = Map<HostRead<unknown>, Map<string, Promise<unknown>>>;

/** The host at one moment: each part is read once and kept, a failure too. */
export class HostSnapshot {
  constructor(
    readonly session: Session,
    private readonly readings: Readings = new Map(),
  ) {}

  /** The same moment; what was not read yet is read through another session of the same connection. */
  through(session: Session): HostSnapshot {
    return new HostSnapshot(session, this.readings);
  }

  /** @param signal ends the reads that this view begins. */
  view(signal: AbortSignal): HostView {
    return viewOf(this.session, signal, { readings: this.readings, keep: true });
  }
}

const running = new WeakMap<Session, Readings>();

/** A view that shares only reads that are under way: what it returns is never older than the question. */
export function coalescingReader(session: Session, signal: AbortSignal): HostView {
  const readings = running.get(session) ?? new Map<HostRead<unknown>, Map<string, Promise<unknown>>>();
  running.set(session, readings);
  return viewOf(session, signal, { readings, keep: false });
}

function viewOf(
  session: Session,
  signal: AbortSignal,
  { readings, keep }: { readonly readings: Readings; readonly keep: boolean },
): HostView {
  const client = new WsmanClient(session);
  return {
    target: session.target,
    host: displayHost(session.target),
    read<T>(reader: HostRead<T>, key = ""): Promise<T> {
      const known = readings.get(reader) ?? new Map<string, Promise<unknown>>();
      readings.set(reader, known);
      // The map holds under a reader only what that reader returned.
      const found = known.get(key) as Promise<T> | undefined;
      if (found !== undefined) return found;
      const reading = keep
        ? reader(client, signal, key)
        : reader(client, signal, key).finally(() => {
            known.delete(key);
          });
      known.set(key, reading);
      return reading;
    },
    logons: (concerns) => logonsOf(session, concerns, signal),
  };
}

async function logonsOf(session: Session, concerns: (target: SessionTarget) => boolean, signal: AbortSignal) {
  const others = session.sessions().filter((one) => one !== session);
  const asked = [session, ...others].filter(({ target }) => concerns(target));
  const found: HostLogon[] = [];
  for (const one of asked) if (one === session || (await isSameHost(session, one, signal))) found.push(one);
  return found;
}

/** A name with another port is another host behind a port forward, or the other transport of the same one. */
async function isSameHost(one: Session, other: Session, signal: AbortSignal): Promise<boolean> {
  if (hostKey(one.target) === hostKey(other.target)) return true;
  const sameName = comparableName(one.target.host) === comparableName(other.target.host);
  if (!sameName || one.target.transport === other.target.transport) return false;
  const names = await Promise.all([computerName(one, signal), computerName(other, signal)]);
  return names.includes(undefined) || names[0] === names[1];
}

const computerNames = new WeakMap<Session, Promise<string | undefined>>();

function computerName(session: Session, signal: AbortSignal): Promise<string | undefined> {
  const known = computerNames.get(session);
  if (known !== undefined) return known;
  const reading = readHostRole(new WsmanClient(session), signal).then(
    ({ computerName: name }) => (name === "" ? undefined : name.toLowerCase()),
    () => undefined,
  );
  computerNames.set(session, reading);
  return reading;
}
