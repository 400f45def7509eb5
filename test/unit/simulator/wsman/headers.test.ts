/** SOAP header rules, faults and Identify of the simulated host. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  basic,
  CFG,
  envelope,
  faultCodes,
  getEnvelope,
  putEnvelope,
  startBasicHost,
  startHost,
  TRANSFER,
  wireTo,
} from "../wire";

const get = (parts: { replace?: Record<string, string>; extra?: string }): string =>
  envelope({ action: `${TRANSFER}/Get`, uri: `${CFG}/winrs`, ...parts });

const cases: readonly (readonly [string, string, number, string])[] = [
  ["no ReplyTo", get({ replace: { ReplyTo: "" } }), 2150858769, "a:MessageInformationHeaderRequired"],
  ["no MessageID", get({ replace: { MessageID: "" } }), 2150858769, "a:MessageInformationHeaderRequired"],
  ["no To", get({ replace: { To: "" } }), 2150858769, "a:MessageInformationHeaderRequired"],
  ["no Action", get({ replace: { Action: "" } }), 2150858769, "a:MessageInformationHeaderRequired"],
  [
    "an empty MessageID",
    get({ replace: { MessageID: "<ad:MessageID/>" } }),
    2150858767,
    "a:InvalidMessageInformationHeader",
  ],
  ["no ResourceURI", get({ replace: { ResourceURI: "" } }), 2150858754, "a:DestinationUnreachable"],
  [
    "a ReplyTo that is not anonymous",
    get({ replace: { ReplyTo: "<ad:ReplyTo><ad:Address>http://me/</ad:Address></ad:ReplyTo>" } }),
    2150858818,
    "w:UnsupportedFeature",
  ],
  [
    "a FaultTo that is not anonymous",
    get({ extra: "<ad:FaultTo><ad:Address>http://me/</ad:Address></ad:FaultTo>" }),
    2150858818,
    "w:UnsupportedFeature",
  ],
  [
    "an unknown mandatory header",
    get({ extra: "<x:New xmlns:x='urn:x' env:mustUnderstand='true'/>" }),
    2150858768,
    "s:MustUnderstand",
  ],
  [
    "a mandatory locale",
    get({ extra: "<ws:Locale env:mustUnderstand='true' xml:lang='en-US'/>" }),
    2150858887,
    "w:UnsupportedFeature",
  ],
  [
    "MaxEnvelopeSize 8191",
    get({ extra: "<ws:MaxEnvelopeSize>8191</ws:MaxEnvelopeSize>" }),
    2150858878,
    "w:EncodingLimit",
  ],
  [
    "a timeout that is no duration",
    get({ extra: "<ws:OperationTimeout>20</ws:OperationTimeout>" }),
    2150858817,
    "w:SchemaValidationError",
  ],
  [
    "an option that must be complied with",
    get({ extra: "<ws:OptionSet><ws:Option Name='X' MustComply='true'/></ws:OptionSet>" }),
    2150858809,
    "w:InvalidOptions",
  ],
  [
    "a fragment",
    get({ extra: "<ws:FragmentTransfer>Basic</ws:FragmentTransfer>" }),
    2150858818,
    "w:UnsupportedFeature",
  ],
  [
    "a selector twice",
    get({
      extra:
        "<ws:SelectorSet><ws:Selector Name='a'>1</ws:Selector><ws:Selector Name='A'>1</ws:Selector></ws:SelectorSet>",
    }),
    2150858847,
    "w:InvalidSelectors",
  ],
];

suite("the simulated host", () => {
  for (const [what, soap, code, subcode] of cases) {
    test(`answers ${what} with fault ${code}`, async (t) => {
      const host = await startBasicHost(t);
      const answer = await wireTo(t, host.http!.url).send(soap, basic());
      assert.equal(answer.status, 500);
      assert.deepEqual(faultCodes(answer), [code]);
      assert.ok(answer.text.includes(`<s:Value>${subcode}</s:Value>`), answer.text);
    });
  }

  test("takes every header that Microsoft's clients send", async (t) => {
    const host = await startBasicHost(t);
    const ms = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
    const extra =
      "<ws:MaxEnvelopeSize env:mustUnderstand='true'>153600</ws:MaxEnvelopeSize><ws:OperationTimeout>PT1M20.5S</ws:OperationTimeout>" +
      "<ws:Locale env:mustUnderstand='false' xml:lang='de-DE'/>" +
      `<p:DataLocale xmlns:p='${ms}' env:mustUnderstand='false' xml:lang='en-US'/><p:SessionId xmlns:p='${ms}' env:mustUnderstand='true'>uuid:2</p:SessionId>` +
      "<ws:OptionSet><ws:Option Name='X'>v</ws:Option></ws:OptionSet><x:New xmlns:x='urn:x'/>";
    assert.equal((await wireTo(t, host.http!.url).send(get({ extra }), basic())).status, 200);
  });

  const ROLES = "http://www.w3.org/2003/05/soap-envelope/role";
  for (const [role, own] of [
    [`${ROLES}/next`, true],
    [`${ROLES}/ultimateReceiver`, true],
    ["", true],
    [`${ROLES}/none`, false],
    ["urn:a-gateway-on-the-way", false],
  ] as const) {
    test(`H9: ${own ? "must understand" : "does not care for"} a header for the role "${role}" (SOAP 1.2 part 1 §2.4)`, async (t) => {
      const host = await startBasicHost(t);
      const attributes = `env:role='${role}' env:mustUnderstand='true'`;
      const extra = `<x:New xmlns:x='urn:x' ${attributes}/>`;
      const answer = await wireTo(t, host.http!.url).send(get({ extra }), basic());
      assert.deepEqual([answer.status, faultCodes(answer)], own ? [500, [2150858768]] : [200, []]);
      // A block for another node is no header of this request, whatever its name.
      const action = `<ad:Action ${attributes}>${TRANSFER}/Get</ad:Action>`;
      const second = await wireTo(t, host.http!.url).send(get({ replace: { Action: action } }), basic());
      assert.deepEqual([second.status, faultCodes(second)], own ? [200, []] : [500, [2150858769]]);
    });
  }

  test("writes a fault as Windows lays it out", async (t) => {
    const host = await startBasicHost(t);
    const { text, headers } = await wireTo(t, host.http!.url).send(getEnvelope("/nowhere"), basic());
    assert.equal(headers["content-type"], "application/soap+xml;charset=UTF-8");
    assert.match(text, /<a:Action>http:\/\/schemas\.xmlsoap\.org\/ws\/2004\/08\/addressing\/fault<\/a:Action>/);
    assert.match(text, /<a:RelatesTo>uuid:1<\/a:RelatesTo>/);
    assert.match(
      text,
      /<s:Body><s:Fault><s:Code><s:Value>s:Sender<\/s:Value><s:Subcode><s:Value>a:DestinationUnreachable<\/s:Value><\/s:Subcode><\/s:Code><s:Reason><s:Text xml:lang="en-US">[^<]+ <\/s:Text><\/s:Reason><s:Detail><w:FaultDetail>http:\/\/schemas\.dmtf\.org\/wbem\/wsman\/1\/wsman\/faultDetail\/InvalidResourceURI<\/w:FaultDetail><f:WSManFault xmlns:f="http:\/\/schemas\.microsoft\.com\/wbem\/wsman\/1\/wsmanfault" Code="2150858811" Machine="web01\.test"><f:Message>[^<]+ <\/f:Message><\/f:WSManFault><\/s:Detail><\/s:Fault><\/s:Body>/,
    );
  });

  test("speaks German with the same codes", async (t) => {
    const host = await startBasicHost(t, { language: "de-DE", policy: { "client/AllowUnencrypted": false } });
    const put = putEnvelope("/client", "Client", "<q:AllowUnencrypted>true</q:AllowUnencrypted>");
    const answer = await wireTo(t, host.http!.url).send(put, basic());
    assert.deepEqual(faultCodes(answer), [2150858890, 2150858890]);
    assert.match(answer.text, /^<s:Envelope xml:lang="de-DE".*xml:lang="de-DE">[^<]*Richtlinien/);
  });
});

const IDENTIFY =
  '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header/><e:Body><Identify xmlns="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></e:Body></e:Envelope>';

suite("Identify", () => {
  test("is answered to anybody who asks in the header, with the version masked", async (t) => {
    const host = await startHost(t, { osVersion: "10.0.17763" });
    const answer = await wireTo(t, host.http!.url).send(IDENTIFY, { WSMANIDENTIFY: "unauthenticated" });
    assert.equal(answer.status, 200);
    assert.match(
      answer.text,
      /<wsmid:ProductVendor>Microsoft Corporation<.*<wsmid:ProductVersion>OS: 0\.0\.0 SP: 0\.0 Stack: 3\.0</,
    );
    assert.doesNotMatch(answer.text, /17763|SecurityProfile/);
    assert.equal(host.journal.at(0)?.phase, "unauthenticated");
  });

  test("needs a logon without the header, and then tells the version and the enabled profiles", async (t) => {
    const host = await startBasicHost(t, { osVersion: "10.0.17763" });
    const wire = wireTo(t, host.http!.url);
    assert.equal((await wire.send(IDENTIFY)).status, 401);
    const { text } = await wire.send(IDENTIFY, basic());
    assert.match(text, /OS: 10\.0\.17763 SP: 0\.0 Stack: 3\.0/);
    const profiles = [...text.matchAll(/secprofile\/([^<]+)</g)].map(([, profile]) => profile);
    assert.deepEqual(profiles, ["http/basic", "https/basic", "http/spnego-kerberos", "https/spnego-kerberos"]);
  });

  test("is the only message that passes without a logon", async (t) => {
    const host = await startHost(t);
    const answer = await wireTo(t, host.http!.url).send(getEnvelope(), { WSMANIDENTIFY: "unauthenticated" });
    assert.equal(answer.status, 401);
  });
});
