/** `npm run golden`: writes the catalogues of wording in test/golden/, by running the tests that compare them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../tools/pulumi-cli/locations";
import { runCommand } from "../tools/pulumi-cli/run-command";

/** Made of the other catalogues. */
const ERRORS = join("unit", "wording", "errors.test.ts");

async function main(): Promise<void> {
  const sources = join(projectRoot, "test");
  const tests = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) => readFileSync(join(sources, name), "utf8").includes('support/pages/golden"'));
  await write(tests.filter((name) => name !== ERRORS));
  await write([ERRORS]);
}

async function write(tests: readonly string[]): Promise<void> {
  const env = { ...process.env, GOLDEN: "write" };
  const compiled = tests.map((name) => join(projectRoot, "dist", "test", name.replace(/ts$/, "js")));
  const { code, stdout } = await runCommand(process.execPath, ["--test", ...compiled], { cwd: projectRoot, env });
  const failures = stdout.split("\n").filter((line) => /^ *not ok /.test(line));
  if (code !== 0) throw new Error(`not every sentence could be brought about:\n${failures.join("\n")}`);
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
});
