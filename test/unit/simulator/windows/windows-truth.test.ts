/** What public recordings, specifications and other clients say of Windows, against what was assumed before. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { authority, thumbprint } from "../../../support/hosts/client-certificates";
import { ShellWire } from "../wsman/shell-messages";
import {
  ADMIN,
  basic,
  CFG,
  envelope,
  faultCodes,
  getEnvelope,
  NtlmWire,
  putEnvelope,
  rawExchange,
  startBasicHost,
  startHost,
  TRANSFER,
  wireTo,
} from "../wire";

const WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi";
const DMTF = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2";
const STRANGER = { name: "kim", password: "Spring-2033!", administrator: false } as const;
const CA = authority();
const MAPPING = {
  subject: "svc@localhost",
  issuer: thumbprint(CA.certPem),
  userName: ADMIN.name,
  password: ADMIN.password,
} as const;

function get(uri: string, selectors: Readonly<Record<string, string>> = {}): string {
  const list = Object.entries(selectors).map(([name, value]) => `<ws:Selector Name="${name}">${value}</ws:Selector>`);
  const extra = list.length === 0 ? "" : `<ws:SelectorSet>${list.join("")}</ws:SelectorSet>`;
  return envelope({ action: `${TRANSFER}/Get`, uri, extra });
}

function identify(): string {
  const ns = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";
  const soap = "http://www.w3.org/2003/05/soap-envelope";
  return `<e:Envelope xmlns:e="${soap}"><e:Body><i:Identify xmlns:i="${ns}"/></e:Body></e:Envelope>`;
}

suite("H9, H10: the simulated host as the sources and other clients see it", () => {
  test("H1: an empty POST without Authorization on a logged-on connection asks for the schemes", async (t) => {
    const host = await startHost(t);
    const session = new NtlmWire(wireTo(t, host.http!.url));
    assert.equal((await session.logOn()).status, 200);
    const answer = await session.wire.send("");
    assert.deepEqual([answer.status, answer.headers["www-authenticate"]], [401, "Negotiate"]);
    assert.equal((await session.logOn()).status, 200);
    assert.equal((await session.send(getEnvelope())).status, 200);
  });

  for (const path of ["/wsman/", "/WSMAN/", "/wsman/SubscriptionManager/WEC"]) {
    test(`H2, K9: ${path} belongs to the service`, async (t) => {
      const host = await startBasicHost(t);
      const url = new URL(path, host.http!.url).href;
      assert.equal((await wireTo(t, url).send(getEnvelope(), basic())).status, 200);
    });
  }

  test("H2: a path that only begins like it does not", async (t) => {
    const host = await startBasicHost(t);
    assert.equal((await wireTo(t, new URL("/wsmanager", host.http!.url).href).send("", basic())).status, 404);
  });

  test("H3: __cimnamespace names the namespace of the URI, in any spelling", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    const keys = { Domain: "WEB01", Name: "Administrators" };
    for (const namespace of ["root/cimv2", "ROOT\\CIMV2", "/root/cimv2"]) {
      const answer = await wire.send(
        get(`${WMI}/root/cimv2/Win32_Group`, { ...keys, __cimnamespace: namespace }),
        basic(),
      );
      assert.equal(answer.status, 200, answer.text);
    }
    const other = get(`${WMI}/root/cimv2/Win32_Group`, { ...keys, __cimnamespace: "root/default" });
    const answer = await wire.send(other, basic());
    assert.deepEqual([answer.status, faultCodes(answer)], [500, [2150859067]]);
    assert.match(answer.text, /w:InternalError/);
  });

  test("H3: the prefix of the DMTF is in the namespace of the selector, else in root/hardware", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    const keys = { Domain: "WEB01", Name: "Administrators" };
    const found = await wire.send(get(`${DMTF}/Win32_Group`, { ...keys, __cimnamespace: "root/cimv2" }), basic());
    assert.match(found.text, /<p:SID>S-1-5-32-544</);
    const elsewhere = await wire.send(get(`${DMTF}/Win32_Group`, keys), basic());
    assert.equal(elsewhere.status, 500);
    const method = envelope({
      action: `${DMTF}/StdRegProv/GetDWORDValue`,
      uri: `${DMTF}/StdRegProv`,
      extra: '<ws:SelectorSet><ws:Selector Name="__cimnamespace">root/default</ws:Selector></ws:SelectorSet>',
      body:
        `<p:GetDWORDValue_INPUT xmlns:p="${WMI}/root/default/StdRegProv">` +
        "<p:sSubKeyName>SOFTWARE</p:sSubKeyName><p:sValueName>x</p:sValueName></p:GetDWORDValue_INPUT>",
    });
    const called = await wire.send(method, basic());
    assert.match(called.text, /<a:Action>http:\/\/schemas\.dmtf\.org\/\S+\/StdRegProv\/GetDWORDValueResponse</);
  });

  test("H4: MustComply refuses options that the service does not know, and no others", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    const create = async (option: string) => {
      let soap = "";
      const spy = { send: (text: string) => ((soap = text), Promise.reject(new Error("caught"))) } as never;
      await new ShellWire(spy, ADMIN).create({ [option]: "1252" }).catch(() => undefined);
      return faultCodes(await wire.send(soap.replace("<ws:Option ", '<ws:Option MustComply="true" '), basic()));
    };
    for (const known of ["WINRS_NOPROFILE", "winrs_codepage", "WINRS_CONSOLEMODE_STDIN", "WINRS_SKIP_CMD_SHELL"]) {
      assert.deepEqual(await create(known), [], known);
    }
    assert.deepEqual(await create("WINRS_NOSUCH"), [2150858809]);
    const extra = '<ws:OptionSet><ws:Option Name="x" MustComply="true">1</ws:Option></ws:OptionSet>';
    const ask = async (uri: string) =>
      faultCodes(await wire.send(envelope({ action: `${TRANSFER}/Get`, uri, extra }), basic()));
    assert.deepEqual(await ask(CFG), [2150858809]);
    assert.deepEqual(await ask(`${WMI}/root/cimv2/Win32_OperatingSystem`), [], "WMI ignores options");
  });

  test("H7: Win32_OperatingSystem says which Windows it is, with and without its key", async (t) => {
    const host = await startBasicHost(t, { osVersion: "10.0.17763" });
    const wire = wireTo(t, host.http!.url);
    const answer = await wire.send(get(`${WMI}/root/cimv2/Win32_OperatingSystem`), basic());
    assert.match(
      answer.text,
      /<p:BuildNumber>17763<.*<p:Caption>Microsoft Windows Server 2019 .*<p:Version>10\.0\.17763</,
    );
    const name = /<p:Name>([^<]+)</.exec(answer.text)![1]!;
    assert.equal(
      (await wire.send(get(`${WMI}/root/cimv2/Win32_OperatingSystem`, { Name: name }), basic())).status,
      200,
    );
    const missing = await wire.send(get(`${WMI}/root/cimv2/Win32_OperatingSystem`, { Name: "x" }), basic());
    assert.equal(missing.status, 500);
  });

  test("K1: headers stand in the order of HTTP.sys in a final 401, a challenge and a 200", async (t) => {
    const host = await startHost(t);
    const head = "POST /wsman HTTP/1.1\r\nHost: web01\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n";
    const names = (await rawExchange(host.http!.port, head)).split("\r\n").map((line) => line.split(":")[0]);
    assert.deepEqual(names.slice(1, -2), ["Server", "WWW-Authenticate", "Date", "Connection", "Content-Length"]);
    const session = new NtlmWire(wireTo(t, host.http!.url));
    const order = (answer: { rawHeaders: readonly string[] }) =>
      answer.rawHeaders.filter((_, index) => index % 2 === 0);
    const challenge = await session.leg(
      Buffer.from("TlRMTVNTUAABAAAAl4II4gAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==", "base64"),
    );
    assert.deepEqual(order(challenge), ["WWW-Authenticate", "Server", "Date", "Content-Length"]);
    assert.deepEqual(order(await session.logOn()), ["Server", "Date", "Content-Length"]);
  });

  test("K3: output comes in the order in which it was written, and its end in empty streams", async (t) => {
    const host = await startBasicHost(t);
    const shells = new ShellWire(wireTo(t, host.http!.url));
    const shell = await shells.open();
    const command = await shells.start(shell, "echo a & nosuchprogram & echo b");
    const streams: (string | undefined)[] = [];
    let text = "";
    do {
      ({ text } = await shells.receive(shell, command));
      const pieces = [...text.matchAll(/<rsp:Stream Name="(\w+)"[^>]*>([^<]*)</g)];
      streams.push(...pieces.map(([, name, content]) => (content === "" ? `${name} ends` : name)));
    } while (!text.includes("/Done"));
    assert.deepEqual(streams, ["stdout", "stderr", "stdout", "stdout ends", "stderr ends"]);
  });

  test("K4: the name that a mapping has and an empty password keep its credentials", async (t) => {
    const host = await startBasicHost(t, { certificates: { authorities: [CA.certPem] }, certMappings: [MAPPING] });
    const wire = wireTo(t, host.http!.url);
    const put = (leaves: string) => {
      const uri = `${CFG}/service/certmapping`;
      const keys = { URI: "*", Subject: MAPPING.subject, Issuer: MAPPING.issuer };
      const list = Object.entries(keys).map(([name, value]) => `<ws:Selector Name="${name}">${value}</ws:Selector>`);
      const extra = `<ws:SelectorSet>${list.join("")}</ws:SelectorSet>`;
      const body = `<m:CertMapping xmlns:m="${uri}">${leaves}</m:CertMapping>`;
      return wire.send(envelope({ action: `${TRANSFER}/Put`, uri, extra, body }), basic());
    };
    const same = await put(
      `<m:UserName>${ADMIN.name}</m:UserName><m:Enabled>false</m:Enabled><m:Password></m:Password>`,
    );
    assert.equal(same.status, 200, same.text);
    assert.equal(host.certMappings.list()[0]?.enabled, false);
    assert.equal(host.journal.logonFailures().length, 0);
    const other = await put("<m:UserName>kim</m:UserName><m:Password></m:Password>");
    assert.deepEqual(faultCodes(other), [2150859115, 2150859115]);
    const lower = await put(`<m:username>${ADMIN.name}</m:username><m:password>${ADMIN.password}</m:password>`);
    assert.equal(lower.status, 200, `K10: ${lower.text}`);
    assert.deepEqual(
      faultCodes(await put("<m:Enabled>true</m:Enabled><m:ENABLED>true</m:ENABLED>")),
      [2150858817, 2150858817],
    );
  });

  test("K6: EnumValues lists nothing where only the default value is", async (t) => {
    const host = await startBasicHost(t, { registry: { "HKLM\\SOFTWARE\\Only": { "": "x" } } });
    const uri = `${WMI}/root/default/StdRegProv`;
    const body = `<p:EnumValues_INPUT xmlns:p="${uri}"><p:sSubKeyName>SOFTWARE\\Only</p:sSubKeyName></p:EnumValues_INPUT>`;
    const answer = await wireTo(t, host.http!.url).send(envelope({ action: `${uri}/EnumValues`, uri, body }), basic());
    assert.match(answer.text, /<p:ReturnValue>0<\/p:ReturnValue><p:sNames xsi:nil="true">/);
  });

  test("K7: both Basic profiles are listed with Basic on, whatever AllowUnencrypted is", async (t) => {
    const host = await startHost(t, { https: true, config: { "service/auth/Basic": true } });
    const wire = wireTo(t, host.https!.url, host.https!.certificatePem);
    const profiles = async () => {
      const { text } = await wire.send(identify(), basic());
      return [...text.matchAll(/secprofile\/(\w+\/[\w-]+)/g)].map(([, name]) => name);
    };
    const negotiate = ["http/spnego-kerberos", "https/spnego-kerberos"];
    assert.deepEqual(await profiles(), ["http/basic", "https/basic", ...negotiate]);
    host.config.set("service/AllowUnencrypted", true);
    assert.deepEqual(await profiles(), ["http/basic", "https/basic", ...negotiate]);
  });

  test("K8: an OperationTimeout below half a second is raised to it", async (t) => {
    const host = await startBasicHost(t);
    const extra = "<ws:OperationTimeout>PT0.001S</ws:OperationTimeout>";
    const soap = envelope({ action: `${TRANSFER}/Get`, uri: CFG, extra });
    assert.equal((await wireTo(t, host.http!.url).send(soap, basic())).status, 200);
  });

  test("N1: AllowUnencrypted cannot be put while a network connection is Public, with any value", async (t) => {
    const host = await startBasicHost(t, { publicNetwork: true });
    const wire = wireTo(t, host.http!.url);
    for (const value of ["true", "false"]) {
      const leaves = `<q:AllowUnencrypted>${value}</q:AllowUnencrypted>`;
      const answer = await wire.send(putEnvelope("/service", "Service", leaves), basic());
      assert.deepEqual([answer.status, faultCodes(answer)], [500, [2150859113, 2150859113]]);
      assert.match(answer.text, /f:ProviderFault provider="Config provider".*Machine="WEB01"/);
    }
    const other = putEnvelope("/service", "Service", "<q:MaxConnections>200</q:MaxConnections>");
    assert.equal((await wire.send(other, basic())).status, 200);
    host.setPublicNetwork(false);
    const leaves = "<q:AllowUnencrypted>true</q:AllowUnencrypted>";
    assert.equal((await wire.send(putEnvelope("/service", "Service", leaves), basic())).status, 200);
  });

  test("N3: a stranger passes the NTLM logon and is denied at the operation", async (t) => {
    const host = await startHost(t, { accounts: [ADMIN, STRANGER] });
    const session = new NtlmWire(wireTo(t, host.http!.url));
    assert.equal((await session.logOn(STRANGER)).status, 200);
    const denied = await session.send(getEnvelope());
    assert.deepEqual([denied.status, faultCodes(denied)], [500, [5]]);
  });

  test("N4: ctrl_c on a command that has ended is accepted, and its output can still be read", async (t) => {
    const host = await startBasicHost(t);
    const shells = new ShellWire(wireTo(t, host.http!.url));
    const shell = await shells.open();
    const command = await shells.start(shell, "exit 3");
    assert.equal(
      (await shells.signal(shell, command, "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/ctrl_c"))
        .status,
      200,
    );
    assert.match((await shells.receive(shell, command)).text, /<rsp:ExitCode>3</);
  });

  test("V5: a message in cleartext gets 500, or 401 where the host is so", async (t) => {
    for (const unencryptedResponse of [500, 401] as const) {
      const host = await startHost(t, { config: { "service/auth/Basic": true }, unencryptedResponse });
      const answer = await wireTo(t, host.http!.url).send(getEnvelope(), basic());
      const offered = unencryptedResponse === 401 ? 'Negotiate, Basic realm="WSMAN"' : undefined;
      assert.deepEqual(
        [answer.status, answer.headers["www-authenticate"], answer.body.length],
        [unencryptedResponse, offered, 0],
      );
    }
  });

  test("V17: WinRMRemoteWMIUsers__ is there on Windows Server 2012, not on 2008 R2 and not on newer ones", async (t) => {
    const has = async (osVersion: string) => {
      const host = await startHost(t, { osVersion });
      return host.groups.all().some(({ name }) => name === "WinRMRemoteWMIUsers__");
    };
    assert.deepEqual([await has("6.1.7601"), await has("6.3.9600"), await has("10.0.20348")], [false, true, false]);
  });
});
