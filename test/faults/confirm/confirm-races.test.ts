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
  type Scenario,
  type Stage,
  stageOf,
  valuesOn,
  WINDOW_SECONDS,
} from "../../support/confirm/confirm";

const [BASIC_OFF] = SCENARIOS;
/** What the other stack changes. */
const CREDSSP_OFF: Scenario = {
  ...{ title: "CredSSP off, over NTLM", method: "ntlm", locksOut: false },
  changes: [{ kind: "setting", path: "service/auth/CredSSP", from: "true", to: "false" }],
};
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
      /** Which of the two is killed at that moment. */
      killed: fc.option(fc.nat({ max: 1 })),
    });
    const stage = await stageOf(t, BASIC_OFF!);
    const stages = [stage, { ...stage, scenario: CREDSSP_OFF }];
    let undone = 0;
    for (const { headStartMs, wrong, nth, killed } of fc.sample(schedule, { numRuns: SCHEDULES, seed: 31 })) {
      const about = JSON.stringify({ headStartMs, wrong, nth, killed });
      for (const name of ["Basic", "CredSSP"]) stage.host.config.set(`service/auth/${name}`, true);
      stage.host.journal.clear();
      const ends = stages.map(() => new AbortController());
      const meanwhile = () => {
        if (killed !== null) ends[killed]!.abort();
      };
      const fault = wrong === null ? undefined : stage.host.injectFault({ on: "message", nth, ...wrong, meanwhile });
      const said = await together(stages, { headStartMs, ends });
      fault?.cancel();
      settle(stage);
      const confirmations = stage.host.journal.requests().filter(({ action }) => action?.endsWith("/SetStringValue"));
      const outcome = `${about}: ${said.join(", ")}`;
      for (const [index, one] of stages.entries()) {
        if (said[index] === "confirmed") assert.equal(valuesOn(one), "new", `lost update, ${outcome}`);
        // Where there are no more confirmations than are spoken of, the killed one's is not among them.
        else if (said[index] !== "left" || confirmations.length <= said.filter((word) => word === "confirmed").length) {
          assert.equal(valuesOn(one), "old", `disarmed, ${outcome}`);
          undone += 1;
        }
      }
      assert.deepEqual(stage.host.scheduler.tasks, [], about);
    }
    assert.ok(undone >= SCHEDULES / 10, `${undone}`);
  });
});

/** Each client has sessions of its own, as another process has; who finds the host changed meanwhile tries again. */
async function together(
  stages: readonly Stage[],
  { headStartMs, ends }: { readonly headStartMs: number; readonly ends: readonly AbortController[] },
): Promise<string[]> {
  const clock = stages[0]!.clock;
  clock.join(1);
  const client = async (stage: Stage, index: number) => {
    const pool = new SessionPool((ms, signal) => clock.sleep(ms, signal));
    const { signal } = ends[index]!;
    try {
      if (index > 0 && headStartMs > 0) await clock.sleep(headStartMs);
      let said = "again";
      for (let tries = 0; said === "again" && tries < 3; tries++) said = await makeChange(stage, pool, { signal });
      return said;
    } catch (error) {
      if (!signal.aborted) throw error;
      return "left";
    } finally {
      pool.close();
      clock.leave();
    }
  };
  const said = await Promise.all(stages.map(client));
  clock.join(1);
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
