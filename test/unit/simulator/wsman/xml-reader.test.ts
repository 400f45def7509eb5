import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import type { XmlElement } from "../../../../simulator/wsman/xml";
import { MalformedXml, parseXml } from "../../../../simulator/wsman/xml-reader";
import { sourceFiles } from "../../../support/pages/source-files";
import { projectRoot } from "../../../../tools/pulumi-cli/locations";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
/** Every construct that a request may hold. */
const DOCUMENT =
  `${DECLARATION}\r\n<!-- c --><e:E xmlns:e="urn:e" xmlns="urn:d" a='x "y"' e:b="1 &amp; 2">` +
  `t &lt; &#x41;\r\n<c z="1\n2"/><![CDATA[<raw> & ]]]>\t<e:d xmlns:e="urn:f"><e:e xmlns=""><g/></e:e></e:d></e:E>\n`;

const REFUSED: Readonly<Record<string, string>> = {
  "an unclosed tag": "<a><b></a>",
  "crossed tags": "<a><b></a></b>",
  "a second root": "<a/><b/>",
  "text before the root": "x<a/>",
  "text after the root": "<a/>x",
  "a reference after the root": "<a></a>&#10;",
  "CDATA beside the root": "<![CDATA[x]]><a/>",
  "no root": "<!-- only a comment -->",
  "a document type": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
  "a document type in lower case": "<!doctype a><a/>",
  "an entity declaration": '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  "an unknown entity": "<a>&nbsp;</a>",
  "an entity by a name of Object": "<a>&constructor;</a>",
  "a bare ampersand": "<a>1 & 2</a>",
  "a reference to no character": "<a>&#0;</a>",
  "a reference to half a character": "<a>&#xD800;</a>",
  "a control character": "<a>\x01</a>",
  "an unclosed comment": "<a><!-- x</a>",
  "a comment with --": "<a><!-- x -- y --></a>",
  "unclosed CDATA": "<a><![CDATA[x</a>",
  "the end of CDATA in text": "<a>]]></a>",
  "a processing instruction": "<a><?x y?></a>",
  "an XML declaration elsewhere": '<a/><?xml version="1.0"?>',
  "an unquoted attribute": "<a b=1/>",
  "an attribute without a value": "<a b/>",
  "an attribute twice": '<a b="1" b="2"/>',
  "an attribute twice under two prefixes": '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>',
  "< in an attribute": '<a b="<"/>',
  "an undeclared prefix": "<p:a/>",
  "a prefix out of scope": '<a><b xmlns:p="u"/><p:c/></a>',
  "an undeclared prefix of an attribute": '<a p:b="1"/>',
  "a prefix that is undone": '<a xmlns:p=""/>',
  "two colons": '<a:b:c xmlns:a="u"/>',
  "elements nested a thousand deep": "<a>".repeat(1000) + "</a>".repeat(1000),
  "the prototype as an attribute": '<a __proto__="x"/>',
};

/** Adjacent pieces of text together, because readers cut them differently. */
function shape(element: XmlElement): unknown {
  const children: unknown[] = [];
  for (const one of element.children) {
    if (typeof one !== "string") children.push(shape(one));
    else if (typeof children.at(-1) === "string") children.push(String(children.pop()) + one);
    else children.push(one);
  }
  return { ...element, children };
}

/** An independent reader. @throws Error */
function readWithSaxes(xml: string): void {
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(xml).close();
}

function wellFormed(read: (xml: string) => unknown, xml: string): boolean {
  try {
    read(xml);
    return true;
  } catch {
    return false;
  }
}

suite("the XML that the simulated host reads", () => {
  for (const [what, xml] of Object.entries(REFUSED)) {
    test(`${what} is malformed`, () => {
      assert.throws(() => parseXml(xml), MalformedXml);
    });
  }

  test("every construct is read with its namespaces, entities, line ends and white space", () => {
    assert.deepEqual(shape(parseXml(DOCUMENT)), {
      ns: "urn:e",
      name: "E",
      attributes: [
        { ns: "", name: "a", value: 'x "y"' },
        { ns: "urn:e", name: "b", value: "1 & 2" },
      ],
      children: [
        "t < A\n",
        { ns: "urn:d", name: "c", attributes: [{ ns: "", name: "z", value: "1 2" }], children: [] },
        "<raw> & ]\t",
        {
          ns: "urn:f",
          name: "d",
          attributes: [],
          children: [
            { ns: "urn:f", name: "e", attributes: [], children: [{ ns: "", name: "g", attributes: [], children: [] }] },
          ],
        },
      ],
    });
  });

  test("a carriage return that is written as a reference stays one", () => {
    assert.deepEqual(parseXml("<a>1&#13;\r\n2&#xD;</a>").children, ["1\r\n2\r"]);
  });

  test("a damaged document is refused exactly where an independent reader refuses it", () => {
    const pieces = [
      "<",
      ">",
      "&",
      "/",
      "'",
      '"',
      ":",
      " ",
      "\n",
      "a",
      "<a/>",
      "</a>",
      "<!",
      "<!--",
      "-->",
      "]]>",
      "&#0;",
    ];
    const piece = fc.constantFrom(...pieces, "<![CDATA[", "&x;", "\x01", ";", "e:", "-", "]", "é", "");
    const place = fc.nat(DOCUMENT.length);
    const damage = fc.array(fc.tuple(place, fc.nat(3), piece), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(damage, (edits) => {
        const xml = edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), DOCUMENT);
        // A damaged XML declaration is a processing instruction, which XML allows and SOAP does not.
        fc.pre(xml.startsWith(DECLARATION) && xml.lastIndexOf("<?") === 0);
        assert.equal(wellFormed(parseXml, xml), wellFormed(readWithSaxes, xml), xml);
      }),
      { numRuns: 3000 },
    );
  });

  test("the simulated host imports fast-xml-parser in one file and saxes in none", () => {
    const importing = (name: string) =>
      sourceFiles("simulator").filter((file) =>
        readFileSync(join(projectRoot, file), "utf8").includes(`from "${name}"`),
      );
    assert.deepEqual(importing("fast-xml-parser"), ["simulator/wsman/xml-reader.ts"]);
    assert.deepEqual(importing("saxes"), []);
  });
});
