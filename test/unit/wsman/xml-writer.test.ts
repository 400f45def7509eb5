/** Writing XML: every value comes back from a reader as it was, and what no document can hold is refused. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import { isXmlText, parseXml } from "../../../provider/wsman/xml";
import { writeXml } from "../../../provider/wsman/xml-writer";

const xmlText = fc.string({ unit: "binary" }).filter(isXmlText);

suite("writing XML", () => {
  test("every value that XML can hold is read back as it was: alone, beside attributes, in a list, in an attribute", () => {
    fc.assert(
      fc.property(xmlText, (value) => {
        const item = { "@": { k: value }, "#text": value };
        const root = parseXml(writeXml({ a: { "@": { k: value }, b: value, c: [item, item], d: [value, value] } }));
        assert.equal(root.attributes.get("k"), value);
        assert.deepEqual(
          root.children.map(({ name, text }) => [name, text]),
          ["b", "c", "c", "d", "d"].map((name) => [name, value]),
        );
        assert.equal(root.children[1]?.attributes.get("k"), value);
      }),
      { numRuns: 500 },
    );
  });

  test("values that a builder may take for something else stay what they are", () => {
    for (const value of [
      "true",
      "false",
      "null",
      "",
      " ",
      "0",
      "-0",
      "1e3",
      "]]>",
      "<!--",
      "&amp;",
      "&#xD;",
      "\r\n\t",
    ]) {
      const root = parseXml(writeXml({ a: { "@": { k: value }, "#text": value } }));
      assert.deepEqual([root.attributes.get("k"), root.text], [value, value], JSON.stringify(value));
    }
  });

  test("elements keep their order, and one without content is empty", () => {
    assert.equal(
      writeXml({ "p:a": { "@": { "xmlns:p": "urn:p" }, "p:z": "", "p:b": {}, "p:y": 1, "p:c": ["", "2"] } }),
      '<p:a xmlns:p="urn:p"><p:z/><p:b/><p:y>1</p:y><p:c/><p:c>2</p:c></p:a>',
    );
  });

  test("what no document can hold is refused wherever it stands, and the value is not repeated", () => {
    for (const bad of ["\0", "\u000b", "\u001b", "\u001f", "\ud800", "\udc00", "\ufffe", "\uffff"]) {
      const value = `Planted-${bad}Secret`;
      for (const document of [
        { a: value },
        { a: { "@": { k: value } } },
        { a: { "@": { k: "" }, "#text": value } },
        { a: [value] },
      ]) {
        assert.throws(
          () => writeXml(document),
          (error: unknown) =>
            isWinrmError(error) && error.code === "WINRM_E_ARGUMENT" && !error.message.includes("Planted"),
          JSON.stringify(document),
        );
      }
    }
  });
});
