/** docs/authentication.md: each cell of its tables says which test proves it, or why there is none. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { read, root, tableRows } from "./documents";

const PAGE = "docs/authentication.md";
const NAMES = ["Method", "Transport", "Messages", "Channel binding", "Our client", "The simulated host"];
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
    assert.deepEqual(
      tableRows(read(PAGE)).find(([cell]) => cell === "Method"),
      NAMES,
    );
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
      ...["CredSSP"].map((method) => `${method} over http and https`),
    ];
    assert.deepEqual(
      table("Method")
        .map(([method, transport]) => `${method ?? ""} over ${transport ?? ""}`)
        .sort(),
      wanted.sort(),
    );
  });

  test("names in each cell a test, or says why there is none", () => {
    for (const [method = "", transport = "", ...cells] of table("Method")) {
      assert.equal(cells.length, NAMES.length - 2, `${method} over ${transport}`);
      for (const cell of cells) {
        const where = `${method} over ${transport}: ${cell}`;
        assert.ok(/test\/[^ ]+\.test\.ts/.test(cell) || EXCUSE.test(cell), where);
      }
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
