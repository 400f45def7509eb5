/** A run that died within its window, and the next run, which finds the host as it wants it and may not take that for done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Settings } from "../../provider/contract/settings";
import { LIFECYCLES } from "../../provider/lifecycle/registry";
import { SessionPool } from "../../provider/session/session-pool";
import { clockOf, makeChange, SCENARIOS, settle, stageOf, valuesOn } from "../support/confirm";
import { ACCOUNT, NEVER } from "../support/sessions";

test("an update that finds its change made by a run that died waits for the host, and makes it again", async (t) => {
  const stage = await stageOf(t, SCENARIOS[0]!);
  const { host, clock } = stage;
  const pool = new SessionPool((ms, signal) => clock.sleep(ms, signal));
  t.after(() => {
    pool.close();
  });
  const log = { warn: () => undefined, note: () => undefined, progress: () => undefined };
  const context = {
    ...{ pool, log, signal: NEVER, clock: clockOf(clock) },
    settings: new Settings(() => undefined, {}),
  };
  const auth = { method: "ntlm", username: ACCOUNT.name, password: ACCOUNT.password } as const;
  const connection = { host: "127.0.0.1", transport: "http", port: host.http!.port, auth } as const;
  const inputs = (basic: boolean) => ({ connection, service: { basic }, confirm: 60 as const });
  const state = await LIFECYCLES.AuthConfig.create(inputs(true), context);

  const [dead, end] = [new SessionPool(), new AbortController()];
  const meanwhile = () => {
    end.abort();
  };
  host.injectFault({ on: "setstringvalue", action: "reset", meanwhile });
  assert.equal(await makeChange(stage, dead, { signal: end.signal }), "left");
  dead.close();
  assert.deepEqual([valuesOn(stage), host.scheduler.tasks.length], ["new", 1]);

  host.journal.clear();
  await LIFECYCLES.AuthConfig.update(state, inputs(false), context);
  assert.ok(host.journal.writes().some(({ action }) => action?.endsWith("/Put") === true));
  settle(stage);
  assert.equal(valuesOn(stage), "new");
  assert.deepEqual(host.scheduler.tasks, []);

  // What state knows of is not asked for.
  host.journal.clear();
  const after = await LIFECYCLES.AuthConfig.create(inputs(false), context);
  await LIFECYCLES.AuthConfig.update(after, inputs(false), context);
  assert.equal(host.journal.requests().length, 2);
});
