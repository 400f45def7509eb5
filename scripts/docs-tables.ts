/**
 * `npm run docs:tables`: writes the tables of docs/ that the code has the text of. What a code means comes from
 * `ERROR_CODES`, causes and next steps from the failures themselves, which the tests of docs/diagnosis.md bring about. A
 * new code or failure gets its row by hand, with what to do or what is seen; the rest of the row is written here.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_CODES } from "../provider/errors";
import { projectRoot } from "../tools/pulumi-cli/locations";
import { runCommand } from "../tools/pulumi-cli/run-command";
import { withTables } from "./docs-tables/marked";
import { propertyTables } from "./docs-tables/property-tables";

async function main(): Promise<void> {
  for (const [name, tables] of Object.entries(propertyTables())) {
    const page = join(projectRoot, "docs", name);
    writeFileSync(page, withTables(readFileSync(page, "utf8"), tables));
  }
  const errors = join(projectRoot, "docs", "errors.md");
  writeFileSync(errors, withMeanings(readFileSync(errors, "utf8")));
  const test = join(projectRoot, "dist", "test", "faults", "diagnosis", "diagnosis.test.js");
  const env = { ...process.env, DOCS_TABLES: "write" };
  const { code, stdout } = await runCommand(process.execPath, ["--test", test], { cwd: projectRoot, env });
  if (code !== 0) throw new Error(`not every failure could be brought about:\n${stdout}`);
}

/** The rows of the codes with the meaning that the code has; the last cell, what to do, is the page's. */
function withMeanings(page: string): string {
  const meanings: ReadonlyMap<string, string> = new Map(Object.entries(ERROR_CODES));
  return page.replace(/^\| `(WINRM_E_\w+)` \| [^|]* \|/gm, (row, code: string) => {
    const meaning = meanings.get(code);
    return meaning === undefined ? row : `| \`${code}\` | ${meaning} |`;
  });
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
});
