/** A host on which the names of a confirmation hold something else: clear ends, never a lockout, never a false success. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { MARKER_KEY, ROLLBACK_TASK } from "../../../provider/host/tasks/rollback";
import { commandTaskXml } from "../../../provider/host/tasks/scheduled-task";
import { HostSnapshot } from "../../../provider/host/host-view";
import { readUnfinished, unfinishedNotes } from "../../../provider/lifecycle/change/confirm/unfinished";
import { resolveTarget } from "../../../provider/connect/target";
import { SETTLED_MS } from "../../support/confirm/confirm";
import { create, severalOn, valuesOn } from "../../support/confirm/several";
import { failure, NEVER } from "../../support/hosts/sessions";
import { assertWording } from "../../support/pages/golden";

const TOKEN = "0123456789abcdef0123456789abcdef";
const KEY = `HKLM\\${MARKER_KEY}`;
const ACCESS_DENIED = 5;
const MARKERS = ["armed", "checking", "confirmed", "pending", "result", "unfit"] as const;
const info = "armed=2026-11-29T22:00:00Z window=120s by=a@b old=service.auth.Basic:true";

suite("A risky change of a host that holds something else under the confirmation's names", () => {
  for (const [what, description] of [
    ["somebody's own task", "Cleans up on Sundays."],
    ["a task with an absurd time", `token=${TOKEN} armed=+275760-09-13T00:00:00Z window=120s by=a old=b`],
    ["a task with a token of another form", `token=42 ${info}`],
  ] as const) {
    test(`${what} ends in a pending change, and is left alone`, async (t) => {
      const stage = await severalOn(t);
      const { host } = stage;
      const task = {
        name: ROLLBACK_TASK,
        arguments: ["/c ver"],
        description,
        author: "somebody",
        delaySeconds: 86_000,
      };
      host.scheduler.register(commandTaskXml(task), { path: "\\", name: ROLLBACK_TASK, force: false });
      const [before] = host.scheduler.tasks;
      assert.equal((await failure(create(stage, 0))).code, "WINRM_E_CONFIRM_PENDING");
      assert.deepEqual(valuesOn(stage), ["old", "old", "old"]);
      assert.deepEqual(host.scheduler.tasks, [before]);
    });
  }

  for (const [what, value] of [
    ["garbage", '\u0000%PATH%"&exit|'],
    ["another's token", TOKEN],
    ["another's verdict", `${TOKEN}-restored ${info}`],
    ["a megabyte", "x".repeat(1_000_000)],
    ["nothing", ""],
    ["a number", 1],
  ] as const) {
    test(`${what} in every marker changes nothing, and the change is confirmed by its own`, async (t) => {
      const stage = await severalOn(t);
      const { host, clock } = stage;
      for (const name of MARKERS) host.registry.set(KEY, name, value);
      await create(stage, 0);
      clock.advance(SETTLED_MS);
      assert.deepEqual([valuesOn(stage), host.scheduler.tasks], [["new", "old", "old"], []]);
    });
  }

  test("markers that the account may not read: nothing is changed, and no task is left", async (t) => {
    const stage = await severalOn(t);
    for (let nth = 1; nth < 40; nth++)
      stage.host.injectFault({ on: "getstringvalue", action: "fault", code: ACCESS_DENIED, nth });
    assert.equal((await failure(create(stage, 0))).code, "WINRM_E_CONFIRM_UNAVAILABLE");
    assert.deepEqual([valuesOn(stage), stage.host.scheduler.tasks], [["old", "old", "old"], []]);
  });

  test("markers that the account may read only until the change is made: it may stay, and is said to", async (t) => {
    const stage = await severalOn(t);
    for (let nth = 2; nth < 80; nth++)
      stage.host.injectFault({ on: "getstringvalue", action: "fault", code: ACCESS_DENIED, nth });
    const error = await failure(create(stage, 0));
    stage.clock.advance(SETTLED_MS);
    assert.deepEqual([error.code, error.context.outcomeUnknown], ["WINRM_E_CONFIRM_FAILED", true]);
    assert.deepEqual([valuesOn(stage), stage.host.scheduler.tasks], [["new", "old", "old"], []]);
    assertWording(t, error.message);
  });

  test("a preview makes no time of a lie", async (t) => {
    const stage = await severalOn(t);
    const { host, connections } = stage;
    const absurd = "armed=+275760-09-13T00:00:00Z window=120s by=a old=b";
    for (const name of MARKERS) host.registry.set(KEY, name, `${TOKEN}-restored ${absurd}`);
    const context = stage.run();
    const session = context.pool.session(resolveTarget(connections[0]!, context.settings).target);
    const unfinished = await new HostSnapshot(session).view(NEVER).read(readUnfinished);
    assert.deepEqual(unfinishedNotes("web01", unfinished), []);
  });
});
