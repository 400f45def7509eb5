/** The wording of every command's help. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runHere } from "../../support/processes/command-line";
import { assertGolden } from "../../support/pages/golden";

async function help(command: readonly string[]): Promise<string> {
  const { code, stdout } = await runHere([...command, "--help"]);
  assert.equal(code, 0, command.join(" "));
  return stdout;
}

test("the help of every command is as test/golden/help.txt has it", async () => {
  const overview = await help([]);
  const commands = [...overview.matchAll(/^ {2}(\w+) .*/gm)].map(([, name = ""]) => name);
  const named = commands.filter((name) => name !== "help" && !name.startsWith("-"));
  assert.ok(named.length >= 4, named.join(", "));
  const texts = [overview];
  for (const name of named) texts.push(await help([name]));
  assertGolden("help.txt", texts.join("\n----\n\n"));
});
