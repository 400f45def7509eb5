/** docs/diagnosis.md says what the code says: every row is brought about, and compared. */
import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { WRITES, cellsOf, diagnosisRows, symptomsByTable, writeTables } from "../../support/pages/diagnosis-table";
import { SCENARIOS } from "./diagnosis-rows";
import { assertWording } from "../../support/pages/golden";

suite("docs/diagnosis.md", { timeout: 60_000 }, () => {
  const rows = diagnosisRows();
  const written: Record<string, string[][]> = {};

  test("has a table for every kind of failure, and a row for every failure here, and no other", {
    skip: WRITES,
  }, () => {
    const wanted = Object.entries(SCENARIOS).map(([name, scenarios]) => [name, Object.keys(scenarios)]);
    assert.deepEqual(symptomsByTable(), Object.fromEntries(wanted));
  });

  for (const [table, scenarios] of Object.entries(SCENARIOS)) {
    for (const [symptom, provoke] of Object.entries(scenarios)) {
      test(`${symptom}: code, causes in order and next step are those of the table`, async (t) => {
        const error = await provoke(t);
        const cells = cellsOf(error);
        if (!WRITES) assertWording(t, error.message);
        assert.ok(
          cells.every((cell) => cell !== "" && !cell.includes("|")),
          `a cell is empty: ${cells.join(" | ")}`,
        );
        if (WRITES) (written[table] ??= []).push([symptom, ...cells]);
        else assert.deepEqual(rows.get(symptom), cells, "npm run docs:tables writes the row as the code tells it");
      });
    }
  }

  after(() => {
    if (WRITES) writeTables(written);
  });
});
