/** What the host does without a confirmation: at the end of the window, and after a restart of Windows. */

import { readConfig } from "../../../host/config";
import { RESTORE_MARGIN_SECONDS } from "../../../lifecycle/change/confirm/pending";
import { markersOf } from "../../../lifecycle/change/confirm/recover";
import type { Session } from "../../../session/session";
import { WsmanClient } from "../../../session/wsman-client";
import type { ProvenHost } from "../proven-host";
import { type Row, Unchecked, row, seen, wordsOf } from "../row";
import { type TriedSetting, changesOf, harmlessSetting, openWindow, taskIsGone } from "../window";
import { logsOnOnce } from "./rights";
import { whilePut } from "./store";

const WINDOW_SECONDS = 60;
const RESTART_WINDOW_SECONDS = 120;
const BACK_WITHIN_SECONDS = 30;
/** Windows may install updates before it is back. */
const RESTART_LIMIT_SECONDS = 900;
const POLL_MS = 4_000;
/** An open connection is used once more so long before the end of the window. */
const LAST_USE_SECONDS = 5;
const RESTORED = "restored, the task is gone, the setting is the old one";
const CLOSED = "the open connection is closed";
const NOT_SERVED = "not carried out without a new logon";

/** The rows of this subject, in their order. */
export const RESTORATION_ROWS: readonly Row[] = [
  row(
    "restores",
    { expected: RESTORED, needs: ["task-triggers", "task-repetition", "confirmed-declines", "store-names"] },
    async (host) => (await restorationOf(host)).observed,
  ),
  row("restart-time", { expected: `within ${BACK_WITHIN_SECONDS} s`, needs: ["restores"] }, async (host) => {
    const { backAfterSeconds } = await restorationOf(host);
    if (backAfterSeconds === undefined) throw new Unchecked("no logon was seen to work again");
    return seen(`after ${backAfterSeconds.toFixed(0)} s`, backAfterSeconds <= BACK_WITHIN_SECONDS);
  }),
  row("restart-connections", { expected: CLOSED, needs: ["restores"] }, async (host) => {
    const { stayedOpen } = await restorationOf(host);
    if (stayedOpen === undefined) throw tookTooLong();
    return stayedOpen ? "the open connection is open" : CLOSED;
  }),
  row("late-requests", { expected: NOT_SERVED, needs: ["restores"] }, async (host) => {
    logsOnOnce(host);
    const { stayedOpen, lateServed } = await restorationOf(host);
    if (stayedOpen === undefined) throw tookTooLong();
    return lateServed === true ? "carried out" : NOT_SERVED;
  }),
];

/** Windows is restarted, so this comes last. */
export const RESTART_ROW = row("task-restart", { expected: RESTORED, needs: ["restores"] }, async (host) => {
  if (!host.mayRestart) throw new Unchecked("--no-restart was given");
  return await changed(host, RESTART_WINDOW_SECONDS, async (change) => {
    const { exitCode } = await host.shell((run) => run("shutdown /r /f /t 5"));
    if (exitCode !== 0) throw new Unchecked(`shutdown ended with exit code ${exitCode ?? "unknown"}`);
    // The window must not end by itself first.
    await host.clock.sleep(20_000, host.signal);
    return (await watched(host, change, RESTART_LIMIT_SECONDS)).observed;
  });
});

interface Restoration {
  observed: string;
  /** After the end of the window. */
  backAfterSeconds?: number;
  stayedOpen?: boolean | undefined;
  /** A request on it was carried out without a new logon; only where it stayed open. */
  lateServed?: boolean;
}

interface Change {
  readonly setting: TriedSetting;
  readonly token: string;
}

/** Changes a setting in a window, and leaves it to the host. */
async function changed<T>(host: ProvenHost, seconds: number, body: (change: Change) => Promise<T>): Promise<T> {
  const setting = harmlessSetting(host);
  const { armed } = await openWindow(host, changesOf([setting]), seconds);
  return await whilePut(host, setting, () => body({ setting, token: armed.token }));
}

function restorationOf(host: ProvenHost): Promise<Restoration> {
  const { clock, signal } = host;
  return host.once("restoration", () =>
    changed(host, WINDOW_SECONDS, (change) =>
      host.fresh(async (client, open) => {
        await clock.sleep((WINDOW_SECONDS - LAST_USE_SECONDS) * 1000, signal);
        await readConfig(client, signal);
        await clock.sleep(LAST_USE_SECONDS * 1000, signal);
        return await watched(host, change, 2 * RESTORE_MARGIN_SECONDS, open);
      }),
    ),
  );
}

/**
 * Looks with fresh logons until the host has restored and its task is gone.
 * @param open a connection that was open before.
 */
async function watched(
  host: ProvenHost,
  { setting, token }: Change,
  limitSeconds: number,
  open?: Session,
): Promise<Restoration> {
  const { signal, clock } = host;
  const since = clock.steadyMs();
  const found: Restoration = { observed: "no verdict" };
  await host.poll(
    async () => {
      try {
        const { result, gone, value } = await host.fresh(async (client, session) => {
          const { result = "no verdict" } = await markersOf(session, token, signal);
          const gone = await taskIsGone(client, signal);
          return { result, gone, value: String((await readConfig(client, signal)).get(setting.path)?.value) };
        });
        const place = value === setting.old ? "the setting is the old one" : `${setting.path} is ${value}`;
        found.observed = `${result}, the task is ${gone ? "gone" : "still there"}, ${place}`;
        if (result === "restored" && found.backAfterSeconds === undefined) {
          found.backAfterSeconds = (clock.steadyMs() - since) / 1000;
          if (found.backAfterSeconds < BACK_WITHIN_SECONDS) found.stayedOpen = open?.connected;
          if (found.stayedOpen === true && open !== undefined) found.lateServed = await servesAsBefore(host, open);
        }
        return gone ? true : undefined;
      } catch (error) {
        // The service, or Windows, restarts.
        signal.throwIfAborted();
        found.observed = wordsOf(error);
        return undefined;
      }
    },
    { everyMs: POLL_MS, limitMs: limitSeconds * 1000 },
  );
  if (found.observed === RESTORED) host.window = undefined;
  return found;
}

/** A logon would take more than the one request. */
async function servesAsBefore({ signal }: ProvenHost, open: Session): Promise<boolean> {
  const before = open.traffic.requests;
  await readConfig(new WsmanClient(open), signal);
  return open.traffic.requests === before + 1;
}

function tookTooLong(): Unchecked {
  return new Unchecked("the restart took longer than connections stay open without use");
}
