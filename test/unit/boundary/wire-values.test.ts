/** Values on the way to and from the engine. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { inspect } from "node:util";
import { redact } from "../../../provider/engine/redact";
import { canonicalText, fromWire, toWire } from "../../../provider/engine/wire-values";
import { overTheWire } from "../../support/processes/provider-calls";
import { assertWording } from "../../support/pages/golden";

class Someone {
  readonly name = "x";
}

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ["a function", () => 1, "function"],
  ["a bigint", 1n, "bigint"],
  ["a symbol", Symbol("x"), "symbol"],
  ["NaN", Number.NaN, "NaN"],
  ["an infinite number", Number.POSITIVE_INFINITY, "Infinity"],
  ["a Date", new Date(0), "an object with a class"],
  ["a Map", new Map(), "an object with a class"],
  ["an instance of a class", new Someone(), "an object with a class"],
  ["a Buffer", Buffer.from("x"), "an object with a class"],
];

suite("toWire", () => {
  for (const [title, value, what] of REFUSED) {
    test(`refuses ${title} and names its path`, (t) => {
      assert.throws(
        () => toWire({ a: { list: [1, value] } }),
        (error: Error) => {
          assert.ok(error.message.startsWith(`a.list[1] holds ${what}`), error.message);
          assert.match(error.message, /\[WINRM_E_INTERNAL\]$/);
          assertWording(t, error.message);
          return true;
        },
      );
    });
  }

  test("drops undefined wherever it is a property, and refuses it in a list, where it would move the others", () => {
    assert.deepEqual(toWire({ a: undefined, b: { c: undefined, d: 1 } }), { b: { d: 1 } });
    assert.throws(() => toWire({ a: [undefined] }), { code: "WINRM_E_INTERNAL" });
  });

  test("keeps everything that JSON can say, as the engine's own format does", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        // The engine's format itself loses a key of this name.
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const wire = toWire(value);
        assert.equal(canonicalText(overTheWire(wire)), canonicalText(JSON.parse(JSON.stringify(wire))));
      }),
    );
  });

  test("takes objects without a prototype", () => {
    assert.deepEqual(toWire(Object.assign(Object.create(null) as object, { a: 1 })), { a: 1 });
  });
});

suite("fromWire", () => {
  test("takes away the engine's keys and nulls, and nothing else", () => {
    const wire = { __provider: "x", __urn: "y", a: null, b: { __c: 1, d: null, e: [null, { f: null, g: 0 }] }, h: "" };
    assert.deepEqual(fromWire(wire), { b: { __c: 1, e: [null, { g: 0 }] }, h: "" });
  });

  test("does not change what it is given", () => {
    const wire = { a: { b: null } };
    fromWire(wire);
    assert.deepEqual(wire, { a: { b: null } });
  });
});

suite("canonicalText", () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).reverse();
    return Object.fromEntries([...entries.map(([key, item]) => [key, shuffled(item)]), ["absent", undefined]]);
  };

  test("is the same for equal values in any order of keys, with or without absent ones", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonicalText(shuffled(value)), canonicalText(value));
      }),
    );
  });

  test("differs where values differ", () => {
    const different = [1, "1", true, "true", [], {}, [[]], [1], { a: 1 }, { a: "1" }, { b: 1 }, { a: [1] }, "", null];
    assert.equal(new Set(different.map(canonicalText)).size, different.length);
  });
});

suite("redact", () => {
  test("takes a secret out in every form in which it travels", () => {
    const secret = "P@ss word/1+ü";
    const forms = [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)];
    assert.equal(redact(`a ${forms.join(" b ")} c`, [secret]), "a [secret] b [secret] b [secret] c");
  });

  test("S4: takes it out of what encodes it together with something else, and line by line", () => {
    const secret = 'Pl4nted"\\ç/é+<&> 1!';
    const basic = (user: string) => Buffer.from(`${user}:${secret}`).toString("base64");
    for (const text of [
      JSON.stringify({ secret }),
      inspect({ secret }),
      `<a b="${secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")}"/>`,
      new URLSearchParams({ secret }).toString(),
      Buffer.from(secret).toString("hex"),
      Buffer.from(secret, "utf16le").toString("base64"),
      Buffer.from(secret).toString("base64url"),
      ...["o", "op", "ops"].map(basic),
    ]) {
      assert.ok(redact(text, [secret]).includes("[secret]"), text);
    }
    const key = `-----BEGIN PRIVATE KEY-----\n${"UGw0bnRlZEtleQ".repeat(3)}\nAA==\n-----END PRIVATE KEY-----\n`;
    assert.equal(redact(`a ${"UGw0bnRlZEtleQ".repeat(3)} b -----BEGIN`, [key]), "a [secret] b -----BEGIN");
    assert.equal(redact(JSON.stringify(key), [key]), '"[secret]"');
  });

  test("never leaves a secret in a text", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6 }).filter((text) => !/^\p{L}+$/u.test(text) && !"[secret]".includes(text)),
        fc.string(),
        fc.string(),
        (secret, head, tail) => {
          assert.equal(redact(`${head}|${secret}|${tail}`, [secret]).includes(`|${secret}|`), false);
        },
      ),
    );
  });

  test("leaves words alone, so that nobody learns that one is the password", () => {
    assert.equal(redact("the administrator sat", ["the", "", "at", "administrator"]), "the administrator sat");
  });

  test("takes a secret out whole where another one is a part of it", () => {
    assert.equal(redact("a hunter2-long b hunter2", ["hunter2", "hunter2-long"]), "a [secret] b [secret]");
  });

  test("does not fail on a secret that cannot be URL-encoded", () => {
    assert.equal(redact("a \ud800pass-77 b", ["\ud800pass-77"]), "a [secret] b");
  });
});
