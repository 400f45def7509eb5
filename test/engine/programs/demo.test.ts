/** `npm run demo` as a person sees it, on a terminal of 80 columns. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { runCommand } from "../../../tools/pulumi-cli/run-command";
import { printed } from "../support/hosts.js";

const COLUMNS = 80;
const LIMIT_MS = 600_000;
const DEMO = join(projectRoot, "dist", "scripts", "demo.js");
const FOLDED = "What the hosts had";

/** `script` gives the demo a terminal, whose size it takes from `stty`. */
async function onTerminal(): Promise<string[]> {
  const command = `stty cols ${COLUMNS} rows 40; exec '${process.execPath}' '${DEMO}'`;
  const env = { ...process.env, NO_COLOR: "1", SHELL: "/bin/sh" };
  const run = ["--quiet", "--return", "--command", command, "/dev/null"];
  const result = await runCommand("script", run, { cwd: projectRoot, env, timeoutMs: LIMIT_MS });
  assert.equal(result.code, 0, printed(result));
  return stripVTControlCharacters(result.stdout).split(/\r?\n/);
}

/** Each setting of the last table with its values: before, applied, after destroy. */
function valuesIn(lines: readonly string[]): Record<string, string[]> {
  const rows = lines.slice(lines.indexOf(FOLDED) + 1).join("\n");
  const found = [...rows.matchAll(/^(WEB0\d) (.+)\n((?: {4}.+\n)+)/gm)];
  return Object.fromEntries(
    found.map(([, host = "", setting = "", values = ""]) => [
      `${host} ${setting}`,
      values.replace(/\s+/g, " ").trim().split(" → "),
    ]),
  );
}

test("npm run demo ends well: seven steps within 80 columns, the hosts' values at each, and no secret", {
  skip: process.platform !== "linux" && "needs script of util-linux",
}, async (t) => {
  const lines = await onTerminal();
  const steps = lines.flatMap((line) => /^(\d)\. \w/.exec(line)?.[1] ?? []);
  assert.deepEqual(steps, ["1", "2", "3", "4", "5", "6", "7"]);
  assert.equal(lines.filter((line) => line.startsWith("$ pulumi ")).length, 6);
  const wide = lines.filter((line) => line.length > COLUMNS);
  assert.deepEqual(
    // A word that is longer than the terminal cannot be broken.
    wide.filter((line) => line.trim().split(" ").length > 1),
    [],
  );
  const list = "backup-01,jump-01,*.lab.example.com";
  const policy = " (Group Policy)";
  assert.deepEqual(valuesIn(lines), {
    "WEB01 service/auth/Basic": ["true", "false", "true"],
    "WEB01 service/auth/CbtHardeningLevel": ["Relaxed", "Strict", "Relaxed"],
    "WEB01 service/AllowUnencrypted": ["false", "false", "false"],
    "WEB01 client/auth/Digest": [`true${policy}`, `true${policy}`, `true${policy}`],
    "WEB01 client/TrustedHosts": ["backup-01", list, "backup-01"],
    "WEB01 Remote Management Users": ["(none)", "WEB01\\deploy", "(none)"],
    "WEB02 service/auth/Basic": ["true", "false", "true"],
    "WEB02 service/auth/CbtHardeningLevel": ["Relaxed", "Strict", "Relaxed"],
    "WEB02 service/AllowUnencrypted": [`true${policy}`, "false", "false"],
    "WEB02 client/auth/Digest": ["true", "false", "true"],
    "WEB02 client/TrustedHosts": ["backup-01", list, "backup-01"],
    "WEB02 Remote Management Users": ["(none)", "WEB02\\deploy", "(none)"],
  });
  const text = lines.join("\n");
  assert.equal(text.match(/\[WINRM_E_POLICY_CONFLICT\]/g)?.length ?? 0, 5);
  assert.doesNotMatch(text.replaceAll(/\s+/g, ""), /Demo-Password/);
  t.diagnostic(lines.at(-2) ?? "");
});
