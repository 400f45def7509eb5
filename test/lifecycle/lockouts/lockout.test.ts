/** What a wrong password of a program costs the account, where the host locks accounts. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { SYSTEM_POLICIES_KEY } from "../../../simulator";
import { DeployedResource } from "../../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess } from "../../support/processes/recorded-process";

const METHODS = {
  basic: { transport: "https", auth: { method: "basic" } },
  ntlm: { transport: "http", auth: { method: "ntlm" } },
  "ntlm over https": { transport: "https", auth: { method: "ntlm" } },
  negotiate: { transport: "http", auth: { method: "negotiate" } },
} as const;

suite("A wrong password in a program with many resources", () => {
  for (const [title, { transport, auth }] of Object.entries(METHODS)) {
    test(`is one failed logon at the host with ${title}, also when it is tried again in the same run`, async (t) => {
      const host = await startHost(t, {
        https: true,
        config: { "service/auth/Basic": true },
        lockout: { threshold: 2, durationMs: 0 },
      });
      const { auth: authConfig, hosts, filter } = startProcess(t);
      const connection = (password: string) =>
        connectionTo(host, {
          transport,
          port: transport === "http" ? host.http!.port : host.https!.port,
          tls: { ca: host.https!.certificatePem },
          auth: { ...auth, username: `${host.name}\\${ADMIN.name}`, password },
        });
      const wrong = connection("Wrong-But-Long-5521");
      const up = () => [
        new DeployedResource("a").up(authConfig, { connection: wrong, service: { kerberos: true } }),
        new DeployedResource("b").up(hosts, { connection: wrong, entries: ["x"] }),
        new DeployedResource("c").up(filter, { connection: wrong, localAccountTokenFilterPolicy: 1 }),
      ];
      const outcomes = [...(await Promise.allSettled([...up(), ...up()])), ...(await Promise.allSettled(up()))];
      const codes = outcomes.map(
        (one) => /\[(WINRM_E_LOGON_\w+)\]/.exec(((one as PromiseRejectedResult).reason as Error).message)?.[1],
      );
      assert.equal(codes.filter((code) => code === "WINRM_E_LOGON_DENIED").length, 1);
      assert.equal(codes.filter((code) => code === "WINRM_E_LOGON_SUPPRESSED").length, codes.length - 1);
      assert.equal(host.journal.logonFailures().length, 1);
      assert.equal(host.accounts.isLocked(ADMIN.name), false);

      const right = new DeployedResource("c");
      const args = { connection: connection(ADMIN.password), localAccountTokenFilterPolicy: 1 };
      await right.up(filter, args);
      assert.equal(right.outputs["effectiveValue"], 1);
      assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy"), 1);
    });
  }

  test("a locked account is refused like a wrong password, and the error names locking among the causes", async (t) => {
    const host = await startHost(t, { lockout: { threshold: 1, durationMs: 0 } });
    const { hosts } = startProcess(t);
    const args = (password: string) => ({
      connection: connectionTo(host, { auth: { method: "ntlm", username: `WEB01\\${ADMIN.name}`, password } }),
      entries: ["x"],
    });
    await assert.rejects(new DeployedResource("a").up(hosts, args("Wrong-But-Long-5521")));
    assert.equal(host.accounts.isLocked(ADMIN.name), true);
    await assert.rejects(new DeployedResource("a").up(hosts, args(ADMIN.password)), {
      message: /\[WINRM_E_LOGON_DENIED\].*locked/s,
    });
    assert.deepEqual(
      host.journal.logonFailures().map(({ refusal }) => refusal),
      ["wrong-password", "locked"],
    );
    host.accounts.unlock(ADMIN.name);
    await new DeployedResource("b").up(startProcess(t).hosts, args(ADMIN.password));
  });
});
