/** Ways to a host: https with Basic and with NTLM, and what a change of the way does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Declared,
  STACK_LINE,
  connectionTo,
  diagnosticsOf,
  hostFixture,
  printed,
  putsOf,
  startHost,
} from "./support/hosts.js";

function auth(name: string, connection: object): Declared {
  return { type: "AuthConfig", name, args: { connection, client: { digest: false } } };
}

test("https with Basic and an authority, and with NTLM, channel binding and a pinned fingerprint", async (t) => {
  const basicHost = await startHost(t, {
    name: "BASIC",
    http: false,
    https: true,
    config: { "service/auth/Basic": true },
  });
  const strictHost = await startHost(t, {
    name: "STRICT",
    http: false,
    https: true,
    config: { "service/auth/CbtHardeningLevel": "Strict" },
  });
  const https = { host: "127.0.0.1", transport: "https" };
  const basic = (tls: object) =>
    auth("basic", { ...https, port: basicHost.https!.port, auth: { method: "basic" }, tls });
  const ntlm = (pinnedSha256: string) =>
    auth("ntlm", { ...https, port: strictHost.https!.port, tls: { pinnedSha256 } });
  const ca = basicHost.https!.certificatePem;
  const pin = strictHost.https!.fingerprintSha256;
  const fixture = await hostFixture(t, {
    resources: [basic({ ca: strictHost.https!.certificatePem }), ntlm("00".repeat(32))],
  });

  const distrust = await fixture.apply({ expectExit: 1 });
  const reasons = diagnosticsOf(printed(distrust));
  assert.match(reasons["AuthConfig (basic)"]?.join("\n") ?? "", /\[WINRM_E_TLS_UNTRUSTED\]/);
  assert.match(reasons["AuthConfig (ntlm)"]?.join("\n") ?? "", /\[WINRM_E_TLS_PIN\]/);
  assert.doesNotMatch(printed(distrust), STACK_LINE);
  assert.deepEqual([basicHost.journal.length, strictHost.journal.length], [0, 0], "no request, no credential");

  fixture.declare([basic({ ca }), ntlm(pin)]);
  const up = printed(await fixture.pulumi(["up", "--yes"]));
  assert.doesNotMatch(up, /warning:|error:/);
  assert.deepEqual(putsOf(basicHost), [{ "client/auth/Digest": "false" }]);
  assert.deepEqual(putsOf(strictHost), [{ "client/auth/Digest": "false" }]);
  assert.deepEqual([...new Set(basicHost.journal.requests().map((entry) => entry.auth))], ["Basic"]);
  assert.deepEqual([...new Set(strictHost.journal.requests().map((entry) => entry.auth))], ["NTLM"]);
  await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
  assert.deepEqual(putsOf(strictHost)[1], { "client/auth/Digest": "true" });
  assert.deepEqual(putsOf(basicHost)[1], { "client/auth/Digest": "true" });
});

test("another port is another host and replaces, deleting first; another method on the same port only updates", async (t) => {
  const host = await startHost(t, { https: true, config: { "service/auth/Basic": true } });
  const tls = { ca: host.https!.certificatePem };
  const https = { host: "127.0.0.1", transport: "https", port: host.https!.port, tls };
  const fixture = await hostFixture(t, { resources: [auth("web", connectionTo(host))] });
  await fixture.apply();
  assert.equal((await fixture.state()).resource("web").id, `127.0.0.1:${host.http!.port}/winrm/auth`);

  fixture.declare([auth("web", https)]);
  host.journal.clear();
  const preview = await fixture.pulumi(["preview"]);
  assert.match(preview.stdout, /AuthConfig web replace \[diff: ~connection\]/);
  const up = await fixture.apply();
  assert.match(up.stdout, /deleted original[\s\S]*created replacement/);
  assert.deepEqual(
    host.journal.writes().map(({ transport, leaves }) => [transport, leaves]),
    [
      ["http", { "client/auth/Digest": "true" }],
      ["https", { "client/auth/Digest": "false" }],
    ],
  );
  const replaced = (await fixture.state()).resource("web");
  assert.equal(replaced.id, `127.0.0.1:${host.https!.port}/winrm/auth`);
  assert.deepEqual(replaced.outputs?.["priorValues"], { service: {}, client: { digest: true } });

  fixture.declare([auth("web", { ...https, auth: { method: "basic" } })]);
  host.journal.clear();
  const method = await fixture.pulumi(["up", "--yes", "--diff"]);
  assert.match(method.stdout, /\+ method: "basic"/);
  assert.match(method.stdout, /~ 1 updated/);
  assert.deepEqual(putsOf(host), []);
  assert.equal(host.journal.requests().at(-1)?.auth, "Basic");
  await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
  assert.equal(host.config.get("client/auth/Digest"), "true");
});
