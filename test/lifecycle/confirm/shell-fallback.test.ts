/**
 * A host without WMI's classes of scheduled tasks: the same task is registered through a command shell, and a risky change
 * is as safe as with them, whatever goes wrong at whichever message.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ROLLBACK_TASK } from "../../../provider/host/tasks/rollback";
import { SessionPool } from "../../../provider/session/session-pool";
import { readUnfinished } from "../../../provider/lifecycle/change/confirm/unfinished";
import { WsmanClient } from "../../../provider/session/wsman-client";
import type { HostOptions, MisbehaviourRule } from "../../../simulator";
import {
  makeChange,
  runWith,
  SCENARIOS,
  settle,
  type Stage,
  stageOf,
  valuesOn,
  WINDOW_SECONDS,
} from "../../support/confirm/confirm";
import { ACCOUNT, NEVER } from "../../support/hosts/sessions";
import { points } from "../../support/confirm/confirm-points";

const NO_CLASSES: HostOptions = { scheduler: { classes: "missing" } };
const GOOD = SCENARIOS[0]!;
const LOCKS_OUT = SCENARIOS[1]!;

const verbs = ({ host }: Stage) => host.journal.requests().map(({ action }) => action?.split("/").at(-1));

suite("A risky change without WMI's classes of scheduled tasks", () => {
  for (const scenario of SCENARIOS) {
    test(`is ${scenario.locksOut ? "restored" : "kept"} by the host: ${scenario.title}`, async (t) => {
      const stage = await stageOf(t, scenario, NO_CLASSES);
      const { said } = await runWith(stage, []);
      settle(stage);
      assert.equal(said === "confirmed", !scenario.locksOut, said);
      assert.equal(valuesOn(stage), scenario.locksOut ? "old" : "new");
      assert.deepEqual(stage.host.scheduler.tasks, []);
    });
  }

  test("costs twelve requests more than with them, and leaves no definition behind", async (t) => {
    const [without, usual] = [await stageOf(t, GOOD, NO_CLASSES), await stageOf(t, GOOD)];
    for (const stage of [without, usual]) assert.equal((await runWith(stage, [])).said, "confirmed");
    assert.equal(verbs(without).length - verbs(usual).length, 12);
    const registry = Object.entries(without.host.registry.all());
    const [, markers = {}] = registry.find(([key]) => /\\pulumi-winrm$/i.test(key)) ?? [];
    assert.deepEqual(Object.keys(markers).sort(), ["armed", "checking", "confirmed", "pending", "result"]);
  });

  test("is restored after a restart of the host within the window", async (t) => {
    const stage = await stageOf(t, GOOD, NO_CLASSES);
    await runWith(stage, [{ on: "put", action: "cut-after-apply" }]);
    const again = await stageOf(t, GOOD, NO_CLASSES);
    const rule: MisbehaviourRule = {
      ...{ on: "put", action: "reset-after-apply" },
      meanwhile: () => {
        again.host.reboot();
      },
    };
    await runWith(again, [rule]);
    for (const one of [stage, again]) {
      settle(one);
      assert.notEqual(valuesOn(one), "mix");
      assert.deepEqual(one.host.scheduler.tasks, []);
    }
  });

  test("leaves a host alone where PowerShell or the shell is closed, or the namespace lets nobody in", async (t) => {
    const closed: readonly HostOptions[] = [
      { ...NO_CLASSES, programs: { powershell: "blocked" } },
      { ...NO_CLASSES, programs: { powershell: "does-nothing" } },
      { ...NO_CLASSES, config: { "winrs/AllowRemoteShellAccess": false } },
      { ...NO_CLASSES, scheduler: { classes: "missing", startDelayMs: "never" } },
      { ...NO_CLASSES, programs: { findstr: "does-nothing" } },
      { scheduler: { classes: "denied" } },
    ];
    for (const options of closed) {
      const stage = await stageOf(t, GOOD, options);
      const { said } = await runWith(stage, []);
      assert.equal(said, "WINRM_E_CONFIRM_UNAVAILABLE", JSON.stringify(options));
      assert.equal(verbs(stage).includes("Put"), false, JSON.stringify(options));
      settle(stage);
      assert.equal(valuesOn(stage), "old");
      assert.deepEqual(stage.host.scheduler.tasks, []);
    }
  });

  test("shows in a preview, which opens no shell, while it is pending, and when it was restored", async (t) => {
    const stage = await stageOf(t, GOOD, NO_CLASSES);
    const { host, clock } = stage;
    const pool = poolOf(stage);
    t.after(() => {
      pool.close();
    });
    t.mock.timers.enable({ apis: ["Date"], now: clock.now() });
    const look = async () => {
      const { opened } = host.shells;
      const found = await readUnfinished(new WsmanClient(pool.session(stage.target)), NEVER);
      assert.equal(host.shells.opened, opened);
      return found;
    };
    assert.equal(await look(), undefined);
    assert.equal((await runWith(stage, [])).said, "confirmed");
    assert.equal(await look(), undefined, "confirmed");
    host.config.set("service/auth/Basic", "true");

    await runWith(stage, [{ on: "put", action: "cut-after-apply" }]);
    assert.equal((await look().catch(() => undefined))?.kind, undefined, "nobody is reached");
    settle(stage);
    const restored = await look();
    assert.equal(restored?.kind, "restored");
    assert.equal(restored.change.windowSeconds, WINDOW_SECONDS);

    const dead = new AbortController();
    const die = () => {
      dead.abort();
    };
    host.injectFault({ on: "put", action: "reset-after-apply", meanwhile: die });
    const runner = poolOf(stage);
    await makeChange(stage, runner, { signal: dead.signal });
    runner.close();
    const pending = await look();
    assert.equal(pending?.kind, "pending");
    assert.match(pending.change.by, new RegExp(`^${ACCOUNT.name}@`));
    host.scheduler.delete("\\", ROLLBACK_TASK);
    clock.advance(2 * 60 * 60_000);
    t.mock.timers.setTime(clock.now());
    assert.equal((await look())?.kind, "restored", "of the change before it: this one restores nothing any more");
  });

  test("waits for another's change, and never touches its task", async (t) => {
    const stage = await stageOf(t, GOOD, NO_CLASSES);
    const [first, second] = [poolOf(stage), poolOf(stage)];
    t.after(() => {
      first.close();
      second.close();
    });
    const killed = new AbortController();
    const rule: MisbehaviourRule = {
      ...{ on: "put", action: "cut" },
      meanwhile: () => {
        killed.abort();
      },
    };
    const cut = stage.host.injectFault(rule);
    assert.notEqual(await makeChange(stage, first, { signal: killed.signal }), "confirmed");
    assert.ok(cut.fired);
    assert.equal(stage.host.scheduler.tasks[0]?.name, ROLLBACK_TASK);
    stage.host.cutNetwork(false);
    const said = await makeChange(stage, second);
    assert.equal(said, "again");
    settle(stage);
    assert.equal((await runWith(stage, [])).said, "confirmed");
  });
});

function poolOf({ clock }: Stage): SessionPool {
  return new SessionPool((ms, signal) => clock.sleep(ms, signal));
}

/** A change through a shell has three times the messages, so that fewer things go wrong at each. */
const GO_WRONG = [
  "cut before",
  "cut after",
  "answer lost",
  "frozen over the window",
  "late by the window",
  "restarted",
];

suite("Such a change with something going wrong at every message", () => {
  let total = 0;
  for (const scenario of [GOOD, LOCKS_OUT]) {
    test(`ends with old or confirmed values: ${scenario.title}`, async () => {
      const start = () => stageOf(undefined, scenario, NO_CLASSES);
      for (const wrong of GO_WRONG) total += await points(scenario, wrong, start);
    });
  }

  test("was tried at more than a hundred and fifty points", () => {
    assert.ok(total > 150, `${total}`);
  });
});
