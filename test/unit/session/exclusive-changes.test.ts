/** Changes of one host, one at a time: whose time is up leaves the queue. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { SessionPool } from "../../../provider/session/session-pool";
import { NEVER, failure, targetOf } from "../../support/hosts/sessions";

function deferred(): { readonly promise: Promise<string>; readonly resolve: (value: string) => void } {
  let resolve: (value: string) => void = () => undefined;
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

suite("K5, D4: one change of a host at a time", () => {
  test("a change whose time is up while it waits fails at once, and never starts", async () => {
    const pool = new SessionPool();
    const target = targetOf(5985);
    const first = deferred();
    const running = pool.exclusively(target, NEVER, () => first.promise);
    const started: string[] = [];
    const change = (name: string) => () => Promise.resolve(started.push(name));
    const controller = new AbortController();
    const waiting = failure(pool.exclusively(target, controller.signal, change("aborted")));
    const next = pool.exclusively(target, NEVER, change("next"));
    controller.abort(new DOMException("time is up", "TimeoutError"));
    // The first one still runs.
    assert.equal((await waiting).code, "WINRM_E_TIMEOUT");
    const late = await failure(pool.exclusively(target, controller.signal, change("late")));
    assert.equal(late.code, "WINRM_E_TIMEOUT");
    assert.deepEqual(started, []);
    first.resolve("done");
    assert.equal(await running, "done");
    await next;
    await pool.settled();
    assert.deepEqual(started, ["next"]);
  });

  test("a change that runs is waited for, so that what became of the host is known", async () => {
    const pool = new SessionPool();
    const controller = new AbortController();
    const act = deferred();
    const begun = deferred();
    const changing = pool.exclusively(targetOf(5985), controller.signal, () => {
      begun.resolve("");
      return act.promise;
    });
    await begun.promise;
    controller.abort();
    act.resolve("carried out");
    assert.equal(await changing, "carried out");
  });
});
