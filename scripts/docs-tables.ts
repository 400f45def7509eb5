/**
 * `npm run docs:tables`: writes the tables of docs/ that the code has the contents of. Those of arguments and outputs come
 * from doc comments, the meaning of a code from `ERROR_CODES`, causes and next steps from the failures themselves, which
 * the tests of docs/diagnosis.md bring about. Where a table stands is the page's affair.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../tools/pulumi-cli/locations";
import { runCommand } from "../tools/pulumi-cli/run-command";
import { writtenTables } from "./docs-tables/written-tables";
import { withTables } from "./docs-tables/markdown-tables";

async function main(): Promise<void> {
  for (const [name, tables] of Object.entries(writtenTables())) {
    const page = join(projectRoot, "docs", name);
    writeFileSync(page, withTables(readFileSync(page, "utf8"), tables));
  }
  const test = join(projectRoot, "dist", "test", "faults", "diagnosis", "diagnosis.test.js");
  const env = { ...process.env, DOCS_TABLES: "write" };
  const { code, stdout } = await runCommand(process.execPath, ["--test", test], { cwd: projectRoot, env });
  if (code !== 0) throw new Error(`not every failure could be brought about:\n${stdout}`);
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
});
