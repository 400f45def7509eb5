/** Programs as people write them: components, transforms, ignored changes, targets, secrets. Rows P1 to P9 of use. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { SimulatedHost } from "../../../simulator/index.js";
import { stopForGood } from "../../support/hosts/ports.js";
import {
  type Declared,
  PASSWORD,
  USERNAME,
  connectionTo,
  diagnosticsOf,
  hostFixture,
  linesWith,
  printed,
  startHost,
} from "../support/hosts.js";

const BASIC_ON = { config: { "service/auth/Basic": true } };
const BASIC_BY_POLICY = { policy: { "service/auth/Basic": true } };

/** Two children, one of them in a component of its own, and a neighbour of another package that uses an output. */
function componentProgram(host: SimulatedHost, service: object): string {
  return `
const pulumi = require("@pulumi/pulumi");
const winrm = require("pulumi-winrm");
const connection = ${JSON.stringify(connectionTo(host))};
const echo = { create: async (inputs) => ({ id: "echo", outs: inputs }) };
class Echo extends pulumi.dynamic.Resource {
  constructor(name, args, opts) { super(echo, name, args, opts); }
}
class Inner extends pulumi.ComponentResource {
  constructor(name, opts) {
    super("my:fleet:Inner", name, {}, opts);
    this.hosts = new winrm.TrustedHosts("hosts", { connection, entries: ["lab-01"] }, { parent: this });
    this.group = new winrm.GroupMembership("group", { connection, group: "S-1-5-32-580", members: [".\\\\kim"] }, { parent: this });
    this.registerOutputs({ entries: this.hosts.effectiveEntries });
  }
}
class Host extends pulumi.ComponentResource {
  constructor(name, opts) {
    super("my:fleet:Host", name, {}, opts);
    this.auth = new winrm.AuthConfig("auth", { connection, service: ${JSON.stringify(service)} }, { parent: this });
    this.inner = new Inner("inner", { parent: this });
    this.echo = new Echo("echo", { basic: this.auth.effective.apply((all) => all.service.basic), entries: this.inner.hosts.effectiveEntries }, { parent: this });
    this.registerOutputs({ basic: this.auth.effective });
  }
}
const provider = new winrm.Provider("site", { username: ${JSON.stringify(USERNAME)} });
const one = new Host("one", { providers: [provider] });
`;
}

test("P1: children of components use each other's outputs, at any depth and with providers", async (t) => {
  const host = await startHost(t, {
    ...BASIC_ON,
    accounts: [
      { name: USERNAME, password: PASSWORD },
      { name: "kim", password: "Quokka-member-10733", administrator: false },
    ],
  });
  const fixture = await hostFixture(t, { resources: [] });

  await t.test("up applies all of them, and the next preview says nothing", async () => {
    fixture.write({ "index.js": componentProgram(host, { basic: false }) });
    const up = printed(await fixture.pulumi(["up", "--yes"]));
    assert.match(up, /8 created/);
    assert.doesNotMatch(up, /error|still active/);
    assert.deepEqual(host.groups.memberSids("Remote Management Users").length, 1);
    assert.match(printed(await fixture.pulumi(["preview", "--expect-no-changes"])), /8 unchanged/);
  });

  for (const mode of ["error", "warn", "off"] as const) {
    await t.test(`an error of the pre-flight stands under its resource, with winrm:preflight ${mode}`, async () => {
      fixture.write({ "index.js": componentProgram(host, { negotiate: false }) });
      const options = { expectExit: mode === "error" ? 1 : 0, env: { WINRM_PREFLIGHT: mode } };
      const text = printed(await fixture.pulumi(["preview"], options));
      const lines = diagnosticsOf(text)["AuthConfig (auth)"] ?? [];
      const hazards = lines.filter((line) => line.includes("[WINRM_E_LOCKOUT]"));
      assert.equal(hazards.length, mode === "off" ? 0 : 1, text);
      assert.doesNotMatch(text, /still active/);
    });
  }
});

function auth(name: string, host: SimulatedHost, service: object, options?: string): Declared {
  return {
    type: "AuthConfig",
    name,
    args: { connection: connectionTo(host), service },
    ...(options === undefined ? {} : { options }),
  };
}

test("P4, P6, P7: values that are ignored, resources that are no target, and drift that stays", async (t) => {
  const host = await startHost(t, BASIC_ON);
  const other = await startHost(t, BASIC_ON);
  const fixture = await hostFixture(t, {
    resources: [auth("a", host, { basic: false }), auth("b", other, { basic: false })],
  });
  await fixture.apply();

  await t.test("P4: a hazard among ignored values fails nothing, and up is a no-op", async () => {
    const ignore = '{ ignoreChanges: ["service"] }';
    fixture.declare([auth("a", host, { basic: false, negotiate: false }, ignore), auth("b", other, { basic: false })]);
    assert.match(printed(await fixture.pulumi(["up", "--yes"])), /3 unchanged/);
  });

  await t.test("P6: a finding of a resource that is no target is no error", async () => {
    fixture.declare([
      auth("a", host, { basic: false, negotiate: false }),
      auth("b", other, { basic: false, kerberos: false }),
    ]);
    const target = "urn:pulumi:dev::proj::pulumi-nodejs:dynamic/winrm:AuthConfig::b";
    const text = printed(await fixture.pulumi(["up", "--yes", "--target", target]));
    assert.match(text, /1 updated/);
    assert.doesNotMatch(text, /error/);
    const refused = printed(
      await fixture.pulumi(["preview", "--target", target.replace(/b$/, "a")], { expectExit: 1 }),
    );
    assert.match((diagnosticsOf(refused)["AuthConfig (a)"] ?? []).join("\n"), /WINRM_E_LOCKOUT/);
  });

  await t.test("P7: a hand edit is a warning that names pulumi up --refresh, which repairs it", async () => {
    fixture.declare([auth("a", host, { basic: false }), auth("b", other, { basic: false, kerberos: false })]);
    host.config.set("service/auth/Basic", true);
    const text = printed(await fixture.pulumi(["up", "--yes"]));
    assert.match(text, /3 unchanged/);
    const [warning = "", ...others] = (diagnosticsOf(text)["AuthConfig (a)"] ?? []).filter((line) =>
      line.startsWith("warning"),
    );
    assert.match(warning, /service\.basic is true, wanted false.*pulumi up --refresh.*\[WINRM_E_DRIFT\]/);
    assert.deepEqual(others, []);
    const repaired = printed(await fixture.pulumi(["up", "--yes", "--refresh"]));
    assert.doesNotMatch(repaired, /WINRM_E_DRIFT/);
    assert.equal(host.config.get("service/auth/Basic"), "false");
  });
});

test("P5: what a transform takes away is not contacted, and what it adds is judged", async (t) => {
  const taken = await startHost(t, BASIC_BY_POLICY);
  const host = await startHost(t);
  const declared = [auth("a", taken, { basic: false })];
  const fixture = await hostFixture(t, { resources: [] });
  const transform = (props: object) =>
    `{ transforms: [({ props, opts }) => ({ props: { ...props, ...${JSON.stringify(props)} }, opts })] }`;
  const transformation = (props: object) => transform(props).replace("transforms:", "transformations:");
  for (const kind of [transform, transformation]) {
    fixture.declare(declared.map((one) => ({ ...one, options: kind({ connection: connectionTo(host) }) })));
    const text = printed(await fixture.pulumi(["preview"]));
    assert.doesNotMatch(text, /error|warning/);
    assert.equal(taken.journal.length, 0, "no request, and no logon");
    assert.ok(host.journal.length > 0);
    const connection = connectionTo(host, { auth: { username: USERNAME, password: PASSWORD } });
    fixture.declare([auth("a", host, { basic: false }, kind({ service: { negotiate: false }, connection }))]);
    const refused = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
    const found = (diagnosticsOf(refused)["AuthConfig (a)"] ?? []).join("\n");
    assert.match(found, /WINRM_E_LOCKOUT/);
    assert.match(found, /^error: connection\.auth\.password: a transform .*\[WINRM_E_ARGUMENT\]$/m);
    assert.ok(!refused.includes(PASSWORD), refused);
    host.journal.clear();
  }
});

test("P8: what is certain to fail fails the preview with the real message; hosts that are down are one warning", async (t) => {
  const [host, down, gone] = [await startHost(t), await startHost(t), await startHost(t)];
  const tls = await startHost(t, { http: false, https: true });
  await stopForGood(t, down);
  await stopForGood(t, gone);
  const secure = { host: "127.0.0.1", port: tls.https!.port };
  const declared = (name: string, connection: object): Declared => ({ type: "AuthConfig", name, args: { connection } });
  const fixture = await hostFixture(t, {
    resources: [
      declared("denied", connectionTo(host, { auth: { password: { env: "WRONG" } } })),
      declared("missing", connectionTo(host, { auth: { password: { env: "NOT_SET_ANYWHERE" } } })),
      declared("none", connectionTo(host, { auth: { username: "nobody", method: "certificate" } })),
      declared("untrusted", secure),
      declared("down", connectionTo(down)),
      declared("gone", connectionTo(gone)),
    ],
    env: { WRONG: "Wrong-1!password" },
  });
  const text = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
  const under = (name: string) => (diagnosticsOf(text)[`AuthConfig (${name})`] ?? []).join("\n");
  assert.match(under("denied"), /error: .*\[WINRM_E_LOGON_DENIED\]/);
  assert.match(under("missing"), /error: .*NOT_SET_ANYWHERE.*\[WINRM_E_SECRET_REFERENCE\]/);
  assert.match(under("none"), /error: /);
  assert.match(under("untrusted"), /error: .*\[WINRM_E_TLS_UNTRUSTED\]/);
  const stack = (diagnosticsOf(text)["Stack (proj-dev)"] ?? []).join("\n");
  assert.match(stack, /warning: pre-flight: 2 hosts were not checked/);
  assert.equal(linesWith(stack, "WINRM_E_CONNECTION_REFUSED").length, 1, "equal failures are one line");
  assert.match(stack, /4 problems/);
  assert.equal(host.journal.logonFailures().length, 1);
  assert.doesNotMatch(text, /Wrong-1/);
});

test("P9: what comes of a secret argument is secret in state and on the screen", async (t: TestContext) => {
  const host = await startHost(t, {
    accounts: [
      { name: USERNAME, password: PASSWORD },
      { name: "planted-kim", password: "Quokka-member-10733", administrator: false },
    ],
  });
  const connection = connectionTo(host);
  const fixture = await hostFixture(t, {
    resources: [],
    code: `
const connection = ${JSON.stringify(connection)};
const hosts = new winrm.TrustedHosts("hosts", { connection, entries: pulumi.secret(["planted-lab.example.com"]) });
const group = new winrm.GroupMembership("group", { connection, group: "S-1-5-32-580", members: ["Administrator", pulumi.secret(".\\\\planted-kim")] });
const auth = new winrm.AuthConfig("auth", { connection: pulumi.secret(connection), service: { basic: true } });
const open = new winrm.TokenFilterPolicy("open", { connection, localAccountTokenFilterPolicy: pulumi.output(1) });
module.exports = { hosts: hosts.effectiveEntries, sids: group.memberSids, meaning: open.meaning };
`,
  });
  const texts = [printed(await fixture.pulumi(["preview", "--diff"])), printed(await fixture.pulumi(["up", "--yes"]))];
  texts.push(fixture.rawStateFiles());
  const sid = host.groups.memberSids("Remote Management Users");
  assert.equal(sid.length, 2);
  for (const text of texts) assert.doesNotMatch(text, /planted/);
  const [preview = ""] = texts;
  assert.match(preview, /live on 127\.0\.0\.1:\d+: entries is \[secret\], wanted \[secret\]/);
  assert.match(preview, /live on 127\.0\.0\.1:\d+: members is \[secret\], wanted \[secret\]/);
  assert.match(preview, /live on \[secret\]: service\.basic is false, wanted true/);
  const { outputs = {} } = (await fixture.state()).resource("open");
  assert.equal(typeof outputs["meaning"], "string", "what is no secret stays readable");
  const shown = (await fixture.outputs()) as { hosts: string[] };
  assert.deepEqual(shown.hosts, ["planted-lab.example.com"]);
});
