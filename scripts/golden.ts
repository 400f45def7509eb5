/** `npm run golden`: writes the catalogues of wording in test/golden/, which the tests of test/unit/wording/ compare. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../tools/pulumi-cli/locations";
import { runCommand } from "../tools/pulumi-cli/run-command";

async function main(): Promise<void> {
  const folder = join(projectRoot, "dist", "test", "unit", "wording");
  const tests = readdirSync(folder).filter((name) => name.endsWith(".test.js"));
  const env = { ...process.env, GOLDEN: "write" };
  const args = ["--test", ...tests.map((name) => join(folder, name))];
  const { code, stdout } = await runCommand(process.execPath, args, { cwd: projectRoot, env });
  if (code !== 0) throw new Error(`not every sentence could be brought about:\n${stdout}`);
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
});
