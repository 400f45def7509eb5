/**
 * The matrix of lockouts: every way in × every change × every operation, on hosts that enforce what Windows enforces.
 * Afterwards a fresh logon with the same connection must work, whatever was refused, written or restored.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CHANGES } from "../../support/lockouts/lockout-changes";
import { cellsOf, runCells } from "../../support/lockouts/lockout-matrix";
import { WAYS } from "../../support/lockouts/lockout-ways";

/**
 * Refused, although the operator would still be in: without Negotiate, and without Kerberos or outside of a domain, every
 * other administrator who logs in with an account is out, and that is refused too.
 */
const PROFILE_GOES: readonly string[] = ["negotiate: false", "kerberos: false, negotiate: false"];
const FALSE_ALARMS: Readonly<Record<string, readonly string[]>> = {
  "basic over https": PROFILE_GOES,
  "basic over http": PROFILE_GOES,
  "a certificate": [
    ...PROFILE_GOES,
    "basic: false, negotiate: false",
    // The other account is an administrator here; a program cannot be sure of that.
    "mapping: longer, to another account",
    "mapping: with a longer URI, to another account",
    "mapping: its own, to another account",
  ],
};

suite("The lockout matrix", () => {
  for (const way of WAYS) {
    const cells = cellsOf(way, CHANGES);
    test(`${way.name}: the operator is out in none of ${cells.length} cells, and refused without need in few`, async (t) => {
      const { out, alarms } = await runCells(t, way, cells);
      assert.deepEqual(out, []);
      assert.deepEqual(alarms, FALSE_ALARMS[way.name] ?? []);
    });
  }
});
