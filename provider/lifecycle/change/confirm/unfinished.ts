import type { Judgement } from "../../../contract/finding";
import { unlessDenied } from "../../../host/refusal";
import { getString } from "../../../host/registry";
import { MARKER_KEY, ROLLBACK_TASK } from "../../../host/tasks/rollback";
import { lacksClasses } from "../../../host/tasks/rollback-task";
import { hresultOf, taskDescription } from "../../../host/tasks/scheduled-task";
import type { WsmanClient } from "../../../session/wsman-client";
import { type HostChange, readableOld, riskOf } from "../../safety/risk";
import { type PendingChange, readPending, settledAt } from "./pending";

/** What a run that died leaves on a host, and what a preview says of it. */

/** A change that is not confirmed yet, or that the host has undone because it was not. */
export interface Unfinished {
  readonly kind: "pending" | "restored";
  readonly change: PendingChange;
}

/** True where a change that is not confirmed may have brought a host to what it shows. */
export function mayBeUnfinished(already: readonly HostChange[] | undefined): boolean {
  return already !== undefined && riskOf(already) !== undefined;
}

/** The task starts by itself for so long after the window. */
const REPEATED_MS = 30 * 60_000;

/**
 * The change that is armed and not confirmed, if there is one and the host shows it. One request, and no shell: where WMI has
 * no classes of tasks the markers tell it (up to three requests more).
 */
export async function readArmed(client: WsmanClient, signal: AbortSignal): Promise<PendingChange | undefined> {
  const noClasses = Symbol("no classes");
  const description = await unlessDenied<string | symbol | undefined>(
    taskDescription(client, ROLLBACK_TASK, signal).catch((error: unknown) => {
      if (!lacksClasses(hresultOf(error))) throw error;
      return noClasses;
    }),
  );
  if (typeof description !== "symbol") return readPending(description ?? "");
  const change = readPending(await marker(client, "pending", signal));
  if (change === undefined || !mayRestore(change, await marker(client, "result", signal))) return undefined;
  return (await marker(client, "confirmed", signal)) === change.token ? undefined : change;
}

/** The last change that was not confirmed, if nothing was since: one request more than {@link readArmed} unless it is pending. */
export async function readUnfinished(client: WsmanClient, signal: AbortSignal): Promise<Unfinished | undefined> {
  const pending = await readArmed(client, signal);
  if (pending !== undefined) return { kind: "pending", change: pending };
  const result = await marker(client, "result", signal);
  const change = /^[0-9a-f]{32}-restored /.test(result) ? readPending(result) : undefined;
  return change === undefined ? undefined : { kind: "restored", change };
}

async function marker(client: WsmanClient, name: string, signal: AbortSignal): Promise<string> {
  return (await unlessDenied(getString(client, { key: MARKER_KEY, name }, signal))) ?? "";
}

/** The host has not said what became of it, and its task still starts by itself: it was not deleted unseen. */
function mayRestore(change: PendingChange, result: string): boolean {
  if (/^-(?:declined|restored)/.test(result.replace(change.token, ""))) return false;
  return Date.now() <= settledAt(change).getTime() + REPEATED_MS;
}

/** Whose change it is, until when it is open, and what happens then. */
export function unfinishedNotes(host: string, unfinished: Unfinished | undefined): Judgement[] {
  if (unfinished === undefined) return [];
  const { kind, change } = unfinished;
  const what = `a change by ${change.by}, armed ${change.armedAt.toISOString()} for ${change.windowSeconds} s`;
  const old = readableOld(change.old);
  const about = { property: "confirm" } as const;
  if (kind === "restored") {
    const message = `${what}, was not confirmed: ${host} has restored ${old}`;
    return [{ ...about, rule: "confirm/restored", severity: "note", message, remedy: "" }];
  }
  return [
    {
      ...about,
      rule: "confirm/pending",
      severity: "warning",
      message: `${host} has ${what}, that is not confirmed: unless its run confirms it, the host restores ${old} by ${settledAt(change).toISOString()}`,
      remedy: "an update waits for that; do not delete the task manually",
    },
  ];
}
