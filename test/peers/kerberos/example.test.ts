/** examples/kerberos under the real CLI, with a ticket of MIT's KDC. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { SimulatedHost } from "../../../simulator";
import { exampleFixture } from "../../engine/support/example";
import { printed } from "../../engine/support/hosts";
import { skipWithoutKerberos } from "./client-process";
import { Realm } from "./realm";

test("examples/kerberos runs as the owner of a ticket, and leaves Kerberos as the only way in", {
  skip: skipWithoutKerberos(),
}, async (t) => {
  const realm = await Realm.start();
  t.after(() => realm.stop());
  const cache = `FILE:${join(realm.folder, "alice.cache")}`;
  realm.kinit("alice", cache);
  const env = realm.env({ cache });
  const saved = { ...process.env };
  // The host's end reads the same settings, with the keytab.
  Object.assign(process.env, env);
  t.after(() => {
    process.env = saved;
  });
  const web = await SimulatedHost.start({
    kerberos: { keytab: realm.keytab },
    accounts: [{ name: "ops", password: "A-local-password-1" }],
    config: { "service/auth/Basic": true },
  });
  t.after(() => web.stop());
  const fixture = await exampleFixture(t, "kerberos", { env, replace: { "15985": String(web.http?.port) } });
  const up = printed(await fixture.pulumi(["up", "--yes"]));
  assert.match(up, /\+ 2 created/);
  assert.doesNotMatch(up, /warning:|error:/);
  const { service } = (await fixture.outputs()) as { service: Record<string, unknown> };
  assert.deepEqual([service["basic"], service["kerberos"], service["negotiate"]], [false, true, false]);
  assert.ok(web.journal.requests().every(({ auth, sealed }) => auth === "Kerberos" && sealed));
  assert.match(printed(await fixture.pulumi(["destroy", "--yes"])), /- 2 deleted/);
  assert.equal(web.config.get("service/auth/Negotiate"), "true");
  assert.equal(web.config.get("service/auth/Basic"), "true");
});
