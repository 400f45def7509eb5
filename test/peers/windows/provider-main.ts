/** The provider in a process of its own: one resource per process, one request per line on stdin, one answer per line. */
import { createInterface } from "node:readline";
import * as runtime from "../../../provider/runtime";
import { DeployedResource, type Provider } from "../../support/provider-calls";

/** What the provider is asked for. */
export type ProviderRequest =
  | { readonly op: "up"; readonly type: keyof typeof runtime; readonly args: object }
  | { readonly op: "refresh" }
  | { readonly op: "destroy" };

let resource: DeployedResource | undefined;
let provider: Provider | undefined;

async function answer(request: ProviderRequest): Promise<unknown> {
  if (request.op === "up") {
    resource ??= new DeployedResource("r", `exports.handler=()=>require("pulumi-winrm/runtime").${request.type};`);
    provider = runtime[request.type];
    const step = await resource.up(provider, request.args);
    return { platform: process.platform, step, outputs: resource.outputs };
  }
  if (resource === undefined || provider === undefined) throw new Error("there is no resource yet");
  await resource[request.op](provider);
  return { outputs: resource.outputs };
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
