/** The SDK's own provider process, with this package loaded by the frozen text, and how it ends. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type * as providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as providerPb from "@pulumi/pulumi/proto/provider_pb";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { EngineServer, grpc } from "../../support/engine-server";
import { type Wire, Struct } from "../../support/provider-calls";

const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { ResourceProviderClient } = sdkRequire("@pulumi/pulumi/proto/provider_grpc_pb") as typeof providerGrpc;
const { CheckRequest } = sdkRequire("@pulumi/pulumi/proto/provider_pb") as typeof providerPb;

const TEXT = 'exports.handler=()=>require("pulumi-winrm/runtime").AuthConfig;';
const URN = "urn:pulumi:dev::proj::pulumi-nodejs:dynamic/winrm:AuthConfig::web01";

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

interface Running {
  readonly child: ChildProcess;
  readonly engine: EngineServer;
  readonly check: (news: Wire) => Promise<Wire>;
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
  readonly stderr: () => string;
}

async function startProvider(t: TestContext): Promise<Running> {
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
  return { child, engine, check, ended, stderr: () => stderr };
}

suite("a provider process", { concurrency: true }, () => {
  const news = { connection: { host: "web01" }, __provider: TEXT, __urn: URN };

  test("loads the package by the frozen text, logs under the resource, and ends with 0 at SIGINT", async (t) => {
    const { child, engine, check, ended, stderr } = await startProvider(t);
    assert.deepEqual(await check(news), { connection: { host: "web01" }, __provider: TEXT });
    const line = await engine.line(/only reads the host/);
    assert.deepEqual([line.severity, line.urn], ["WARNING", URN]);
    child.kill("SIGINT");
    assert.deepEqual(await ended, [0, null]);
    assert.equal(stderr(), "");
  });

  test("ends with 0 at SIGTERM", async (t) => {
    const { child, check, ended } = await startProvider(t);
    await check(news);
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  test("ends by itself when its engine is gone", async (t) => {
    const { engine, check, ended, stderr } = await startProvider(t);
    await check(news);
    engine.stop();
    assert.deepEqual(await ended, [0, null]);
    assert.equal(stderr(), "");
  });
});
