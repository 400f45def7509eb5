/** docs/diagnosis.md says what the code says: every row is brought about, and compared. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { WinrmError } from "../../provider/errors";
import { read, tableRows } from "../unit/docs/documents";
import { SCENARIOS } from "./diagnosis-rows";

/** The code, the causes in order of likelihood, and the next step, as the table writes them. */
function cellsOf({ code, context }: WinrmError): string[] {
  const causes = context.causes ?? [];
  const list = causes.length === 1 ? causes : causes.map((cause, index) => `${index + 1}. ${cause}`);
  return [code, list.join("<br>") || "–", context.next ?? "–"].map((text) => text.replaceAll("`", ""));
}

suite("docs/diagnosis.md", { timeout: 60_000 }, () => {
  const rows = new Map(tableRows(read("docs/diagnosis.md")).map(([symptom = "", ...cells]) => [symptom, cells]));

  test("has a row for every failure here, and no other", () => {
    const symptoms = [...rows.keys()].filter((symptom) => rows.get(symptom)?.[0]?.startsWith("WINRM_E_") === true);
    assert.deepEqual(symptoms.sort(), Object.keys(SCENARIOS).sort());
  });

  for (const [symptom, provoke] of Object.entries(SCENARIOS)) {
    test(`${symptom}: code, causes in order and next step are those of the table`, async (t) => {
      const cells = cellsOf(await provoke(t));
      assert.ok(
        cells.every((cell) => cell !== "" && !cell.includes("|")),
        `a cell is empty: ${cells.join(" | ")}`,
      );
      const told = rows.get(symptom)?.map((cell) => cell.replaceAll("&lt;", "<"));
      assert.deepEqual(told, cells, `the row must be: | ${symptom} | ${cells.join(" | ")} |`);
    });
  }
});
