import { isWinrmError } from "../../errors";
import type { WsmanClient } from "../../session/wsman-client";
import { WsmanFault, formatFaultCode } from "../../wsman/faults";
import { ACTIONS, TASK_SCHEDULER_URI } from "../../wsman/uris";
import { writeXml } from "../../wsman/xml-writer";
import { propertyOf } from "../wmi";
import { type MethodCall, invokeMethod } from "../wmi-method";

/**
 * Scheduled tasks through WMI: the methods that Windows' own `Register-ScheduledTask` calls ([MS-TSCH] 2.5 for the
 * definition). Task Scheduler returns an HRESULT, as the return value or within a fault.
 */

/** HRESULTs that are told apart. */
export const TASK_CODES = {
  ok: 0,
  notFound: 0x80070002,
  accessDenied: 0x80070005,
  exists: 0x800700b7,
  /** The WMI class, or its namespace, is not there. */
  invalidClass: 0x80041010,
  invalidNamespace: 0x8004100e,
  /** `LastTaskResult` of a task that has not run. */
  neverRan: 0x41303,
} as const;

/** A task in the root folder that runs cmd as SYSTEM. */
export interface CommandTask {
  readonly name: string;
  /** Arguments of `cmd.exe`, for one start of it after the other; at most 32. */
  readonly arguments: readonly string[];
  /** For people, in Task Scheduler's list. */
  readonly description: string;
  readonly author: string;
  /** Seconds from the registration to the second start. */
  readonly delaySeconds: number;
}

/** The class with the static methods. */
export const TASK_METHODS_URI = `${TASK_SCHEDULER_URI}/PS_ScheduledTask`;
/** The class of the tasks themselves; keys TaskName and TaskPath. */
export const TASK_URI = `${TASK_SCHEDULER_URI}/MSFT_ScheduledTask`;
const ROOT = "\\";
const EACH_MINUTE = { Repetition: { Interval: "PT1M", Duration: "PT30M" }, Enabled: "true" };

/**
 * The definition: starts at once, then after the delay and each minute of half an hour, and after each start of Windows,
 * where the delay is lost. By SID, because account names are localised; on batteries too, which is not the default.
 */
export function commandTaskXml({ description, author, delaySeconds, arguments: lines }: CommandTask): string {
  return writeXml({
    Task: {
      "@": { version: "1.3", xmlns: "http://schemas.microsoft.com/windows/2004/02/mit/task" },
      RegistrationInfo: { Source: "pulumi-winrm", Author: author, Description: description },
      Triggers: {
        RegistrationTrigger: [{ Enabled: "true" }, { ...EACH_MINUTE, Delay: `PT${delaySeconds}S` }],
        BootTrigger: EACH_MINUTE,
      },
      Principals: { Principal: { "@": { id: "Author" }, UserId: "S-1-5-18", RunLevel: "HighestAvailable" } },
      Settings: {
        MultipleInstancesPolicy: "IgnoreNew",
        DisallowStartIfOnBatteries: "false",
        StopIfGoingOnBatteries: "false",
        AllowHardTerminate: "true",
        StartWhenAvailable: "true",
        AllowStartOnDemand: "true",
        Enabled: "true",
        ExecutionTimeLimit: "PT10M",
        Priority: 4,
      },
      Actions: { "@": { Context: "Author" }, Exec: lines.map((line) => ({ Command: "cmd.exe", Arguments: line })) },
    },
  });
}

/** Registers a task, unless there is one of that name. @returns 0, or the HRESULT. @throws WinrmError of anything else. */
export function registerTask(client: WsmanClient, task: CommandTask, signal: AbortSignal): Promise<number> {
  const parameters = { Force: "false", TaskName: task.name, TaskPath: ROOT, Xml: commandTaskXml(task) };
  return codeOf(client, { ...call("RegisterByXml", `register the task ${task.name}`), parameters }, signal);
}

/** Starts a task now. @returns 0, or the HRESULT. @throws WinrmError of anything else. */
export function startTask(client: WsmanClient, name: string, signal: AbortSignal): Promise<number> {
  const parameters = { TaskPath: ROOT, TaskName: name };
  return codeOf(client, { ...call("StartByPath", `start the task ${name}`), parameters }, signal);
}

/** Deletes a task; one that is not there is no error. */
export async function deleteTask(client: WsmanClient, name: string, signal: AbortSignal): Promise<void> {
  const operation = `delete the task ${name}`;
  const selectors = { TaskName: name, TaskPath: ROOT };
  try {
    await client.run({ action: ACTIONS.delete, resourceUri: TASK_URI, selectors, operation, writes: true }, signal);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** A task's description; `undefined` if there is no such task. */
export async function taskDescription(
  client: WsmanClient,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const operation = `read the task ${name}`;
  const selectors = { TaskName: name, TaskPath: ROOT };
  try {
    const body = await client.run(
      { action: ACTIONS.get, resourceUri: TASK_URI, selectors, operation, writes: false },
      signal,
    );
    const [task] = body.children;
    return task === undefined ? undefined : (propertyOf(task, "Description") ?? "");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The HRESULT that a failure carries, of Task Scheduler or of WMI; `undefined` if it is another failure. */
export function hresultOf(error: unknown): number | undefined {
  if (!(error instanceof WsmanFault)) return undefined;
  const codes = [error.details.wsmanCode, ...error.details.nestedCodes].filter((code) => code !== undefined);
  return codes.find((code) => HRESULTS.has(code));
}

/** An HRESULT as people look it up: `2147942583 (0x800700B7)`. */
export function displayTaskCode(code: number): string {
  return formatFaultCode(code);
}

const HRESULTS: ReadonlySet<number> = new Set([
  ...Object.values(TASK_CODES).filter((code) => code > 0x80000000),
  // The definition is refused: unexpected node, wrong value, missing node, malformed.
  ...[0x80041316, 0x80041318, 0x80041319, 0x8004131a],
]);

function isMissing(error: unknown): boolean {
  return isWinrmError(error) && (error.code === "WINRM_E_NOT_FOUND" || hresultOf(error) === TASK_CODES.notFound);
}

function call(method: string, operation: string): Omit<MethodCall, "parameters"> {
  return { classUri: TASK_METHODS_URI, method, operation, writes: true };
}

async function codeOf(client: WsmanClient, methodCall: MethodCall, signal: AbortSignal): Promise<number> {
  try {
    return (await invokeMethod(client, methodCall, signal)).returnValue;
  } catch (error) {
    const code = hresultOf(error);
    if (code === undefined) throw error;
    return code;
  }
}
