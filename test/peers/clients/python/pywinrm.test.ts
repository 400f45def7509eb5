/** pywinrm, the WinRM client under Ansible, against the simulated host. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../../simulator";
import { getMessage, putServiceAuth } from "../messages";
import { pywinrm, skipWithoutPywinrm, temporaryFolder } from "../peer";

const skip = skipWithoutPywinrm();
/** Beyond ASCII for NTLM only: pywinrm writes Basic in ISO 8859-1, and RFC 7617 leaves the charset to the two ends. */
const ACCOUNT = { username: "Administrator", password: "pässwörd-2031!" } as const;

const BASIC = { username: "ops", password: "Winter-2031!" } as const;

async function start(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const accounts = [ACCOUNT, BASIC].map(({ username, password }) => ({ name: username, password }));
  const host = await SimulatedHost.start({ accounts, ...options });
  t.after(() => host.stop());
  return host;
}

function certificateFile(t: TestContext, host: SimulatedHost): string {
  const file = join(temporaryFolder(t), "host.pem");
  writeFileSync(file, host.https!.certificatePem);
  return file;
}

suite("pywinrm", { skip }, () => {
  test("reads and writes with NTLM over http, every message sealed", async (t) => {
    const host = await start(t);
    const job = { endpoint: host.http!.url, transport: "ntlm", encryption: "always", ...ACCOUNT } as const;
    const messages = [getMessage(), putServiceAuth("Certificate", "true"), getMessage("/service/auth")];
    const [whole, put, part] = await pywinrm(t, { ...job, messages });
    assert.match(whole!.xml, /<cfg:Config .*<cfg:MaxEnvelopeSizekb>500</);
    assert.match(put!.xml, /transfer\/PutResponse<.*<cfg:Certificate>true</);
    assert.match(part!.xml, /<cfg:Auth xmlns:cfg="[^"]*\/service\/auth">.*<cfg:Certificate>true</);
    assert.equal(host.config.get("service/auth/Certificate"), "true");
    assert.deepEqual(
      host.journal.requests().map(({ sealed, auth, account, connection }) => [sealed, auth, account, connection]),
      // Its first request has no credentials, and the 401 to that ends a connection (K1).
      Array(3).fill([true, "NTLM", ACCOUNT.username, 2]),
    );
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("unseals a fault and goes on with the session", async (t) => {
    const host = await start(t, { policy: { "service/auth/Basic": false } });
    const job = { endpoint: host.http!.url, transport: "ntlm", encryption: "always", ...ACCOUNT } as const;
    const messages = [putServiceAuth("Basic", "true"), getMessage("/service/auth")];
    const [refused, after] = await pywinrm(t, { ...job, messages });
    assert.deepEqual([refused!.error, refused!.code], ["WinRMTransportError", 500]);
    assert.match(refused!.xml, /Code="2150858890"/);
    assert.match(after!.xml, /<cfg:Basic Source="GPO">false</);
  });

  test("is counted once when its NTLM password is wrong", async (t) => {
    const host = await start(t);
    const job = { endpoint: host.http!.url, transport: "ntlm", encryption: "always", ...ACCOUNT } as const;
    const [answer] = await pywinrm(t, { ...job, password: "wrong", messages: [getMessage()] });
    assert.equal(answer!.code, 401);
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, auth }) => [account, auth]),
      [[ACCOUNT.username, "NTLM"]],
    );
    assert.equal(host.journal.requests().length, 0);
  });

  test("sends the right channel binding over https, so that Strict lets it in", async (t) => {
    const host = await start(t, { https: true, config: { "service/auth/CbtHardeningLevel": "Strict" } });
    const job = { endpoint: host.https!.url, transport: "ntlm", ca: certificateFile(t, host), ...ACCOUNT } as const;
    const [answer] = await pywinrm(t, { ...job, messages: [getMessage("/service/auth")] });
    assert.match(answer!.xml, /<cfg:CbtHardeningLevel>Strict</);
  });

  test("logs on with Basic over https, checks the certificate, and is refused when Basic is switched off", async (t) => {
    const host = await start(t, { http: false, https: true, config: { "service/auth/Basic": true } });
    const job = { endpoint: host.https!.url, transport: "basic", ...BASIC } as const;
    const messages = [getMessage(), putServiceAuth("Basic", "false"), getMessage()];
    const [untrusted] = await pywinrm(t, { ...job, messages });
    assert.deepEqual([untrusted!.error, untrusted!.code], ["SSLError", null]);
    const [whole, put, refused] = await pywinrm(t, { ...job, ca: certificateFile(t, host), messages });
    assert.match(whole!.xml, /<cfg:Config /);
    assert.match(put!.xml, /<cfg:Basic>false</);
    assert.equal(refused!.code, 401);
    assert.equal(host.config.get("service/auth/Basic"), "false");
    assert.equal(host.journal.logonFailures().length, 0);
    host.config.set("service/auth/Basic", true);
    const [ignoring] = await pywinrm(t, { ...job, validation: "ignore", messages: [getMessage()] });
    assert.match(ignoring!.xml, /<cfg:Config /);
  });

  test("is refused without encryption over http, and let in where AllowUnencrypted is on", async (t) => {
    const host = await start(t);
    const job = { endpoint: host.http!.url, transport: "ntlm", encryption: "never", ...ACCOUNT } as const;
    const [refused] = await pywinrm(t, { ...job, messages: [getMessage()] });
    assert.deepEqual([refused!.error, refused!.code, refused!.xml], ["WinRMTransportError", 500, ""]);
    host.config.set("service/AllowUnencrypted", true);
    const [answer] = await pywinrm(t, { ...job, messages: [getMessage()] });
    assert.match(answer!.xml, /<cfg:Config /);
  });
});
