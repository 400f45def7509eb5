/** curl against the simulated host. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { authority, clientCertificate, thumbprint } from "../../support/hosts/client-certificates";
import { DeployedResource } from "../../support/processes/provider-calls";
import { ADMIN, connectionTo, startProcess } from "../../support/processes/recorded-process";
import { skipWithoutGssNtlm } from "../ntlm/installed";
import { gssNtlm } from "./gss-ntlm";
import { getMessage } from "./messages";
import { curl, type CurlAnswer, skipWithoutCurl, skipWithoutCurlFor, temporaryFolder } from "./peer";

const skip = skipWithoutCurl();
const PASSWORD = "Winter-2031!";
const USER = `user = "Administrator:${PASSWORD}"`;

/** curl takes NTLM under Negotiate from gss-ntlmssp, which reads accounts from a file. */
const withoutNtlmssp = skipWithoutCurlFor("SPNEGO") || skipWithoutGssNtlm();

function negotiate(t: TestContext, password: string): { config: string[]; env: NodeJS.ProcessEnv } {
  const env = gssNtlm(t, `WEB01:Administrator:${password}`);
  return { config: ["negotiate", "insecure", 'user = ":"'], env };
}

async function startHost(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [{ name: "Administrator", password: PASSWORD }], ...options });
  t.after(() => host.stop());
  return host;
}

suite("curl", { skip }, () => {
  test("reads with Basic over https, with the host's certificate as its authority, until Basic is off", async (t) => {
    const host = await startHost(t, { https: true, config: { "service/auth/Basic": true } });
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
    const host = await startHost(t, { config: { "service/auth/Basic": true } });
    const answer = await curl(t, { url: host.http!.url, body: getMessage(), config: ["basic", USER] });
    assert.deepEqual(answer, { status: 500, body: "" });
  });

  test("is refused when it sends NTLM under the scheme NTLM, as on Windows", {
    skip: skipWithoutCurlFor("NTLM"),
  }, async (t) => {
    const host = await startHost(t);
    const answer = await curl(t, { url: host.http!.url, body: getMessage(), config: ["ntlm", USER] });
    assert.deepEqual(answer, { status: 401, body: "" });
    assert.deepEqual(
      host.journal.entries().map(({ refusal, logonFailure }) => [refusal !== undefined, logonFailure]),
      [[true, false]],
    );
  });

  test("reads over https with NTLM wrapped in SPNEGO, logged on once", { skip: withoutNtlmssp }, async (t) => {
    const host = await startHost(t, { https: true });
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
    const host = await startHost(t, { https: true });
    const answer = await curl(t, { url: host.https!.url, body: getMessage(), ...negotiate(t, "wrong") });
    assert.deepEqual(answer, { status: 401, body: "" });
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, auth }) => [account, auth]),
      [["Administrator", "NTLM"]],
    );
    assert.equal(host.journal.requests().length, 0);
  });

  test("sends 300 kilobytes after Expect: 100-continue, and is told 413 above the limit", async (t) => {
    const host = await startHost(t, { https: true, config: { "service/auth/Basic": true } });
    const config = ["basic", USER, "insecure", 'header = "Expect: 100-continue"'];
    const body = getMessage("/winrs") + " ".repeat(300_000);
    const answer = await curl(t, { url: host.https!.url, body, config });
    assert.equal(answer.status, 200);
    const large = await curl(t, { url: host.https!.url, body: body + " ".repeat(300_000), config });
    assert.deepEqual(large, { status: 413, body: "" });
  });
});

suite("curl with a client certificate", { skip }, () => {
  const ca = authority();
  const { certPem, keyPem } = clientCertificate({ upn: "svc-deploy@localhost" }, ca);
  const mapping = { subject: "svc-deploy@localhost", issuer: thumbprint(ca.certPem) };
  const account = { name: "svc-deploy", password: PASSWORD };

  function start(t: TestContext, clientCertificates: "on-demand" | "handshake"): Promise<SimulatedHost> {
    return startHost(t, {
      accounts: [account],
      https: { clientCertificates },
      config: { "service/auth/Certificate": true },
      certificates: { authorities: [ca.certPem] },
      certMappings: [{ ...mapping, userName: account.name, password: PASSWORD }],
    });
  }

  function get(t: TestContext, host: SimulatedHost, tls: "1.2" | "1.3"): Promise<CurlAnswer> {
    const folder = temporaryFolder(t);
    const files = { "host.pem": host.https!.certificatePem, "client.pem": certPem, "client.key": keyPem };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    const config = [
      `cacert = "${join(folder, "host.pem")}"`,
      `cert = "${join(folder, "client.pem")}"`,
      `key = "${join(folder, "client.key")}"`,
      `tls-max = "${tls}"`,
      'header = "Authorization: http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"',
    ];
    return curl(t, { url: host.https!.url, body: getMessage("/service/auth"), config });
  }

  test("is let in under TLS 1.2, where the host asks within the connection, until its mapping is disabled", async (t) => {
    const host = await start(t, "on-demand");
    const answer = await get(t, host, "1.2");
    assert.equal(answer.status, 200);
    assert.match(answer.body, /<cfg:Certificate>true</);
    host.certMappings.change(mapping, { enabled: false });
    assert.deepEqual(await get(t, host, "1.2"), { status: 401, body: "" });
    assert.deepEqual(
      host.journal.entries().map(({ auth, account: who, refusal }) => [auth, who, refusal !== undefined]),
      [
        ["Certificate", "svc-deploy", false],
        ["Certificate", "svc-deploy", true],
      ],
    );
  });

  test("is let in by a mapping that CertMapping wrote, and no longer after destroy", async (t) => {
    const host = await startHost(t, {
      accounts: [account, ADMIN],
      https: true,
      config: { "service/auth/Certificate": true },
      certificates: { authorities: [ca.certPem] },
    });
    const { mappings } = startProcess(t);
    const resource = new DeployedResource("m", `exports.handler=()=>require("pulumi-winrm/runtime").CertMapping;`);
    assert.equal((await get(t, host, "1.2")).status, 401);
    await resource.up(mappings, {
      connection: connectionTo(host),
      clientCertificatePem: certPem,
      issuerCertificatePem: ca.certPem,
      userName: account.name,
      password: account.password,
    });
    assert.equal((await get(t, host, "1.2")).status, 200);
    assert.equal(host.journal.at(-1)?.account, account.name);
    await resource.destroy(mappings);
    assert.equal((await get(t, host, "1.2")).status, 401);
  });

  test("is let in under TLS 1.3 only by a host that asks in the handshake", async (t) => {
    await assert.rejects(get(t, await start(t, "on-demand"), "1.3"), /curl ended with/);
    assert.equal((await get(t, await start(t, "handshake"), "1.3")).status, 200);
  });
});
