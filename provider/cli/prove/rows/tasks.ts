/** Scheduled tasks through WMI: names of methods and parameters, and what is said of mistakes. */

import {
  TASK_CODES,
  TASK_METHODS_URI,
  TASK_URI,
  commandTaskXml,
  deleteTask,
  hresultOf,
  registerTask,
  taskDescription,
} from "../../../host/tasks/scheduled-task";
import { deleteTaskInShell, registerTaskInShell, taskDescriptionInShell } from "../../../host/tasks/task-shell";
import { unlessDenied } from "../../../host/refusal";
import { type MethodCall, invokeMethod } from "../../../host/wmi-method";
import type { WsmanClient } from "../../../session/wsman-client";
import { ACTIONS } from "../../../wsman/uris";
import type { ProvenHost } from "../proven-host";
import { type Row, faultOf, inTurn, row } from "../row";

/** The task that is registered to see what becomes of it. */
export const TEST_TASK = "pulumi-winrm-prove";
/** How it is registered. */
export const TASK = {
  name: TEST_TASK,
  arguments: ["/d /c ver"],
  description: "Made by pulumi-winrm prove.",
  author: "pulumi-winrm",
  delaySeconds: 600,
};
const MISSING_TASK = "pulumi-winrm-nobody";
const ROOT = "\\";
/** Parameters of a registration that any task of that name gives way to. */
const OVER = { Force: "true", TaskName: TEST_TASK, TaskPath: ROOT } as const;
const DEFINITION = commandTaskXml(TASK);
const EXISTS = `${hex(TASK_CODES.ok)}, again ${hex(TASK_CODES.exists)}`;
const MISSING = `${hex(TASK_CODES.notFound)} in a fault`;
const NEVER_RAN = hex(TASK_CODES.neverRan);

/** Definitions that Task Scheduler refuses, and how. */
const WRONG = [
  ["0x8004131a", "<Task"],
  ["0x8004131a", `<?xml version="1.0" encoding="UTF-8"?>${DEFINITION}`],
  ["0x80041316", DEFINITION.replace("<Triggers>", "<Triggers><NobodyTrigger/>")],
  ["0x80041318", DEFINITION.replace("<Enabled>true</Enabled>", "<Enabled>perhaps</Enabled>")],
  ["0x80041319", DEFINITION.replace(/<Actions.*<\/Actions>/s, "")],
] as const;

/** The rows of this subject, in their order. */
export const TASK_ROWS: readonly Row[] = [
  row("task-register", { expected: EXISTS }, async (host) =>
    withTask(host, async (client) => {
      const first = await registerTask(client, TASK, host.signal);
      if (first !== TASK_CODES.ok) return hex(first);
      return `${hex(first)}, again ${hex(await registerTask(client, TASK, host.signal))}`;
    }),
  ),
  row("task-errors", { expected: MISSING, needs: ["task-register"] }, async ({ client, signal }) => {
    return await endOf(client, "StartByPath", { TaskPath: ROOT, TaskName: MISSING_TASK }, signal);
  }),
  row("task-definition", { expected: WRONG.map(([code]) => code).join(", "), needs: ["task-register"] }, async (host) =>
    withTask(host, (client) =>
      inTurn(WRONG, async ([, Xml]) => {
        const end = await endOf(client, "RegisterByXml", { ...OVER, Xml }, host.signal);
        return end.replace(" in a fault", "");
      }),
    ),
  ),
  row("task-info", { expected: NEVER_RAN, needs: ["task-register"] }, async (host) =>
    withTask(host, async (client) => {
      const Xml = DEFINITION.replace(/<Triggers>.*<\/Triggers>/s, "<Triggers/>");
      await invoke(client, "RegisterByXml", { ...OVER, Xml }, host.signal);
      const named = { TaskPath: ROOT, TaskName: TEST_TASK };
      const { outputs } = await invoke(client, "GetInfoByName", named, host.signal);
      // It may be nested in an instance.
      const result = outputs.get("LastTaskResult")?.[0] ?? /\d+/.exec([...outputs.values()].flat().join(" "))?.[0];
      return result === undefined ? "no LastTaskResult" : hex(Number(result));
    }),
  ),
  row("task-delete", { expected: "found, gone, not found", needs: ["task-register"] }, async (host) =>
    withTask(host, async (client) => {
      await registerTask(client, TASK, host.signal);
      const found = await taskDescription(client, TEST_TASK, host.signal);
      await deleteTask(client, TEST_TASK, host.signal);
      const gone = await taskDescription(client, TEST_TASK, host.signal);
      return `${shown(found, gone)}, ${await deletion(client, host.signal)}`;
    }),
  ),
  row("task-shell", { expected: `${EXISTS}, found, gone` }, async (host) => {
    const { client, signal } = host;
    const undo = async (other: WsmanClient, limit: AbortSignal) => {
      await deleteTaskInShell(other, TEST_TASK, limit);
      await removeTestTask(other, limit);
    };
    return await host.temporarily(`the task ${TEST_TASK}`, undo, async () => {
      const first = await registerTaskInShell(client, { task: TASK, id: "prove1" }, signal);
      const again = await registerTaskInShell(client, { task: TASK, id: "prove2" }, signal);
      const found = await taskDescriptionInShell(client, TEST_TASK, signal);
      await deleteTaskInShell(client, TEST_TASK, signal);
      const gone = await taskDescriptionInShell(client, TEST_TASK, signal);
      return `${hex(first)}, again ${hex(again)}, ${shown(found, gone)}`;
    });
  }),
];

/** The test task is gone afterwards, whatever became of it. */
function withTask<T>(host: ProvenHost, body: (client: WsmanClient) => Promise<T>): Promise<T> {
  return host.temporarily(`the task ${TEST_TASK}`, removeTestTask, () => body(host.client));
}

/** Where the class cannot be reached, nothing was registered. */
export async function removeTestTask(client: WsmanClient, signal: AbortSignal): Promise<void> {
  if ((await unlessDenied(taskDescription(client, TEST_TASK, signal))) !== undefined)
    await deleteTask(client, TEST_TASK, signal);
}

/** @param found the task's description, and `gone` that after its deletion. */
function shown(found: string | undefined, gone: string | undefined): string {
  return `${found === TASK.description ? "found" : "not as registered"}, ${gone === undefined ? "gone" : "kept"}`;
}

type Inputs = MethodCall["parameters"];

function invoke(client: WsmanClient, method: string, parameters: Inputs, signal: AbortSignal) {
  const call = { classUri: TASK_METHODS_URI, method, operation: `call ${method}`, parameters, writes: true };
  return invokeMethod(client, call, signal);
}

/** The code, and how it came. */
async function endOf(client: WsmanClient, method: string, parameters: Inputs, signal: AbortSignal) {
  try {
    return hex((await invoke(client, method, parameters, signal)).returnValue);
  } catch (error) {
    const code = hresultOf(error);
    if (code === undefined) throw error;
    return `${hex(code)} in a fault`;
  }
}

/** Of a task that is not there any more. */
async function deletion(client: WsmanClient, signal: AbortSignal): Promise<string> {
  const selectors = { TaskName: TEST_TASK, TaskPath: ROOT };
  const request = { action: ACTIONS.delete, resourceUri: TASK_URI, selectors, operation: "delete", writes: true };
  const fault = await faultOf(client.run(request, signal));
  if (fault === undefined) return "deleted again";
  if (fault.code === "WINRM_E_NOT_FOUND" || hresultOf(fault) === TASK_CODES.notFound) return "not found";
  throw fault;
}

/** `0x80070002` */
function hex(code: number): string {
  return `0x${code.toString(16)}`;
}
