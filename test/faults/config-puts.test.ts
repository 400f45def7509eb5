/** Hosts that take a part of the configuration only as a whole, which nobody has recorded either way. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { putLeaves } from "../../provider/host/config";
import { startRelayedHost } from "../support/hosts/hosts";
import { NEVER, failure, openSession } from "../support/hosts/sessions";

const OWN = { "client/TrustedHosts": "old.test", "client/NetworkDelayms": 6000, "service/MaxConnections": 25 };

suite("A11: a host that refuses a Put of the changed settings alone", { timeout: 120_000 }, () => {
  for (const [configPuts, servicePuts] of [
    ["whole", 1],
    // The service has settings that cannot be written, the client none.
    ["writable", 2],
  ] as const) {
    test(`gets the element as it was read, with our settings changed, and the form is remembered (${configPuts})`, async (t) => {
      const { relay, host } = await startRelayedHost(t, {
        configPuts,
        config: OWN,
        policy: { "client/AllowUnencrypted": false, "service/auth/Basic": true },
      });
      const { client } = openSession(t, relay);
      const before = host.config.all();
      const puts = () => host.journal.requests().filter(({ action = "" }) => action.endsWith("/Put")).length;

      const trust = { resource: "client", leaves: new Map([["client/TrustedHosts", "a.test,b.test"]]) } as const;
      await putLeaves(client, trust, NEVER);
      assert.equal(puts(), 2);
      assert.deepEqual(host.config.all(), { ...before, "client/TrustedHosts": "a.test,b.test" });

      const service = { resource: "service", leaves: new Map([["service/AllowUnencrypted", true]]) } as const;
      await putLeaves(client, service, NEVER);
      assert.equal(puts(), 2 + servicePuts);
      assert.equal(host.config.get("service/AllowUnencrypted"), "true");
      assert.equal(host.config.get("service/MaxConnections"), "25");
      await putLeaves(client, { ...service, leaves: new Map([["service/AllowUnencrypted", false]]) }, NEVER);
      assert.equal(puts(), 2 + servicePuts + 1, "the form is known now");

      // What Group Policy owns is refused as before, and nothing else of that Put is written.
      const owned = new Map([
        ["service/auth/Basic", false],
        ["service/auth/CredSSP", true],
      ] as const);
      const error = await failure(putLeaves(client, { resource: "service/auth", leaves: owned }, NEVER));
      assert.equal(error.code, "WINRM_E_POLICY_CONTROLLED");
      assert.equal(host.config.get("service/auth/CredSSP"), "false");
    });
  }

  test("and one that takes it gets nothing else", async (t) => {
    const { relay, host } = await startRelayedHost(t, { config: OWN });
    const { client } = openSession(t, relay);
    await putLeaves(client, { resource: "client", leaves: new Map([["client/TrustedHosts", "c.test"]]) }, NEVER);
    const [sent, ...others] = host.journal.requests().filter(({ leaves }) => leaves !== undefined);
    assert.deepEqual(sent?.leaves, { "client/TrustedHosts": "c.test" });
    assert.deepEqual(others, []);
  });
});
