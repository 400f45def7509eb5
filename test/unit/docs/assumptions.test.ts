/** What is only assumed of Windows has one name everywhere: sources of the simulated host, pages, rows of `prove`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ASSUMPTIONS } from "../../../provider/cli/prove/assumptions";
import { FEATURES } from "../../../provider/cli/prove/assumptions/assumption";
import { ROWS } from "../../../provider/cli/prove/rows";
import { sourceFiles } from "../../support/pages/source-files";
import { read, tableRows } from "./documents";

const names = Object.keys(ASSUMPTIONS);
/** The simulated host has no policies that block programs. */
const NOT_MODELLED = ["task-policies"];

test("every assumption is a row of prove, or says why a client cannot see it", () => {
  const unseen = Object.entries(ASSUMPTIONS).flatMap(([name, { unseen: why }]) => (why === undefined ? [] : [name]));
  const rows = ROWS.map(({ assumption }) => assumption);
  assert.deepEqual([...rows, ...unseen].sort(), [...names].sort());
});

test("every tag in the simulated host's sources names an assumption, and every assumption that is modelled has one", () => {
  const tagged = new Set<string>();
  for (const path of sourceFiles("simulator")) {
    const source = read(path).replace(/\n\s*(?:\*|\/\/) ?/g, " ");
    for (const [found, list] of source.matchAll(/(?<!only )\bassumed\b(?: +\(([a-z0-9-]+(?:, [a-z0-9-]+)*)\))?/gi)) {
      assert.ok(list !== undefined, `${path}: "${found}" names nothing`);
      for (const name of list.split(", ")) tagged.add(name);
    }
  }
  assert.deepEqual([...tagged, ...NOT_MODELLED].sort(), [...names].sort());
});

test("the simulated host's page lists exactly the assumptions, as `npm run docs:tables` writes them", () => {
  const page = read("simulator/README.md");
  const listed = tableRows(page).flatMap(([name = ""]) => (names.includes(name) ? [name] : []));
  assert.deepEqual(listed, names);
});

test("docs/verification.md says of each feature which assumptions it stands on", () => {
  const page = read("docs/verification.md");
  for (const [feature, path] of Object.entries(FEATURES)) {
    assert.ok(page.includes(`[${feature}](${path.replace("docs/", "")})`), feature);
    assert.match(read(path), /verification\.md#assumptions/, `${path} says where its assumptions are`);
  }
});

test("docs/commit-confirm.md has a step for each of its assumptions", () => {
  const rows = tableRows(read("docs/commit-confirm.md")).flatMap(([, cell = ""]) => cell.split(", "));
  const found = rows.filter((name) => names.includes(name));
  const wanted = Object.entries(ASSUMPTIONS).flatMap(([name, { features }]) =>
    features.includes("commit-confirm") ? [name] : [],
  );
  assert.deepEqual(found.sort(), wanted.sort());
});
