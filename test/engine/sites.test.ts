/** Explicit providers with the real CLI: whose credentials count where, and what is out of date when. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { SimulatedHost } from "../../simulator/index.js";
import {
  type HostFixture,
  STACK_LINE,
  diagnosticsOf,
  hostFixture,
  linesWith,
  portOf,
  printed,
  putsOf,
  startHost,
} from "./support/hosts.js";

const FIRST = "Quokka-first-50213";
const SECOND = "Numbat-second-77140";
/** What a site must never fall back to. */
const WRONG = { WINRM_USERNAME: "nobody", WINRM_PASSWORD: "Wombat-wrong-11906" };

/** A host of a site with an account of its own. */
function siteHost(t: TestContext, name: string, options: object = {}): Promise<SimulatedHost> {
  const accounts = [{ name: `ops-${name.toLowerCase()}`, password: name === "A" ? FIRST : SECOND }];
  return startHost(t, { name: `SITE-${name}`, accounts, ...options });
}

function refusals(...hosts: SimulatedHost[]): number {
  return hosts.reduce((sum, host) => sum + host.journal.logonFailures().length, 0);
}

/** One host whose account has the first password, and a program whose provider gives a password by this code. */
async function oneSite(t: TestContext, password: string, env: Record<string, string> = {}) {
  const host = await siteHost(t, "A");
  const program = (text: string) => `
    const site = new winrm.Provider("site", { username: "ops-a", password: ${text}, transport: "http", port: ${portOf(host)} });
    new winrm.AuthConfig("web", { connection: { host: "127.0.0.1" }, client: { digest: false } }, { provider: site });`;
  const fixture = await hostFixture(t, { resources: [], code: program(password), env: { ...WRONG, ...env } });
  return {
    host,
    fixture,
    declare: (text: string) => {
      fixture.declare([], program(text));
    },
  };
}

/** A refused command says what the host said, and changes nothing. */
async function refused(fixture: HostFixture, command: readonly string[], env = {}): Promise<void> {
  const result = await fixture.pulumi(command, { env, expectExit: "any" });
  assert.notEqual(result.code, 0, `${command.join(" ")}\n${printed(result)}`);
  assert.match(printed(result), /WINRM_E_LOGON_DENIED/, command.join(" "));
}

test("two sites with accounts of their own in one program", async (t) => {
  const [a, b] = [await siteHost(t, "A"), await siteHost(t, "B", { policy: { "service/auth/Basic": true } })];
  const program = (wanted: object) => `
    const siteA = new winrm.Provider("site-a", {
      username: "ops-a", password: { env: "SITE_A_PW" }, transport: "http", port: ${portOf(a)},
    });
    const siteB = new winrm.Provider("site-b",
      { username: "ops-b", transport: pulumi.output("http"), port: ${portOf(b)} },
      { envVarMappings: { SITE_B_PW: "WINRM_PASSWORD" } });
    const connection = { host: "127.0.0.1" };
    new winrm.AuthConfig("a", { connection, client: { digest: false } }, { provider: siteA });
    new winrm.TrustedHosts("list", { connection, entries: ["lab-01"] }, { provider: siteA });
    const group = new pulumi.ComponentResource("my:site:Group", "group", {}, { providers: [siteB] });
    new winrm.AuthConfig("b", { connection, ...${JSON.stringify(wanted)} }, { parent: group });`;
  const fixture = await hostFixture(t, {
    resources: [],
    code: program({ service: { basic: false }, client: { digest: false } }),
    logGrpc: true,
    env: { ...WRONG, SITE_A_PW: FIRST, SITE_B_PW: SECOND },
  });
  await fixture.config.set("winrm:password", WRONG.WINRM_PASSWORD, { secret: true });
  await fixture.config.set("winrm:operationSeconds", "20");

  await t.test("the preview reads each host with its site's account, and judges it", async () => {
    const text = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
    assert.match(
      (diagnosticsOf(text)["AuthConfig (b)"] ?? []).join("\n"),
      /error: service\.basic: .*WINRM_E_POLICY_CONFLICT/,
    );
    const live = [
      `live on 127.0.0.1:${portOf(a)}: client.digest is true, wanted false`,
      `live on 127.0.0.1:${portOf(a)}: entries are an empty list, wanted lab-01`,
      `live on 127.0.0.1:${portOf(b)}: client.digest is true, wanted false`,
    ];
    assert.deepEqual(linesWith(text, /^ +live on /).sort(), live.sort());
    assert.equal(refusals(a, b), 0);
  });

  await t.test("up writes each host as its site's account, each site from a process of its own", async () => {
    fixture.declare([], program({ client: { digest: false } }));
    fixture.grpcLog();
    const text = printed(await fixture.apply());
    assert.match(text, /\+ 7 created/);
    assert.doesNotMatch(text, /warning:|error:/);
    assert.equal(refusals(a, b), 0);
    assert.deepEqual(putsOf(b), [{ "client/auth/Digest": "false" }]);
    assert.equal(putsOf(a).length, 2);
    const users = (host: SimulatedHost) => [...new Set(host.journal.requests().map(({ account }) => account))];
    assert.deepEqual(
      [users(a), users(b)].map((list) => list.length),
      [1, 1],
    );
    const configured = fixture
      .grpcLog()
      .filter(({ method }) => method.endsWith("/Configure"))
      .map(({ request }) => /"ops-[ab]"/.exec(JSON.stringify(request))?.[0]);
    assert.deepEqual([...new Set(configured)].filter((user) => user !== undefined).sort(), ['"ops-a"', '"ops-b"']);
  });

  await t.test("an unchanged up with a refresh, and a destroy", async () => {
    assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview", "--refresh"])), /7 unchanged/);
    const state = await fixture.state();
    const siteInputs = (name: string) => state.resource(name).inputs ?? {};
    assert.equal(siteInputs("site-a")["winrm:operationSeconds"], "20", "the stack's setting is handed over");
    assert.deepEqual(siteInputs("site-a")["winrm-provider:password"], { env: "SITE_A_PW" });
    assert.ok(!("winrm:password" in siteInputs("site-b")), "a mapped variable comes before the stack's setting");
    for (const password of [FIRST, SECOND, WRONG.WINRM_PASSWORD]) assert.ok(!fixture.rawFiles().includes(password));
    assert.match(printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"])), /7 deleted/);
    assert.deepEqual(
      [a, b].map((host) => host.config.get("client/auth/Digest")),
      ["true", "true"],
    );
    assert.equal(refusals(a, b), 0);
  });
});

test("a provider's password by value is out of date at refresh and destroy until the next up", async (t) => {
  const { host, fixture, declare } = await oneSite(t, "process.env.GIVEN", { GIVEN: FIRST });
  await fixture.apply();
  host.accounts.setPassword("ops-a", SECOND);
  declare("process.env.GIVEN_LATER");
  const env = { GIVEN_LATER: SECOND };

  await t.test("refresh, destroy and the reads of up --refresh use the last up's", async () => {
    for (const command of [["refresh"], ["destroy"], ["up", "--refresh"]])
      await refused(fixture, [...command, "--yes", "--skip-preview"], env);
    assert.deepEqual(putsOf(host), [{ "client/auth/Digest": "false" }]);
  });

  await t.test("preview uses the new one, and up makes it the one of refresh and destroy", async () => {
    const before = refusals(host);
    assert.match(printed(await fixture.pulumi(["preview"], { env })), /~ .*providers:pulumi-nodejs/);
    assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"], { env })), /~ 1 updated/);
    assert.match(printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview"])), /3 unchanged/);
    assert.match(printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"])), /3 deleted/);
    assert.equal(refusals(host), before);
    assert.equal(host.config.get("client/auth/Digest"), "true");
    for (const password of [FIRST, SECOND]) assert.ok(!fixture.rawFiles().includes(password));
  });
});

test("refresh and destroy with --run-program take a provider's new password, and refresh keeps it", async (t) => {
  const { host, fixture, declare } = await oneSite(t, JSON.stringify(FIRST));
  await fixture.apply();
  const rotate = (password: string) => {
    host.accounts.setPassword("ops-a", password);
    declare(JSON.stringify(password));
  };
  rotate(SECOND);
  await refused(fixture, ["refresh", "--yes", "--skip-preview"]);
  const before = refusals(host);
  await fixture.pulumi(["refresh", "--yes", "--skip-preview", "--run-program"]);
  assert.match(printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview"])), /3 unchanged/);
  rotate(FIRST);
  assert.match(printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview", "--run-program"])), /- 3 deleted/);
  assert.equal(refusals(host), before);
  assert.equal(host.config.get("client/auth/Digest"), "true");
});

test("a provider's password by a reference or a mapped variable is never out of date", async (t) => {
  const hosts = [await siteHost(t, "A"), await siteHost(t, "A")];
  const forms = ['password: { env: "SITE_PW" } }', '}, { envVarMappings: { SITE_PW: "WINRM_PASSWORD" } }'];
  const sites = hosts.map((host, index) => {
    const provider = `new winrm.Provider("site${index}", { username: "ops-a", transport: "http", port: ${portOf(host)}, ${forms[index]})`;
    return `new winrm.AuthConfig("web${index}", { connection: { host: "127.0.0.1" }, client: { digest: false } }, { provider: ${provider} });`;
  });
  const fixture = await hostFixture(t, { resources: [], code: sites.join("\n"), env: WRONG });
  await fixture.apply({ env: { SITE_PW: FIRST } });
  for (const host of hosts) host.accounts.setPassword("ops-a", SECOND);
  const env = { SITE_PW: SECOND };
  assert.match(printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview"], { env })), /5 unchanged/);
  assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview", "--refresh"], { env })), /5 unchanged/);
  assert.match(printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"], { env })), /5 deleted/);
  assert.equal(refusals(...hosts), 0);
  assert.deepEqual(
    hosts.map((host) => host.config.get("client/auth/Digest")),
    ["true", "true"],
  );
});

test("bad arguments of a provider: plain ones in the program, outputs where they are used", async (t) => {
  const host = await siteHost(t, "A");
  const site = (args: string) => `
    const site = new winrm.Provider("site", ${args});
    new winrm.AuthConfig("web", { connection: { host: "127.0.0.1" }, client: { digest: false } }, { provider: site });`;
  const fixture = await hostFixture(t, {
    resources: [],
    code: site('{ port: 70000, passwort: "x" }'),
    env: { WINRM_USERNAME: "ops-a", WINRM_PASSWORD: FIRST, WINRM_TRANSPORT: "http" },
  });
  const plain = printed(await fixture.pulumi(["preview"], { expectExit: "any" }));
  assert.match(plain, /provider "site": passwort .*; port .*65535, not 70000 \[WINRM_E_ARGUMENT\]/);
  assert.doesNotMatch(plain, STACK_LINE);

  fixture.declare([], site("{ port: pulumi.output(70000) }"));
  const preview = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
  const reason = /argument port .*65535, not 70000 \[WINRM_E_ARGUMENT\]/;
  assert.match((diagnosticsOf(preview)["AuthConfig (web)"] ?? []).join("\n"), reason);
  const update = printed(await fixture.apply({ expectExit: 1 }));
  assert.match((diagnosticsOf(update)["AuthConfig (web)"] ?? []).join("\n"), reason);
  assert.deepEqual(host.journal.entries(), []);
});

test("a provider whose arguments are not known yet is waited for", async (t) => {
  const [a, b] = [await siteHost(t, "A"), await siteHost(t, "B")];
  const fixture = await hostFixture(t, {
    resources: [],
    code: `
      const first = new winrm.AuthConfig("first", {
        connection: { host: "127.0.0.1", transport: "http", port: ${portOf(a)}, auth: { username: "ops-a", password: { env: "SITE_A_PW" } } },
        client: { digest: false },
      });
      const username = first.effective.apply(({ client }) => client.digest ? "too early" : "ops-b");
      const site = new winrm.Provider("site", { username, password: { env: "SITE_B_PW" }, transport: "http", port: ${portOf(b)} });
      new winrm.AuthConfig("web", { connection: { host: "127.0.0.1" }, client: { digest: false } }, { provider: site });`,
    env: { ...WRONG, SITE_A_PW: FIRST, SITE_B_PW: SECOND },
  });
  await fixture.pulumi(["preview"]);
  assert.deepEqual(b.journal.entries(), []);
  assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /\+ 4 created/);
  assert.deepEqual(putsOf(b), [{ "client/auth/Digest": "false" }]);
  b.config.set("client/auth/Digest", true);
  assert.match(
    printed(await fixture.pulumi(["preview"])),
    new RegExp(`live on 127.0.0.1:${portOf(b)}: client.digest is true`),
  );
  assert.equal(refusals(a, b), 0);
});

test("a resource with somebody else's provider is not checked, and the preview says so", async (t) => {
  const host = await siteHost(t, "A");
  const fixture = await hostFixture(t, {
    resources: [],
    code: `
      class Other extends pulumi.ProviderResource {
        constructor() {
          super("pulumi-nodejs", "other", { "winrm:username": "ops-a", "winrm:password": pulumi.secret("${FIRST}") });
        }
      }
      const connection = { host: "127.0.0.1", transport: "http", port: ${portOf(host)} };
      new winrm.AuthConfig("web", { connection, client: { digest: false } }, { provider: new Other() });`,
    env: WRONG,
  });
  const text = printed(await fixture.pulumi(["preview"]));
  assert.match((diagnosticsOf(text)["AuthConfig (web)"] ?? []).join("\n"), /pre-flight: not checked/);
  assert.deepEqual(host.journal.entries(), []);
  await fixture.apply();
  assert.equal(host.config.get("client/auth/Digest"), "false");
  assert.equal(refusals(host), 0);
});
