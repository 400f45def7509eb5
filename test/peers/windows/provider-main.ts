/**
 * The provider in a process of its own: one resource per process, one request per line on stdin, one answer per line. Each
 * request has a runtime of its own, as each operation of the engine has: a destroy knows nothing that an update claimed.
 */
import { createInterface } from "node:readline";
import { dynamicProviderFor } from "../../../provider/engine/dynamic-provider";
import { ProviderProcess } from "../../../provider/engine/process";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { DeployedResource, type Provider } from "../../support/processes/provider-calls";

/** What the provider is asked for. */
export type ProviderRequest =
  | { readonly op: "up"; readonly type: keyof typeof LIFECYCLES; readonly args: object }
  | { readonly op: "refresh" }
  | { readonly op: "destroy" };

let resource: DeployedResource | undefined;
let type: keyof typeof LIFECYCLES | undefined;

async function answer(request: ProviderRequest): Promise<unknown> {
  if (request.op === "up") {
    type = request.type;
    resource ??= new DeployedResource("r", `exports.handler=()=>require("pulumi-winrm/runtime").${type};`);
  }
  if (resource === undefined || type === undefined) throw new Error("there is no resource yet");
  const run = new ProviderProcess();
  try {
    const provider: Provider = dynamicProviderFor(LIFECYCLES[type] as typeof LIFECYCLES.AuthConfig, run);
    if (request.op !== "up") await resource[request.op](provider);
    const step = request.op === "up" ? await resource.up(provider, request.args) : undefined;
    return { platform: process.platform, step, outputs: resource.outputs };
  } finally {
    await run.stop();
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const result = await answer(JSON.parse(line) as ProviderRequest).catch((error: unknown) => ({
      error: error instanceof Error ? error.message : String(error),
    }));
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

void main();
