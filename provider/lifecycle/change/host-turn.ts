import { randomBytes } from "node:crypto";
import { isRefused } from "../../host/refusal";
import { createKey, deleteKey, subkeys } from "../../host/registry";
import { MARKER_KEY } from "../../host/tasks/rollback";
import type { WsmanClient } from "../../session/wsman-client";
import type { Clock } from "./confirm/clock";
import type { ResourceLog } from "./context";
import { isUncertain } from "../../errors";

/**
 * One writer at a time of a value that several processes write whole, such as a list. WS-Transfer has no conditional Put, so
 * that a Put which was on its way while another process read, wrote and read back undoes that unseen. Each writer
 * therefore announces itself by a key of its own on the host, and goes only when it sees no other one: of two, whoever
 * announces itself later sees the earlier one.
 */

/**
 * Below HKLM; each writer has a key there while it reads, writes and reads back: 32 hexadecimal digits, a hyphen, and after
 * how many seconds others may take it for abandoned.
 */
export const WRITERS_KEY = `${MARKER_KEY}\\Writers`;
const WRITER = /^[0-9a-f]{32}-(\d{2,3})$/;

/** A turn has five requests to make, which may be repeated, and have to wait for the host's other work. */
const REQUESTS_OF_A_TURN = 20;
/** Bounds of what is waited for a writer that was ended in the middle, seconds. */
const [SHORTEST_WAIT, LONGEST_WAIT] = [10, 120];
const LOOK_AGAIN_MS = 250;
/** The end of a turn has its own limit: it must not depend on the signal that ended the work. */
const WITHDRAW_LIMIT_MS = 10_000;

/** What a turn needs. */
export interface Turn {
  readonly client: WsmanClient;
  /** Name of the host for messages. */
  readonly host: string;
  readonly clock: Clock;
  readonly log: ResourceLog;
  /** How long the host took for a request just before, milliseconds: on a slow link a turn takes longer. */
  readonly paceMs: number;
  /** Ends the wait and the change. */
  readonly signal: AbortSignal;
}

/**
 * Runs a change when no other process makes one. Where the host does not let the account announce itself, the change is
 * made all the same, and a note says so.
 * @param change must read the host first: what was read before the turn may be out of date.
 * @returns `overtaken`: the change took so long that another process took it for abandoned.
 * @throws WinrmError of the session, and what the change throws.
 */
export async function inTurnOnHost<T>(
  turn: Turn,
  change: () => Promise<T>,
): Promise<{ readonly result: T; readonly overtaken: boolean }> {
  const writer = await comeFirst(turn).catch((error: unknown) => {
    if (!isRefused(error)) throw error;
    turn.log.note(
      `${turn.host} does not let this account announce its change in HKLM\\${WRITERS_KEY} (${error.code}): a change that another process makes at the same moment may get lost`,
    );
    return undefined;
  });
  if (writer === undefined) return { result: await change(), overtaken: false };
  let result: T;
  try {
    result = await change();
  } catch (error) {
    await withdraw(turn, writer);
    throw error;
  }
  return { result, overtaken: (await withdraw(turn, writer)) === "gone" };
}

/** Waits until no other writer is there. @returns the own announcement. */
async function comeFirst(turn: Turn): Promise<string> {
  const { client, host, clock, log, signal } = turn;
  const firstSeen = new Map<string, number>();
  let own: string | undefined = await announce(turn);
  try {
    for (;;) {
      const names = await subkeys(client, WRITERS_KEY, signal);
      const now = clock.steadyMs();
      const isAbandoned = (name: string) => now - (firstSeen.get(name) ?? now) >= longestTurnMs(name);
      const others = names.filter((name) => WRITER.test(name) && name !== own);
      const active = others.filter((name) => !isAbandoned(name));
      for (const name of others.filter(isAbandoned)) await deleteKey(client, `${WRITERS_KEY}\\${name}`, signal);
      for (const name of active) if (!firstSeen.has(name)) firstSeen.set(name, now);
      if (active.length === 0 && own !== undefined) return own;
      if (active.length === 0) {
        own = await announce(turn);
        continue;
      }
      // Of those who see each other the first by name stays and waits; the others make room and come again.
      if (own !== undefined && active.some((name) => name < (own ?? ""))) {
        await withdraw(turn, own);
        own = undefined;
      }
      log.progress(`${host}: waiting for another run that changes the same value`);
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  } catch (error) {
    if (own !== undefined) await withdraw(turn, own);
    throw error;
  }
}

async function announce({ client, paceMs, signal }: Turn): Promise<string> {
  const seconds = Math.ceil((paceMs * REQUESTS_OF_A_TURN) / 1000);
  const writer = `${randomBytes(16).toString("hex")}-${Math.min(Math.max(seconds, SHORTEST_WAIT), LONGEST_WAIT)}`;
  const key = `${WRITERS_KEY}\\${writer}`;
  try {
    await createKey(client, key, signal);
  } catch (error) {
    if (!isUncertain(error) || signal.aborted) throw error;
    const isThere = (await subkeys(client, WRITERS_KEY, signal)).includes(writer);
    if (!isThere) await createKey(client, key, signal);
  }
  return writer;
}

function longestTurnMs(writer: string): number {
  return Math.min(Number(WRITER.exec(writer)?.[1] ?? SHORTEST_WAIT), LONGEST_WAIT) * 1000;
}

/** What cannot be withdrawn is taken for abandoned by the next writer. */
async function withdraw({ client }: Pick<Turn, "client">, writer: string): Promise<"withdrawn" | "gone" | "left"> {
  try {
    const there = await deleteKey(client, `${WRITERS_KEY}\\${writer}`, AbortSignal.timeout(WITHDRAW_LIMIT_MS));
    return there ? "withdrawn" : "gone";
  } catch {
    return "left";
  }
}
