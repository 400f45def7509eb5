import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { styled, wrap } from "../../../provider/cli/shared/terminal";

/** Standard output as it would be with these variables, until the end of the test. */
function look(t: TestContext, isTTY: boolean, env: Readonly<Record<string, string>>): string {
  const { isTTY: before } = process.stdout;
  const saved = { FORCE_COLOR: process.env["FORCE_COLOR"], NO_COLOR: process.env["NO_COLOR"] };
  const restore = () => {
    process.stdout.isTTY = before;
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
  t.after(restore);
  for (const name of Object.keys(saved)) Reflect.deleteProperty(process.env, name);
  process.stdout.isTTY = isTTY;
  Object.assign(process.env, env);
  try {
    return styled("red", "x");
  } finally {
    restore();
  }
}

suite("text for a terminal", () => {
  const RED = "\u001b[31mx\u001b[0m";

  test("has colours on a terminal only, and never with NO_COLOR", (t) => {
    assert.equal(look(t, true, {}), RED);
    assert.equal(look(t, false, {}), "x");
    assert.equal(look(t, true, { NO_COLOR: "1" }), "x");
    assert.equal(look(t, true, { NO_COLOR: "" }), RED);
  });

  test("has colours where FORCE_COLOR says so, and none where it says 0", (t) => {
    assert.equal(look(t, false, { FORCE_COLOR: "1" }), RED);
    assert.equal(look(t, false, { FORCE_COLOR: "1", NO_COLOR: "1" }), RED);
    assert.equal(look(t, true, { FORCE_COLOR: "0" }), "x");
  });

  test("is broken at blanks, to the right of its column, and stays one line without a terminal", () => {
    const text = "one line that has words and blanks, and some more of them here";
    assert.deepEqual(wrap(text, 10, 40), ["one line that has words and", "blanks, and some more of them", "here"]);
    assert.deepEqual(wrap(text, 10, undefined), [text]);
  });

  test("takes the width of the terminal, if standard output is one", (t) => {
    const { isTTY, columns } = process.stdout;
    const restore = () => Object.assign(process.stdout, { isTTY, columns });
    t.after(restore);
    const lines = (output: { readonly isTTY: boolean; readonly columns: number }) => {
      Object.assign(process.stdout, output);
      const wrapped = wrap("one two three four five six seven", 0);
      restore();
      return wrapped.length;
    };
    assert.equal(lines({ isTTY: true, columns: 30 }), 2);
    assert.equal(lines({ isTTY: false, columns: 30 }), 1);
    assert.equal(lines({ isTTY: true, columns: 0 }), 1);
  });

  test("keeps long words whole, and lines of a useful length in a narrow terminal", () => {
    const fingerprint = "5f".repeat(32);
    assert.deepEqual(wrap(`SHA-256 ${fingerprint}; none`, 0, 40), ["SHA-256", `${fingerprint};`, "none"]);
    assert.deepEqual(wrap("one two three four five six", 60, 40), ["one two three four five", "six"]);
  });
});
