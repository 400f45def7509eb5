/** Lockouts that only the whole run shows: several connections to one host in one provider process. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions } from "../../../simulator";
import { DeployedResource } from "../../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess } from "../../support/processes/recorded-process";

const LOCKOUT = { message: /\[WINRM_E_LOCKOUT\]/ };

async function setUp(t: TestContext, options: HostOptions = {}) {
  const host = await startHost(t, { https: true, config: { "service/auth/Basic": true }, ...options });
  const { auth, warnings } = startProcess(t);
  const tls = { ca: host.https!.certificatePem };
  const over = { transport: "https", port: host.https!.port, tls } as const;
  const credential = { username: `${host.name}\\${ADMIN.name}`, password: ADMIN.password };
  const basic = connectionTo(host, { ...over, auth: { method: "basic", ...credential } });
  const ntlmHttps = connectionTo(host, over);
  const ntlmByName = { ...ntlmHttps, host: "localhost" };
  return { host, auth, warnings, basic, ntlmHttp: connectionTo(host), ntlmHttps, ntlmByName };
}

suite("L3: two connections of one run to one host", () => {
  for (const way of ["ntlmHttps", "ntlmHttp", "ntlmByName"] as const) {
    for (const first of ["basic", "ntlm"] as const) {
      test(`${way}: neither takes the method of the other, whichever is applied first (${first})`, async (t) => {
        const { host, auth, basic, [way]: ntlm } = await setUp(t);
        const steps = {
          basic: { connection: basic, service: { negotiate: false } },
          ntlm: { connection: ntlm, service: { basic: false } },
        };
        const resources = { basic: new DeployedResource("b"), ntlm: new DeployedResource("n") };
        // The engine checks both before it applies the first.
        for (const name of ["basic", "ntlm"] as const) await resources[name].check(auth, steps[name]);
        const order = first === "basic" ? (["basic", "ntlm"] as const) : (["ntlm", "basic"] as const);
        for (const name of order) await assert.rejects(resources[name].up(auth, steps[name]), LOCKOUT);
        assert.deepEqual(host.journal.writes(), []);
      });
    }
  }

  test("a member of a domain keeps Negotiate for the connection that needs it, although it has Kerberos", async (t) => {
    const { auth, basic, ntlmHttps } = await setUp(t, { domain: { name: "CORP" }, quickConfig: true });
    await new DeployedResource("n").check(auth, { connection: ntlmHttps, client: { digest: false } });
    const wanted = { connection: basic, service: { negotiate: false } };
    await assert.rejects(new DeployedResource("b").up(auth, wanted), LOCKOUT);
  });

  test("the other host of a port forward is no way in to this one", async (t) => {
    const { auth, ntlmHttps } = await setUp(t, { domain: { name: "CORP" }, quickConfig: true });
    const other = await setUp(t, { name: "WEB02" });
    await new DeployedResource("o").check(auth, { connection: other.basic, client: { digest: false } });
    await new DeployedResource("n").up(auth, { connection: ntlmHttps, service: { basic: false } });
  });
});

suite("L6: destroy with acceptLockout", () => {
  test("obeys, and names the hazard", async (t) => {
    const { host, auth, ntlmHttp, warnings } = await setUp(t);
    const resource = new DeployedResource("a");
    await resource.up(auth, {
      connection: ntlmHttp,
      service: { negotiate: true },
      acceptLockout: true,
      confirm: false,
    });
    resource.outputs = { ...resource.outputs, priorValues: { service: { negotiate: false }, client: {} } };
    await resource.destroy(auth).catch(() => undefined);
    assert.equal(host.config.get("service/auth/Negotiate"), "false");
    assert.match(warnings().join(), /service\.negotiate: .*\[WINRM_E_LOCKOUT\]/);
  });
});
