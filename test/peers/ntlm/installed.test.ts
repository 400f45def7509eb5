/** What a peer that is missing does to its tests. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";

const NOBODY = 65534;

/** What a test file in a process of its own gets as its `skip` option, or the error that ends it. */
function skipIn(t: TestContext, call: string, { ci, uid }: { ci: boolean; uid?: number }): string {
  // A place that every user can read.
  const folder = mkdtempSync(join(tmpdir(), "installed-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const script = `
    try { console.log(require("./installed.js").${call}) }
    catch (error) { console.log("Error: " + error.message) }`;
  copyFileSync(join(__dirname, "installed.js"), join(folder, "installed.js"));
  execFileSync("chmod", ["-R", "a+rX", folder]);
  const env = { PATH: process.env["PATH"], ...(ci && { CI: "true" }) };
  const options = { cwd: folder, encoding: "utf8", env, ...(uid !== undefined && { uid }) } as const;
  return execFileSync(process.execPath, ["-e", script], options).trim();
}

suite("a test whose peer is missing", () => {
  test("is skipped with the command that installs it, and fails with it under CI=true", (t) => {
    const call = `skipUnless(["/no/such/program"], "apt-get install it")`;
    assert.equal(skipIn(t, call, { ci: false }), "not installed: apt-get install it");
    assert.equal(
      skipIn(t, call, { ci: true }),
      "Error: A test would be skipped, which CI=true forbids: not installed: apt-get install it",
    );
    assert.equal(skipIn(t, `skipUnless(["true"], "")`, { ci: true }), "false");
  });

  test("because only root can run it does the same", (t) => {
    const [call, uid] = [`skipUnlessRoot("the socket is the system's")`, process.getuid?.() === 0 ? NOBODY : undefined];
    const nobody = uid === undefined ? {} : { uid };
    assert.equal(skipIn(t, call, { ci: false, ...nobody }), "run the tests as root: the socket is the system's");
    assert.equal(
      skipIn(t, call, { ci: true, ...nobody }),
      "Error: A test would be skipped, which CI=true forbids: run the tests as root: the socket is the system's",
    );
    if (uid !== undefined) assert.equal(skipIn(t, call, { ci: true }), "false");
  });
});
