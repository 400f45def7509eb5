/** A run that is killed while a risky change is not confirmed: the host restores, the next preview explains, an up converges. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { test } from "node:test";
import { ManualClock } from "../../../simulator/index.js";
import { type Declared, connectionTo, hostFixture, printed, startHost, until } from "../support/hosts.js";

const CONFIRM_SECONDS = 60;
const BASIC = "service/auth/Basic";
const linux = { skip: process.platform === "linux" ? false : "processes are found through /proc" };

test(
  "kill -9 within the window: the host restores, a preview explains it, and the next up converges",
  linux,
  async (t) => {
    const clock = new ManualClock();
    const host = await startHost(t, { clock, config: { [BASIC]: true } });
    const web: Declared = {
      type: "AuthConfig",
      name: "web",
      args: { connection: connectionTo(host), service: { basic: false }, confirm: CONFIRM_SECONDS },
    };
    const fixture = await hostFixture(t, { resources: [web] });
    const hang = host.injectFault({ on: "setstringvalue", action: "hang" });
    let cli: ChildProcess | undefined;
    const run = fixture.apply({
      expectExit: "any",
      onStart: (child) => {
        cli = child;
      },
    });
    await until("the change is applied and not confirmed", () => hang.fired);
    cli?.kill("SIGKILL");
    for (const { pid } of fixture.leftovers()) process.kill(pid, "SIGKILL");
    await run;
    assert.equal(host.config.get(BASIC), "false");
    clock.advance((CONFIRM_SECONDS + 75) * 1000);
    assert.equal(host.config.get(BASIC), "true");

    await fixture.pulumi(["cancel", "--yes"]);
    assert.match(printed(await fixture.pulumi(["preview"])), /service\.basic true/);
    await fixture.apply();
    assert.equal(host.config.get(BASIC), "false");
    clock.advance((CONFIRM_SECONDS + 140) * 1000);
    assert.equal(host.config.get(BASIC), "false");
    assert.deepEqual(host.scheduler.tasks, []);
  },
);
