/** What ends when a person or a machine ends Pulumi while a host hangs. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { test } from "node:test";
import { type Declared, connectionTo, hostFixture, printed, startHost, until } from "../support/hosts.js";

const LEFTOVER_LIMIT_MS = 60_000;
const linux = { skip: process.platform === "linux" ? false : "processes are found through /proc" };

test(
  "one Ctrl-C while a host hangs: the run ends within the host's own time limit, with nothing left behind",
  linux,
  async (t) => {
    const host = await startHost(t);
    const web: Declared = {
      type: "AuthConfig",
      name: "web",
      args: { connection: connectionTo(host, { timeouts: { operationSeconds: 1 } }), client: { digest: false } },
    };
    const fixture = await hostFixture(t, { resources: [web] });
    const hang = host.injectFault({ on: "get", action: "hang" });
    let cli: ChildProcess | undefined;
    const run = fixture.apply({
      expectExit: 1,
      onStart: (child) => {
        cli = child;
      },
    });
    await until("the host hangs", () => hang.fired);
    cli?.kill("SIGINT");
    const text = printed(await run);
    assert.match(text, /\^C received; cancelling/);
    assert.match(text, /\[WINRM_E_TIMEOUT\]/);
    assert.deepEqual((await fixture.state()).pendingOperations, []);
    await until("no process is left", () => fixture.leftovers().length === 0, LEFTOVER_LIMIT_MS);
  },
);

test("when the command line is killed, the provider process ends by itself", linux, async (t) => {
  const host = await startHost(t);
  const web: Declared = {
    type: "AuthConfig",
    name: "web",
    args: { connection: connectionTo(host), client: { digest: false } },
  };
  const fixture = await hostFixture(t, { resources: [web] });
  const hang = host.injectFault({ on: "get", action: "hang" });
  let cli: ChildProcess | undefined;
  const run = fixture.apply({
    expectExit: "any",
    onStart: (child) => {
      cli = child;
    },
  });
  await until("the host hangs", () => hang.fired);
  const provider = () => fixture.leftovers().filter(({ commandLine }) => commandLine.includes("dynamic-provider"));
  assert.notEqual(provider().length, 0);
  cli?.kill("SIGKILL");
  await until("the provider process has ended", () => provider().length === 0, LEFTOVER_LIMIT_MS);
  await until("no process is left", () => fixture.leftovers().length === 0, LEFTOVER_LIMIT_MS);
  await run;

  await fixture.pulumi(["cancel", "--yes"]);
  assert.match(printed(await fixture.apply()), /interrupted while creating/);
  assert.equal(host.config.get("client/auth/Digest"), "false");
});
