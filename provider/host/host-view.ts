import type { Session } from "../session/session";
import { type SessionTarget, displayHost } from "../session/target";
import { WsmanClient } from "../session/wsman-client";

/** What is read of one host. The function that reads is also the key under which the result is kept. */

/** Reads one part of a host; `key` names what of several (a group), and is empty where there is only one. */
export type HostRead<T> = (client: WsmanClient, signal: AbortSignal, key: string) => Promise<T>;

/** A host to read from. The same part that several resources ask for is read once. */
export interface HostView {
  readonly target: SessionTarget;
  /** Host for messages. */
  readonly host: string;
  /** @throws WinrmError whatever the reader throws. */
  read<T>(reader: HostRead<T>, key?: string): Promise<T>;
}

type Readings = Map<HostRead<unknown>, Map<string, Promise<unknown>>>;

/** The host at one moment: each part is read once and kept, a failure too. */
export class HostSnapshot {
  readonly #readings: Readings = new Map();

  constructor(readonly session: Session) {}

  /** @param signal ends the reads that this view begins. */
  view(signal: AbortSignal): HostView {
    return viewOf(this.session, signal, { readings: this.#readings, keep: true });
  }
}

const running = new WeakMap<Session, Readings>();

/** A view that shares only reads that are under way: what it answers is never older than the question. */
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
  };
}
