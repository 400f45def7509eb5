/**
 * `root/Microsoft/Windows/TaskScheduler`: the static methods of `PS_ScheduledTask`, and Get and Delete of
 * `MSFT_ScheduledTask`. Assumed (task-register, task-errors, task-delete): the form of everything here on the wire.
 */

import type { ScheduledTask } from "../../windows/scheduler/scheduler";
import { TASK_ERRORS } from "../../windows/scheduler/scheduler";
import { fault, faultByCode } from "../faults";
import { CIM_COMMON_NS, DELETE_ACTION, GET_ACTION, WMI_URI, XSI_NS } from "../namespaces";
import { tag, textTag } from "../xml";
import type { Area, AreaHost, AreaNotes, AreaReply, AreaRequest } from "./area";
import { type MethodAnswer, methodNamed, readMethodInput, renderMethodAnswer } from "./wmi-method";

const NAMESPACE_URI = `${WMI_URI}/root/Microsoft/Windows/TaskScheduler`;
const METHODS_URI = `${NAMESPACE_URI}/PS_ScheduledTask`;
const TASK_URI = `${NAMESPACE_URI}/MSFT_ScheduledTask`;
const INVALID_CLASS = 0x80041010;
const WBEM_ACCESS_DENIED = 0x80041003;
/** SCHED_E_SERVICE_NOT_RUNNING */
const SERVICE_NOT_RUNNING = 0x80041315;
const SYSTEM_SID = "S-1-5-18";
/** As `MSFT_ScheduledTask.State` counts: ready. */
const READY = "3";

interface Method {
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  call(input: ReadonlyMap<string, string>, request: AreaRequest, host: AreaHost): MethodAnswer;
}

const BY_NAME = ["TaskPath", "TaskName"] as const;

const METHODS: Readonly<Record<string, Method>> = {
  RegisterByXml: {
    parameters: ["Force", "Xml", "Password", "User", "TaskPath", "TaskName"],
    outputs: ["cmdletOutput"],
    call(input, { caller }, { scheduler }) {
      const xml = input.get("Xml");
      if (xml === undefined) throw fault("wmiInvalidParameter", "Xml");
      if (!caller.administrator && xml.includes(SYSTEM_SID)) return { returnValue: TASK_ERRORS.accessDenied };
      const { path, name } = named(input);
      return { returnValue: scheduler.register(xml, { path, name, force: input.get("Force")?.trim() === "true" }) };
    },
  },
  StartByPath: {
    parameters: BY_NAME,
    outputs: [],
    call: (input, _request, { scheduler }) => ({ returnValue: scheduler.start(named(input).path, named(input).name) }),
  },
  GetInfoByName: {
    parameters: BY_NAME,
    outputs: ["LastTaskResult"],
    call(input, _request, { scheduler }) {
      const task = scheduler.task(named(input).path, named(input).name);
      if (task === undefined) return { returnValue: TASK_ERRORS.fileNotFound };
      return { returnValue: 0, outputs: { LastTaskResult: String(task.lastResult) } };
    },
  },
};

/** The scheduled tasks of the host. */
export const scheduledTasksArea: Area = {
  owns: (uri) => uri.startsWith(`${NAMESPACE_URI.toLowerCase()}/`),

  options: "ignored",

  handle(request: AreaRequest, host: AreaHost, notes: AreaNotes): AreaReply {
    const { classes = "available", reports = "fault" } = host.scheduler.options;
    if (classes === "missing") throw faultByCode(INVALID_CLASS);
    if (classes === "denied") throw faultByCode(WBEM_ACCESS_DENIED);
    if (classes === "stopped") throw faultByCode(SERVICE_NOT_RUNNING);
    const uri = request.resourceUri.toLowerCase();
    if (uri === TASK_URI.toLowerCase()) return oneTask(request, host);
    if (uri !== METHODS_URI.toLowerCase()) throw fault("invalidResourceUri", request.resourceUri);
    const { name, method } = methodNamed(request, METHODS);
    const answer = method.call(readMethodInput(request, { name, known: method.parameters }), request, host);
    notes.returnValue = answer.returnValue;
    if (answer.returnValue !== 0 && reports === "fault") throw faultByCode(answer.returnValue);
    return { body: renderMethodAnswer(answer, { uri: METHODS_URI, name, names: method.outputs }) };
  },
};

function oneTask({ action, selectors, caller }: AreaRequest, { scheduler }: AreaHost): AreaReply {
  const [path, name] = [selectors.get("taskpath") ?? "\\", selectors.get("taskname") ?? ""];
  const task = caller.administrator ? scheduler.task(path, name) : undefined;
  if (task === undefined) throw fault("notFound");
  switch (action) {
    case GET_ACTION:
      return { body: render(task) };
    case DELETE_ACTION:
      scheduler.delete(path, name);
      return { body: "" };
    default:
      throw fault("actionNotSupported", action);
  }
}

function render({ path, name, description }: ScheduledTask): string {
  const attributes = { "xmlns:xsi": XSI_NS, "xmlns:p": TASK_URI, "xmlns:cim": CIM_COMMON_NS };
  return tag(
    "p:MSFT_ScheduledTask",
    { ...attributes, "xsi:type": "p:MSFT_ScheduledTask_Type" },
    textTag("p:Description", description),
    textTag("p:State", READY),
    textTag("p:TaskName", name),
    textTag("p:TaskPath", path),
  );
}

function named(input: ReadonlyMap<string, string>): { readonly path: string; readonly name: string } {
  const name = input.get("TaskName");
  if (name === undefined) throw fault("wmiInvalidParameter", "TaskName");
  return { path: input.get("TaskPath") ?? "\\", name };
}
