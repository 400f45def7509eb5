/** Reading XML from the network. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import { child, isXmlText, parseXml } from "../../../provider/wsman/xml";

function refuses(text: string, why: RegExp): void {
  assert.throws(
    () => parseXml(text),
    (error: unknown) => isWinrmError(error) && error.code === "WINRM_E_PROTOCOL" && why.test(error.message),
    text.slice(0, 80),
  );
}

suite("names in XML", () => {
  test("a prefix means what the nearest declaration says, and nothing by itself", () => {
    const root = parseXml('<p:a xmlns:p="outer"><p:b xmlns:p="inner"><p:c/></p:b><p:d/></p:a>');
    assert.deepEqual([root.namespace, root.name], ["outer", "a"]);
    const inner = child(root, "inner", "b");
    assert.ok(child(inner, "inner", "c") !== undefined);
    assert.ok(child(root, "outer", "d") !== undefined);
    assert.equal(child(root, "inner", "d"), undefined);
  });

  test("two prefixes for one namespace name the same thing", () => {
    const root = parseXml('<a:e xmlns:a="urn:x" xmlns:b="urn:x"><b:f/></a:e>');
    assert.ok(child(root, "urn:x", "f") !== undefined);
  });

  test("the default namespace covers elements until it is taken back, and never attributes", () => {
    const root = parseXml('<a xmlns="urn:x" k="1"><b xmlns=""/></a>');
    assert.equal(root.namespace, "urn:x");
    assert.equal(root.children[0]?.namespace, "");
    assert.deepEqual([...root.attributes], [["k", "1"]]);
  });

  test("an attribute with a prefix is found by its namespace, one without by its name", () => {
    const root = parseXml('<a xmlns:q="urn:q" q:k="1" k="2" xml:lang="de"/>');
    assert.equal(root.attributes.get("{urn:q}k"), "1");
    assert.equal(root.attributes.get("k"), "2");
    assert.equal(root.attributes.get("{http://www.w3.org/XML/1998/namespace}lang"), "de");
  });

  test("a prefix that is not declared is refused", () => {
    refuses("<p:a/>", /unbound namespace prefix: "p"/);
    refuses('<a p:k="1"/>', /unbound namespace prefix: "p"/);
    refuses('<a><b xmlns:p="x"/><p:c/></a>', /unbound namespace prefix: "p"/);
  });

  test("names of JavaScript's own properties do no harm", () => {
    for (const text of ["<__proto__/>", '<a __proto__="1"/>', "<constructor/>", '<a constructor="1"/>']) {
      try {
        parseXml(text);
      } catch (error) {
        assert.ok(isWinrmError(error), text);
      }
    }
    assert.equal(({} as Record<string, unknown>)["1"], undefined);
  });
});

suite("text in XML", () => {
  test("white space is kept, and comments and processing instructions are not text", () => {
    assert.equal(parseXml("<a> \t x\n<!-- no --><?no no?>y </a>").text, " \t x\ny ");
  });

  test("an element's text leaves out its children's", () => {
    assert.equal(parseXml("<a>1<b>2</b>3</a>").text, "13");
  });

  test("the five predefined entities and numeric references are decoded, once", () => {
    assert.equal(
      parseXml("<a>&lt;&gt;&amp;&quot;&apos;&#xD;&#13;&#x1F600;&amp;lt;</a>").text,
      "<>&\"'\r\r\u{1f600}&lt;",
    );
    assert.equal(parseXml('<a k="&#xD;&#10;&quot;&amp;amp;"/>').attributes.get("k"), '\r\n"&amp;');
  });

  test("any other entity is refused, whatever its name", () => {
    for (const name of ["nbsp", "AMP", "constructor", "toString", "__proto__", "a1", "x-y", "ä"]) {
      refuses(`<a>&${name};</a>`, /undefined entity|not well-formed/);
      refuses(`<a k="&${name};"/>`, /undefined entity|not well-formed/);
    }
  });

  test("CDATA is text as it stands", () => {
    assert.equal(parseXml("<a>1<![CDATA[<b>&amp;]]>2&amp;</a>").text, "1<b>&amp;2&");
    assert.equal(parseXml("<a><![CDATA[<b/>]]></a>").children.length, 0);
  });

  test("what XML cannot hold becomes the replacement character, written plainly or by number", () => {
    const references = [
      "&#0;",
      "&#x1b;",
      "&#xD800;",
      "&#xDFFF;",
      "&#xFFFE;",
      "&#xFFFF;",
      "&#x110000;",
      "&#99999999999999999999;",
    ];
    for (const reference of references) assert.equal(parseXml(`<a>${reference}</a>`).text, "\ufffd", reference);
    for (const plain of ["\0", "\u0001", "\u001b", "\uffff"]) {
      assert.equal(parseXml(`<a>${plain}</a>`).text, "\ufffd", JSON.stringify(plain));
      assert.equal(parseXml(`<a k="${plain}"/>`).attributes.get("k"), "\ufffd", JSON.stringify(plain));
      assert.equal(parseXml(`<a><![CDATA[${plain}]]></a>`).text, "\ufffd", JSON.stringify(plain));
    }
  });

  test("a text is told from one that no document can hold", () => {
    for (const text of ["", "plain", "\t\n\r", "\u{10ffff}", "\ufffd"]) assert.equal(isXmlText(text), true, text);
    for (const text of ["\0", "a\u000b", "\u001f", "\ud800", "\udc00a", "\ufffe", "\uffff"]) {
      assert.equal(isXmlText(text), false, JSON.stringify(text));
    }
  });
});

suite("documents that are refused", () => {
  test("a document type, whatever its case, so that no entity can be defined", () => {
    const bomb = `<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>`;
    refuses(bomb, /document type/);
    refuses('<!doctype a SYSTEM "file:///etc/passwd"><a/>', /document type/);
    refuses('<?xml version="1.0"?>\n<!DOCTYPE a><a/>', /document type/);
  });

  test("text that is no well-formed document", () => {
    const texts = [
      "",
      "text",
      "<a>",
      "<a><b></a>",
      "</a>",
      "<a></a><b></b>",
      '<a k="1" k="2"/>',
      "<a k=1/>",
      "<a k/>",
      "<a>& b</a>",
    ];
    for (const text of texts) refuses(text, /not well-formed/);
  });

  test("nesting beyond 64 levels, however deep, without running out of stack", () => {
    const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
    assert.equal(parseXml(nested(64)).name, "a");
    for (const depth of [66, 101, 100_000]) refuses(nested(depth), /nested/);
  });

  test("A2: more elements, attributes or namespaces than any message has, and the parse ends at the first one beyond", () => {
    const many = (count: number, one: (index: number) => string) =>
      Array.from({ length: count }, (_, i) => one(i)).join("");
    refuses(`<a>${"<b/>".repeat(50_001)}</a>`, /elements/);
    refuses(`<a ${many(101, (i) => ` k${i}="1"`)}/>`, /attributes/);
    refuses(`<a>${'<b k="1" l="2"/>'.repeat(10_001)}</a>`, /attributes/);
    refuses(`<a>${many(1_001, (i) => `<b xmlns:p="urn:${i}"/>`)}</a>`, /namespaces/);
    refuses(`<a>${many(1_001, (i) => `<b xmlns="urn:${i}"/>`)}</a>`, /namespaces/);
    assert.equal(
      parseXml(`<a>${"<b/>".repeat(20_000)}<c ${many(99, (i) => ` k${i}="1"`)}/></a>`).children.length,
      20_001,
    );
    // What stands after it is not looked at, so a document of any size costs no more: it is not even well-formed there.
    refuses(`<a ${many(300_000, (i) => ` k${i}="1"`)} <<<`, /attributes/);
  });

  test("any number of literals without an end, each of which would be searched to the end of the document", () => {
    for (const opening of ["<![CDATA[", "<!--", "<?"]) refuses(`<a>&#0;${opening.repeat(800_000)}`, /not well-formed/);
  });

  test("any text gives an element or a typed error", () => {
    const pieces = fc.constantFrom(
      "<a>",
      "</a>",
      "<a/>",
      "<",
      ">",
      "&",
      ";",
      '"',
      "'",
      "=",
      "<![CDATA[",
      "]]>",
      "<!--",
      "-->",
      "xmlns:p=",
      "p:",
      "&#x",
      "&amp;",
      " ",
      "\0",
      "ä",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
        try {
          assert.equal(typeof parseXml(parts.join("")).name, "string");
        } catch (error) {
          assert.ok(isWinrmError(error) && error.code === "WINRM_E_PROTOCOL", String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
