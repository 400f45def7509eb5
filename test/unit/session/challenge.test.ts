/** Reading what a host offers. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { offeredSchemes, parseChallenges } from "../../../provider/session/challenge";

suite("WWW-Authenticate", () => {
  test("several lines, as Windows sends them", () => {
    const lines = ["Negotiate", "Kerberos", 'Basic realm="WSMAN"', "CredSSP"];
    assert.deepEqual(offeredSchemes(lines), ["Negotiate", "Kerberos", "Basic", "CredSSP"]);
    assert.deepEqual(parseChallenges(lines)[0], { scheme: "Negotiate", token: undefined });
  });

  test("several schemes folded into one line", () => {
    assert.deepEqual(offeredSchemes('Negotiate, Basic realm="WSMAN",CredSSP'), ["Negotiate", "Basic", "CredSSP"]);
  });

  test("a token belongs to its scheme", () => {
    assert.deepEqual(parseChallenges("Negotiate TlRMTVNTUAAC+/=="), [
      { scheme: "Negotiate", token: "TlRMTVNTUAAC+/==" },
    ]);
    assert.deepEqual(parseChallenges("Basic realm=x, Negotiate  QUJD "), [
      { scheme: "Basic", token: undefined },
      { scheme: "Negotiate", token: "QUJD" },
    ]);
  });

  test("a comma inside quotes does not part two schemes", () => {
    assert.deepEqual(offeredSchemes('Basic realm="a, Negotiate QUJD, b", Kerberos'), ["Basic", "Kerberos"]);
  });

  test("a scheme that is offered twice is named once", () => {
    assert.deepEqual(offeredSchemes(["Negotiate", "Negotiate QUJD"]), ["Negotiate"]);
  });

  test("nothing, blanks and what is no scheme are left out", () => {
    assert.deepEqual(parseChallenges(undefined), []);
    assert.deepEqual(parseChallenges(""), []);
    assert.deepEqual(parseChallenges([" , ,", "=x", '"Basic"', "1Basic", "Ne\u001bgotiate"]), []);
  });

  test("a token that is no base64, or longer than 64 KiB, is no token", () => {
    for (const token of ["a b", "a-b", "=", "ab=c", "%", "x".repeat(87_388)]) {
      assert.equal(parseChallenges(`Negotiate ${token}`)[0]?.token, undefined, token.slice(0, 10));
    }
    assert.equal(parseChallenges(`Negotiate ${"x".repeat(87_384)}`)[0]?.token?.length, 87_384);
  });

  test("a huge header is read in one pass", () => {
    const header = "Negotiate,".repeat(100_000) + '"'.repeat(100_001);
    assert.deepEqual(offeredSchemes(header), ["Negotiate"]);
  });

  test("any text gives names without blanks or control characters", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (lines) => {
        for (const { scheme, token } of parseChallenges(lines)) {
          assert.match(scheme, /^[A-Za-z][A-Za-z0-9-]*$/);
          if (token !== undefined) assert.match(token, /^[A-Za-z0-9+/]+=*$/);
        }
      }),
    );
  });
});
