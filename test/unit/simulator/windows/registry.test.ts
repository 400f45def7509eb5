/** The registry of the simulated host: hand edits, and StdRegProv on the wire. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { type HostOptions, Registry, type SimulatedHost, SYSTEM_POLICIES_KEY } from "../../../../simulator";
import { type Answer, basic, envelope, faultCodes, startBasicHost, wireTo } from "../wire";

const POLICIES = SYSTEM_POLICIES_KEY.replace("HKLM\\", "");
const POLICY = "LocalAccountTokenFilterPolicy";
const uriIn = (namespace: string): string =>
  `http://schemas.microsoft.com/wbem/wsman/1/wmi/root/${namespace}/StdRegProv`;

interface Setup {
  readonly host: SimulatedHost;
  readonly raw: (method: string, body: string, uri?: string) => Promise<Answer>;
  readonly call: (method: string, parameters: Record<string, string>) => Promise<Record<string, string[] | null>>;
}

async function setUp(t: TestContext, options: HostOptions = {}): Promise<Setup> {
  const host = await startBasicHost(t, { quickConfig: false, ...options });
  const wire = wireTo(t, host.http!.url);
  const raw: Setup["raw"] = (method, body, uri = uriIn("default")) =>
    wire.send(envelope({ action: `${uri}/${method}`, uri, body }), basic());
  const call: Setup["call"] = async (method, parameters) => {
    const answer = await raw(method, input(method, parameters));
    assert.equal(answer.status, 200, answer.text);
    return outputs(answer.text);
  };
  return { host, raw, call };
}

function input(method: string, parameters: Record<string, string>, uri = uriIn("default")): string {
  const elements = Object.entries(parameters).map(([name, value]) => `<q:${name}>${value}</q:${name}>`);
  return `<q:${method}_INPUT xmlns:q="${uri}">${elements.join("")}</q:${method}_INPUT>`;
}

/** Output parameters by name; `null` for `xsi:nil`. */
function outputs(text: string): Record<string, string[] | null> {
  const found: Record<string, string[] | null> = {};
  for (const [, name = "", nil, value = ""] of text.matchAll(/<p:(\w+)( xsi:nil="true")?>([^<]*)<\/p:\1>/g)) {
    if (name !== "ActivityId") found[name] = nil === undefined ? [...(found[name] ?? []), value] : null;
  }
  return found;
}

const HKLM = "2147483650";
const at = (sValueName: string): Record<string, string> => ({ hDefKey: HKLM, sSubKeyName: POLICIES, sValueName });

suite("the registry of the simulated host", () => {
  test("keeps typed values under names in any case, and creates missing keys for a hand edit", () => {
    const registry = new Registry({ "HKEY_LOCAL_MACHINE\\SOFTWARE\\Vendor": { Level: 3, Name: "web" } });
    assert.deepEqual(registry.get("hklm\\software\\VENDOR", "level"), { type: "DWORD", data: 3 });
    assert.deepEqual(registry.get("HKLM\\Software\\Vendor", "NAME"), { type: "SZ", data: "web" });
    registry.set("HKCU\\A\\B", "Big", { type: "QWORD", data: 2n ** 63n });
    registry.set("HKCU\\A\\B", "BIG", { type: "MULTI_SZ", data: ["x", "y"] });
    assert.deepEqual(registry.values("HKCU\\a\\b"), [{ name: "Big", value: { type: "MULTI_SZ", data: ["x", "y"] } }]);
    assert.deepEqual(registry.keys("HKCU\\A"), ["B"]);
    assert.equal(registry.delete("HKCU\\A\\B", "big"), true);
    assert.equal(registry.delete("HKCU\\A\\B", "big"), false);
    assert.equal(registry.deleteKey("HKCU\\A"), "has-subkeys");
    assert.equal(registry.deleteKey("HKCU\\A\\B"), "deleted");
    assert.equal(registry.keys("HKCU\\A\\B"), undefined);
  });

  test("refuses hives that do not exist and numbers that do not fit", () => {
    const registry = new Registry();
    assert.throws(() => registry.get("HKXX\\A", "b"), /does not begin with HKLM/);
    assert.throws(() => {
      registry.set("HKLM\\A", "b", 2 ** 32);
    }, /does not fit a DWORD/);
    assert.throws(() => new Registry({ "HKLM\\A": { b: -1 } }), /does not fit a DWORD/);
  });

  test("has the key of the system policies from the start, without LocalAccountTokenFilterPolicy", () => {
    const registry = new Registry();
    assert.equal(registry.getDword(SYSTEM_POLICIES_KEY, "EnableLUA"), 1);
    assert.equal(registry.get(SYSTEM_POLICIES_KEY, POLICY), undefined);
  });
});

suite("StdRegProv of the simulated host", () => {
  test("reads, writes and deletes a DWORD, and the journal has what was asked", async (t) => {
    const { host, call } = await setUp(t);
    assert.deepEqual(await call("SetDWORDValue", { ...at(POLICY), uValue: "1" }), { ReturnValue: ["0"] });
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, POLICY), 1);
    assert.deepEqual(await call("GetDWORDValue", at(POLICY.toUpperCase())), { ReturnValue: ["0"], uValue: ["1"] });
    assert.deepEqual(await call("DeleteValue", at(POLICY)), { ReturnValue: ["0"] });
    assert.deepEqual(await call("DeleteValue", at(POLICY)), { ReturnValue: ["2"] });
    const path = `${SYSTEM_POLICIES_KEY}\\${POLICY}`;
    assert.deepEqual(
      host.journal.writes().map(({ leaves, returnValue }) => ({ leaves, returnValue })),
      [
        { leaves: { [path]: "1" }, returnValue: 0 },
        { leaves: { [path]: "absent" }, returnValue: 0 },
        { leaves: { [path]: "absent" }, returnValue: 2 },
      ],
    );
  });

  test("answers for a value that is not there with nil and the return value that the host is set to", async (t) => {
    for (const returned of [1, 2, 2_147_749_890] as const) {
      const { call } = await setUp(t, { absentRegistryValueReturns: returned });
      assert.deepEqual(await call("GetDWORDValue", at(POLICY)), { ReturnValue: [String(returned)], uValue: null });
    }
  });

  test("K6: answers 2147749893 for a value of another type, and 2 for a key that is not there", async (t) => {
    const { call } = await setUp(t, { registry: { [SYSTEM_POLICIES_KEY]: { [POLICY]: "1" } } });
    assert.deepEqual(await call("GetDWORDValue", at(POLICY)), { ReturnValue: ["2147749893"], uValue: null });
    assert.deepEqual(await call("GetStringValue", at(POLICY)), { ReturnValue: ["0"], sValue: ["1"] });
    assert.deepEqual(await call("GetDWORDValue", { sSubKeyName: "NO\\Such", sValueName: "x" }), {
      ReturnValue: ["2"],
      uValue: null,
    });
    assert.deepEqual(await call("SetDWORDValue", { sSubKeyName: "NO\\Such", sValueName: "x", uValue: "1" }), {
      ReturnValue: ["2"],
    });
  });

  test("lists values with their types, and an empty list as one nil element", async (t) => {
    const { call } = await setUp(t, { registry: { [SYSTEM_POLICIES_KEY]: { Banner: "hello" } } });
    assert.deepEqual(await call("EnumValues", { hDefKey: HKLM, sSubKeyName: POLICIES }), {
      ReturnValue: ["0"],
      sNames: ["ConsentPromptBehaviorAdmin", "EnableLUA", "FilterAdministratorToken", "Banner"],
      Types: ["4", "4", "4", "1"],
    });
    assert.deepEqual(await call("EnumValues", { sSubKeyName: "SOFTWARE" }), {
      ReturnValue: ["0"],
      sNames: null,
      Types: null,
    });
    assert.deepEqual(await call("EnumKey", { sSubKeyName: POLICIES }), { ReturnValue: ["0"], sNames: ["UIPI"] });
  });

  test("creates, checks and deletes keys and strings", async (t) => {
    const { call, host } = await setUp(t);
    const key = { sSubKeyName: "SOFTWARE\\Vendor" };
    assert.deepEqual(await call("CheckAccess", { ...key, uRequired: "1" }), {
      ReturnValue: ["2"],
      bGranted: ["false"],
    });
    assert.deepEqual(await call("CreateKey", key), { ReturnValue: ["0"] });
    assert.deepEqual(await call("SetStringValue", { ...key, sValueName: "Name", sValue: "a &amp; b" }), {
      ReturnValue: ["0"],
    });
    assert.deepEqual(host.registry.get("HKLM\\SOFTWARE\\Vendor", "Name"), { type: "SZ", data: "a & b" });
    assert.deepEqual(await call("CheckAccess", { ...key, uRequired: "1" }), { ReturnValue: ["0"], bGranted: ["true"] });
    assert.deepEqual(await call("DeleteKey", { sSubKeyName: "SOFTWARE" }), { ReturnValue: ["5"] });
    assert.deepEqual(await call("DeleteKey", key), { ReturnValue: ["0"] });
    assert.deepEqual(await call("DeleteKey", key), { ReturnValue: ["2"] });
  });

  test("is in root/default and root/cimv2, in any case of the URI, and answers in the class's own namespace", async (t) => {
    const { raw } = await setUp(t);
    for (const namespace of ["default", "cimv2"]) {
      const asked = uriIn(namespace.toUpperCase());
      const answer = await raw("GetDWORDValue", input("GetDWORDValue", at("EnableLUA"), asked), asked);
      assert.match(
        answer.text,
        new RegExp(`<p:GetDWORDValue_OUTPUT xmlns:p="${uriIn(namespace)}".*xsi:type="p:GetDWORDValue_OUTPUT"`),
      );
    }
    assert.deepEqual(faultCodes(await raw("EnumKey", "", uriIn("other"))), [2150858811]);
  });

  test("refuses parameter names in another case, unknown methods, wrong bodies and values", async (t) => {
    const { raw, host } = await setUp(t);
    const codes = async (method: string, body: string): Promise<number[]> => faultCodes(await raw(method, body));
    const wrongCase = { hdefkey: HKLM, sSubKeyName: POLICIES, sValueName: POLICY };
    assert.deepEqual(await codes("GetDWORDValue", input("GetDWORDValue", wrongCase)), [2150858837]);
    assert.deepEqual(await codes("getdwordvalue", input("getdwordvalue", at(POLICY))), [2150858771]);
    assert.deepEqual(await codes("toString", input("toString", {})), [2150858771]);
    assert.deepEqual(await codes("GetDWORDValue", input("SetDWORDValue", at(POLICY))), [2150858791]);
    assert.deepEqual(await codes("GetDWORDValue", input("GetDWORDValue", at(POLICY), uriIn("cimv2"))), [2150858840]);
    assert.deepEqual(
      await codes("GetDWORDValue", input("GetDWORDValue", { sSubKeyName: POLICIES })),
      [2150859038, 2150859038],
    );
    for (const uValue of ["-1", "4294967296", "one", ""]) {
      assert.deepEqual(await codes("SetDWORDValue", input("SetDWORDValue", { ...at(POLICY), uValue })), [2150858838]);
    }
    assert.equal(host.registry.get(SYSTEM_POLICIES_KEY, POLICY), undefined);
  });
});
