/** What makes declaring many resources quick must change nothing else. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { TrustedHosts } from "../../../provider";
import { isPlainThroughout } from "../../../provider/program/resources/plain-values";
import { withoutStackTraces } from "../../../provider/program/resources/stack-traces";
import { mockPulumi } from "../../support/mocked-pulumi";

const json = fc.dictionary(fc.string(), fc.jsonValue());

suite("arguments that are all there", () => {
  test("are known to be, whatever values they have", () => {
    fc.assert(
      fc.property(json, (value) => {
        assert.ok(isPlainThroughout(value));
      }),
    );
    const auth = { username: "ops", password: { env: "PW" } };
    assert.ok(isPlainThroughout({ connection: { host: "h", auth }, entries: ["a", undefined] }));
  });

  test("are told from arguments with an output, a promise or an object of a class anywhere in them", () => {
    const waiting = [pulumi.output("x"), pulumi.secret("x"), Promise.resolve("x"), new URL("http://h/"), () => "x"];
    for (const late of waiting) {
      for (const args of [{ late }, { a: { late } }, { a: ["x", late] }, { a: [{ b: [late] }] }]) {
        assert.equal(isPlainThroughout(args), false);
      }
    }
  });
});

suite("stack traces in the constructor", () => {
  mockPulumi();

  test("are off during it and as before after it", () => {
    const before = Error.stackTraceLimit;
    const restore = withoutStackTraces({});
    assert.equal(new Error("x").stack, "Error: x");
    restore();
    assert.equal(Error.stackTraceLimit, before);
    new TrustedHosts("h", { connection: { host: "h" }, entries: [] });
    assert.equal(Error.stackTraceLimit, before);
  });

  test("stay on where promises that never end are looked for", () => {
    const restore = withoutStackTraces({ PULUMI_DEBUG_PROMISE_LEAKS: "1" });
    assert.match(new Error("x").stack ?? "", /speed\.test/);
    restore();
  });

  test("of an error lead to the program's line, and traces are as before", () => {
    const before = Error.stackTraceLimit;
    assert.throws(
      () => new TrustedHosts("", { connection: { host: "h" }, entries: [] }),
      (error: Error) =>
        /Missing resource name/.test(error.message) && /speed\.test/.test(error.stack?.split("\n")[1] ?? ""),
    );
    assert.equal(Error.stackTraceLimit, before);
  });
});
