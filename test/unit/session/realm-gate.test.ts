/** A realm where nobody answers is waited for once, not for each host. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WinrmError } from "../../../provider/errors";
import { KdcBreaker } from "../../../provider/session/guard/kdc-breaker";

const SILENCE = new WinrmError("WINRM_E_UNREACHABLE", "nobody answers");

/** Asks that end when the test says so, and how many were begun. */
function domain() {
  const open: { answer: () => void; fail: (error: Error) => void }[] = [];
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      open.push({
        answer: () => {
          resolve("ticket");
        },
        fail: reject,
      });
    });
  return { open, ask };
}

const turn = () => new Promise(setImmediate);

suite("a realm that is asked for many hosts", () => {
  test("and does not answer is asked once, and all who wait get the same error", async () => {
    const { open, ask } = domain();
    const gate = new KdcBreaker();
    const all = Promise.allSettled(Array.from({ length: 30 }, () => gate.ask(ask)));
    await turn();
    assert.equal(open.length, 1);
    open[0]?.fail(SILENCE);
    for (const outcome of await all) assert.equal(outcome.status === "rejected" && outcome.reason, SILENCE);
    assert.equal(open.length, 1);
  });

  test("and did not answer is asked again after a minute, and not before", async () => {
    let now = 0;
    const gate = new KdcBreaker(() => now);
    await assert.rejects(gate.ask(() => Promise.reject(SILENCE)));
    now = 59_999;
    await assert.rejects(
      gate.ask(() => assert.fail("asked too early")),
      SILENCE,
    );
    now = 60_000;
    assert.equal(await gate.ask(() => Promise.resolve("ticket")), "ticket");
    assert.equal(await gate.ask(() => Promise.resolve("another")), "another");
  });

  test("and has answered is asked side by side, until it falls silent", async () => {
    const { open, ask } = domain();
    const gate = new KdcBreaker();
    assert.equal(await gate.ask(() => Promise.resolve("ticket")), "ticket");
    const both = Promise.allSettled([gate.ask(ask), gate.ask(ask)]);
    await turn();
    assert.equal(open.length, 2);
    open[0]?.fail(SILENCE);
    open[1]?.answer();
    assert.deepEqual(
      (await both).map(({ status }) => status),
      ["rejected", "fulfilled"],
    );
  });

  test("and answers with a refusal is asked by the next, one by one", async () => {
    const { open, ask } = domain();
    const gate = new KdcBreaker();
    const refused = new WinrmError("WINRM_E_KERBEROS", "no such service");
    const outcomes = Promise.allSettled([gate.ask(ask), gate.ask(ask), gate.ask(ask)]);
    await turn();
    assert.equal(open.length, 1);
    open[0]?.fail(refused);
    await turn();
    assert.equal(open.length, 2);
    open[1]?.answer();
    await turn();
    open[2]?.answer();
    const [first, second, third] = await outcomes;
    assert.equal(first.status === "rejected" && first.reason, refused);
    assert.deepEqual([second.status, third.status], ["fulfilled", "fulfilled"]);
  });
});
