/** The registry through StdRegProv. The host is a scripted session: answers by method, in turn. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { deleteValue, getDword, readDword, setDword } from "../../../provider/host/registry";
import type { Session } from "../../../provider/session/session";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { failure, NEVER, targetOf } from "../../support/hosts/sessions";

const URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/default/StdRegProv";
const AT = { key: "SOFTWARE\\A & B", name: "Level" } as const;
const NIL = 'xsi:nil="true"';

/** A client whose host answers each method with these outputs, the last one for ever. */
function scripted(script: Readonly<Record<string, readonly string[]>>): { client: WsmanClient; requests: string[] } {
  const requests: string[] = [];
  const asked: Record<string, number> = {};
  const session: Pick<Session, "target" | "errorContext" | "send"> = {
    target: targetOf(5985, { host: "web01" }),
    errorContext: { host: "web01", identity: "ntlm as ops over http" },
    send: (request) => {
      requests.push(request);
      const id = /<a:MessageID>([^<]*)</.exec(request)?.[1] ?? "";
      const action = /<a:Action [^>]*>([^<]*)</.exec(request)?.[1] ?? "";
      const method = action.slice(action.lastIndexOf("/") + 1);
      const turn = (asked[method] = (asked[method] ?? 0) + 1);
      const outputs = script[method]?.[turn - 1] ?? script[method]?.at(-1);
      assert.ok(outputs !== undefined, `${method} was not expected`);
      return Promise.resolve(
        `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">` +
          `<s:Header><a:Action>${action}Response</a:Action><a:RelatesTo>${id}</a:RelatesTo></s:Header><s:Body>` +
          `<p:${method}_OUTPUT xmlns:p="${URI}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${outputs}</p:${method}_OUTPUT>` +
          `</s:Body></s:Envelope>`,
      );
    },
  };
  return { client: new WsmanClient(session as Session), requests };
}

const returned = (value: number | string, ...outputs: string[]): string =>
  `<p:ReturnValue>${value}</p:ReturnValue>${outputs.join("")}`;
const listed = (names: readonly string[], types: readonly (number | string)[]): string =>
  returned(
    0,
    ...names.map((name) => `<p:sNames>${name}</p:sNames>`),
    ...types.map((type) => `<p:Types>${type}</p:Types>`),
  );
const absent = (value: number): string => returned(value, `<p:uValue ${NIL}/>`);

suite("reading a DWORD", () => {
  test("is one request with case-true parameter names and escaped texts", async () => {
    const { client, requests } = scripted({ GetDWORDValue: [returned(0, "<p:uValue>4294967295</p:uValue>")] });
    assert.deepEqual(await readDword(client, AT, NEVER), { kind: "dword", value: 4294967295 });
    assert.equal(requests.length, 1);
    assert.ok(
      requests[0]!.includes(
        `<p:GetDWORDValue_INPUT xmlns:p="${URI}"><p:hDefKey>2147483650</p:hDefKey>` +
          "<p:sSubKeyName>SOFTWARE\\A &amp; B</p:sSubKeyName><p:sValueName>Level</p:sValueName></p:GetDWORDValue_INPUT>",
      ),
    );
    assert.ok(requests[0]!.includes(`>${URI}/GetDWORDValue<`));
  });

  for (const value of [1, 2, 87, 2147749890]) {
    test(`takes ReturnValue ${value} for absent only if the key does not list the value`, async () => {
      const list = { EnumValues: [listed(["Other", "Levels"], [4, 4])] };
      const { client, requests } = scripted({ GetDWORDValue: [absent(value)], ...list });
      assert.deepEqual(await readDword(client, AT, NEVER), { kind: "absent" });
      assert.equal(requests.length, 2);
    });
  }

  test("asks the list first where no value is expected, and then for the value if there is one", async () => {
    const at = { ...AT, expected: "absent" } as const;
    const none = scripted({ EnumValues: [listed(["Other"], [4])] });
    assert.deepEqual(await readDword(none.client, at, NEVER), { kind: "absent" });
    assert.equal(none.requests.length, 1);
    const some = scripted({
      EnumValues: [listed(["Level"], [4])],
      GetDWORDValue: [returned(0, "<p:uValue>7</p:uValue>")],
    });
    assert.deepEqual(await readDword(some.client, at, NEVER), { kind: "dword", value: 7 });
    assert.equal(some.requests.length, 2);
  });

  test("takes success without a number for absent in the same way", async () => {
    const { client } = scripted({ GetDWORDValue: [absent(0)], EnumValues: [listed([], [])] });
    assert.equal(await getDword(client, AT, NEVER), undefined);
  });

  test("takes an empty key and a key that is not there for absent", async () => {
    for (const list of [returned(0, `<p:sNames ${NIL}/>`, `<p:Types ${NIL}/>`), returned(2)]) {
      const { client } = scripted({ GetDWORDValue: [absent(2)], EnumValues: [list] });
      assert.deepEqual(await readDword(client, AT, NEVER), { kind: "absent" });
    }
  });

  for (const [type, name] of [
    [2, "REG_EXPAND_SZ"],
    [3, "REG_BINARY"],
    [7, "REG_MULTI_SZ"],
    [11, "REG_QWORD"],
    [99, "type 99"],
  ] as const) {
    test(`names a value of type ${type}, found in any case`, async () => {
      const { client } = scripted({ GetDWORDValue: [absent(1)], EnumValues: [listed(["Other", "LEVEL"], [4, type])] });
      assert.deepEqual(await readDword(client, AT, NEVER), { kind: "other", type: name });
      assert.equal(await getDword(client, AT, NEVER), undefined);
    });
  }

  test("reads the text of a REG_SZ", async () => {
    const { client } = scripted({
      GetDWORDValue: [absent(1)],
      EnumValues: [listed(["Level"], [1])],
      GetStringValue: [returned(0, "<p:sValue>1</p:sValue>")],
    });
    assert.deepEqual(await readDword(client, AT, NEVER), { kind: "other", type: "REG_SZ", text: "1" });
  });

  test("asks again where somebody wrote the value meanwhile, once", async () => {
    const list = { EnumValues: [listed(["Level"], [4])] };
    const { client } = scripted({ GetDWORDValue: [absent(2), returned(0, "<p:uValue>7</p:uValue>")], ...list });
    assert.deepEqual(await readDword(client, AT, NEVER), { kind: "dword", value: 7 });
    const { client: confused, requests } = scripted({ GetDWORDValue: [absent(2)], ...list });
    assert.equal((await failure(readDword(confused, AT, NEVER))).code, "WINRM_E_PROTOCOL");
    assert.equal(requests.length, 3);
  });

  for (const [title, script, code] of [
    ["a refusal", { GetDWORDValue: [absent(5)] }, "WINRM_E_ACCESS_DENIED"],
    ["a refused list", { GetDWORDValue: [absent(1)], EnumValues: [returned(5)] }, "WINRM_E_ACCESS_DENIED"],
    ["a list that fails", { GetDWORDValue: [absent(1)], EnumValues: [returned(1450)] }, "WINRM_E_FAULT"],
    ["a list without types", { GetDWORDValue: [absent(1)], EnumValues: [listed(["Level"], [])] }, "WINRM_E_PROTOCOL"],
    ["a type in words", { GetDWORDValue: [absent(1)], EnumValues: [listed(["Level"], ["SZ"])] }, "WINRM_E_PROTOCOL"],
    ["no return value", { GetDWORDValue: ["<p:uValue>1</p:uValue>"] }, "WINRM_E_PROTOCOL"],
    ["a return value in words", { GetDWORDValue: [returned("ok")] }, "WINRM_E_PROTOCOL"],
    ["a number too large", { GetDWORDValue: [returned(0, "<p:uValue>4294967296</p:uValue>")] }, "WINRM_E_PROTOCOL"],
    ["a negative number", { GetDWORDValue: [returned(0, "<p:uValue>-1</p:uValue>")] }, "WINRM_E_PROTOCOL"],
  ] as const) {
    test(`does not take ${title} for absent`, async () => {
      const error = await failure(readDword(scripted(script).client, AT, NEVER));
      assert.equal(error.code, code);
      assert.match(error.message, /^web01: read HKLM\\SOFTWARE\\A & B\\Level \(ntlm as ops over http\): /);
    });
  }
});

suite("writing to the registry", () => {
  test("sends the number, and is done when the host returns 0", async () => {
    const { client, requests } = scripted({ SetDWORDValue: [returned(0)], DeleteValue: [returned(0)] });
    await setDword(client, { ...AT, value: 1 }, NEVER);
    await deleteValue(client, AT, NEVER);
    assert.ok(
      requests[0]!.includes("<p:sValueName>Level</p:sValueName><p:uValue>1</p:uValue></p:SetDWORDValue_INPUT>"),
    );
    assert.ok(requests[1]!.includes("<p:sValueName>Level</p:sValueName></p:DeleteValue_INPUT>"));
  });

  test("is no error where the value to delete is gone", async () => {
    await deleteValue(scripted({ DeleteValue: [returned(2)] }).client, AT, NEVER);
  });

  test("is an error by the host's return value, also with HTTP 200", async () => {
    for (const [value, code] of [
      [5, "WINRM_E_ACCESS_DENIED"],
      [2, "WINRM_E_NOT_FOUND"],
      [1450, "WINRM_E_FAULT"],
    ] as const) {
      const { client } = scripted({ SetDWORDValue: [returned(value)] });
      const error = await failure(setDword(client, { ...AT, value: 1 }, NEVER));
      assert.deepEqual([error.code, error.context.outcomeUnknown ?? false], [code, false]);
      assert.match(error.message, new RegExp(`SetDWORDValue returned ${value}`));
    }
    const refused = await failure(deleteValue(scripted({ DeleteValue: [returned(5)] }).client, AT, NEVER));
    assert.equal(refused.code, "WINRM_E_ACCESS_DENIED");
  });

  test("is uncertain when the answer does not say what the host did", async () => {
    const error = await failure(setDword(scripted({ SetDWORDValue: [""] }).client, { ...AT, value: 1 }, NEVER));
    assert.deepEqual([error.code, error.context.outcomeUnknown], ["WINRM_E_PROTOCOL", true]);
  });

  test("never sends what is no DWORD", async () => {
    const { client, requests } = scripted({});
    for (const value of [-1, 2 ** 32, 0.5, Number.NaN]) {
      assert.equal((await failure(setDword(client, { ...AT, value }, NEVER))).code, "WINRM_E_INTERNAL");
    }
    assert.deepEqual(requests, []);
  });
});
