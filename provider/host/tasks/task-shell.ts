import { WinrmError } from "../../errors";
import type { WsmanClient } from "../../session/wsman-client";
import { powershellCommand } from "../powershell";
import { createKey, setString } from "../registry";
import { MARKER_KEY } from "./rollback";
import { type CommandTask, TASK_CODES, commandTaskXml } from "./scheduled-task";
import { withShell } from "../shell";

/**
 * Scheduled tasks through a command shell, for hosts without WMI's classes of them: before Windows 8 and Windows Server
 * 2012, or where the classes are damaged (0x80041010). `Register-ScheduledTask` uses those classes itself, and `schtasks`
 * takes a definition from a file only; PowerShell's way to Task Scheduler's own COM object needs neither. The definition
 * is too long for a command line and is left in the registry for it.
 */

/**
 * Registers a task, unless there is one of that name.
 * @param id of this attempt alone: letters and digits.
 * @returns 0, or the HRESULT; a small number where PowerShell did not run.
 * @throws WinrmError of the session; `WINRM_E_COMMAND`, uncertain, if the command's end is not known.
 */
export async function registerTaskInShell(
  client: WsmanClient,
  { task, id }: { readonly task: CommandTask; readonly id: string },
  signal: AbortSignal,
): Promise<number> {
  const name = `task-${id}`;
  await createKey(client, MARKER_KEY, signal);
  await setString(client, { key: MARKER_KEY, name, value: commandTaskXml(task) }, signal);
  const at = `-LiteralPath 'HKLM:\\${MARKER_KEY}'`;
  // 2: only if there is none of that name; 5: as the service account that the definition names.
  const statement =
    `$x=(Get-ItemProperty ${at}).'${name}';Remove-ItemProperty ${at} -Name '${name}';` +
    `$s=New-Object -ComObject 'Schedule.Service';$s.Connect();` +
    `[void]$s.GetFolder('\\').RegisterTask('${task.name}',$x,2,$null,$null,5)`;
  return await exitCodeOf(client, powershellCommand(statement), signal);
}

/** Starts a task now. @returns 0, or `TASK_CODES.notFound`. @throws as `registerTaskInShell`. */
export async function startTaskInShell(client: WsmanClient, name: string, signal: AbortSignal): Promise<number> {
  const code = await exitCodeOf(client, `schtasks /Run /TN ${name}`, signal);
  return code === 0 ? TASK_CODES.ok : TASK_CODES.notFound;
}

/** Deletes a task; one that is not there is no error. @throws as `registerTaskInShell`. */
export async function deleteTaskInShell(client: WsmanClient, name: string, signal: AbortSignal): Promise<void> {
  await exitCodeOf(client, `schtasks /Delete /TN ${name} /F`, signal);
}

/** A task's description; `undefined` if there is no such task. @throws as `registerTaskInShell`. */
export async function taskDescriptionInShell(
  client: WsmanClient,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { exitCode, stdout } = await withShell(client, signal, (run) => run(`schtasks /Query /TN ${name} /XML`));
  return exitCode === 0 ? (/<Description>([^<]*)<\/Description>/.exec(stdout)?.[1] ?? "") : undefined;
}

async function exitCodeOf(client: WsmanClient, line: string, signal: AbortSignal): Promise<number> {
  const { exitCode } = await withShell(client, signal, (run) => run(line));
  if (exitCode !== undefined) return exitCode;
  throw new WinrmError("WINRM_E_COMMAND", "the host does not say how the command ended", { outcomeUnknown: true });
}
