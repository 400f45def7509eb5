/**
 * The matrix of lockouts once more, with every lockout accepted and every change confirmed: what locks the operator out is
 * made, and a window and 75 s later the operator is in again. Minutes pass on an injected clock.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import { ROLLBACK_TASK } from "../../../provider/host/tasks/rollback";
import { ManualClock } from "../../../simulator";
import { WINDOW_SECONDS } from "../../support/confirm/confirm";
import { CHANGES } from "../../support/lockouts/lockout-changes";
import { Bench, cellsOf } from "../../support/lockouts/lockout-matrix";
import { WAYS } from "../../support/lockouts/lockout-ways";

const CONFIRMED = { acceptLockout: true, confirm: WINDOW_SECONDS };
/** A mapping's password can be written and not read, so that no host can put one back. */
const NOT_RESTORABLE: ReadonlySet<ResourceType> = new Set(["CertMapping"]);
const RESTORABLE = CHANGES.filter(({ type }) => !NOT_RESTORABLE.has(type));

suite("The lockout matrix with lockouts accepted and changes confirmed", () => {
  let tried = 0;
  let undone = 0;
  for (const way of WAYS) {
    const cells = cellsOf(way, RESTORABLE);
    test(`${way.name}: the operator is in again after the window in all ${cells.length} cells`, async (t) => {
      const bench = await Bench.start(t, way, { clock: new ManualClock() });
      const wrong: string[] = [];
      for (const { change, operation } of cells) {
        const outcome = await bench.run({ change, operation, more: CONFIRMED });
        const cell = `${change.name} / ${operation} (${outcome.code ?? "succeeded"})`;
        tried += 1;
        if (outcome.code === "WINRM_E_CONFIRM_FAILED") undone += 1;
        // The connection that makes the change; one that only others use is named, and was given up.
        if (outcome.in.includes(false)) wrong.push(`out: ${cell}`);
        if (outcome.code !== undefined && outcome.changed) wrong.push(`not as it was: ${cell}`);
        if (outcome.code !== undefined && outcome.code !== "WINRM_E_CONFIRM_FAILED") wrong.push(`refused: ${cell}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  test("had hundreds of cells, and hundreds of lockouts to undo", () => {
    assert.ok(tried >= 900 && undone >= 250, `${undone} of ${tried}`);
  });

  test("shows it where the way back is taken away, for every resource that has one", async (t) => {
    const way = WAYS.find(({ name }) => name === "ntlm over http")!;
    const clock = new ManualClock();
    const bench = await Bench.start(t, way, { clock });
    const out = new Set<ResourceType>();
    for (const { change, operation } of cellsOf(way, RESTORABLE)) {
      if (operation !== "create") continue;
      // As soon as the host has shown that it could restore.
      const cancel = clock.after(50, () => bench.host.scheduler.delete("\\", ROLLBACK_TASK));
      const outcome = await bench.run({ change, operation, more: CONFIRMED });
      cancel();
      if (outcome.in[0] !== true) out.add(change.type);
    }
    assert.deepEqual([...out].sort(), ["AuthConfig", "GroupMembership", "TokenFilterPolicy"]);
  });
});
