/** Every error code as it is printed: one message of each, from the catalogues of the tests that bring them about. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ERROR_CODES, type ErrorCode } from "../../../provider/errors";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { assertGolden, textsIn } from "../../support/pages/golden";

const NAME = "errors.txt";

/** Texts of all other catalogues, and then each line of them: a finding is one line. */
function allTexts(): string[] {
  const names = readdirSync(join(projectRoot, "test", "golden"), { recursive: true, encoding: "utf8" });
  const paths = names.filter((name) => name.endsWith(".txt") && name !== NAME).sort();
  const texts = paths.flatMap((name) => [...textsIn(join("test", "golden", name)).values()].flat());
  const lines = paths.flatMap((name) => readFileSync(join(projectRoot, "test", "golden", name), "utf8").split("\n"));
  return [...texts, ...lines.map((line) => line.trim())];
}

test("every error code has a printed message, with its causes and what to do next", () => {
  const texts = allTexts();
  const printed = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const errors = texts.filter((text) => text.split("\n", 1)[0]?.endsWith(`[${code}]`));
    return { code, text: errors.find((text) => text.includes("\n  next: ")) ?? errors[0] };
  });
  assert.deepEqual(
    printed.filter(({ text }) => text === undefined).map(({ code }) => code),
    [],
  );
  const sections = printed.map(({ code, text = "" }) => `# ${code}\n${text.replace(/^(?=.)/gm, "  ")}\n`);
  assertGolden(NAME, sections.join("\n"));
});
