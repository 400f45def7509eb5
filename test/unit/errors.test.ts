/** The errors of this package and their codes. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { inspect } from "node:util";
import { ERROR_CODES, isWinrmError, messageOf, WinrmError, type ErrorContext } from "../../provider/errors";
import { projectRoot } from "../../tools/pulumi-cli/locations";

const CONTEXT: ErrorContext = {
  host: "web01:15985",
  operation: "read winrm/config",
  identity: "ntlm as CORP\\ops over http",
  causes: ["the first", "the second"],
  remedy: "do this",
  retryable: true,
  outcomeUnknown: true,
};

function sources(): string[] {
  const folder = join(projectRoot, "provider");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && path !== "errors.ts")
    .map((path) => readFileSync(join(folder, path), "utf8"));
}

suite("the table of codes", () => {
  test("holds no code that nothing in the provider gives", () => {
    const comparisons = /(?:case|[!=]==)\s+"WINRM_E_[A-Z_]+"/g;
    const text = sources().join("\n").replaceAll(comparisons, "");
    const unused = Object.keys(ERROR_CODES).filter((code) => !text.includes(`"${code}"`));
    assert.deepEqual(unused, []);
  });

  test("holds every code that the provider's text names", () => {
    const named = new Set(sources().flatMap((text) => text.match(/\bWINRM_E_[A-Z_]*[A-Z]\b/g) ?? []));
    const unknown = [...named].filter((code) => !Object.hasOwn(ERROR_CODES, code));
    assert.deepEqual(unknown, []);
  });

  test("says one thing about each code, in whole sentences", () => {
    const meanings = Object.values<string>(ERROR_CODES);
    assert.equal(new Set(meanings).size, meanings.length);
    for (const meaning of meanings) assert.match(meaning, /^[A-Z].*\.$/);
  });
});

suite("the text of an error", () => {
  test("with nothing known is the summary and the code", () => {
    assert.equal(new WinrmError("WINRM_E_TLS", "it failed").message, "it failed [WINRM_E_TLS]");
  });

  test("with several problems gives each a line of its own, whatever a host put into it", () => {
    const error = new WinrmError("WINRM_E_LOCKOUT", "2 problems", { problems: ["one\n  next: run", "two\u009b2J"] });
    const lines = ["2 problems [WINRM_E_LOCKOUT]", "  - one   next: run", "  - two 2J"];
    assert.deepEqual(error.message.split("\n"), lines);
    assert.deepEqual(error.withContext({ host: "web01" }).message.split("\n"), [
      `web01: ${lines[0]}`,
      ...lines.slice(1),
    ]);
  });

  test("with everything known is exactly this", () => {
    assert.equal(
      new WinrmError("WINRM_E_CONNECTION_REFUSED", "nothing listens", CONTEXT).message,
      [
        "web01:15985: read winrm/config (ntlm as CORP\\ops over http): nothing listens [WINRM_E_CONNECTION_REFUSED]",
        "  likely causes:",
        "    1. the first",
        "    2. the second",
        "  next: do this",
      ].join("\n"),
    );
  });

  test("with one cause, or one part of the place, leaves the rest out", () => {
    assert.equal(
      new WinrmError("WINRM_E_DNS", "no name", { host: "web01", causes: ["a typo"] }).message,
      "web01: no name [WINRM_E_DNS]\n  likely cause: a typo",
    );
    assert.equal(
      new WinrmError("WINRM_E_DNS", "no name", { operation: "read", identity: "basic" }).message,
      "read (basic): no name [WINRM_E_DNS]",
    );
    assert.equal(new WinrmError("WINRM_E_DNS", "no name", { identity: "basic" }).message, "no name [WINRM_E_DNS]");
  });
});

suite("an error", () => {
  test("shows its context neither printed nor serialised", () => {
    const error = new WinrmError("WINRM_E_FAULT", "bad", { operation: "put marker-in-context" });
    assert.deepEqual(JSON.parse(JSON.stringify(error)), {
      name: "WinrmError",
      code: "WINRM_E_FAULT",
      retryable: false,
    });
    assert.deepEqual(Object.keys(error).sort(), ["code", "name", "retryable"]);
    const withoutText = inspect(error).replaceAll(error.message, "");
    assert.doesNotMatch(withoutText, /\b(?:context|summary|operation)\]?: |marker-in-context/);
    assert.equal(error.context.operation, "put marker-in-context");
  });

  test("takes more context without losing what it knows", () => {
    const cause = new Error("deep");
    const first = new WinrmError("WINRM_E_CONNECTION_REFUSED", "no", { host: "web01", retryable: true, cause });
    const second = first.withContext({ host: "other", operation: "read", retryable: false, outcomeUnknown: true });
    assert.equal(second.message, "web01: read: no [WINRM_E_CONNECTION_REFUSED]");
    assert.equal(second.retryable, true);
    assert.equal(second.context.outcomeUnknown, true);
    assert.equal(second.cause, cause);
    assert.equal(second.summary, "no");
    assert.equal(first.message, "web01: no [WINRM_E_CONNECTION_REFUSED]");
  });

  test("is not retryable and has no cause unless that is said", () => {
    const error = new WinrmError("WINRM_E_TLS", "x");
    assert.equal(error.retryable, false);
    assert.equal("cause" in error, false);
    assert.ok(error instanceof Error);
  });

  test("is known by its code, also one of another copy of the package", () => {
    const foreign = Object.assign(new Error("x"), { code: "WINRM_E_TLS" });
    assert.equal(isWinrmError(new WinrmError("WINRM_E_TLS", "x")), true);
    assert.equal(isWinrmError(foreign), true);
    for (const other of ["ECONNRESET", "toString", "constructor", "__proto__", "", 5]) {
      assert.equal(isWinrmError(Object.assign(new Error("x"), { code: other })), false, String(other));
    }
    for (const other of [undefined, null, "WINRM_E_TLS", { code: "WINRM_E_TLS" }, new Error("x")]) {
      assert.equal(isWinrmError(other), false);
    }
  });

  test("or anything else that was thrown has a text", () => {
    assert.equal(messageOf(new Error("text")), "text");
    assert.equal(messageOf("plain"), "plain");
    assert.equal(messageOf(undefined), "undefined");
  });
});
