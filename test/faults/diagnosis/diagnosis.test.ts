/** docs/diagnosis.md says what the code says: every row is brought about, and compared. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WRITES, cellsOf, diagnosisRows, writeRow } from "../../support/diagnosis-table";
import { SCENARIOS } from "./diagnosis-rows";

suite("docs/diagnosis.md", { timeout: 60_000 }, () => {
  const rows = diagnosisRows();

  test("has a row for every failure here, and no other", () => {
    assert.deepEqual([...rows.keys()].sort(), Object.keys(SCENARIOS).sort());
  });

  for (const [symptom, provoke] of Object.entries(SCENARIOS)) {
    test(`${symptom}: code, causes in order and next step are those of the table`, async (t) => {
      const failure = await provoke(t);
      const cells = cellsOf(failure);
      assert.ok(
        cells.every((cell) => cell !== "" && !cell.includes("|")),
        `a cell is empty: ${cells.join(" | ")}`,
      );
      if (WRITES) writeRow(symptom, failure);
      else assert.deepEqual(rows.get(symptom), cells, "npm run docs:tables writes the row as the code tells it");
    });
  }
});
