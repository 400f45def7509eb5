/** The SDK's own provider process in a project folder, and an engine's calls to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type * as providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as providerPb from "@pulumi/pulumi/proto/provider_pb";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { EngineServer, grpc } from "./engine-server";
import { type Wire, Struct } from "./provider-calls";

const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { ResourceProviderClient } = sdkRequire("@pulumi/pulumi/proto/provider_grpc_pb") as typeof providerGrpc;
const { CheckRequest, ConfigureRequest, CreateRequest } = sdkRequire(
  "@pulumi/pulumi/proto/provider_pb",
) as typeof providerPb;

/** The text that the engine keeps of a resource. */
export const TEXT = 'exports.handler=()=>require("pulumi-winrm/runtime").AuthConfig;';
/** The resource that the calls are about. */
export const URN = "urn:pulumi:dev::proj::pulumi-nodejs:dynamic/winrm:AuthConfig::web01";

/** A project folder that has the package installed. */
function projectFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-winrm-provider-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(projectRoot, join(folder, "node_modules", "pulumi-winrm"), "junction");
  writeFileSync(join(folder, "package.json"), "{}");
  return folder;
}

/** A provider process, and the calls that an engine makes. */
export interface Running {
  readonly child: ChildProcess;
  readonly engine: EngineServer;
  readonly check: (news: Wire) => Promise<Wire>;
  /** Rejects if the operation fails, or the process ends. */
  readonly create: (news: Wire) => Promise<void>;
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
  readonly stderr: () => string;
}

/** Starts the process; the test's end kills what is left of it. */
export async function startProvider(t: TestContext): Promise<Running> {
  const engine = await EngineServer.start(t);
  const main = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
  const child = spawn(process.execPath, [main, engine.address], {
    cwd: projectFolder(t),
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  const client = new ResourceProviderClient(`127.0.0.1:${chunk.toString().trim()}`, grpc.credentials.createInsecure());
  t.after(() => {
    client.close();
  });
  await new Promise<void>((resolve, reject) => {
    const request = new ConfigureRequest();
    request.setArgs(Struct.fromJavaScript({}));
    client.configure(request, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  const check = (news: Wire) =>
    new Promise<Wire>((resolve, reject) => {
      const request = new CheckRequest();
      request.setUrn(URN);
      request.setOlds(Struct.fromJavaScript({}));
      request.setNews(Struct.fromJavaScript(news));
      client.check(request, (error, response) => {
        if (error !== null) reject(error);
        else resolve(response.getInputs()?.toJavaScript() as Wire);
      });
    });
  const create = (news: Wire) =>
    new Promise<void>((resolve, reject) => {
      const request = new CreateRequest();
      request.setUrn(URN);
      request.setProperties(Struct.fromJavaScript(news));
      client.create(request, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  return { child, engine, check, create, ended, stderr: () => stderr };
}
