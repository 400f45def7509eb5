/** Asks a host everything that is assumed, one after the other, and leaves it as it was. */

import { WinrmError, isWinrmError } from "../../errors";
import { readConfig, sameValue } from "../../host/config";
import { identify } from "../../host/identify";
import { unlessDenied } from "../../host/refusal";
import { deleteKey, deleteValue, subkeys } from "../../host/registry";
import { MARKER_KEY } from "../../host/tasks/rollback";
import { deleteRollback, rollbackDescription } from "../../host/tasks/rollback-task";
import { RESTORE_MARGIN_SECONDS } from "../../lifecycle/change/confirm/pending";
import { RESTORABLE_PATHS } from "../../lifecycle/safety/risk";
import { displayHost } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";
import { type Proving, ProvenHost } from "./proven-host";
import { type Outcome, type Proof, type Row, Unchecked, failed, seen, wordsOf } from "./row";
import { RUNS_KEY } from "./rows/task-runs";
import { removeTestTask } from "./rows/tasks";
import { WsmanFault } from "../../wsman/faults";
import { closeWindow, taskIsGone } from "./window";

/** What was found. */
export interface Proven {
  readonly proofs: readonly Proof[];
  /** The service's own words about Windows. */
  readonly windows: string;
  /** What could not be restored; empty if the host is as it was. */
  readonly left: readonly string[];
}

const MARKERS = ["armed", "checking", "confirmed", "pending", "result", "unfit"] as const;
const CLEANING = { everyMs: 10_000, attempts: 24 };
/** Refused logons count towards locking the account. */
const MAX_REFUSED_LOGONS = 2;

/**
 * @param onProof sees each row when it is over.
 * @throws WinrmError if the host cannot be read, or has a change that is pending; nothing was changed then.
 */
export async function prove(proving: Proving, rows: readonly Row[], onProof: (proof: Proof) => void): Promise<Proven> {
  const { signal } = proving;
  const client = new WsmanClient(proving.pool.session(proving.target));
  const { version } = await identify(client, signal);
  const host = new ProvenHost(proving, await readConfig(client, signal));
  if ((await unlessDenied(rollbackDescription(client, signal))) !== undefined) {
    const summary = "the host has a change that is not confirmed; nothing was changed";
    const remedy = "wait until it is confirmed or restored";
    throw new WinrmError("WINRM_E_CONFIRM_PENDING", summary, { host: displayHost(proving.target), remedy });
  }
  const proofs: Proof[] = [];
  let left: readonly string[] = [];
  try {
    // Of a run that was killed.
    await removeTestTask(client, signal);
    for (const row of rows) {
      const { assumption, expected } = row;
      const proof = { assumption, expected, ...(await outcomeOf(row, host, proofs)) };
      proofs.push(proof);
      onProof(proof);
    }
  } finally {
    // What ended the questions must not end this.
    host.signal = new AbortController().signal;
    left = await cleanUp(host);
  }
  return { proofs, windows: version, left };
}

async function outcomeOf(row: Row, host: ProvenHost, proofs: readonly Proof[]): Promise<Outcome> {
  const missing = (row.needs ?? []).find(
    (name) => proofs.find(({ assumption }) => assumption === name)?.verdict !== "holds",
  );
  if (isInterrupted(host)) return INTERRUPTED;
  if (missing !== undefined) return { verdict: "unchecked", observed: `needs ${missing} to hold` };
  try {
    const found = await row.ask(host);
    return typeof found === "string" ? seen(found, found === row.expected) : found;
  } catch (error) {
    if (isInterrupted(host)) return INTERRUPTED;
    return error instanceof Unchecked ? { verdict: "unchecked", observed: error.message } : failed(error);
  }
}

const INTERRUPTED = { verdict: "unchecked", observed: "interrupted" } as const;

function isInterrupted({ signal }: ProvenHost): boolean {
  return signal.aborted;
}

/** Restores everything, with fresh logons until it has worked. @returns what could not be restored. */
async function cleanUp(host: ProvenHost): Promise<readonly string[]> {
  let refusals = 0;
  let left: readonly string[] = [];
  for (let attempt = 0; attempt < CLEANING.attempts && refusals < MAX_REFUSED_LOGONS; attempt++) {
    if (attempt > 0) await host.clock.sleep(CLEANING.everyMs, host.signal);
    try {
      return await host.fresh((client) => cleaned(host, client));
    } catch (error) {
      left = [...host.made.map(({ what }) => what), wordsOf(error)];
      if (isWinrmError(error) && error.code === "WINRM_E_LOGON_DENIED") {
        refusals += 1;
        // The host accepts no logon before it has restored.
        const waitSeconds = (host.window?.arming.windowSeconds ?? 0) + RESTORE_MARGIN_SECONDS;
        await host.clock.sleep(waitSeconds * 1000, host.signal);
      }
    }
  }
  return left;
}

async function cleaned(host: ProvenHost, client: WsmanClient): Promise<readonly string[]> {
  const { signal } = host;
  const refused: string[] = [];
  for (const made of host.made) {
    try {
      await host.putBack(made, client, signal);
    } catch (error) {
      if (!(error instanceof WsmanFault)) throw error;
      refused.push(`${made.what}: ${wordsOf(error)}`);
    }
  }
  const now = await readConfig(client, signal);
  const changed = RESTORABLE_PATHS.filter((path) => !sameValue(String(now.get(path)?.value ?? ""), host.value(path)));
  if (changed.length > 0) return [...changed, ...refused];
  if (host.window !== undefined) {
    await closeWindow(host);
    // A task that does not decline has nothing to restore: everything is as it was.
    if (!(await taskIsGone(client, signal))) await deleteRollback(client, signal);
    host.window = undefined;
  }
  for (const name of MARKERS) await deleteValue(client, { key: MARKER_KEY, name }, signal);
  await deleteKey(client, RUNS_KEY, signal);
  const below = await subkeys(client, MARKER_KEY, signal);
  if (below.length === 0) await deleteKey(client, MARKER_KEY, signal);
  return refused;
}
