/** Sequences of a host that plays along, and of one that does not. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { enumerate } from "../../../provider/host/enumerate";
import { readMembers } from "../../../provider/host/accounts/local-groups";
import type { Session } from "../../../provider/session/session";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { failure, NEVER, targetOf } from "../../support/hosts/sessions";

const URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*";
const QUERY = { resourceUri: URI, operation: "list things" };

type Reply = string | Error | ((request: string) => string | Error);

/** A client whose host gives these bodies, the last one for ever, and the verbs and bodies that it got. */
function scripted(...replies: readonly Reply[]): { client: WsmanClient; verbs: string[]; requests: string[] } {
  const [verbs, requests]: [string[], string[]] = [[], []];
  const session: Pick<Session, "target" | "errorContext" | "send"> = {
    target: targetOf(5985, { host: "web01" }),
    errorContext: { host: "web01", identity: "ntlm as ops over http" },
    send: (request) => {
      const id = /<a:MessageID>([^<]*)</.exec(request)?.[1] ?? "";
      const action = /<a:Action [^>]*>([^<]*)</.exec(request)?.[1] ?? "";
      const reply = replies[Math.min(requests.length, replies.length - 1)]!;
      requests.push(request);
      verbs.push(action.split("/").at(-1) ?? "");
      const body = typeof reply === "function" ? reply(request) : reply;
      if (body instanceof Error) return Promise.reject(body);
      return Promise.resolve(
        `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">` +
          `<s:Header><a:Action>${action}Response</a:Action><a:RelatesTo>${id}</a:RelatesTo></s:Header><s:Body>${body}</s:Body></s:Envelope>`,
      );
    },
  };
  return { client: new WsmanClient(session as Session), verbs, requests };
}

const first = (items: string, context = "uuid:1") =>
  `<n:EnumerateResponse><n:EnumerationContext>${context}</n:EnumerationContext><w:Items>${items}</w:Items></n:EnumerateResponse>`;
const more = (items: string) =>
  `<n:PullResponse><n:EnumerationContext>uuid:1</n:EnumerationContext><n:Items>${items}</n:Items></n:PullResponse>`;
const last = (items: string) => `<n:PullResponse><n:Items>${items}</n:Items><n:EndOfSequence/></n:PullResponse>`;

suite("enumerate", () => {
  test("asks once where the host sends everything at once", async () => {
    const { client, verbs, requests } = scripted(
      "<n:EnumerateResponse><n:EnumerationContext/><w:Items><x/><y/></w:Items><w:EndOfSequence/></n:EnumerateResponse>",
    );
    const filter = { dialect: "urn:wql", content: "SELECT * FROM x" };
    const items = await enumerate(client, { ...QUERY, filter }, NEVER);
    assert.deepEqual(
      items.map(({ name }) => name),
      ["x", "y"],
    );
    assert.deepEqual(verbs, ["Enumerate"]);
    assert.match(
      requests[0] ?? "",
      /<w:OptimizeEnumeration\/><w:MaxElements>32000<\/w:MaxElements><w:Filter Dialect="urn:wql">SELECT \* FROM x<\/w:Filter>/,
    );
  });

  test("pulls until the end, with the parameters of Enumerate", async () => {
    const { client, verbs, requests } = scripted(first("<a/>"), more("<b/>"), more(""), last("<c/>"));
    assert.equal((await enumerate(client, QUERY, NEVER)).length, 3);
    assert.deepEqual(verbs, ["Enumerate", "Pull", "Pull", "Pull"]);
    assert.match(requests[1] ?? "", /<n:EnumerationContext>uuid:1<\/n:EnumerationContext><n:MaxElements>32000</);
  });

  test("refuses a sequence without an end, and releases it", async () => {
    const { client, verbs } = scripted(first("<a/>"), more(""));
    const error = await failure(enumerate(client, QUERY, NEVER));
    assert.equal(error.code, "WINRM_E_PROTOCOL");
    assert.equal(verbs.at(-1), "Release");
    assert.ok(verbs.length < 20, `${verbs.length} requests`);
    const many = scripted(first("<a/>"), more("<b/>".repeat(20_000)));
    assert.equal((await failure(enumerate(many.client, QUERY, NEVER))).code, "WINRM_E_PROTOCOL");
    assert.deepEqual(many.verbs, ["Enumerate", "Pull", "Pull", "Pull", "Release"]);
  });

  test("releases a sequence whose Pull failed, and reports that failure", async () => {
    const { client, verbs } = scripted(first("<a/>"), "<wrong/>", new Error("gone"));
    const error = await failure(enumerate(client, QUERY, NEVER));
    assert.match(error.message, /n:PullResponse.*\[WINRM_E_\w+\]/);
    assert.deepEqual(verbs, ["Enumerate", "Pull", "Release"]);
  });

  test("refuses an answer that goes on without a context", async () => {
    const { client } = scripted(first("<a/>", ""));
    assert.match((await failure(enumerate(client, QUERY, NEVER))).message, /context.*\[WINRM_E_\w+\]/);
  });
});

suite("reading members", () => {
  const nobody = "<n:EnumerateResponse><w:Items/><w:EndOfSequence/></n:EnumerateResponse>";

  test("quotes names in the query", async () => {
    const { client, requests } = scripted(nobody);
    await readMembers(client, NEVER, "WEB01\\O'Brien & Co");
    assert.match(
      requests[0] ?? "",
      /\{Win32_Group\.Domain=&apos;WEB01&apos;,Name=&apos;O\\&apos;Brien &amp; Co&apos;\} WHERE AssocClass=Win32_GroupUser Role=GroupComponent/,
    );
  });

  test("asks with the other filter where a name ends an object path, or the query is refused", async () => {
    const braces = scripted(nobody);
    await readMembers(braces.client, NEVER, "WEB01\\a}b");
    assert.match(braces.requests[0] ?? "", /associationFilter.*<w:Selector Name="Name">a}b<\/w:Selector>/);
    const fault = `<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="2150858778"/></s:Detail></s:Fault>`;
    const refused = scripted(fault, nobody);
    assert.deepEqual(await readMembers(refused.client, NEVER, "WEB01\\Users"), []);
    assert.match(refused.requests[1] ?? "", /associationFilter/);
  });
});
