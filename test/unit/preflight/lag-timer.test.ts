/** A timeout that does not count the time in which the program blocked the event loop. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { eventLoopTimeout } from "../../../provider/program/preflight/event-loop-timeout";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A clock that the test moves; `blocked` is time that passes without a turn of the loop. */
function clock(t: TestContext) {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const turn = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      now += 100;
      t.mock.timers.tick(100);
    }
  };
  const blocked = (ms: number) => {
    now += ms;
  };
  return { turn, blocked };
}

suite("the lag-corrected timeout", () => {
  test("aborts after its time, with a TimeoutError", (t) => {
    const { turn } = clock(t);
    const { signal } = eventLoopTimeout(3_000);
    turn(2_900);
    assert.equal(signal.aborted, false);
    turn(100);
    assert.equal(signal.aborted, true);
    assert.equal((signal.reason as Error).name, "TimeoutError");
  });

  test("counts a blocked loop as next to nothing, however often it happens", (t) => {
    const { turn, blocked } = clock(t);
    const { signal } = eventLoopTimeout(3_000);
    for (let index = 0; index < 5; index++) {
      blocked(60_000);
      turn(100);
    }
    assert.equal(signal.aborted, false);
    turn(2_000);
    assert.equal(signal.aborted, true);
  });

  test("never aborts once it is cleared", (t) => {
    const { turn } = clock(t);
    const timeout = eventLoopTimeout(200);
    turn(100);
    timeout.clear();
    turn(1_000);
    assert.equal(timeout.signal.aborted, false);
  });

  test("survives a real block that is longer than the time itself", async () => {
    const timeout = eventLoopTimeout(300);
    const end = performance.now() + 600;
    while (performance.now() < end);
    await nextTurn();
    await nextTurn();
    assert.equal(timeout.signal.aborted, false);
    timeout.clear();
  });
});
