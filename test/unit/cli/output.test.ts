/** What commands do where their output or a file that is named cannot be read or written. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, openSync, closeSync } from "node:fs";
import { once } from "node:events";
import { suite, test } from "node:test";
import { assertWording } from "../../support/pages/golden";
import { MAIN, runHere } from "../../support/processes/command-line";

/** Fails after its first line, without a network. */
const DOCTOR = ["doctor", "127.0.0.1", "--port", "1", "--username", "ops", "--password-env", "PW"];

async function ended(words: readonly string[], output: "pipe" | number): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env["PATH"] ?? "", PW: "Output-1!" },
    stdio: ["ignore", output, "pipe"],
  });
  // Nobody reads: the first write already meets a closed pipe.
  child.stdout?.destroy();
  let said = "";
  child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, "close")) as [unknown];
  return { code, said };
}

suite("output that cannot be written", { timeout: 60_000 }, () => {
  test("because its reader is gone changes no exit code and says nothing", async () => {
    for (const [words, code] of [
      [DOCTOR, 1],
      [[...DOCTOR, "--json"], 1],
      [["doctor", "--help"], 0],
    ] as const) {
      assert.deepEqual(await ended(words, "pipe"), { code, said: "" });
    }
  });

  test("because the disk is full is a failure, said once", { skip: !existsSync("/dev/full") }, async () => {
    const full = openSync("/dev/full", "w");
    try {
      const { code, said } = await ended(["doctor", "--help"], full);
      assert.equal(code, 1);
      assert.match(said, /^error: .*\(ENOSPC\)\n$/);
    } finally {
      closeSync(full);
    }
  });
});

suite("H6: an option of simulate that makes no host", () => {
  const NOWHERE = "/nonexistent/file";
  for (const words of [
    ["--inventory", NOWHERE],
    ["--https", "--certificate-out", NOWHERE],
    ["--authority", NOWHERE],
    ["--count", "5", "--http", "65533"],
    ["--account", ""],
    ["--account", "a/b"],
    ["--user", "Administrator"],
    ["--user", "kim=PW", "--user", "KIM=PW"],
    ["--password-env", "Pl4nted-1!"],
  ] as const) {
    test(`is wrong usage: ${words.join(" ")}`, async (t) => {
      const { code, stderr } = await runHere(["simulate", ...words], { PW: "Output-1!" });
      assert.equal(code, 2);
      assertWording(t, stderr);
    });
  }
});
