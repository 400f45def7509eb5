/**
 * Two stacks that change one host at the same time, and the one case that commit-confirm does not cover. Both clients and
 * the host share one clock, which goes on when both sleep; who goes first is drawn from a seed.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { SessionPool } from "../../../provider/session/session-pool";
import type { MisbehaviourAction } from "../../../simulator";
import {
  makeChange,
  runWith,
  SCENARIOS,
  settle,
  type Stage,
  stageOf,
  valuesOn,
  WINDOW_SECONDS,
} from "../../support/confirm";

const [BASIC_OFF] = SCENARIOS;
const SCHEDULES = 200;

/** Fast links between the words of a schedule and what happens. */
const WRONGS: readonly MisbehaviourAction[] = [
  { action: "reset" },
  { action: "reset-after-apply" },
  { action: "late", afterMs: 2_000 },
];

suite("Two stacks that change one host at the same time", () => {
  test(`never disarm each other's rollback, and lose no update, in ${SCHEDULES} random schedules`, async (t) => {
    const schedule = fc.record({
      headStartMs: fc.integer({ min: 0, max: 90_000 }),
      wrong: fc.option(fc.constantFrom(...WRONGS)),
      nth: fc.integer({ min: 1, max: 16 }),
    });
    const stage = await stageOf(t, BASIC_OFF!);
    for (const { headStartMs, wrong, nth } of fc.sample(schedule, { numRuns: SCHEDULES, seed: 31 })) {
      const about = JSON.stringify({ headStartMs, wrong, nth });
      stage.host.config.set("service/auth/Basic", true);
      const fault = wrong === null ? undefined : stage.host.injectFault({ on: "message", nth, ...wrong });
      const said = await together(stage, headStartMs);
      fault?.cancel();
      settle(stage);
      const values = valuesOn(stage);
      if (said.includes("confirmed")) assert.equal(values, "new", `${about}: ${said.join(", ")}`);
      else if (!said.includes("left")) assert.equal(values, "old", `${about}: ${said.join(", ")}`);
      assert.deepEqual(stage.host.scheduler.tasks, [], about);
    }
  });
});

/** Each client has sessions of its own, as another process has. */
async function together(stage: Stage, headStartMs: number): Promise<string[]> {
  stage.clock.join(1);
  const client = async (waitMs: number) => {
    const pool = new SessionPool((ms, signal) => stage.clock.sleep(ms, signal));
    try {
      if (waitMs > 0) await stage.clock.sleep(waitMs);
      return await makeChange(stage, pool);
    } finally {
      pool.close();
      stage.clock.leave();
    }
  };
  const said = await Promise.all([client(0), client(headStartMs)]);
  stage.clock.join(1);
  return said;
}

suite("What commit-confirm does not cover", () => {
  test("is a write that arrives after the host's second look: it stays, and the client says that it does not know", async (t) => {
    const stage = await stageOf(t, BASIC_OFF!);
    const late = (WINDOW_SECONDS + 150) * 1000;
    const { said } = await runWith(stage, [
      {
        on: "put",
        action: "late",
        afterMs: late,
        meanwhile: () => {
          stage.host.cutNetwork();
        },
      },
    ]);
    assert.equal(said, "left");
    assert.equal(valuesOn(stage), "old");
    settle(stage);
    assert.equal(valuesOn(stage), "new");
  });
});
