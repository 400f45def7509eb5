/** winrm/config on the simulated host: shape, partial and whole Puts, validation, Group Policy. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../../simulator";
import {
  type Answer,
  basic,
  CFG,
  envelope,
  faultCodes,
  getEnvelope,
  putEnvelope,
  startBasicHost,
  TRANSFER,
  type Wire,
  wireTo,
} from "../wire";

interface Setup {
  readonly host: SimulatedHost;
  readonly send: (soap: string) => Promise<Answer>;
  readonly wire: Wire;
}

async function setUp(t: TestContext, options: HostOptions = {}): Promise<Setup> {
  const host = await startBasicHost(t, options);
  const wire = wireTo(t, host.http!.url);
  return { host, wire, send: (soap) => wire.send(soap, basic()) };
}

const bodyOf = (answer: Answer): string => /<s:Body>(.*)<\/s:Body>/s.exec(answer.text)![1]!;

const putClient = (leaves: string): string => putEnvelope("/client", "Client", leaves);
const putAuth = (leaves: string): string => putEnvelope("/service/auth", "Auth", leaves);

suite("winrm/config of the simulated host", () => {
  test("shows the whole tree in one namespace, in the order of a recent Windows", async (t) => {
    const { send } = await setUp(t);
    const body = bodyOf(await send(getEnvelope()));
    assert.ok(body.startsWith(`<cfg:Config xmlns:cfg="${CFG}"><cfg:MaxEnvelopeSizekb>500</cfg:MaxEnvelopeSizekb>`));
    assert.equal(body.match(/xmlns/g)?.length, 1);
    const names = [...body.matchAll(/<cfg:(\w+)/g)].map(([, name]) => name);
    assert.deepEqual(
      names.slice(names.indexOf("Client"), names.indexOf("Service")),
      "Client NetworkDelayms URLPrefix AllowUnencrypted Auth Basic Digest Kerberos Negotiate Certificate CredSSP DefaultPorts HTTP HTTPS TrustedHosts".split(
        " ",
      ),
    );
    assert.match(body, /<cfg:TrustedHosts><\/cfg:TrustedHosts>/);
    assert.match(body, /<cfg:MaxConcurrentOperations>4294967295</);
  });

  test("shows each resource in the namespace of its own lower-case URI, asked in any case", async (t) => {
    const { send } = await setUp(t);
    const roots = {
      "/Client": "Client",
      "/client/Auth": "Auth",
      "/client/DefaultPorts": "DefaultPorts",
      "/SERVICE": "Service",
      "/service/auth": "Auth",
      "/service/defaultports": "DefaultPorts",
      "/winrs": "Winrs",
    };
    for (const [resource, root] of Object.entries(roots)) {
      const body = bodyOf(await send(getEnvelope(resource)));
      assert.ok(body.startsWith(`<cfg:${root} xmlns:cfg="${CFG}${resource.toLowerCase()}">`), body);
      assert.equal(body.match(/xmlns/g)?.length, 1);
    }
  });

  test("relates its answer to the request and takes the request's action", async (t) => {
    const { send } = await setUp(t);
    const soap = envelope({ action: `${TRANSFER}/Get`, uri: CFG, messageId: "any &amp; text" });
    const { text } = await send(soap);
    assert.match(text, /<a:RelatesTo>any &amp; text<\/a:RelatesTo>/);
    assert.match(text, /<a:Action>http:\/\/schemas\.xmlsoap\.org\/ws\/2004\/09\/transfer\/GetResponse<\/a:Action>/);
    assert.match(text, /<a:MessageID>uuid:[0-9A-F-]{36}<\/a:MessageID>/);
    assert.match(text, /^<s:Envelope xml:lang="en-US" /);
    assert.doesNotMatch(text, /[\r\n]/);
  });

  test("changes only the leaves that a Put names, and answers with the whole new state", async (t) => {
    const { host, send } = await setUp(t);
    const before = host.config.all();
    const answer = await send(putClient("<q:TrustedHosts>srv1,*.corp.test</q:TrustedHosts>"));
    assert.equal(answer.status, 200);
    assert.match(
      bodyOf(answer),
      /^<cfg:Client .*<cfg:TrustedHosts>srv1,\*\.corp\.test<\/cfg:TrustedHosts><\/cfg:Client>$/,
    );
    assert.deepEqual(host.config.all(), { ...before, "client/TrustedHosts": "srv1,*.corp.test" });
    assert.deepEqual(
      host.journal.writes().map(({ leaves, status }) => [leaves, status]),
      [[{ "client/TrustedHosts": "srv1,*.corp.test" }, 200]],
    );
  });

  test("takes back its own whole answer, with the attributes that tools add, without a change", async (t) => {
    const { host, send } = await setUp(t, { policy: { "client/auth/Basic": false, "service/AllowUnencrypted": true } });
    const before = host.config.all();
    for (const resource of ["", "/client", "/client/auth", "/service", "/service/auth", "/winrs"]) {
      const shown = bodyOf(await send(getEnvelope(resource)));
      const body = shown.replace(/^<(\S+)/, '<$1 xml:lang="en-US"');
      const put = await send(envelope({ action: `${TRANSFER}/Put`, uri: CFG + resource, body }));
      assert.equal(put.status, 200, put.text);
      assert.equal(bodyOf(put), shown);
    }
    assert.deepEqual(host.config.all(), before);
  });

  test("writes a nested container through its parent", async (t) => {
    const { host, send } = await setUp(t);
    const answer = await send(
      putEnvelope("/service", "Service", "<q:Auth><q:Certificate>True</q:Certificate></q:Auth>"),
    );
    assert.equal(answer.status, 200);
    assert.equal(host.config.get("service/auth/Certificate"), "true");
  });

  test("clears TrustedHosts with an empty element and with xsi:nil", async (t) => {
    const { host, send } = await setUp(t, { config: { "client/TrustedHosts": "a" } });
    await send(putClient("<q:TrustedHosts></q:TrustedHosts>"));
    assert.equal(host.config.get("client/TrustedHosts"), "");
    host.config.set("client/TrustedHosts", "b");
    await send(putClient('<q:TrustedHosts xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'));
    assert.equal(host.config.get("client/TrustedHosts"), "");
  });

  const refusals: readonly (readonly [string, string, number])[] = [
    [
      "a wrong namespace",
      envelope({ action: `${TRANSFER}/Put`, uri: `${CFG}/client`, body: `<Client xmlns="${CFG}"/>` }),
      2150858840,
    ],
    ["a wrong root", putEnvelope("/client", "Klient", ""), 2150858817],
    ["no body", envelope({ action: `${TRANSFER}/Put`, uri: `${CFG}/client` }), 2150858791],
    ["an unknown leaf", putAuth("<q:Digest>true</q:Digest>"), 2150858817],
    ["a leaf that is there twice", putAuth("<q:Basic>true</q:Basic><q:Basic>true</q:Basic>"), 2150858817],
    ["a leaf in another namespace", putAuth("<Basic xmlns='x'>true</Basic>"), 2150858840],
    ["a boolean that is none", putAuth("<q:Basic>yes</q:Basic>"), 2150858838],
    ["a number out of range", putEnvelope("", "Config", "<q:MaxEnvelopeSizekb>31</q:MaxEnvelopeSizekb>"), 2150858838],
    ["a port out of range", putEnvelope("/client/defaultports", "DefaultPorts", "<q:HTTP>65536</q:HTTP>"), 2150858972],
    ["a CBT level that is none", putAuth("<q:CbtHardeningLevel>Hard</q:CbtHardeningLevel>"), 2150859192],
    ["a wrong TrustedHosts", putClient("<q:TrustedHosts>a*b</q:TrustedHosts>"), 2150858911],
    ["a wrong IP filter", putEnvelope("/service", "Service", "<q:IPv4Filter>10.0.0.1</q:IPv4Filter>"), 2150858988],
    ["a wrong security descriptor", putEnvelope("/service", "Service", "<q:RootSDDL>x</q:RootSDDL>"), 2150859100],
    ["a deprecated leaf", putEnvelope("/winrs", "Winrs", "<q:MaxShellRunTime>1</q:MaxShellRunTime>"), 2150859182],
    [
      "a read-only leaf",
      putEnvelope("/service", "Service", "<q:AllowRemoteAccess>false</q:AllowRemoteAccess>"),
      2150859071,
    ],
  ];
  for (const [what, soap, code] of refusals) {
    test(`refuses ${what} with code ${code}, twice wrapped by the config provider, and changes nothing`, async (t) => {
      const { host, send } = await setUp(t);
      const before = host.config.all();
      const answer = await send(soap);
      assert.equal(answer.status, 500);
      assert.deepEqual(faultCodes(answer), [code, code]);
      assert.match(
        answer.text,
        /Machine="web01\.test"><f:Message><f:ProviderFault provider="Config provider" path="%systemroot%\\system32\\WsmSvc\.dll"><f:WSManFault [^>]*Machine="WEB01">/,
      );
      assert.deepEqual(host.config.all(), before);
      assert.equal(host.journal.at(-1)?.fault, code);
    });
  }

  test("applies all leaves of a Put or none", async (t) => {
    const { host, send } = await setUp(t);
    const answer = await send(
      putAuth("<q:Certificate>true</q:Certificate><q:CbtHardeningLevel>no</q:CbtHardeningLevel>"),
    );
    assert.equal(answer.status, 500);
    assert.equal(host.config.get("service/auth/Certificate"), "false");
  });

  test("refuses selectors, other verbs, a Put on the service's default ports, and other URIs", async (t) => {
    const { send } = await setUp(t);
    const selector = "<ws:SelectorSet><ws:Selector Name='Address'>*</ws:Selector></ws:SelectorSet>";
    const codes = [];
    for (const soap of [
      envelope({ action: `${TRANSFER}/Get`, uri: CFG, extra: selector }),
      envelope({ action: `${TRANSFER}/Delete`, uri: CFG }),
      putEnvelope("/service/defaultports", "DefaultPorts", "<q:HTTP>5985</q:HTTP>"),
      getEnvelope("/nowhere"),
    ]) {
      codes.push(faultCodes(await send(soap)));
    }
    assert.deepEqual(codes, [[2150858843], [2150858771], [2150858771], [2150858811]]);
  });

  test("marks what Group Policy owns, shows its value, and refuses another one, naming the setting", async (t) => {
    const { host, send } = await setUp(t, { policy: { "client/TrustedHosts": "", "client/auth/Basic": false } });
    const shown = bodyOf(await send(getEnvelope("/client")));
    assert.match(shown, /<cfg:TrustedHosts Source="GPO"><\/cfg:TrustedHosts>/);
    assert.match(shown, /<cfg:Basic Source="GPO">false<\/cfg:Basic><cfg:Digest>true</);
    const refused = await send(putClient("<q:NetworkDelayms>600</q:NetworkDelayms><q:TrustedHosts>a</q:TrustedHosts>"));
    assert.deepEqual(faultCodes(refused), [2150858890, 2150858890]);
    assert.match(refused.text, /<s:Value>s:Receiver<\/s:Value>.*<s:Value>w:InternalError<\/s:Value>.*TrustedHosts/);
    assert.equal(host.config.get("client/NetworkDelayms"), "5000");
    assert.equal((await send(putClient("<q:TrustedHosts/><q:NetworkDelayms>600</q:NetworkDelayms>"))).status, 200);
  });

  test("gives the local value back when the policy is not configured any more", async (t) => {
    const { host } = await setUp(t, { config: { "client/TrustedHosts": "mine" } });
    host.policy.set("client/trustedhosts", "theirs");
    assert.equal(host.config.get("client/TrustedHosts"), "theirs");
    assert.deepEqual(host.policy.all(), { "client/TrustedHosts": "theirs" });
    assert.throws(
      () => {
        host.config.set("client/TrustedHosts", "x");
      },
      { code: "WINRM_E_POLICY_CONTROLLED" },
    );
    host.policy.clear("client/TrustedHosts");
    assert.equal(host.config.get("client/TrustedHosts"), "mine");
    assert.throws(
      () => {
        host.config.set("client/TrustedHosts", "*,x");
      },
      { code: "WINRM_E_ARGUMENT" },
    );
    assert.throws(() => host.config.get("service/auth/Digest"), { code: "WINRM_E_ARGUMENT" });
  });
});
