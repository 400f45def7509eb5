/** The SDK's own provider process, with this package loaded by the frozen text, and how it ends. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startProvider, TEXT, URN } from "../../support/processes/provider-process";

suite("a provider process", { concurrency: true }, () => {
  const news = { connection: { host: "web01" }, __provider: TEXT, __urn: URN };

  test("loads the package by the frozen text, logs under the resource, and ends with 0 at SIGINT", async (t) => {
    const { child, engine, check, ended, stderr } = await startProvider(t);
    assert.deepEqual(await check(news), { connection: { host: "web01" }, __provider: TEXT });
    const line = await engine.line(/host/);
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
