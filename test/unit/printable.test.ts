/** What comes from the network becomes one line that is safe to show. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { WinrmError } from "../../provider/errors";
import { printable } from "../../provider/printable";

const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]|##\w*\[|^::[a-z][\w-]*::/u;

suite("A3, A4: text of a host", () => {
  test("never has a control, format or separator character or half a pair, and is never longer than its limit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.integer({ min: 1, max: 100 }), (text, limit) => {
        const shown = printable(text, limit);
        assert.doesNotMatch(shown, UNFIT);
        assert.ok(Array.from(shown).length <= limit + 1);
      }),
    );
  });

  test("keeps every letter of every script, blanks inside names, and what fits", () => {
    for (const text of ["", "Adminisztrátorok", "管理者 グループ", "a  b", "\u{1f600}", "a\u00a0b"]) {
      assert.equal(printable(text), text);
    }
    assert.equal(printable(" a\r\n\u0085b\u009b31m\u202ec\u2028 "), "a b 31m c");
    assert.equal(printable("\u{1f600}".repeat(5), 3), `${"\u{1f600}".repeat(3)}…`);
    assert.equal(printable("x".repeat(7_000_000), 10), "xxxxxxxxxx…");
  });

  test("A3: is no command to the runner of a pipeline that reads the log", () => {
    for (const [text, shown] of [
      ["##vso[task.setvariable variable=x]y", "# #vso[task.setvariable variable=x]y"],
      ["no ##[error]z", "no # #[error]z"],
      ["###\u200b#teamcity[a]", "### #teamcity[a]"],
      ["a###vso[b", "a## #vso[b"],
      ["::error::x", ": :error::x"],
      ["\u200b ::set-output name=a::b", ": :set-output name=a::b"],
      ["::1", "::1"],
      ["::ffff:10.0.0.1 ## a#b", "::ffff:10.0.0.1 ## a#b"],
    ] as const) {
      assert.equal(printable(text), shown);
      assert.equal(printable(shown), shown);
    }
  });

  test("is clean in every part of an error, whoever put it there", () => {
    const bad = `a\u202eb\n\u009b${"c".repeat(9_000)}`;
    const error = new WinrmError("WINRM_E_FAULT", bad, { host: bad, operation: bad, causes: [bad], remedy: bad });
    assert.doesNotMatch(error.summary, UNFIT);
    const lines = error.message.split("\n");
    assert.equal(lines.length, 3);
    for (const line of lines) assert.doesNotMatch(line, UNFIT);
    assert.ok(error.message.length < 20_000);
  });
});
