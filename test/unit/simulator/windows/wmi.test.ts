import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../../simulator";
import { parsePath, parseQuery, WqlError } from "../../../../simulator/windows/wmi/wql";
import { basic, envelope, faultCodes, startBasicHost, TRANSFER, wireTo, type Answer } from "../wire";

const WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2";
const EN = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
const W = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
const WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL";
const MANY = `<w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>`;

interface Wmi {
  readonly host: SimulatedHost;
  readonly send: (action: string, resource: string, body?: string, extra?: string) => Promise<Answer>;
  readonly enumerate: (resource: string, content: string) => Promise<Answer>;
  readonly query: (wql: string) => Promise<Answer>;
}

async function start(t: TestContext, options: HostOptions = {}): Promise<Wmi> {
  const accounts = [
    { name: "Administrator", password: "Winter-2031!" },
    { name: "ops", password: "x" },
  ];
  const host = await startBasicHost(t, { accounts, ...options });
  const wire = wireTo(t, host.http!.url);
  const send: Wmi["send"] = (action, resource, body = "", extra = "") =>
    wire.send(envelope({ action, uri: `${WMI}/${resource}`, body, extra }), basic());
  const enumerate: Wmi["enumerate"] = (resource, content) =>
    send(`${EN}/Enumerate`, resource, `<n:Enumerate xmlns:n="${EN}" xmlns:w="${W}">${content}</n:Enumerate>`);
  const query = (wql: string) =>
    enumerate(
      "*",
      `${MANY}<w:Filter Dialect="${WQL}">${wql.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</w:Filter>`,
    );
  return { host, send, enumerate, query };
}

function values(answer: Answer, property: string): string[] {
  return [...answer.text.matchAll(new RegExp(`<p:${property}>([^<]*)<`, "g"))].map(([, value]) => value ?? "");
}

suite("WMI on a simulated host", () => {
  test("writes typed instances with NULL as xsi:nil, in the order of the alphabet", async (t) => {
    const { query } = await start(t);
    const answer = await query("SELECT * FROM Win32_Group WHERE LocalAccount=TRUE AND SID='S-1-5-32-580'");
    assert.match(
      answer.text,
      new RegExp(
        `<w:Items><p:Win32_Group xmlns:xsi="[^"]+" xmlns:p="${WMI}/Win32_Group" xmlns:cim="[^"]+" xsi:type="p:Win32_Group_Type">` +
          `<p:Caption>WEB01\\\\Remote Management Users</p:Caption><p:Description></p:Description><p:Domain>WEB01</p:Domain>` +
          `<p:InstallDate xsi:nil="true"></p:InstallDate><p:LocalAccount>true</p:LocalAccount><p:Name>Remote Management Users</p:Name>` +
          `<p:SID>S-1-5-32-580</p:SID><p:SIDType>4</p:SIDType><p:Status>OK</p:Status></p:Win32_Group></w:Items><w:EndOfSequence></w:EndOfSequence>`,
      ),
    );
  });

  test("understands comparisons, AND, OR, NOT, brackets, LIKE and IS NULL", async (t) => {
    const { query } = await start(t);
    const found = async (where: string) =>
      values(await query(`SELECT * FROM Win32_Group WHERE ${where}`), "SID").length;
    const all = await found("LocalAccount=TRUE");
    assert.equal(await found("SID='S-1-5-32-544' OR name = \"USERS\""), 2);
    assert.equal(await found("NOT (SID='S-1-5-32-544')"), all - 1);
    assert.equal(await found("Name LIKE 'Remote %' AND SIDType=4"), 2);
    assert.equal(await found("InstallDate IS NULL"), all);
    assert.equal(await found("SIDType < 4"), 0);
    assert.equal(await found("LocalAccount<>TRUE"), 0);
  });

  test("gives projections as fragments without a namespace", async (t) => {
    const { query } = await start(t);
    const answer = await query("SELECT SID, Name FROM Win32_Group WHERE SID='S-1-5-32-544'");
    assert.match(
      answer.text,
      /<w:XmlFragment [^>]*><Name>Administrators<\/Name><SID>S-1-5-32-544<\/SID><\/w:XmlFragment>/,
    );
  });

  test("follows associations by query and by DSP0227's filter, and gives references as endpoints", async (t) => {
    const { query, enumerate } = await start(t);
    const path = "Win32_Group.Domain='WEB01',Name='Administrators'";
    const names = ["Administrator", "ops"];
    const associators = await query(`ASSOCIATORS OF {${path}} WHERE AssocClass=Win32_GroupUser Role=GroupComponent`);
    assert.deepEqual(values(associators, "Name"), names);
    const B = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd";
    const A = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
    const filter = (kind: string) =>
      `${MANY}<w:Filter Dialect="http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter"><b:${kind} xmlns:b="${B}" xmlns:a="${A}">` +
      `<b:Object><a:Address>x</a:Address><a:ReferenceParameters><w:ResourceURI>${WMI}/Win32_Group</w:ResourceURI><w:SelectorSet>` +
      `<w:Selector Name="Domain">WEB01</w:Selector><w:Selector Name="Name">Administrators</w:Selector></w:SelectorSet></a:ReferenceParameters></b:Object>` +
      `<b:AssociationClassName>Win32_GroupUser</b:AssociationClassName><b:Role>GroupComponent</b:Role></b:${kind}></w:Filter>`;
    assert.deepEqual(values(await enumerate("*", filter("AssociatedInstances")), "Name"), names);
    for (const answer of [
      await enumerate("*", filter("AssociationInstances")),
      await query(`SELECT * FROM Win32_GroupUser WHERE GroupComponent="${path}"`),
      await query(`REFERENCES OF {${path}} WHERE ResultClass=Win32_GroupUser Role=GroupComponent`),
    ]) {
      assert.match(
        answer.text,
        /<p:PartComponent [^>]*><a:Address>[^<]*<\/a:Address><a:ReferenceParameters><w:ResourceURI>[^<]*\/Win32_UserAccount<\/w:ResourceURI><w:SelectorSet><w:Selector Name="Domain">WEB01<\/w:Selector><w:Selector Name="Name">ops</,
      );
      assert.equal(answer.text.match(/<p:Win32_GroupUser /g)?.length, 2);
    }
  });

  test("H7: says of a user whether he is disabled or locked, of the host and of its domain", async (t) => {
    const users = ["bob", { name: "ann", password: "Summer-2031!", disabled: true }];
    const { host, query } = await start(t, {
      domain: { name: "CORP", users },
      lockout: { threshold: 1, durationMs: 0 },
    });
    const those = async (property: string) =>
      values(await query(`SELECT * FROM Win32_UserAccount WHERE ${property}=TRUE`), "Name");
    assert.deepEqual([await those("Disabled"), await those("Lockout")], [["ann"], []]);
    host.accounts.setDisabled("ops", true);
    const wrong = await wireTo(t, host.http!.url).send("<x/>", basic({ name: "ops", password: "wrong" }));
    assert.equal(wrong.status, 401);
    assert.deepEqual([await those("Disabled"), await those("Lockout")], [["ops", "ann"], ["ops"]]);
  });

  test("leaves members without a name out, and says nothing of it", async (t) => {
    const gone = "S-1-5-21-9-9-9-1001";
    const { host, query } = await start(t, { groups: { Team: ["ops", gone] } });
    const answer = await query(
      "ASSOCIATORS OF {Win32_Group.Domain='WEB01',Name='Team'} WHERE AssocClass=Win32_GroupUser",
    );
    assert.deepEqual(values(answer, "Name"), ["ops"]);
    assert.ok(host.groups.memberSids("Team").includes(gone));
  });

  test("gets one instance by its keys", async (t) => {
    const { send } = await start(t);
    const set = (selectors: Record<string, string>) =>
      `<ws:SelectorSet>${Object.entries(selectors)
        .map(([name, value]) => `<ws:Selector Name="${name}">${value}</ws:Selector>`)
        .join("")}</ws:SelectorSet>`;
    const get = (selectors: Record<string, string>, name = "Win32_Group") =>
      send(`${TRANSFER}/Get`, name, "", set(selectors));
    assert.deepEqual(values(await get({ Domain: "web01", NAME: "users" }), "SID"), ["S-1-5-32-545"]);
    assert.deepEqual(values(await get({ SID: "S-1-5-11" }, "Win32_SID"), "AccountName"), ["Authenticated Users"]);
    assert.deepEqual(faultCodes(await get({ Domain: "WEB01" })), [2150858842]);
    assert.deepEqual(faultCodes(await get({ Domain: "WEB01", Name: "Users", X: "1" })), [2150858843]);
    assert.deepEqual(faultCodes(await get({ Domain: "WEB01", Name: "Nobody" })), [2150858752, 2150858752]);
    assert.deepEqual(faultCodes(await get({ Name: "x" }, "Win32_Nothing")), [2150858811]);
  });

  test("refuses bad queries with the codes of Windows", async (t) => {
    const { query, enumerate, send } = await start(t);
    for (const wql of [
      "SELECT * FROM Win32_Nothing",
      "SELECT FROM",
      "DELETE Win32_Group",
      "SELECT * FROM Win32_Group WHERE Nix=1",
    ]) {
      assert.deepEqual(faultCodes(await query(wql)), [2150858778, 2150858778], wql);
    }
    const filter = `<w:Filter Dialect="${WQL}">SELECT * FROM Win32_Group</w:Filter>`;
    assert.deepEqual(faultCodes(await enumerate("Win32_Group", filter)), [2150859003]);
    assert.deepEqual(faultCodes(await enumerate("*", `<w:Filter Dialect="urn:x">x</w:Filter>`)), [2150858777]);
    const extra = `<ws:SelectorSet><ws:Selector Name="Name">x</ws:Selector></ws:SelectorSet>`;
    const body = `<n:Enumerate xmlns:n="${EN}"/>`;
    assert.deepEqual(faultCodes(await send(`${EN}/Enumerate`, "Win32_Group", body, extra)), [2150859016]);
  });
});

suite("sequences on a simulated host", () => {
  const context = (answer: Answer) => /EnumerationContext>([^<]*)</.exec(answer.text)?.[1] ?? "";
  const pull = (id: string, more = "") =>
    `<n:Pull xmlns:n="${EN}"><n:EnumerationContext>${id}</n:EnumerationContext>${more}</n:Pull>`;

  test("come in pieces, end once, and are open until then", async (t) => {
    const { host, enumerate, send } = await start(t);
    const first = await enumerate("Win32_Group", `<w:OptimizeEnumeration/><w:MaxElements>10</w:MaxElements>`);
    assert.equal(values(first, "SID").length, 10);
    assert.equal(host.openEnumerations, 1);
    const id = context(first);
    const other = await send(`${EN}/Pull`, "Win32_Group", pull(id));
    assert.deepEqual(faultCodes(other), [2150859181], "Pull must ask for as many as Enumerate");
    const last = await send(`${EN}/Pull`, "Win32_Group", pull(id, `<n:MaxElements>10</n:MaxElements>`));
    assert.match(last.text, /<n:EndOfSequence>/);
    assert.equal(values(last, "SID").length, 5);
    assert.equal(host.openEnumerations, 0);
    assert.deepEqual(faultCodes(await send(`${EN}/Pull`, "Win32_Group", pull(id))), [2150858779]);
  });

  test("give no items before the first Pull unless they are asked for, and then one at a time", async (t) => {
    const { host, enumerate, send } = await start(t);
    const first = await enumerate("Win32_Group", "");
    assert.equal(values(first, "SID").length, 0);
    const second = await send(`${EN}/Pull`, "Win32_Group", pull(context(first)));
    assert.equal(values(second, "SID").length, 1);
    const released = `<n:Release xmlns:n="${EN}"><n:EnumerationContext>${context(first)}</n:EnumerationContext></n:Release>`;
    assert.equal((await send(`${EN}/Release`, "Win32_Group", released)).status, 200);
    assert.equal(host.openEnumerations, 0);
  });

  test("are bounded for each user, and fit into the envelope", async (t) => {
    const { host, enumerate } = await start(t, {
      config: { "service/MaxConcurrentOperationsPerUser": 2, MaxEnvelopeSizekb: 32 },
    });
    for (let count = 0; count < 2; count++) assert.equal((await enumerate("Win32_Group", "")).status, 200);
    assert.deepEqual(faultCodes(await enumerate("Win32_Group", "")), [2150859174]);
    assert.equal(host.openEnumerations, 2);
  });
});

suite("the text of a query", () => {
  test("is refused where it is not WQL", () => {
    for (const wrong of [
      "",
      "SELECT",
      "SELECT * FROM",
      "SELECT * FROM A WHERE",
      "SELECT * FROM A WHERE b=",
      "SELECT * FROM A WHERE (b=1",
      "ASSOCIATORS OF",
      "ASSOCIATORS OF {x}",
      "SELECT * FROM A;",
      "SELECT * FROM A WHERE b='x",
    ]) {
      assert.throws(() => parseQuery(wrong), WqlError, wrong);
    }
  });

  test("takes backslashes and quotes in texts and paths", () => {
    assert.deepEqual(parsePath("\\\\WEB01\\root\\cimv2:Win32_Group.Domain='WEB01',Name='O\\'Brien\\\\x'"), {
      className: "Win32_Group",
      keys: { Domain: "WEB01", Name: "O'Brien\\x" },
    });
  });
});
