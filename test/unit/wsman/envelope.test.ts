/** Request envelopes byte by byte, and the judgement of answers. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isWinrmError } from "../../../provider/errors";
import { buildIdentify, buildRequest, parseResponse } from "../../../provider/wsman/envelope";
import { WsmanFault } from "../../../provider/wsman/faults";
import { ACTIONS, CONFIG_URI, NAMESPACES } from "../../../provider/wsman/uris";
import { child, parseXml } from "../../../provider/wsman/xml";

const ID = "uuid:2B1C9C4A-5B2E-4B0B-9C55-0B3F0A7F2E11";
const HEAD =
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"` +
  ` xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd">` +
  `<s:Header>`;
const MIDDLE =
  `<a:MessageID>${ID}</a:MessageID>` +
  `<a:ReplyTo><a:Address s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>` +
  `<w:MaxEnvelopeSize s:mustUnderstand="true">153600</w:MaxEnvelopeSize>`;
const LOCALE = `<w:Locale s:mustUnderstand="false" xml:lang="en-US"/><p:DataLocale s:mustUnderstand="false" xml:lang="en-US"/>`;

const GET = {
  action: ACTIONS.get,
  resourceUri: CONFIG_URI,
  to: "https://win1.example:5986/wsman",
  messageId: ID,
  operationTimeoutMs: 30_000,
} as const;

suite("a request", () => {
  test("a Get is exactly this text", () => {
    assert.equal(
      buildRequest(GET),
      HEAD +
        `<a:Action s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action>` +
        `<a:To>https://win1.example:5986/wsman</a:To>` +
        `<w:ResourceURI s:mustUnderstand="true">http://schemas.microsoft.com/wbem/wsman/1/config</w:ResourceURI>` +
        MIDDLE +
        `<w:OperationTimeout>PT30.000S</w:OperationTimeout>` +
        LOCALE +
        `</s:Header><s:Body/></s:Envelope>`,
    );
  });

  test("a Put with selectors and a body is exactly this text", () => {
    const request = {
      ...GET,
      action: ACTIONS.put,
      resourceUri: `${CONFIG_URI}/listener`,
      selectors: { Address: "*", Transport: "HTTP" },
      body: { "cfg:Listener": { "@": { "xmlns:cfg": `${CONFIG_URI}/listener` }, "cfg:Enabled": "true" } },
      operationTimeoutMs: 1_500,
    };
    assert.equal(
      buildRequest(request),
      HEAD +
        `<a:Action s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/transfer/Put</a:Action>` +
        `<a:To>https://win1.example:5986/wsman</a:To>` +
        `<w:ResourceURI s:mustUnderstand="true">http://schemas.microsoft.com/wbem/wsman/1/config/listener</w:ResourceURI>` +
        MIDDLE +
        `<w:OperationTimeout>PT1.500S</w:OperationTimeout>` +
        LOCALE +
        `<w:SelectorSet><w:Selector Name="Address">*</w:Selector><w:Selector Name="Transport">HTTP</w:Selector></w:SelectorSet>` +
        `</s:Header><s:Body><cfg:Listener xmlns:cfg="http://schemas.microsoft.com/wbem/wsman/1/config/listener">` +
        `<cfg:Enabled>true</cfg:Enabled></cfg:Listener></s:Body></s:Envelope>`,
    );
  });

  test("markup in a value stays text", () => {
    const evil = `"/><a:Action>x</a:Action><!--`;
    const request = buildRequest({ ...GET, to: evil, selectors: { [evil]: evil }, maxEnvelopeSize: 8192 });
    const header = child(parseXml(request), NAMESPACES.s, "Header");
    assert.equal(header?.children.filter(({ name }) => name === "Action").length, 1);
    assert.equal(child(header, NAMESPACES.a, "To")?.text, evil);
    const selector = child(child(header, NAMESPACES.w, "SelectorSet"), NAMESPACES.w, "Selector");
    assert.deepEqual([selector?.attributes.get("Name"), selector?.text], [evil, evil]);
    assert.equal(child(header, NAMESPACES.w, "MaxEnvelopeSize")?.text, "8192");
  });

  test("an Identify has no headers", () => {
    assert.equal(
      buildIdentify(),
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">` +
        `<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>`,
    );
  });
});

const EXPECTED = { action: ACTIONS.get, messageId: ID };
const FAULT = `<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text>no</e:Text></e:Reason></e:Fault>`;

function answer(headers: string, body: string): string {
  return `<e:Envelope xmlns:e="${NAMESPACES.s}" xmlns:ad="${NAMESPACES.a}"><e:Header>${headers}</e:Header><e:Body>${body}</e:Body></e:Envelope>`;
}

function header(name: string, text: string): string {
  return `<ad:${name}>${text}</ad:${name}>`;
}

function refuses(text: string, why: RegExp): void {
  assert.throws(
    () => parseResponse(text, EXPECTED),
    (error: unknown) => isWinrmError(error) && error.code === "WINRM_E_PROTOCOL" && why.test(error.message),
  );
}

suite("an answer", () => {
  const action = header("Action", ` ${ACTIONS.get}Response `);
  const related = header("RelatesTo", ID);

  test("is taken under any prefixes, with blanks and in any case of the message id", () => {
    const body = parseResponse(answer(action + header("RelatesTo", `\n${ID.toLowerCase()} `), "<x/>"), EXPECTED);
    assert.deepEqual(
      body.children.map(({ name }) => name),
      ["x"],
    );
  });

  test("to another request is refused, a fault too", () => {
    const other = header("RelatesTo", "uuid:00000000-0000-0000-0000-000000000000");
    refuses(answer(action + other, "<x/>"), /another request/);
    refuses(answer(other, FAULT), /another request/);
    refuses(answer(header("RelatesTo", ""), FAULT), /another request/);
  });

  test("without RelatesTo is refused, unless it is a fault", () => {
    refuses(answer(action, "<x/>"), /another request/);
    assert.throws(() => parseResponse(answer("", FAULT), EXPECTED), WsmanFault);
  });

  test("of another action is refused, and its action is shown without control characters", () => {
    refuses(answer(related + header("Action", ACTIONS.get), "<x/>"), /transfer\/Get /);
    refuses(answer(related + header("Action", `${ACTIONS.put}Response`), "<x/>"), /PutResponse/);
    refuses(answer(related, "<x/>"), /\(none\)/);
    refuses(answer(related + header("Action", "a&#x9b;31m\nb"), "<x/>"), /the action a 31m b \[/);
    refuses(answer(related + header("Action", "x".repeat(100_000)), "<x/>"), /^.{1,300}$/);
  });

  test("is a fault by its content, whatever its action says", () => {
    assert.throws(() => parseResponse(answer(related + action, FAULT), EXPECTED), WsmanFault);
    assert.throws(() => parseResponse(answer("", FAULT)), WsmanFault);
  });

  test("that is no SOAP 1.2 envelope is refused", () => {
    refuses("<html><body/></html>", /SOAP 1.2/);
    refuses(answer(action, "").replaceAll(NAMESPACES.s, "http://schemas.xmlsoap.org/soap/envelope/"), /SOAP 1.2/);
    refuses(`<e:Envelope xmlns:e="${NAMESPACES.s}"><e:Header/></e:Envelope>`, /SOAP 1.2/);
    refuses(`<e:Other xmlns:e="${NAMESPACES.s}"><e:Body/></e:Other>`, /SOAP 1.2/);
    refuses("not xml", /not usable XML/);
  });

  test("to Identify needs no addressing headers", () => {
    assert.equal(
      parseResponse(`<e:Envelope xmlns:e="${NAMESPACES.s}"><e:Body><y/></e:Body></e:Envelope>`).children.length,
      1,
    );
  });
});
