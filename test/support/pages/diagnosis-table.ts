/** The tables of docs/diagnosis.md: what a failure is told to be, and what to do about it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorContext } from "../../../provider/errors";
import { markdownTable, markedTables, withTables } from "../../../scripts/docs-tables/markdown-tables";
import { read, root, tableRows } from "../../unit/docs/documents";

const PAGE = "docs/diagnosis.md";

/** The names that stand in the table for those of a failed logon. */
export const DOCUMENTED_SPN = "HTTP/web01.corp.test";
export const DOCUMENTED_PRINCIPAL = "ops@CORP.TEST";

/** A failure, as far as the table tells of it. */
export interface Told {
  readonly code?: string | undefined;
  readonly context: Pick<ErrorContext, "causes" | "remedy">;
}

/** The code, the causes in order of likelihood, and the next step, as the table writes them. */
export function cellsOf({ code, context }: Told): string[] {
  const causes = context.causes ?? [];
  const list = causes.length === 1 ? causes : causes.map((cause, index) => `${index + 1}. ${cause}`);
  return [code ?? "", list.join("<br>") || "–", context.remedy ?? "–"].map((text) => text.replaceAll("`", ""));
}

/** `npm run docs:tables` brings each failure about and writes what it tells into its row. */
export const WRITES = process.env["DOCS_TABLES"] === "write";

const HEAD = ["what is seen", "code", "likely causes", "next step"];

/** Writes the tables of the page, each by the name in its markers. */
export function writeTables(tables: Readonly<Record<string, readonly (readonly string[])[]>>): void {
  const texts = Object.entries(tables).map(([name, rows]) => {
    const cells = rows.map(([symptom = "", code = "", ...told]) => [
      symptom,
      `\`${code}\``,
      ...told.map((cell) => cell.replace(/<(?!br>)/g, "&lt;")),
    ]);
    return [name, markdownTable(HEAD, cells)] as const;
  });
  writeFileSync(join(root, PAGE), withTables(read(PAGE), Object.fromEntries(texts)));
}

/** What is seen, in the order of each table of the page. */
export function symptomsByTable(): Readonly<Record<string, readonly string[]>> {
  const tables = [...markedTables(read(PAGE))];
  return Object.fromEntries(
    tables.map(([name, text]) => [
      name,
      tableRows(text)
        .slice(2)
        .map(([symptom = ""]) => symptom),
    ]),
  );
}

/** The cells of each row by what is seen, which is the first of them. */
export function diagnosisRows(): ReadonlyMap<string, readonly string[]> {
  const rows = tableRows(read(PAGE)).filter(([, code]) => code?.startsWith("WINRM_E_") === true);
  return new Map(rows.map(([symptom = "", ...cells]) => [symptom, cells.map((cell) => cell.replaceAll("&lt;", "<"))]));
}

/** A failure must be what the row of this symptom tells; `spn` is the one in place of the table's. */
export function assertTold(symptom: string, failure: Told, spn = DOCUMENTED_SPN): void {
  const row = diagnosisRows().get(symptom);
  assert.ok(row, `docs/diagnosis.md has no row "${symptom}"`);
  assert.deepEqual(
    cellsOf(failure),
    row.map((cell) => cell.replaceAll(DOCUMENTED_SPN, spn)),
  );
}
