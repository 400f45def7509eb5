/** docs/diagnosis.md says what the code says: every row is brought about, and compared. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { KERBEROS_REASONS, KerberosError } from "../../provider/auth/kerberos/errors";
import { ERROR_CODES, type WinrmError } from "../../provider/errors";
import { read, tableRows } from "../unit/docs/documents";
import { SCENARIOS } from "./diagnosis-rows";

/** The code, the causes in order of likelihood, and the next step, as the table writes them. */
function cellsOf({ code, context }: WinrmError): string[] {
  const causes = context.causes ?? [];
  const list = causes.length === 1 ? causes : causes.map((cause, index) => `${index + 1}. ${cause}`);
  return [code, list.join("<br>") || "–", context.next ?? "–"].map((text) => text.replaceAll("`", ""));
}

/** Codes without a row, in the order of the table of codes, and why. */
const NO_CONNECTION: Readonly<Record<string, string>> = {
  WINRM_E_SECRET_REFERENCE: "names the variable or file itself",
  WINRM_E_CANCELLED: "somebody wanted it so",
  WINRM_E_LOGON_NOT_REPEATED: "stands below the table, with the host that refused",
  WINRM_E_COMMAND: "a command on the host",
  WINRM_E_POLICY_CONFLICT: "a finding about a change",
  WINRM_E_LOCKOUT: "a finding about a change",
  WINRM_E_NOT_APPLIED: "a change",
  WINRM_E_UNCERTAIN_WRITE: "a change",
  WINRM_E_NOT_FOUND: "a thing on the host",
  WINRM_E_EXISTS: "a thing on the host",
  WINRM_E_MAPPING_CREDENTIALS: "a thing on the host",
  WINRM_E_SCHEMA: "state",
  WINRM_E_IMPORT: "Pulumi's import",
  WINRM_E_INTERNAL: "a defect",
};

suite("docs/diagnosis.md", { timeout: 60_000 }, () => {
  const rows = new Map(tableRows(read("docs/diagnosis.md")).map(([symptom = "", ...cells]) => [symptom, cells]));

  test("has a row for every failure here, and no other", () => {
    const symptoms = [...rows.keys()].filter((symptom) => rows.get(symptom)?.[0]?.startsWith("WINRM_E_") === true);
    assert.deepEqual(symptoms.sort(), Object.keys(SCENARIOS).sort());
  });

  test("has a row for every code that a connection can end with", () => {
    const codes = new Set([...rows.values()].map(([code]) => code?.replaceAll("`", "")));
    const without = Object.keys(ERROR_CODES).filter((code) => !codes.has(code));
    assert.deepEqual(without, Object.keys(NO_CONNECTION));
  });

  test("has a row for every reason that Kerberos has", async (t) => {
    const errors = await Promise.all(
      Object.entries(SCENARIOS).flatMap(([symptom, provoke]) => (symptom.startsWith("Kerberos: ") ? [provoke(t)] : [])),
    );
    const reasons = errors.flatMap((error) => (error instanceof KerberosError ? [error.reason] : []));
    assert.deepEqual([...reasons].sort(), [...KERBEROS_REASONS].sort());
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
