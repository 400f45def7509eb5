/** Lines to the engine's own log, received by a stand-in for it. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { suite, test } from "node:test";
import { engineAddress, openEngineLog } from "../../../provider/engine/log";
import { EngineServer } from "../../support/processes/engine-server";

const URN = "urn:pulumi:dev::proj::my:mod:C$pulumi-nodejs:dynamic/winrm:AuthConfig::web01";

suite("the engine's log", () => {
  test("receives a warning under its resource, and progress that disappears", async (t) => {
    const engine = await EngineServer.start(t);
    const log = openEngineLog(engine.address);
    log.warn("look here", URN);
    log.progress("reading", URN);
    await log.flush();
    assert.deepEqual(engine.lines, [
      { severity: "WARNING", message: "look here", urn: URN, ephemeral: false },
      { severity: "INFO", message: "reading", urn: URN, ephemeral: true },
    ]);
  });

  test("never receives a malformed URN, on which the engine panics", async (t) => {
    const engine = await EngineServer.start(t);
    const log = openEngineLog(engine.address);
    const malformed = [
      undefined,
      "",
      "hello",
      "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      "urn:pulumi:dev::proj::type",
      "urn:pulumi:dev::proj::::name",
      "urn:pulumi:dev::proj::type::",
      "urn:pulumi:::proj::type::name",
      "urn:pulumi:dev::::type::name",
      "xurn:pulumi:dev::proj::type::name",
    ];
    for (const urn of malformed) log.warn("x", urn);
    await log.flush();
    assert.deepEqual(
      engine.lines.map(({ urn }) => urn),
      malformed.map(() => ""),
    );
  });

  test("receives well-formed URNs as they are, whatever the name", async (t) => {
    const engine = await EngineServer.start(t);
    const log = openEngineLog(engine.address);
    const urns = [URN, "urn:pulumi:dev::proj::a:b:C::a name :: with colons", "urn:pulumi:s::p::t::ü"];
    for (const urn of urns) log.warn("x", urn);
    await log.flush();
    assert.deepEqual(engine.lines.map(({ urn }) => urn).sort(), [...urns].sort());
  });

  test("of an engine that is gone takes lines and loses them", async () => {
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => {
          resolve(typeof address === "object" && address !== null ? address.port : 0);
        });
      });
    });
    const log = openEngineLog(`127.0.0.1:${port}`);
    log.warn("nobody hears", URN);
    await assert.doesNotReject(log.flush());
  });

  test("of a process that is no provider takes lines and loses them", async () => {
    const log = openEngineLog(undefined);
    log.warn("x", URN);
    log.progress("y", URN);
    await assert.doesNotReject(log.flush());
  });
});

suite("the engine's address", () => {
  const provider = "/p/node_modules/@pulumi/pulumi/cmd/dynamic-provider";
  const table: readonly (readonly [string, readonly string[], string | undefined])[] = [
    ["is the last argument of a provider process", ["node", provider, "127.0.0.1:41000"], "127.0.0.1:41000"],
    ["is found whatever the entry is called", ["node", `${provider}/index.js`, "localhost:1"], "localhost:1"],
    ["is found on Windows", ["node.exe", "C:\\p\\cmd\\dynamic-provider\\index.js", "[::1]:5"], "[::1]:5"],
    ["is found after other arguments", ["node", provider, "--logtostderr", "127.0.0.1:2"], "127.0.0.1:2"],
    ["is not taken from a program", ["node", "/p/index.js", "127.0.0.1:41000"], undefined],
    ["is not taken from the language host", ["node", "/p/cmd/run/index.js", "127.0.0.1:41000"], undefined],
    ["is never another machine", ["node", provider, "10.0.0.1:41000"], undefined],
    ["is not taken from something else", ["node", provider, "--help"], undefined],
    ["is not there without arguments", ["node", provider], undefined],
    ["is not there without anything", [], undefined],
  ];
  for (const [title, argv, address] of table) {
    test(title, () => {
      assert.equal(engineAddress(argv), address);
    });
  }
});
