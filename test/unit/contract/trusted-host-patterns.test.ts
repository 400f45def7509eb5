/** The grammar of TrustedHosts, and which entry opens what. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import {
  covers,
  distinctEntries,
  entryProblem,
  formatTrustedHosts,
  parseTrustedHosts,
  trusts,
} from "../../../provider/contract/trusted-host-patterns";
import { listRemarks } from "../../../provider/lifecycle/trusted-hosts/list";
import { assertWording } from "../../support/pages/golden";

const GOOD = [
  "*",
  "<local>",
  "<LOCAL>",
  "web01",
  "web_01",
  "web01.corp.example.com",
  "10.0.0.1",
  "[::1]",
  "[fe80::1%eth0]",
  "*.corp.example.com",
  "*corp",
  "web*",
  "10.0.*",
];

const BAD = [
  "",
  "a b",
  "a,b",
  " a",
  "::1",
  "fe80::1",
  "[web01]",
  "[::1",
  "web01:5985",
  "http://web01",
  "a*b",
  "*a*",
  "**",
  "-web01",
  "web01-",
  "<remote>",
  "web01/x",
  "wëb01",
];

/** What an entry means, written down a second time. */
function means(entry: string, host: string): boolean {
  if (entry === "*") return true;
  if (entry === "<local>") return !host.includes(".") && !host.includes("[");
  if (entry.startsWith("*")) return host.endsWith(entry.slice(1));
  if (entry.endsWith("*")) return host.startsWith(entry.slice(0, -1));
  return entry === host;
}

const word = fc.stringMatching(/^[ab.]{1,4}$/);
const entry = fc.oneof(
  word,
  word.map((text) => `*${text}`),
  word.map((text) => `${text}*`),
  fc.constantFrom("*", "<local>"),
);

suite("TrustedHosts entries", () => {
  for (const text of GOOD) {
    test(`${text} follows the grammar`, () => {
      assert.equal(entryProblem(text), undefined);
    });
  }
  for (const text of BAD) {
    test(`${JSON.stringify(text)} does not`, (t) => {
      assertWording(t, entryProblem(text) ?? assert.fail("it does"));
    });
  }

  test("an entry that covers another trusts every host that the other trusts", () => {
    fc.assert(
      fc.property(entry, entry, fc.array(word, { minLength: 1, maxLength: 30 }), (wide, narrow, hosts) => {
        fc.pre(covers(wide, narrow));
        for (const host of hosts) if (means(narrow, host)) assert.ok(means(wide, host), `${wide} ${narrow} ${host}`);
      }),
      { numRuns: 500 },
    );
  });

  test("an entry covers exactly the names that it trusts, except itself", () => {
    fc.assert(
      fc.property(entry, word, (wide, name) => {
        assert.equal(covers(wide, name), wide !== name && means(wide, name));
        assert.equal(trusts([wide], name), means(wide, name));
      }),
    );
  });

  test("nothing covers itself, and nothing but * covers *", () => {
    fc.assert(
      fc.property(entry, (one) => {
        assert.equal(covers(one, one.toUpperCase()), false);
        assert.equal(covers(one, "*"), false);
        assert.equal(covers("*", one), one !== "*");
      }),
    );
  });

  test("a list survives being written and read", () => {
    fc.assert(
      fc.property(fc.array(entry), (list) => {
        assert.deepEqual(parseTrustedHosts(formatTrustedHosts(list)), list);
      }),
    );
    assert.deepEqual(parseTrustedHosts(" a , b,, c "), ["a", "b", "c"]);
    assert.deepEqual(parseTrustedHosts(""), []);
  });

  test("repetitions are dropped without regard to case, and the first spelling stays", () => {
    assert.deepEqual(distinctEntries(["Web01", "b", "WEB01"]), ["Web01", "b"]);
  });

  test("a wide entry draws a remark that says what it opens", (t) => {
    for (const entries of [["*"], ["web01.corp", "*.corp"], ["web01", "<local>", "10.0.0.1"]]) {
      const remarks = listRemarks(entries);
      assert.equal(remarks.length, 1, entries.join());
      assertWording(t, ...remarks);
    }
    assert.deepEqual(listRemarks(["web01", "WEB01", "web02"]), []);
  });
});
