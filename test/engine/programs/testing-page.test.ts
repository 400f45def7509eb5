/** The programs of docs/testing.md run as they stand there, each by Node's own test runner. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import ts from "typescript";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { type RunResult, runCommand } from "../../../tools/pulumi-cli/run-command";
import { offlineEnvironment } from "../support/offline.js";
import { printed } from "../support/hosts.js";
import { temporaryFolder, writeProject } from "../support/project.js";

const LIMIT_MS = 180_000;
const page = readFileSync(join(projectRoot, "docs", "testing.md"), "utf8");
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");

/** Runs a test file in a project that has the packed tarball installed. */
async function runTest(t: TestContext, code: string): Promise<RunResult> {
  const root = temporaryFolder("testing-page-");
  const directory = join(root, "project");
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
  });
  await writeProject(directory, { program: { "program.test.js": outputText } });
  const env = { ...(await offlineEnvironment(root)), PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true" };
  const result = await runCommand(process.execPath, ["--test", "program.test.js"], {
    cwd: directory,
    env,
    timeoutMs: LIMIT_MS,
  });
  t.diagnostic(`exit code ${result.code}`);
  return result;
}

test("the page has a program for mocks, one for a host, and one for a failing preview", () => {
  assert.equal(blocks.length, 3);
});

for (const [index, title] of ["with mocks", "against the simulated host", "with a preview that must fail"].entries()) {
  test(`the test ${title} passes as it stands in docs/testing.md`, async (t) => {
    const result = await runTest(t, blocks[index] ?? "");
    assert.equal(result.code, 0, printed(result));
    assert.match(result.stdout, /^# pass [1-9]|ℹ pass [1-9]/m);
  });
}
