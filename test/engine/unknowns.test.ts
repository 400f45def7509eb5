/** Arguments that come from other resources and are not known before they exist. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostFixture, portOf, printed, putsOf, startHost } from "./support/hosts.js";

test("entries, a leaf and a host that other resources decide are previewed as unknown and applied", async (t) => {
  const first = await startHost(t, { name: "FIRST" });
  const second = await startHost(t, { name: "SECOND" });
  const code = `
const provider = { create: async (inputs) => ({ id: "names", outs: { ...inputs, entry: "127.0.0.1", digest: false } }) };
class Names extends pulumi.dynamic.Resource {
  constructor(name) { super(provider, name, { entry: undefined, digest: undefined }); }
}
const names = new Names("names");
const trusted = new winrm.TrustedHosts("trusted", {
  connection: { host: "127.0.0.1", transport: "http", port: ${portOf(first)} },
  entries: [names.entry, "lab-01"],
});
const auth = new winrm.AuthConfig("auth", {
  connection: { host: trusted.effectiveEntries[0], transport: "http", port: ${portOf(second)} },
  client: { digest: names.digest, credSSP: false },
  service: { basic: true },
});
exports.effective = auth.effective.client.digest;`;
  const fixture = await hostFixture(t, { resources: [], code });
  const preview = await fixture.pulumi(["preview", "--diff"]);
  assert.match(preview.stdout, /\+ 4 to create/);
  assert.match(preview.stdout, /digest *: \[unknown\]/);
  assert.doesNotMatch(printed(preview), /warning:|error:/);
  assert.equal(second.journal.length, 0, "its address is not known yet");

  await fixture.apply();
  assert.deepEqual(putsOf(first), [{ "client/TrustedHosts": "127.0.0.1,lab-01" }]);
  assert.deepEqual(putsOf(second), [{ "client/auth/Digest": "false" }, { "service/auth/Basic": "true" }]);
  assert.equal((await fixture.outputs())["effective"], false);
  assert.match((await fixture.pulumi(["up", "--yes", "--skip-preview"])).stdout, /4 unchanged|5 unchanged/);
  assert.equal(putsOf(first).length + putsOf(second).length, 3);
  await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
  assert.equal(first.config.get("client/TrustedHosts"), "");
  assert.equal(second.config.get("client/auth/Digest"), "true");
});
