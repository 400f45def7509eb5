/** docs/authentication.md: each cell of its tables says which test proves it, or why there is none. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { read, root, tableRows } from "./documents";

const PAGE = "docs/authentication.md";
const HEADS = [
  ["Method", "Messages", "Channel binding"],
  ["Proof of", "Our client", "The simulated host"],
];
const EXCUSE = /\bnot (?:possible|built|run|needed)\b[^|]*, because \w/;

/** The rows of the table with this first column, without its head. */
function table(first: string): string[][] {
  const rows = tableRows(read(PAGE));
  const head = rows.findIndex(([cell]) => cell === first);
  const rest = rows.slice(head + 2);
  const next = rest.findIndex(([, second]) => /^-+$/.test(second ?? ""));
  return next === -1 ? rest : rest.slice(0, next - 1);
}

suite("docs/authentication.md", () => {
  test("has a row for each method on each transport", () => {
    const both = [
      "Basic",
      "NTLM",
      "Negotiate with NTLM",
      "Negotiate with Kerberos",
      "Kerberos",
      "Client certificate",
      "Digest",
    ];
    const wanted = [
      ...both.flatMap((method) => [`${method} over http`, `${method} over https`]),
      "CredSSP over http and https",
    ].sort();
    for (const head of HEADS) {
      const [first = ""] = head;
      assert.deepEqual(
        tableRows(read(PAGE)).find(([cell]) => cell === first),
        head,
      );
      assert.deepEqual(
        table(first)
          .map(([method]) => method)
          .sort(),
        wanted,
      );
    }
  });

  test("has no table of more than four columns", () => {
    assert.deepEqual(
      tableRows(read(PAGE)).filter(({ length }) => length > 4),
      [],
    );
  });

  test("names in each cell a test, or says why there is none", () => {
    for (const [method = "", ...cells] of HEADS.flatMap(([first = ""]) => table(first))) {
      assert.equal(cells.length, 2, method);
      for (const cell of cells)
        assert.ok(/test\/[^ ]+\.test\.ts/.test(cell) || EXCUSE.test(cell), `${method}: ${cell}`);
    }
    for (const [system = "", ...cells] of table("Runner")) {
      const told = cells.filter((cell) => /\.test\.ts/.test(cell) || EXCUSE.test(cell));
      assert.ok(system === "Linux" ? told.length > 0 : told.length === cells.length, system);
    }
  });

  test("names only tests that exist", () => {
    const tests = [...read(PAGE).matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path);
    assert.ok(tests.length > 30);
    assert.deepEqual(
      tests.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
});
