/** `pulumi-winrm prove` against the simulated host: as assumed it passes, and turned it names the row that differs. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { prove } from "../../../provider/cli/prove/rows";
import { SessionPool } from "../../../provider/session/session-pool";
import type { HostOptions } from "../../../simulator";
import { clockOf, SCENARIOS, stageOf } from "../../support/confirm";
import { NEVER } from "../../support/sessions";
import type { TestContext } from "node:test";

async function differing(t: TestContext, options: HostOptions) {
  const { host, clock, target } = await stageOf(t, SCENARIOS[0]!, options);
  const pool = new SessionPool((ms, signal) => clock.sleep(ms, signal));
  t.after(() => {
    pool.close();
  });
  const rows = await prove({ pool, target, clock: clockOf(clock), signal: NEVER, onRow: () => undefined });
  assert.deepEqual(host.scheduler.tasks, []);
  assert.equal(host.config.get("service/auth/CredSSP"), "false");
  return { count: rows.length, differ: rows.filter(({ holds }) => !holds).map(({ row }) => row) };
}

suite("prove", () => {
  test("finds a host as assumed, whether defaults leave entries or not, and leaves it as it was", async (t) => {
    for (const options of [{}, { storedDefaults: "absent" as const }]) {
      assert.deepEqual(await differing(t, options), { count: 5, differ: [] });
    }
  });

  test("names the rows that differ", async (t) => {
    const never = await differing(t, { scheduler: { startDelayMs: "never" } });
    assert.ok(never.differ.includes("the first run rehearses and reports within 10 s"));
    const blocked = await differing(t, { programs: { findstr: "does-nothing" } });
    assert.ok(blocked.differ.includes("without a confirmation the host restores"));
    assert.ok(!blocked.differ.includes("a Put is kept as auth_credssp"));
  });
});
