/** What other clients ask of a sequence: endpoint references instead of objects or beside them, and a filter by selectors. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { basic, CFG, envelope, faultCodes, startBasicHost, TRANSFER, wireTo } from "../wire";

const WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2";
const EN = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
const W = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
const SELECTORS = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";

async function host(t: TestContext) {
  const { http } = await startBasicHost(t, {});
  const wire = wireTo(t, http!.url);
  const enumerate = (uri: string, content: string) => {
    const more = `<w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>${content}`;
    const body = `<n:Enumerate xmlns:n="${EN}" xmlns:w="${W}">${more}</n:Enumerate>`;
    return wire.send(envelope({ action: `${EN}/Enumerate`, uri, body }), basic());
  };
  const get = (uri: string, selectors: string) =>
    wire.send(envelope({ action: `${TRANSFER}/Get`, uri, extra: selectors }), basic());
  return { enumerate, get };
}

const mode = (name: string) => `<w:EnumerationMode>${name}</w:EnumerationMode>`;
const bySelectors = (...pairs: (readonly [string, string])[]) => {
  const selectors = pairs.map(([name, value]) => `<w:Selector Name="${name}">${value}</w:Selector>`).join("");
  return `<w:Filter Dialect="${SELECTORS}"><w:SelectorSet>${selectors}</w:SelectorSet></w:Filter>`;
};

suite("H9: a sequence of another form", () => {
  for (const [uri, object] of [
    [`${CFG}/listener`, "cfg:Listener"],
    [`${WMI}/Win32_Group`, "p:Win32_Group"],
  ] as const) {
    test(`of ${object} has references that find the instances, and objects beside them if asked`, async (t) => {
      const { enumerate, get } = await host(t);
      const count = (text: string, part: string) => text.split(part).length - 1;
      const objects = await enumerate(uri, "");
      const references = await enumerate(uri, mode("EnumerateEPR"));
      const both = await enumerate(uri, mode("EnumerateObjectAndEPR"));
      const wanted = count(objects.text, `<${object} `);
      assert.ok(wanted > 0);
      assert.equal(count(references.text, "<a:EndpointReference "), wanted);
      assert.equal(count(references.text, `<${object} `), 0);
      assert.equal(count(both.text, `<w:Item><${object} `), wanted);
      assert.equal(count(both.text, "</a:EndpointReference></w:Item>"), wanted);
      const set = /<w:SelectorSet>.*?<\/w:SelectorSet>/.exec(references.text)?.[0] ?? "";
      const found = await get(uri, set.replace("<w:SelectorSet>", `<w:SelectorSet xmlns:w="${W}">`));
      assert.equal(count(found.text, `<${object} `), 1);
    });
  }

  test("is refused where the mode is none, and for certificate mappings, which have objects only", async (t) => {
    const { enumerate } = await host(t);
    assert.deepEqual(faultCodes(await enumerate(`${CFG}/listener`, mode("EnumerateAll"))), [2150858818]);
    for (const name of ["EnumerateEPR", "EnumerateObjectAndEPR"])
      assert.deepEqual(faultCodes(await enumerate(`${CFG}/service/certmapping`, mode(name))), [2150858818]);
  });
});

suite("H9: a filter by selectors", () => {
  test("finds the instances whose properties have the values, in any case", async (t) => {
    const { enumerate } = await host(t);
    const found = async (...pairs: (readonly [string, string])[]) => {
      const { text } = await enumerate(`${WMI}/Win32_Group`, bySelectors(...pairs));
      return [...text.matchAll(/<p:SID>([^<]*)</g)].map(([, sid]) => sid);
    };
    assert.deepEqual(await found(["sid", "s-1-5-32-580"]), ["S-1-5-32-580"]);
    assert.deepEqual(await found(["SID", "S-1-5-32-580"], ["LocalAccount", "True"]), ["S-1-5-32-580"]);
    assert.deepEqual(await found(["SID", "S-1-5-32-580"], ["Name", "Administrators"]), []);
  });

  test("of a property that the class does not have, and of another dialect, is refused", async (t) => {
    const { enumerate } = await host(t);
    assert.deepEqual(faultCodes(await enumerate(`${WMI}/Win32_Group`, bySelectors(["Colour", "x"])))[0], 2150858778);
    const xpath = '<w:Filter Dialect="http://www.w3.org/TR/1999/REC-xpath-19991116">x</w:Filter>';
    assert.deepEqual(faultCodes(await enumerate(`${WMI}/Win32_Group`, xpath)), [2150858777]);
  });
});
