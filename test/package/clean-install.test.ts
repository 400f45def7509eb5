/** The first thing a contributor sees: `npm ci` in a fresh clone. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import { npm } from "../support/projects/packed-project.js";
import { runDirectory } from "../support/run-directory.js";

/** What npm says about the machine it runs on is not this project's doing. */
const ABOUT_THE_MACHINE = /Unknown (user|global|env|cli) config/;

test("npm ci in a fresh copy succeeds without a warning", async () => {
  const copy = mkdtempSync(join(runDirectory(), "clean-install-"));
  // What a clone has: npm ci also builds.
  const made = new Set(["node_modules", "dist", ".git"].map((name) => join(projectRoot, name)));
  cpSync(projectRoot, copy, { recursive: true, filter: (path) => !made.has(path) });
  const { stdout, stderr } = await npm(["ci", "--prefer-offline"], { cwd: copy });
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => /warn|deprecated|vulnerab|err!/i.test(line));
  assert.deepEqual(
    lines.filter((line) => !ABOUT_THE_MACHINE.test(line)),
    [],
  );
});
