/** Certificate mappings on the simulated host: validation, faults, what is shown, and the logon test behind a write. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../../simulator";
import { authority, clientCertificate, thumbprint } from "../../../support/hosts/client-certificates";
import { ADMIN, type Answer, basic, CFG, envelope, faultCodes, startBasicHost, TRANSFER, wireTo } from "../wire";

const URI = `${CFG}/service/certmapping`;
const CA = authority();
const ISSUER = thumbprint(CA.certPem);
const SVC = { name: "svc-deploy", password: "Autumn-2032!" } as const;
const KEY = { URI: "*", Subject: "svc-deploy@localhost", Issuer: ISSUER };
const CREDENTIALS = `<m:UserName>${SVC.name}</m:UserName><m:Password>${SVC.password}</m:Password>`;

interface Setup {
  readonly host: SimulatedHost;
  readonly ask: (verb: string, selectors: Readonly<Record<string, string>>, leaves?: string) => Promise<Answer>;
}

function mappingEnvelope(verb: string, selectors: Readonly<Record<string, string>>, leaves?: string): string {
  const list = Object.entries(selectors).map(([name, value]) => `<ws:Selector Name="${name}">${value}</ws:Selector>`);
  const body = leaves === undefined ? "" : `<m:certmapping xmlns:m="${URI}.xsd">${leaves}</m:certmapping>`;
  const extra = `<ws:SelectorSet>${list.join("")}</ws:SelectorSet>`;
  return envelope({ action: `${TRANSFER}/${verb}`, uri: URI, extra, body });
}

async function setUp(t: TestContext, options: HostOptions = {}): Promise<Setup> {
  const host = await startBasicHost(t, {
    accounts: [ADMIN, SVC],
    certificates: { authorities: [CA.certPem] },
    ...options,
  });
  const wire = wireTo(t, host.http!.url);
  return { host, ask: (verb, selectors, leaves) => wire.send(mappingEnvelope(verb, selectors, leaves), basic()) };
}

const bodyOf = (answer: Answer): string => /<s:Body>(.*)<\/s:Body>/s.exec(answer.text)![1]!;

suite("certificate mappings of the simulated host", () => {
  test("are created, shown without their password, changed and deleted", async (t) => {
    const { host, ask } = await setUp(t);
    const created = await ask("Create", KEY, `<m:Enabled>true</m:Enabled>${CREDENTIALS}`);
    assert.equal(created.status, 200, created.text);
    assert.match(bodyOf(created), new RegExp(`<w:Selector Name="Issuer">${ISSUER}</w:Selector>`));
    const shown =
      `<cfg:CertMapping xmlns:cfg="${URI}"><cfg:URI>*</cfg:URI><cfg:Subject>svc-deploy@localhost</cfg:Subject>` +
      `<cfg:Issuer>${ISSUER}</cfg:Issuer><cfg:UserName>svc-deploy</cfg:UserName><cfg:Enabled>true</cfg:Enabled>` +
      "<cfg:PassCertToPlugin>false</cfg:PassCertToPlugin><cfg:Password></cfg:Password></cfg:CertMapping>";
    assert.equal(bodyOf(await ask("Get", { ...KEY, Issuer: ISSUER.toLowerCase() })), shown);
    const put = await ask("Put", KEY, "<m:Enabled>false</m:Enabled>");
    assert.equal(bodyOf(put), shown.replace("<cfg:Enabled>true", "<cfg:Enabled>false"));
    assert.equal(host.certMappings.find({ subject: KEY.Subject, issuer: ISSUER })?.enabled, false);
    assert.equal(bodyOf(await ask("Delete", KEY)), "");
    assert.deepEqual(host.certMappings.list(), []);
    assert.deepEqual(
      host.journal
        .writes()
        .map(({ leaves, selectors }) => [leaves?.["service/certmapping/Password"], selectors?.["subject"]]),
      [
        ["(hidden)", KEY.Subject],
        [undefined, KEY.Subject],
        [undefined, KEY.Subject],
      ],
    );
    assert.doesNotMatch(JSON.stringify(host.journal.entries()), /Autumn/);
  });

  test("are not there to get, put or delete before they are created, and cannot be created twice", async (t) => {
    const { ask } = await setUp(t);
    for (const verb of ["Get", "Put", "Delete"]) {
      const answer = await ask(verb, KEY, verb === "Put" ? CREDENTIALS : undefined);
      assert.deepEqual(faultCodes(answer), [2150858752, 2150858752], verb);
    }
    assert.equal((await ask("Create", KEY, CREDENTIALS)).status, 200);
    assert.deepEqual(
      faultCodes(await ask("Create", { ...KEY, Subject: KEY.Subject.toUpperCase() }, CREDENTIALS)),
      [2150858803, 2150858803],
    );
  });

  const leaf = clientCertificate({ upn: "x@localhost" }, CA);
  const refusals: readonly (readonly [string, Partial<typeof KEY>, string, number])[] = [
    ["a URI with a blank", { URI: "a b" }, CREDENTIALS, 2150859104],
    ["a URI with a star inside", { URI: "http://*/x" }, CREDENTIALS, 2150859104],
    ["an empty subject", { Subject: "" }, CREDENTIALS, 2150859105],
    ["a subject with two stars", { Subject: "*a*" }, CREDENTIALS, 2150859105],
    ["an issuer that is not in the stores", { Issuer: thumbprint(leaf.certPem) }, CREDENTIALS, 2150859106],
    ["an issuer with blanks", { Issuer: ISSUER.replace(/../g, "$& ").trim() }, CREDENTIALS, 2150859106],
    ["no credentials", {}, "<m:Enabled>true</m:Enabled>", 2150859116],
    ["a user name alone", {}, `<m:UserName>${SVC.name}</m:UserName>`, 2150859116],
    ["a blank password", {}, `<m:UserName>${SVC.name}</m:UserName><m:Password></m:Password>`, 2150859115],
    ["a long password", {}, `<m:UserName>x</m:UserName><m:Password>${"x".repeat(256)}</m:Password>`, 2150859114],
    ["a wrong password", {}, `<m:UserName>${SVC.name}</m:UserName><m:Password>wrong</m:Password>`, 2150859092],
    ["a domain account", {}, `<m:UserName>CORP\\ops</m:UserName><m:Password>x</m:Password>`, 2150859092],
    ["a leaf that is unknown", {}, `${CREDENTIALS}<m:Colour>red</m:Colour>`, 2150858817],
    ["a boolean that is none", {}, `<m:Enabled>maybe</m:Enabled>${CREDENTIALS}`, 2150858838],
    ["a key in the body that differs", {}, `<m:Subject>other</m:Subject>${CREDENTIALS}`, 2150859122],
  ];
  for (const [what, key, leaves, code] of refusals) {
    test(`are refused with ${code} for ${what}`, async (t) => {
      const { host, ask } = await setUp(t);
      assert.deepEqual(faultCodes(await ask("Create", { ...KEY, ...key }, leaves)), [code, code]);
      assert.deepEqual(host.certMappings.list(), []);
      assert.equal(host.journal.logonFailures().length, code === 2150859092 ? 1 : 0);
    });
  }

  test("need all three selectors and no other", async (t) => {
    const { ask } = await setUp(t);
    assert.deepEqual(faultCodes(await ask("Get", { URI: "*", Subject: "x" })), [2150858842, 2150858842]);
    assert.deepEqual(faultCodes(await ask("Get", { ...KEY, Colour: "red" })), [2150858843, 2150858843]);
  });

  test("keep what they were when a Put with a wrong password is refused, and name the account in the journal", async (t) => {
    const { host, ask } = await setUp(t);
    await ask("Create", KEY, CREDENTIALS);
    const put = await ask(
      "Put",
      KEY,
      `<m:Enabled>false</m:Enabled><m:UserName>${SVC.name}</m:UserName><m:Password>no</m:Password>`,
    );
    assert.deepEqual(faultCodes(put), [2150859092, 2150859092]);
    assert.equal(host.certMappings.list()[0]?.enabled, true);
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, mappedAccount }) => [account, mappedAccount]),
      [[ADMIN.name, SVC.name]],
    );
  });

  test("are prepared by options and edited by hand, under the same rules", async (t) => {
    const mapping = { subject: KEY.Subject, issuer: ISSUER, userName: SVC.name, password: SVC.password };
    const { host } = await setUp(t, { certMappings: [mapping] });
    assert.equal(host.certMappings.list().length, 1);
    host.certMappings.change(mapping, { enabled: false });
    assert.equal(host.certMappings.find(mapping)?.enabled, false);
    assert.throws(
      () => {
        host.certMappings.add({ ...mapping, subject: "*a*" });
      },
      { code: "WINRM_E_ARGUMENT" },
    );
    host.certMappings.remove(mapping);
    assert.deepEqual(host.certMappings.list(), []);
  });
});
