/** `pulumi-winrm comment` as a process: what it reads and writes, and its exit codes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { assertWording } from "../../support/pages/golden";

const MAIN = join(__dirname, "..", "..", "..", "provider", "cli", "main.js");
const EMPTY = { findings: [], changes: [], hostsNotRead: [], hostsRead: ["wäb01"] };
const FINDINGS = JSON.stringify({ version: 1, project: "site", stack: "dev", ...EMPTY });

function folderOf(t: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), "comment-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

function comment(cwd: string, args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "comment", ...args], {
    cwd,
    input,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("a file, standard input and a file of Windows PowerShell give the same comment, on the terminal and in a file", (t) => {
  const utf16 = Buffer.from(`\uFEFF${FINDINGS}`, "utf16le");
  const folder = folderOf(t, { "findings.json": FINDINGS, "utf16.json": utf16 });
  const { status, stdout } = comment(folder, ["findings.json"]);
  assert.equal(status, 0);
  assert.match(stdout, /^<!-- pulumi-winrm:comment site\/dev -->\n/);
  assert.equal(comment(folder, ["-"], FINDINGS).stdout, stdout);
  assert.equal(comment(folder, ["utf16.json"]).stdout, stdout);
  assert.equal(comment(folder, ["findings.json", "--out", "comment.md"]).stdout, "");
  assert.equal(readFileSync(join(folder, "comment.md"), "utf8"), stdout);
});

test("the exit code of the preview is in what the comment is made from, which holds no command of a runner", (t) => {
  const changes = [{ host: "a", resource: "a", type: "T", property: "p", now: "##vso[task.x]y", wanted: "b" }];
  const folder = folderOf(t, { "findings.json": JSON.stringify({ ...(JSON.parse(FINDINGS) as object), changes }) });
  const { stdout } = comment(folder, ["findings.json", "--json", "--exit-code", "1"]);
  const review = JSON.parse(stdout) as { verdict: string; changes: unknown };
  assert.deepEqual([review.verdict, review.changes], ["blocked", changes]);
  assert.doesNotMatch(stdout, /##/);
});

test("what cannot be read or written, or is no option, is exit code 2 with its name and the reason", (t) => {
  const folder = folderOf(t, {
    "findings.json": FINDINGS,
    "next.json": FINDINGS.replace('"version":1', '"version":2'),
    "console.txt": "Previewing update (dev):\n",
  });
  for (const [args, reason] of [
    [["missing.json"], /missing\.json.*ENOENT/],
    [["."], /EISDIR/],
    [["next.json"], /next\.json.*version 2/],
    [["console.txt"], /console\.txt.*not whole JSON/],
    [["findings.json", "--out", "no/such/comment.md"], /--out no\/such\/comment\.md.*ENOENT/],
    [["findings.json", "--format", "html"], /--format/],
    [["findings.json", "--budget", "10"], /--budget/],
    [["findings.json", "--exit-code", "x"], /--exit-code/],
    [[], /file/],
  ] as const) {
    const { status, stdout, stderr } = comment(folder, args);
    assert.equal(status, 2, `${args.join(" ")}: ${stderr}`);
    assert.match(stderr, reason);
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test("an empty file of a preview is a comment that says so", (t) => {
  const folder = folderOf(t, { "preview.json": "", "findings.json": "" });
  const { status, stdout } = comment(folder, ["preview.json", "findings.json"]);
  assert.equal(status, 0);
  assertWording(t, stdout);
});
