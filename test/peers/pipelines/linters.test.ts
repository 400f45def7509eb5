/** The pipeline templates as linters see them that nobody here wrote: the schemas of check-jsonschema, and actionlint. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { type RunResult, runCommand } from "../../../tools/pulumi-cli/run-command";
import { skipUnless } from "../ntlm/installed";

/** A first run makes a Python environment and builds actionlint. */
const LIMIT_MS = 600_000;
const TEMPLATES = join(projectRoot, "templates", "pipelines");
const skip =
  skipUnless(["python3", "-c", "import ensurepip"], "apt-get install python3-venv") ||
  skipUnless(["go", "version"], "Go, which builds actionlint");

function lint(folder: string): Promise<RunResult> {
  return runCommand("bash", [join(projectRoot, ".ci", "check-github"), folder], { timeoutMs: LIMIT_MS });
}

/** The templates with one text of one file replaced. */
function changed(t: TestContext, file: string, [from, to]: readonly [string, string]): string {
  const folder = mkdtempSync(join(tmpdir(), "pipelines-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  cpSync(TEMPLATES, folder, { recursive: true });
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  assert.ok(text.includes(from), from);
  writeFileSync(path, text.replace(from, to));
  return folder;
}

test("every pipeline template is clean", { skip }, async () => {
  const { code, stdout, stderr } = await lint(TEMPLATES);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
});

for (const [what, file, change] of [
  ["a key that GitHub does not know", "github/.github/workflows/winrm.yml", ["runs-on:", "runs_on:"]],
  ["an expression that GitHub does not know", "github/.github/workflows/winrm.yml", ["github.token", "github.tokens"]],
  ["a key that GitLab does not know", "gitlab/.gitlab-ci.yml", ["resource_group:", "resource_groups:"]],
  ["an input that an Azure task does not know", "azure/azure-pipelines.yml", ["versionSpec:", "versionSpecs:"]],
] as const) {
  test(`the linters refuse ${what}`, { skip }, async (t) => {
    assert.notEqual((await lint(changed(t, file, change))).code, 0);
  });
}
