/** What destroy leaves behind on a host. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions } from "../../simulator";
import { DeployedResource } from "../support/processes/provider-calls";
import { connectionTo, startHost, startProcess, writesTo } from "../support/processes/recorded-process";
import { stopForGood } from "../support/hosts/ports";

async function applied(t: TestContext, args: object, options: HostOptions = {}) {
  const host = await startHost(t, options);
  const { auth, warnings } = startProcess(t);
  const resource = new DeployedResource("a");
  const connection = connectionTo(host);
  await resource.up(auth, { connection, ...args });
  host.journal.clear();
  return { host, auth, warnings, resource, connection };
}

suite("destroying AuthConfig", () => {
  test("puts back the prior values, one Put for each resource touched", async (t) => {
    const args = { service: { basic: true, cbtHardeningLevel: "Strict", kerberos: true }, client: { digest: false } };
    const { host, auth, resource, warnings } = await applied(t, args);
    await resource.destroy(auth);
    assert.deepEqual(writesTo(host), [
      { "client/auth/Digest": "true" },
      { "service/auth/Basic": "false", "service/auth/CbtHardeningLevel": "Relaxed" },
    ]);
    assert.deepEqual(warnings(), []);
  });

  test("puts back what was there before the first apply, not before the last", async (t) => {
    const { host, auth, resource, connection } = await applied(t, { service: { cbtHardeningLevel: "None" } });
    await resource.up(auth, { connection, service: { cbtHardeningLevel: "Strict" } });
    await resource.destroy(auth);
    assert.equal(host.config.get("service/auth/CbtHardeningLevel"), "Relaxed");
  });

  test("writes nothing where nothing was changed", async (t) => {
    const { host, auth, resource } = await applied(t, { service: { basic: false } });
    await resource.destroy(auth);
    assert.deepEqual(host.journal.writes(), []);
  });

  test("with onDelete leave it does not even ask the host", async (t) => {
    const { host, auth, resource } = await applied(t, { service: { basic: true }, onDelete: "leave" });
    await resource.destroy(auth);
    assert.equal(host.journal.length, 0);
    assert.equal(host.config.get("service/auth/Basic"), "true");
  });

  test("a leaf that somebody changed since stays, with a warning; the others are put back", async (t) => {
    const args = { service: { basic: true, cbtHardeningLevel: "Strict" } };
    const { host, auth, resource, warnings } = await applied(t, args);
    host.config.set("service/auth/CbtHardeningLevel", "None");
    await resource.destroy(auth);
    assert.deepEqual(writesTo(host), [{ "service/auth/Basic": "false" }]);
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0]!, /^service\.cbtHardeningLevel: .*\bNone\b.*\[WINRM_E_DRIFT\]$/);
  });

  test("a refresh that saw the drift does not make destroy overwrite it", async (t) => {
    const { host, auth, resource } = await applied(t, { service: { cbtHardeningLevel: "Strict" } });
    host.config.set("service/auth/CbtHardeningLevel", "None");
    await resource.refresh(auth);
    await resource.destroy(auth);
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a leaf that a policy owns by now stays, with a warning", async (t) => {
    const { host, auth, resource, warnings } = await applied(t, { service: { basic: true, certificate: true } });
    host.policy.set("service/auth/Basic", true);
    await resource.destroy(auth);
    assert.deepEqual(writesTo(host), [{ "service/auth/Certificate": "false" }]);
    assert.match(
      warnings().join("\n"),
      /^service\.basic: stays true on .*: Group Policy owns it \[WINRM_E_POLICY_CONFLICT\]$/,
    );
  });

  test("a prior value that would lock out the operator is not put back, with a warning", async (t) => {
    const host = await startHost(t, {
      config: { "service/auth/Basic": true, "service/AllowUnencrypted": true, "service/auth/Negotiate": false },
    });
    const { auth, warnings } = startProcess(t);
    const resource = new DeployedResource("a");
    const connection = connectionTo(host);
    const basic = { ...connection, allowUnencrypted: true, auth: { ...connection.auth, method: "basic" as const } };
    const service = { negotiate: true, certificate: true };
    await resource.up(auth, { connection: basic, service });
    await resource.up(auth, { connection, service });
    host.journal.clear();
    await resource.destroy(auth);
    assert.deepEqual(writesTo(host), [{ "service/auth/Certificate": "false" }]);
    assert.match(warnings().join("\n"), /^service\.negotiate: .*\[WINRM_E_LOCKOUT\]/m);
  });

  test("of two prior values that only together lock everybody out, one is put back", async (t) => {
    const off = { "service/auth/Kerberos": false, "service/auth/Negotiate": false };
    const open = { "service/auth/Basic": true, "service/AllowUnencrypted": true };
    const host = await startHost(t, { config: { ...off, ...open } });
    const { auth } = startProcess(t);
    const resource = new DeployedResource("a");
    const connection = connectionTo(host);
    const basic = { ...connection, allowUnencrypted: true, auth: { ...connection.auth, method: "basic" as const } };
    await resource.up(auth, { connection: basic, service: { kerberos: true, negotiate: true } });
    await resource.destroy(auth);
    assert.equal(host.config.get("service/auth/Kerberos"), "false");
    assert.equal(host.config.get("service/auth/Negotiate"), "true");
  });

  test("with acceptLockout even that is put back", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Negotiate": false, "service/auth/Basic": true } });
    const { auth } = startProcess(t);
    host.config.set("service/auth/Negotiate", true);
    const resource = new DeployedResource("a");
    const args = { connection: connectionTo(host), service: { negotiate: true }, acceptLockout: true, confirm: false };
    await resource.up(auth, args);
    resource.outputs = { ...resource.outputs, priorValues: { service: { negotiate: false }, client: {} } };
    await resource.destroy(auth);
    assert.equal(host.config.get("service/auth/Negotiate"), "false");
  });

  test("state that was only read is nothing to put back", async (t) => {
    const { host, auth, resource } = await applied(t, { service: { basic: true } });
    Object.assign(resource.outputs, { priorValues: { service: {}, client: {} }, appliedValues: {} });
    await resource.destroy(auth);
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a host that cannot be reached fails the destroy, in one line and with the resource kept", async (t) => {
    const { host, auth, resource } = await applied(t, { service: { basic: true } });
    await stopForGood(t, host);
    await assert.rejects(resource.destroy(auth), (error: Error) => {
      assert.match(error.message, /WINRM_E_CONNECTION_(?:REFUSED|LOST)/);
      assert.match(`${error}: ${error.stack ?? ""}`, /^winrm:AuthConfig delete: .*$/);
      return true;
    });
    assert.notEqual(resource.id, undefined);
  });
});
