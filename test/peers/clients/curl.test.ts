/** curl against the simulated host. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { skipWithoutGssNtlm } from "../ntlm/installed";
import { getMessage } from "./messages";
import { curl, curlHas, skipWithoutCurl, temporaryFolder } from "./peer";

const skip = skipWithoutCurl();
const without = (feature: string): string | false =>
  skip !== false ? skip : curlHas(feature) ? false : `this curl is built without ${feature}`;
const PASSWORD = "Winter-2031!";
const USER = `user = "Administrator:${PASSWORD}"`;

/** curl takes NTLM under Negotiate from gss-ntlmssp, which reads accounts from a file. */
const withoutNtlmssp = without("SPNEGO") === false ? skipWithoutGssNtlm() : without("SPNEGO");

function negotiate(t: TestContext, password: string): { config: string[]; env: NodeJS.ProcessEnv } {
  const folder = temporaryFolder(t);
  const credentials = join(folder, "ntlm");
  writeFileSync(credentials, `WEB01:Administrator:${password}\n`, { mode: 0o600 });
  const env = { NTLM_USER_FILE: credentials, KRB5CCNAME: `FILE:${join(folder, "no-tickets")}` };
  return { config: ["negotiate", "insecure", 'user = ":"'], env };
}

async function start(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [{ name: "Administrator", password: PASSWORD }], ...options });
  t.after(() => host.stop());
  return host;
}

suite("curl", { skip }, () => {
  test("reads with Basic over https, with the host's certificate as its authority, until Basic is off", async (t) => {
    const host = await start(t, { https: true, config: { "service/auth/Basic": true } });
    const ca = join(temporaryFolder(t), "host.pem");
    writeFileSync(ca, host.https!.certificatePem);
    const request = { url: host.https!.url, body: getMessage(), config: ["basic", USER, `cacert = "${ca}"`] };
    const answer = await curl(t, request);
    assert.equal(answer.status, 200);
    assert.match(answer.body, /<cfg:Config xmlns:cfg="[^"]+"><cfg:MaxEnvelopeSizekb>/);
    host.config.set("service/auth/Basic", false);
    assert.deepEqual(await curl(t, request), { status: 401, body: "" });
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("is refused over plain http with an empty 500, although the password is right", async (t) => {
    const host = await start(t, { config: { "service/auth/Basic": true } });
    const answer = await curl(t, { url: host.http!.url, body: getMessage(), config: ["basic", USER] });
    assert.deepEqual(answer, { status: 500, body: "" });
  });

  test("is refused when it sends NTLM under the scheme NTLM, as on Windows", { skip: without("NTLM") }, async (t) => {
    const host = await start(t);
    const answer = await curl(t, { url: host.http!.url, body: getMessage(), config: ["ntlm", USER] });
    assert.deepEqual(answer, { status: 401, body: "" });
    assert.deepEqual(
      host.journal.entries().map(({ refusal, logonFailure }) => [refusal, logonFailure]),
      [["the scheme is not supported", false]],
    );
  });

  test("reads over https with NTLM wrapped in SPNEGO, logged on once", { skip: withoutNtlmssp }, async (t) => {
    const host = await start(t, { https: true });
    const request = { url: host.https!.url, body: getMessage("/service/auth"), ...negotiate(t, PASSWORD) };
    const answer = await curl(t, request);
    assert.equal(answer.status, 200);
    assert.match(answer.body, /<cfg:Negotiate>true</);
    assert.deepEqual(
      host.journal.requests().map(({ auth, account, sealed, status }) => [auth, account, sealed, status]),
      [["NTLM", "Administrator", false, 200]],
    );
    assert.deepEqual(new Set(host.journal.entries().map(({ connection }) => connection)), new Set([1]));
  });

  test("is counted once when its NTLM password in SPNEGO is wrong", { skip: withoutNtlmssp }, async (t) => {
    const host = await start(t, { https: true });
    const answer = await curl(t, { url: host.https!.url, body: getMessage(), ...negotiate(t, "wrong") });
    assert.deepEqual(answer, { status: 401, body: "" });
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, auth }) => [account, auth]),
      [["Administrator", "NTLM"]],
    );
    assert.equal(host.journal.requests().length, 0);
  });

  test("sends 300 kilobytes after Expect: 100-continue, and is told 413 above the limit", async (t) => {
    const host = await start(t, { https: true, config: { "service/auth/Basic": true } });
    const config = ["basic", USER, "insecure", 'header = "Expect: 100-continue"'];
    const body = getMessage("/winrs") + " ".repeat(300_000);
    const answer = await curl(t, { url: host.https!.url, body, config });
    assert.equal(answer.status, 200);
    const large = await curl(t, { url: host.https!.url, body: body + " ".repeat(300_000), config });
    assert.deepEqual(large, { status: 413, body: "" });
  });
});
