/** The words of the field, in messages and pages: a peer, a middlebox, cleartext; not words of this project's own. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

const BANNED = [
  "the other end",
  "between here and the host",
  "would lock out its operator",
  "lets nobody in",
  "nobody is known as",
  "goes on from state",
  "the clocks differ",
  "no way to the host",
  "readable by everybody",
  "must be a text",
  "is no base64",
  "demands a logon",
  "the answer",
  "an answer",
  "no answer",
  "who answers",
  "in clear ",
  "by hand",
  "on the way",
  "the two ends",
  "put back",
  "puts back",
  "stands in",
  "lets it in",
  "let it in",
  "anew",
  "somebody",
  "everybody",
  "anybody",
];

function texts(folder: string, ext: string): [path: string, text: string][] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ext) && !name.includes("node_modules"))
    .map((name) => [`${folder}/${name}`, readFileSync(join(projectRoot, folder, name), "utf8")]);
}

test("what is printed and the pages have none of the words that a newcomer stumbled over", () => {
  const readme: [string, string] = ["README.md", readFileSync(join(projectRoot, "README.md"), "utf8")];
  // A line that begins with # is the title of a test.
  const printed = texts("test/golden", ".txt").map(([path, text]) => [path, text.replace(/^#.*$/gm, "")] as const);
  const pages = [readme, ...texts("docs", ".md"), ...texts("examples", ".md"), ...printed];
  const found = pages.flatMap(([path, text]) =>
    BANNED.filter((words) => text.toLowerCase().includes(words)).map((words) => `${path}: ${words}`),
  );
  assert.deepEqual(found, []);
});
