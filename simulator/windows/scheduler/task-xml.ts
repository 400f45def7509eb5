/** Task definitions as Task Scheduler reads them ([MS-TSCH] 2.5): triggers, whose account, and the program. */

import { readDuration } from "../../wsman/soap";
import { childOf, elementsOf, textOf, type XmlElement } from "../../wsman/xml";
import { MalformedXml, parseXml } from "../../wsman/xml-reader";

const NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task";

/** HRESULTs of a definition that is refused; which is which is assumed (task-definition). */
export const TASK_XML_ERRORS = {
  unexpectedNode: 0x80041316,
  invalidValue: 0x80041318,
  missingNode: 0x80041319,
  malformed: 0x8004131a,
} as const;

/** When a task starts, and how often after that. */
export interface Trigger {
  readonly kind: "registration" | "boot";
  readonly delayMs: number;
  /** Absent for a single start. */
  readonly repetition: { readonly intervalMs: number; readonly durationMs: number } | undefined;
}

/** A task. */
export interface TaskDefinition {
  readonly xml: string;
  readonly description: string;
  readonly triggers: readonly Trigger[];
  /** SID of the account. */
  readonly user: string;
  readonly onDemand: boolean;
  readonly enabled: boolean;
  /** Command lines, run one after the other. */
  readonly actions: readonly string[];
}

/** Why a definition is refused: an HRESULT. */
export class WrongTask extends Error {
  override readonly name = "WrongTask";
  constructor(readonly code: number) {
    super(`the task definition is refused with ${code}`);
  }
}

const TRIGGERS: Readonly<Record<string, Trigger["kind"]>> = {
  RegistrationTrigger: "registration",
  BootTrigger: "boot",
};
const SETTINGS: ReadonlySet<string> = new Set([
  ...["MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "AllowHardTerminate"],
  ...["StartWhenAvailable", "AllowStartOnDemand", "Enabled", "ExecutionTimeLimit", "Priority", "Hidden"],
]);

/** @throws WrongTask */
export function readTask(xml: string): TaskDefinition {
  // The text is UTF-16 inside; assumed (task-definition): another encoding that it declares is refused.
  if (/^\s*<\?xml[^>]*encoding/i.test(xml)) throw new WrongTask(TASK_XML_ERRORS.malformed);
  const task = parse(xml);
  if (task.ns !== NAMESPACE || task.name !== "Task") throw new WrongTask(TASK_XML_ERRORS.unexpectedNode);
  const actions = elementsOf(required(task, "Actions"));
  if (actions.length === 0) throw new WrongTask(TASK_XML_ERRORS.missingNode);
  if (actions.some(({ name }) => name !== "Exec")) throw new WrongTask(TASK_XML_ERRORS.unexpectedNode);
  const settings = childOf(task, NAMESPACE, "Settings");
  for (const { name } of settings === undefined ? [] : elementsOf(settings)) {
    if (!SETTINGS.has(name)) throw new WrongTask(TASK_XML_ERRORS.unexpectedNode);
  }
  const triggers = childOf(task, NAMESPACE, "Triggers");
  return {
    xml,
    description: text(childOf(task, NAMESPACE, "RegistrationInfo"), "Description") ?? "",
    triggers: (triggers === undefined ? [] : elementsOf(triggers)).flatMap(readTrigger),
    user: text(required(required(task, "Principals"), "Principal"), "UserId") ?? "",
    onDemand: flag(settings, "AllowStartOnDemand"),
    enabled: flag(settings, "Enabled"),
    actions: actions.map((exec) => `${text(exec, "Command") ?? ""} ${text(exec, "Arguments") ?? ""}`),
  };
}

function parse(xml: string): XmlElement {
  try {
    return parseXml(xml);
  } catch (error) {
    if (error instanceof MalformedXml) throw new WrongTask(TASK_XML_ERRORS.malformed);
    throw error;
  }
}

function readTrigger(element: XmlElement): Trigger[] {
  const kind = TRIGGERS[element.name];
  if (kind === undefined) throw new WrongTask(TASK_XML_ERRORS.unexpectedNode);
  if (!flag(element, "Enabled")) return [];
  const repetition = childOf(element, NAMESPACE, "Repetition");
  return [
    {
      kind,
      delayMs: duration(element, "Delay") ?? 0,
      repetition:
        repetition === undefined
          ? undefined
          : {
              intervalMs: duration(repetition, "Interval") ?? 0,
              durationMs: duration(repetition, "Duration") ?? Infinity,
            },
    },
  ];
}

function required(parent: XmlElement, name: string): XmlElement {
  const found = childOf(parent, NAMESPACE, name);
  if (found === undefined) throw new WrongTask(TASK_XML_ERRORS.missingNode);
  return found;
}

function text(parent: XmlElement | undefined, name: string): string | undefined {
  const found = parent === undefined ? undefined : childOf(parent, NAMESPACE, name);
  return found === undefined ? undefined : textOf(found);
}

function flag(parent: XmlElement | undefined, name: string): boolean {
  const value = text(parent, name)?.trim() ?? "true";
  if (value !== "true" && value !== "false") throw new WrongTask(TASK_XML_ERRORS.invalidValue);
  return value === "true";
}

function duration(parent: XmlElement, name: string): number | undefined {
  const written = text(parent, name);
  const ms = written === undefined ? undefined : readDuration(written.trim());
  if (written !== undefined && ms === undefined) throw new WrongTask(TASK_XML_ERRORS.invalidValue);
  return ms;
}
