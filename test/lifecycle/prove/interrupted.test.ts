/** Whatever ends `pulumi-winrm prove`, the host is then as it was. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { MisbehaviourMoment } from "../../../simulator";
import { ask, named } from "../../support/confirm/prove";

suite("prove that is interrupted", () => {
  test("puts everything back, at whichever wait it happens", async (t) => {
    let sleeps = 0;
    await ask(t, {}, { onSleep: () => (sleeps += 1) });
    assert.ok(sleeps > 20);
    for (let at = 1; at <= sleeps; at += Math.ceil(sleeps / 8)) {
      const controller = new AbortController();
      let count = 0;
      const onSleep = () => {
        if (++count === at) controller.abort(new Error("interrupted"));
      };
      const found = await ask(t, {}, { onSleep, signal: controller.signal });
      assert.ok(named(found, "unchecked").includes("task-restart"), `at sleep ${at}`);
      assert.deepEqual(named(found, "differs"), [], `at sleep ${at}`);
    }
  });

  const MOMENTS: readonly MisbehaviourMoment[] = [
    "put",
    "get",
    "setdwordvalue",
    "registerbyxml",
    "startbypath",
    "command",
  ];
  for (const [index, on] of MOMENTS.entries()) {
    test(`puts everything back if an answer to ${on} is lost`, async (t) => {
      // The first and a later one, and with each way of losing it: by turns, since a question costs seconds.
      const [first, later] = index % 2 === 0 ? ([1, 4] as const) : ([4, 1] as const);
      await ask(t, {}, { prepare: (host) => host.injectFault({ on, action: "reset", nth: first }) });
      await ask(t, {}, { prepare: (host) => host.injectFault({ on, action: "reset-after-apply", nth: later }) });
    });
  }

  test("says what it could not put back", async (t) => {
    const found = await ask(t, { service: { stopsThatHang: 99 } }, { unreachable: true });
    assert.ok(named(found, "differs").includes("restores"));
    assert.ok(found.left.includes("service/auth/CredSSP"), found.left.join());
  });
});
