import type { WsmanClient } from "../../session/wsman-client";
import { ROLLBACK_TASK } from "./rollback";
import { TASK_CODES, deleteTask, hresultOf, startTask, taskDescription } from "./scheduled-task";
import { deleteTaskInShell, startTaskInShell, taskDescriptionInShell } from "./task-shell";

/** The task that restores, through WMI, and through a command shell where WMI has no classes of scheduled tasks. */

/** The HRESULT of a host without those classes. */
export function lacksClasses(code: number | undefined): boolean {
  return code === TASK_CODES.invalidClass || code === TASK_CODES.invalidNamespace;
}

/** Starts it now. @returns 0, or the HRESULT. @throws WinrmError of anything else. */
export async function startRollback(client: WsmanClient, signal: AbortSignal): Promise<number> {
  const code = await startTask(client, ROLLBACK_TASK, signal);
  return lacksClasses(code) ? await startTaskInShell(client, ROLLBACK_TASK, signal) : code;
}

/** Deletes it; if it is not there, that is no error. */
export function deleteRollback(client: WsmanClient, signal: AbortSignal): Promise<void> {
  return orInShell(deleteTask(client, ROLLBACK_TASK, signal), () => deleteTaskInShell(client, ROLLBACK_TASK, signal));
}

/** Its description; `undefined` if it is not there. */
export function rollbackDescription(client: WsmanClient, signal: AbortSignal): Promise<string | undefined> {
  return orInShell(taskDescription(client, ROLLBACK_TASK, signal), () =>
    taskDescriptionInShell(client, ROLLBACK_TASK, signal),
  );
}

async function orInShell<T>(throughWmi: Promise<T>, inShell: () => Promise<T>): Promise<T> {
  try {
    return await throughWmi;
  } catch (error) {
    if (!lacksClasses(hresultOf(error))) throw error;
    return await inShell();
  }
}
