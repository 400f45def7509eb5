/** What commit-confirm only assumes of Windows, asked of one host: a harmless setting is changed and restored. */

import { WinrmError, messageOf } from "../../errors";
import { putLeaves, readConfig } from "../../host/config";
import { deleteValue, getDword, setString } from "../../host/registry";
import { MARKER_KEY, ROLLBACK_TASK, WSMAN_SERVICE_KEY } from "../../host/tasks/rollback";
import { TASK_CODES, deleteTask, registerTask, startTask, taskDescription } from "../../host/tasks/scheduled-task";
import { type Armed, type Arming, arm } from "../../lifecycle/change/confirm/arm";
import type { Clock } from "../../lifecycle/change/confirm/clock";
import { RESTORE_MARGIN_SECONDS } from "../../lifecycle/change/confirm/pending";
import { markersOf } from "../../lifecycle/change/confirm/recover";
import { riskOf } from "../../lifecycle/safety/risk";
import type { SessionPool } from "../../session/session-pool";
import type { Session } from "../../session/session";
import { type SessionTarget, displayHost } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";

/** One assumption. */
export interface ProofRow {
  readonly row: string;
  readonly expected: string;
  readonly observed: string;
  readonly holds: boolean;
}

/** The host, and whose time passes. */
export interface Proving {
  readonly pool: SessionPool;
  readonly target: SessionTarget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onRow: (row: ProofRow) => void;
}

type Outcome = Pick<ProofRow, "observed" | "holds">;

const WINDOW_SECONDS = 60;
const POLL_MS = 5_000;
const TEST_TASK = "pulumi-winrm-prove";
const MISSING_TASK = "pulumi-winrm-nobody";
/** This package never logs in with it. */
const PATH = "service/auth/CredSSP";

/** Asks everything, one after the other, and leaves the host as it was. */
export async function prove(proving: Proving): Promise<readonly ProofRow[]> {
  const { pool, target, signal } = proving;
  const client = new WsmanClient(pool.session(target));
  if ((await taskDescription(client, ROLLBACK_TASK, signal).catch(() => undefined)) !== undefined) {
    throw new WinrmError(
      "WINRM_E_CONFIRM_PENDING",
      "the host has a change that is not confirmed; nothing was changed",
      {
        host: displayHost(target),
        remedy: "wait until it is confirmed or restored",
      },
    );
  }
  const old = String((await readConfig(client, signal)).get(PATH)?.value ?? false);
  const rows: ProofRow[] = [];
  const ask = async (row: string, expected: string, question: () => Promise<Outcome>) => {
    const outcome = await question().catch((error: unknown) => ({ observed: messageOf(error), holds: false }));
    const found = { row, expected, ...outcome };
    rows.push(found);
    proving.onRow(found);
  };
  try {
    await ask("tasks: register, register again, start a missing one", codes(OK_CODES), () => taskCodes(client, signal));
    await ask("the first run rehearses and reports within 10 s", "armed", () => firstRun(proving, old));
    await ask("a confirmed task declines and deletes itself", "declined, gone", () => declined(proving, old));
    await ask("a Put is kept as auth_credssp", "1 for true, 0 or absent for false", () => stored(client, signal));
    await ask("without a confirmation the host restores", "restored, gone", () => restored(proving, old));
  } finally {
    await cleanUp(proving, old);
  }
  return rows;
}

const OK_CODES = [TASK_CODES.ok, TASK_CODES.exists, TASK_CODES.notFound];

function codes(values: readonly number[]): string {
  return values.map((value) => `0x${value.toString(16)}`).join(", ");
}

async function taskCodes(client: WsmanClient, signal: AbortSignal): Promise<Outcome> {
  const task = { name: TEST_TASK, arguments: ["/c ver"], description: "", author: "pulumi-winrm", delaySeconds: 600 };
  const seen = [await registerTask(client, task, signal), await registerTask(client, task, signal)];
  seen.push(await startTask(client, MISSING_TASK, signal));
  await deleteTask(client, TEST_TASK, signal);
  return { observed: codes(seen), holds: codes(seen) === codes(OK_CODES) };
}

async function firstRun(proving: Proving, old: string): Promise<Outcome> {
  const armed = await arm(armingOf(proving, old));
  return {
    observed: armed === undefined ? "the host differs from what was read" : "armed",
    holds: armed !== undefined,
  };
}

/** The task of the row before is pending. */
async function declined(proving: Proving, old: string): Promise<Outcome> {
  const { session, signal } = armingOf(proving, old);
  const client = new WsmanClient(session);
  const token = /token=([0-9a-f]{32})/.exec((await taskDescription(client, ROLLBACK_TASK, signal)) ?? "")?.[1] ?? "";
  await setString(client, { key: MARKER_KEY, name: "confirmed", value: token }, signal);
  await startTask(client, ROLLBACK_TASK, signal);
  return await settled(proving, { token, wanted: "declined", limitMs: 30_000 });
}

async function stored(client: WsmanClient, signal: AbortSignal): Promise<Outcome> {
  const seen: (number | undefined)[] = [];
  for (const value of ["true", "false"]) {
    await putLeaves(client, { resource: "service/auth", leaves: new Map([[PATH, value]]) }, signal);
    seen.push(await getDword(client, { key: WSMAN_SERVICE_KEY, name: "auth_credssp" }, signal));
  }
  const observed = seen.map((value) => value ?? "absent").join(", ");
  return { observed, holds: seen[0] === 1 && (seen[1] ?? 0) === 0 };
}

async function restored(proving: Proving, old: string): Promise<Outcome> {
  const { signal } = proving;
  const arming = armingOf(proving, old);
  const client = new WsmanClient(arming.session);
  await putLeaves(client, { resource: "service/auth", leaves: new Map([[PATH, old]]) }, signal);
  const armed: Armed | undefined = await arm(arming);
  if (armed === undefined) return { observed: "the host differs from what was read", holds: false };
  await putLeaves(client, { resource: "service/auth", leaves: new Map([[PATH, other(old)]]) }, signal);
  const limitMs = (WINDOW_SECONDS + 2 * RESTORE_MARGIN_SECONDS) * 1000;
  const outcome = await settled(proving, { token: armed.token, wanted: "restored", limitMs });
  const fresh = proving.pool.freshSession(proving.target);
  const live = String((await readConfig(new WsmanClient(fresh), signal)).get(PATH)?.value);
  fresh.close();
  return { observed: `${outcome.observed}, ${PATH} ${live}`, holds: outcome.holds && live === old };
}

/** The host's own verdict, and the task gone. */
async function settled(
  { pool, target, clock, signal }: Proving,
  { token, wanted, limitMs }: { token: string; wanted: "declined" | "restored"; limitMs: number },
): Promise<Outcome> {
  const endMs = clock.steadyMs() + limitMs;
  let observed = "no verdict";
  while (clock.steadyMs() < endMs) {
    await clock.sleep(POLL_MS, signal);
    const fresh: Session = pool.freshSession(target);
    try {
      const { result } = await markersOf(fresh, token, signal);
      const gone = (await taskDescription(new WsmanClient(fresh), ROLLBACK_TASK, signal)) === undefined;
      observed = `${result ?? "no verdict"}, ${gone ? "gone" : "still there"}`;
      if (gone) break;
    } catch (error) {
      // The service restarts.
      observed = messageOf(error);
    } finally {
      fresh.close();
    }
  }
  return { observed, holds: observed === `${wanted}, gone` };
}

function armingOf({ pool, target, clock, signal }: Proving, old: string): Arming {
  const risk = riskOf([{ kind: "setting", path: PATH, from: "true", to: "false" }]);
  const restoredValues = (risk?.restored ?? []).map((item) =>
    item.kind === "value" ? { ...item, old: old === "true" ? "1" : "0", new: old === "true" ? "0" : "1" } : item,
  );
  const log = { warn: () => undefined, progress: () => undefined };
  const about = { windowSeconds: WINDOW_SECONDS, restored: restoredValues, old: `${PATH}:${old}`.replaceAll("/", ".") };
  return { session: pool.session(target), host: displayHost(target), pool, clock, signal, log, ...about };
}

function other(value: string): string {
  return value === "true" ? "false" : "true";
}

async function cleanUp({ pool, target, signal }: Proving, old: string): Promise<void> {
  const client = new WsmanClient(pool.session(target));
  await deleteTask(client, TEST_TASK, signal);
  await deleteTask(client, ROLLBACK_TASK, signal);
  await putLeaves(client, { resource: "service/auth", leaves: new Map([[PATH, old]]) }, signal);
  for (const name of ["armed", "checking", "confirmed", "result", "unfit"]) {
    await deleteValue(client, { key: MARKER_KEY, name }, signal);
  }
}
