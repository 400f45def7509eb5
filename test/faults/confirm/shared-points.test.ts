/**
 * Two risky changes that share a window, with something going wrong at every message: each ends with its old or its new
 * value, and neither is reported otherwise than the host has it.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isWinrmError } from "../../../provider/errors";
import { PartialFailure } from "../../../provider/lifecycle/lifecycle";
import { settle } from "../../support/confirm/confirm";
import { WRONGS } from "../../support/confirm/confirm-points";
import { CHANGES, create, severalOn, valuesOn } from "../../support/confirm/several";

/** More messages than the two changes take. */
const MAX_POINTS = 80;
const TWO = CHANGES.slice(0, 2);

/** What a run said of a change: a failure after a write has outputs, which show the new value. */
function saidOf(result: PromiseSettledResult<unknown>): "old" | "new" | "unknown" {
  if (result.status === "fulfilled") return "new";
  const { reason } = result as { readonly reason: unknown };
  if (reason instanceof PartialFailure) return "new";
  return isWinrmError(reason) && reason.context.outcomeUnknown !== true ? "old" : "unknown";
}

/** @returns whether it went wrong. */
async function point(wrong: string, nth: number): Promise<boolean> {
  const ends: (() => void | Promise<void>)[] = [];
  const after = (end: () => void | Promise<void>): void => {
    ends.push(end);
  };
  const stage = await severalOn({ after });
  try {
    const fault = stage.host.injectFault(WRONGS[wrong]!(nth, stage));
    const context = stage.run();
    const results = await Promise.allSettled(TWO.map((_, index) => create(stage, index, { context })));
    fault.cancel();
    // A request that arrives late may arm once more, for nothing.
    for (let rests = 0; rests < 3; rests++) settle(stage);
    const about = `${wrong} ${nth}`;
    for (const [index, result] of results.entries()) {
      const said = saidOf(result);
      if (said !== "unknown") assert.equal(valuesOn(stage)[index], said, `${about}, change ${index + 1}`);
    }
    assert.equal(stage.host.scheduler.tasks.length, 0, about);
    if (nth % 7 === 0) {
      const again = stage.run();
      await Promise.all(TWO.map((_, index) => create(stage, index, { context: again })));
      settle(stage);
      assert.deepEqual(valuesOn(stage).slice(0, 2), ["new", "new"], `${about}, again`);
    }
    return fault.fired;
  } finally {
    for (const end of ends) await end();
  }
}

suite("Two risky changes in one window with something going wrong at every message", () => {
  let total = 0;
  for (const wrong of Object.keys(WRONGS)) {
    test(`end with old or confirmed values: ${wrong}`, async () => {
      for (let nth = 1; nth <= MAX_POINTS && (await point(wrong, nth)); nth++) total += 1;
    });
  }

  test("were tried at hundreds of points", () => {
    assert.ok(total >= 150, `${total}`);
  });
});
