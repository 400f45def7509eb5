/** Reading what a host offers. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { offeredSchemes, parseChallenges, parseParameters } from "../../../provider/session/logon/challenge";

suite("WWW-Authenticate", () => {
  test("several lines, as Windows sends them", () => {
    const lines = ["Negotiate", "Kerberos", 'Basic realm="WSMAN"', "CredSSP"];
    assert.deepEqual(offeredSchemes(lines), ["Negotiate", "Kerberos", "Basic", "CredSSP"]);
    assert.deepEqual(parseChallenges(lines)[0], { scheme: "Negotiate", token: undefined, parameters: new Map() });
    assert.deepEqual([...(parseChallenges(lines)[2]?.parameters ?? [])], [["realm", "WSMAN"]]);
  });

  test("several schemes folded into one line", () => {
    assert.deepEqual(offeredSchemes('Negotiate, Basic realm="WSMAN",CredSSP'), ["Negotiate", "Basic", "CredSSP"]);
  });

  test("a token belongs to its scheme", () => {
    assert.deepEqual(parseChallenges("Negotiate TlRMTVNTUAAC+/=="), [
      { scheme: "Negotiate", token: "TlRMTVNTUAAC+/==", parameters: new Map() },
    ]);
    assert.deepEqual(parseChallenges("Basic realm=x, Negotiate  QUJD "), [
      { scheme: "Basic", token: undefined, parameters: new Map([["realm", "x"]]) },
      { scheme: "Negotiate", token: "QUJD", parameters: new Map() },
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

  test("the parameters of several schemes in one line go to their own scheme", () => {
    const line =
      'Digest realm="a, b", qop = "auth,auth-int" ,Nonce="x=\\"y\\\\", stale=TRUE, Basic realm=c, Negotiate, odd=1';
    assert.deepEqual(
      parseChallenges(line).map(({ scheme, parameters }) => [scheme, ...parameters]),
      [
        ["Digest", ["realm", "a, b"], ["qop", "auth,auth-int"], ["nonce", 'x="y\\'], ["stale", "TRUE"]],
        ["Basic", ["realm", "c"]],
        ["Negotiate", ["odd", "1"]],
      ],
    );
  });

  test("of a parameter that is given twice, and in any case, the first counts", () => {
    assert.deepEqual(
      [...(parseChallenges("Digest Nonce=1, NONCE=2, realm=3")[0]?.parameters ?? [])],
      [
        ["nonce", "1"],
        ["realm", "3"],
      ],
    );
  });

  test("a parameter survives quoting and parsing, whatever it holds", () => {
    const printable = fc.string({ unit: fc.constantFrom("a", "b", " ", "=", ",", ";", '"', "\\", "/", "+", "\u00fc") });
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, printable), { selector: ([key]) => key, minLength: 1 }), (pairs) => {
        const text = pairs.map(([key, value]) => `${key}="${value.replace(/["\\]/g, "\\$&")}"`).join(", ");
        const expected = pairs.map(([key, value]) => [key, value]);
        assert.deepEqual([...(parseChallenges(`Digest ${text}`)[0]?.parameters ?? [])], expected);
        assert.deepEqual([...parseParameters(text)], expected);
      }),
    );
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
