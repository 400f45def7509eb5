/** A provider process that creates one resource, as a child of a test: `node create-process.js '{"type":…,"inputs":…}'`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import { dynamicProviderFor } from "../../../provider/engine/dynamic-provider";
import { ProviderProcess } from "../../../provider/engine/process";
import type { ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";

interface Task {
  readonly type: ResourceType;
  readonly inputs: object;
}

/** Starts it; the test ends it or waits for it. */
export function startCreate(task: Task): ChildProcess {
  return spawn(process.execPath, [__filename, JSON.stringify(task)], { stdio: "ignore", env: {} });
}

/** How it ended: a signal's name, or its exit code. */
export async function endOf(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.signalCode ?? child.exitCode ?? "unknown";
}

async function main({ type, inputs }: Task): Promise<void> {
  const runtime = new ProviderProcess([], {});
  const lifecycle: ResourceLifecycle = LIFECYCLES[type];
  const provider = dynamicProviderFor(lifecycle, runtime);
  const { inputs: checked } = await provider.check({}, { ...inputs });
  await provider.create(checked as Record<string, unknown>);
  await runtime.stop();
}

const [, script, task] = process.argv;
if (script === __filename && task !== undefined) void main(JSON.parse(task) as Task);
