/** Commit-confirm against a host that really runs what was armed. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { inspect } from "node:util";
import { MARKER_KEY } from "../../../provider/host/tasks/rollback";
import { SessionPool } from "../../../provider/session/session-pool";
import { makeChange, runWith, SCENARIOS, settle, stageOf, valuesOn } from "../../support/confirm/confirm";
import { disguises } from "../../engine/support/planted";
import { ACCOUNT } from "../../support/hosts/sessions";

/** The message that makes a change. */
const MOMENTS = { setting: "put", "token-filter": "setdwordvalue", removal: "command", addition: "command" } as const;

suite("A risky change", () => {
  for (const scenario of SCENARIOS) {
    test(`is ${scenario.locksOut ? "restored" : "kept"} by the host: ${scenario.title}`, async (t) => {
      const stage = await stageOf(t, scenario);
      const { said } = await runWith(stage, []);
      assert.equal(said, scenario.locksOut ? "restored" : "confirmed");
      assert.equal(valuesOn(stage), scenario.locksOut ? "old" : "new");
      settle(stage);
      assert.equal(valuesOn(stage), scenario.locksOut ? "old" : "new");
      assert.equal(stage.host.scheduler.tasks.length, 0);
    });
  }

  test("costs five requests more than the write and the read after it", async (t) => {
    const stage = await stageOf(t, SCENARIOS[0]!);
    await runWith(stage, []);
    const requests = stage.host.journal.requests().map(({ action }) => action?.split("/").at(-1));
    assert.deepEqual(requests, [
      ...["Get", "RegisterByXml", "GetStringValue", "Put", "Get"],
      ...["SetStringValue", "GetStringValue", "StartByPath"],
    ]);
  });

  test("leaves a host alone whose task never runs, or cannot do one of its commands", async (t) => {
    const blocked = ["reg", "findstr", "sc", "net", "schtasks", "cmd"].flatMap((name) =>
      (["blocked", "does-nothing"] as const).map((how) => ({ programs: { [name]: how } })),
    );
    for (const options of [
      ...blocked,
      { scheduler: { startDelayMs: "never" as const } },
      { scheduler: { classes: "denied" as const } },
      { scheduler: { classes: "missing" as const }, programs: { powershell: "blocked" as const } },
    ]) {
      const stage = await stageOf(t, SCENARIOS[0]!, options);
      const { said } = await runWith(stage, []);
      const about = JSON.stringify(options);
      assert.equal(said, "WINRM_E_CONFIRM_UNAVAILABLE", about);
      assert.deepEqual(
        stage.host.journal.writes().filter(({ action }) => action?.endsWith("/Put")),
        [],
        about,
      );
      settle(stage);
      assert.equal(valuesOn(stage), "old", about);
      assert.equal(stage.host.scheduler.tasks.length, 0, about);
    }
  });

  test("waits for a host whose task starts late, and for a service that does not stop at once", async (t) => {
    const late = await stageOf(t, SCENARIOS[0]!, { scheduler: { startDelayMs: 4_000 } });
    assert.equal((await runWith(late, [])).said, "confirmed");
    const hanging = await stageOf(t, SCENARIOS[2]!, { service: { stopsThatHang: 1 } });
    const { said } = await runWith(hanging, []);
    settle(hanging);
    assert.equal(valuesOn(hanging), "old");
    assert.notEqual(said, "confirmed");
  });

  test("is restored after a restart of the host within the window", async (t) => {
    const stage = await stageOf(t, SCENARIOS[0]!);
    const { said } = await runWith(stage, [{ on: "setstringvalue", action: "cut" }]);
    assert.equal(said, "left");
    const again = await stageOf(t, SCENARIOS[0]!);
    const pool = new SessionPool();
    t.after(() => {
      pool.close();
    });
    again.host.injectFault({
      on: "setstringvalue",
      action: "reset",
      meanwhile: () => {
        again.host.reboot();
      },
    });
    assert.equal(await makeChange(again, pool), "restored");
    settle(again);
    assert.equal(valuesOn(again), "old");
  });

  test("works with stores that keep no entry for a default, and with reports as return values", async (t) => {
    for (const scenario of SCENARIOS) {
      const stage = await stageOf(t, scenario, { storedDefaults: "absent", scheduler: { reports: "return-value" } });
      const { said } = await runWith(stage, []);
      assert.equal(said, scenario.locksOut ? "restored" : "confirmed", scenario.title);
    }
  });

  test("is restored where the host's own WinRM client has every method off: the way back does not go through it", async (t) => {
    const methods = ["Basic", "Digest", "Certificate", "Kerberos", "Negotiate", "CredSSP"];
    const config = Object.fromEntries(methods.map((name) => [`client/auth/${name}`, false]));
    for (const scenario of SCENARIOS) {
      const stage = await stageOf(t, scenario, { config });
      const { said } = await runWith(stage, []);
      assert.equal(said, scenario.locksOut ? "restored" : "confirmed", scenario.title);
      settle(stage);
      assert.equal(valuesOn(stage), scenario.locksOut ? "old" : "new", scenario.title);
    }
  });

  test("leaves no secret in the task, its description, its runs or the registry", async (t) => {
    for (const scenario of SCENARIOS) {
      const stage = await stageOf(t, scenario);
      let left = "";
      const meanwhile = () => {
        const values = stage.host.registry.values(`HKLM\\${MARKER_KEY}`);
        const [task] = stage.host.scheduler.tasks;
        assert.ok(task !== undefined && task.description !== "");
        left = inspect([task, stage.host.scheduler, values], {
          depth: Infinity,
          maxStringLength: Infinity,
          maxArrayLength: Infinity,
        });
      };
      const on = MOMENTS[scenario.changes[0]!.kind];
      await runWith(stage, [{ on, action: "cut", meanwhile }]);
      assert.match(left, /armed/);
      for (const form of disguises(ACCOUNT.password, scenario.account ?? ACCOUNT.name))
        assert.ok(!left.includes(form), scenario.title);
    }
  });
});
