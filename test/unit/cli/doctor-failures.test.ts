/** `pulumi-winrm doctor` where something is wrong: each step fails in its own words, and what depends on it is not tried. */
import assert from "node:assert/strict";
import { type TestContext, suite, test } from "node:test";
import { asn1, pkcs12, pki } from "node-forge";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { certificateFor, withUnreadableEnd } from "../../support/hosts/certificates";
import { authority, clientCertificate, thumbprint } from "../../support/hosts/client-certificates";
import { startConnectProxy } from "../../support/hosts/connect-proxy";
import {
  type DoctorReport,
  type DoctorStep,
  filesFor,
  reportOf,
  runDoctor,
  shown,
  stepOf,
  verdictsOf,
} from "../../support/processes/doctor";
import { startHttp, startRaw } from "../../support/hosts/hostile-server";
import { vacantPort } from "../../support/hosts/ports";
import { assertWording } from "../../support/pages/golden";

const LIMIT = { timeout: 120_000 } as const;
const PASSWORD = "Doctor-Password-1";
const ADMINISTRATOR = { name: "ops", password: PASSWORD };
const AFTER_TLS = "offers skipped, method skipped, logon skipped, rights skipped, config skipped, clock skipped";

async function hostFor(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [ADMINISTRATOR], https: true, ...options });
  t.after(() => host.stop());
  return host;
}

type Env = Readonly<Record<string, string>>;

/** With the password in the environment, unless the test has another. */
async function examined(words: readonly string[], env: Env = {}): Promise<DoctorReport & { readonly code: number }> {
  const args = ["--username", "ops", "--password-env", "DOCTOR_PASSWORD", "--json"];
  const result = await runDoctor([...words, ...args], { DOCTOR_PASSWORD: PASSWORD, ...env });
  return { ...reportOf(result), code: result.code };
}

function http(port: number | undefined): string[] {
  return ["127.0.0.1", "--transport", "http", "--port", String(port)];
}

function https(port: number | undefined): string[] {
  return ["127.0.0.1", "--port", String(port)];
}

function failed(report: DoctorReport): DoctorStep {
  assert.equal(report.ok, false);
  const [step, ...others] = report.steps.filter(({ verdict }) => verdict === "failed");
  assert.ok(step !== undefined && others.length === 0, verdictsOf(report));
  return step;
}

suite("doctor on the way to a host", LIMIT, () => {
  test("a name that nobody knows fails at the name", async (t) => {
    const report = await examined(["web01.invalid"]);
    assert.equal(verdictsOf(report), `name failed, tcp skipped, tls skipped, ${AFTER_TLS}`);
    assert.match(failed(report).detail, /web01\.invalid .*\[WINRM_E_DNS\]$/);
    assertWording(t, shown(report));
    assert.equal(report.code, 1);
  });

  test("a port where nothing listens fails at TCP, over both transports", async (t) => {
    const port = await vacantPort(t);
    const overHttps = await examined(https(port));
    assert.equal(verdictsOf(overHttps), `name ok, tcp failed, tls skipped, ${AFTER_TLS}`);
    const overHttp = await examined(http(port));
    assert.equal(verdictsOf(overHttp), `name ok, tcp failed, ${AFTER_TLS}`);
    for (const report of [overHttps, overHttp]) assert.match(failed(report).detail, /\[WINRM_E_CONNECTION_REFUSED\]$/);
  });

  test("a port that does not speak TLS fails at TLS, and has no certificate to show", async (t) => {
    const host = await hostFor(t);
    const report = await examined(https(host.http?.port));
    const { name, detail, facts } = failed(report);
    assert.equal(name, "tls");
    assert.match(detail, /\[WINRM_E_TLS\]$/);
    assert.deepEqual(facts, {});
    assertWording(t, shown(report));
  });

  test("a server that is no WinRM service fails at what it offers: a banner, a web page", async (t) => {
    const banner = await startRaw(t, (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"));
    const mail = await examined(http(banner.port));
    assert.equal(failed(mail).name, "offers");
    assert.match(failed(mail).detail, /\[WINRM_E_NOT_WINRM\]$/);
    const page = await startHttp(t, ({ response }) => response.writeHead(404, { server: "nginx" }).end("<html>"));
    const web = await examined(http(page.port));
    assert.equal(
      verdictsOf(web),
      "name ok, tcp ok, offers failed, method skipped, logon skipped, rights skipped, config skipped, clock ok",
    );
    assertWording(t, shown(mail), shown(web));
    assert.equal(page.requests(), 1);
  });

  test("A6, A8: goes on where a host gives strangers no response at all, and names one that is no Windows", async (t) => {
    const omi =
      '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>' +
      '<i:IdentifyResponse xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">' +
      "<i:ProductVendor>Open Management&#x202e; Infrastructure</i:ProductVendor></i:IdentifyResponse></s:Body></s:Envelope>";
    const server = await startHttp(t, ({ request, response }) => {
      if (request.headers.authorization === undefined) request.socket.destroy();
      else response.writeHead(200, { "Content-Type": "application/soap+xml" }).end(omi);
    });
    const report = await examined([...http(server.port), "--method", "basic", "--allow-unencrypted"]);
    assert.equal(stepOf(report, "offers").verdict, "warning");
    assert.equal(stepOf(report, "method").verdict, "ok");
    // A6: and says who it is, where it is no Windows.
    assert.equal(stepOf(report, "logon").verdict, "warning");
    assert.match(stepOf(report, "logon").detail, /Open Management {1,2}Infrastructure/);
  });

  test("opens one connection to look at a host, and one to log in", async (t) => {
    const { http } = await hostFor(t);
    const proxy = await startConnectProxy(t, () => http?.port);
    const words = ["web01.test", "--transport", "http", "--port", "5985", "--proxy", `http://127.0.0.1:${proxy.port}`];
    const report = await examined(words, { WINRM_TRUSTED_HOSTS: "web01.test" });
    assert.equal(report.ok, true);
    assert.equal(proxy.asked.length, 2);
  });
});

suite("doctor and a certificate that is not taken", LIMIT, () => {
  const certificates = {
    expired: certificateFor(["127.0.0.1"], { days: [-30, -2] }),
    other: certificateFor(["web02.test"]),
    soon: certificateFor(["127.0.0.1"], { days: [-1, 7] }),
    unreadable: withUnreadableEnd(certificateFor(["127.0.0.1"])),
  };

  test("shows one that nobody vouches for, with its fingerprint, and logs in nowhere", async (t) => {
    const host = await hostFor(t);
    const report = await examined(https(host.https?.port));
    assert.equal(verdictsOf(report), `name ok, tcp ok, tls failed, ${AFTER_TLS}`);
    const { detail, facts } = failed(report);
    assert.match(detail, /\[WINRM_E_TLS_UNTRUSTED\]$/);
    assert.ok(facts["pin"]?.includes(host.https!.fingerprintSha256.replaceAll(":", "").toLowerCase()), facts["pin"]);
    assertWording(t, shown(report));
    assert.equal(host.journal.length, 0);
  });

  test("looks like this", async (t) => {
    const host = await hostFor(t);
    const { port } = host.https!;
    const words = [...https(port), "--username", "ops", "--password-env", "DOCTOR_PASSWORD"];
    const { stdout } = await runDoctor(words, { DOCTOR_PASSWORD: PASSWORD });
    assertWording(t, stdout);
  });

  test("shows one for another name, and the names that it is for", async (t) => {
    const host = await hostFor(t, { https: { certificate: certificates.other } });
    const ca = filesFor(t)("ca.pem", certificates.other.certPem);
    const report = await examined([...https(host.https?.port), "--ca", ca]);
    const { detail, facts, advice } = failed(report);
    assert.match(detail, /\[WINRM_E_TLS_NAME\]$/);
    assert.match(facts["name"] ?? "", /DNS:web02\.test.*127\.0\.0\.1/);
    assert.match(advice.join(), /--server-name \(tls\.serverName\)/);
    const named = await examined([...https(host.https?.port), "--ca", ca, "--server-name", "web02.test"]);
    assert.equal(named.ok, true, verdictsOf(named));
    assertWording(t, shown(report), shown(named));
  });

  test("shows one that is expired or whose end cannot be read, and warns of one that soon will be", async (t) => {
    const file = filesFor(t);
    const of = async (name: keyof typeof certificates) => {
      const host = await hostFor(t, { https: { certificate: certificates[name] } });
      return examined([...https(host.https?.port), "--ca", file(`${name}.pem`, certificates[name].certPem)]);
    };
    const expired = await of("expired");
    assert.match(failed(expired).detail, /\[WINRM_E_TLS_EXPIRED\]$/);
    assert.match(failed(expired).facts["chain"] ?? "", /\d{4}-\d\d-\d\d$/);
    const soon = await of("soon");
    assert.equal(soon.ok, true);
    assert.equal(stepOf(soon, "tls").verdict, "warning");
    const unreadable = await of("unreadable");
    assert.match(failed(unreadable).detail, /\[WINRM_E_TLS_UNTRUSTED\]$/);
    assert.doesNotMatch(shown(unreadable), /NaN|Invalid|Bad time/);
    assertWording(t, shown(expired), shown(soon), shown(unreadable));
  });

  test("shows one that is not the pinned one, beside the pin", async (t) => {
    const host = await hostFor(t);
    const report = await examined([...https(host.https?.port), "--pin", "AB".repeat(32)]);
    const { detail, facts, advice } = failed(report);
    assert.match(detail, /\[WINRM_E_TLS_PIN\]$/);
    assert.match(facts["pin"] ?? "", new RegExp(`^SHA-256 [0-9a-f]{64}.* ${"ab".repeat(32)}$`));
    assert.match(advice.join(), /--pin \(tls\.pinnedSha256\)/);
    assertWording(t, shown(report));
    assert.equal(host.journal.length, 0);
  });
});

suite("doctor through a proxy", LIMIT, () => {
  const SECRET = "Proxy-Secret-3";
  const trusted = { WINRM_TRUSTED_HOSTS: "web01.test" };
  const words = ["web01.test", "--transport", "http", "--port", "5985"];

  test("shows the proxy's own name, port and tunnel, and then the host", async (t) => {
    const certificate = certificateFor(["web01.test"], { days: [-1, 365] });
    const host = await hostFor(t, { https: { certificate } });
    const proxy = await startConnectProxy(t, () => host.https?.port);
    const ca = filesFor(t)("ca.pem", certificate.certPem);
    const report = await examined(["web01.test", "--ca", ca, "--proxy", `http://127.0.0.1:${proxy.port}`]);
    assert.equal(
      verdictsOf(report),
      "name ok, tcp ok, proxy ok, tls ok, offers ok, method ok, logon ok, rights ok, config ok, clock ok",
    );
    assert.equal(stepOf(report, "tls").facts["name"]?.split(",")[0], "DNS:web01.test");
    assertWording(t, shown(report));
    assert.equal(report.logon, `ntlm as ops over https through 127.0.0.1:${proxy.port}`);
  });

  test("tells a proxy that opens no tunnel from a proxy that is not there", async (t) => {
    const proxy = await startConnectProxy(t, () => "HTTP/1.1 403 Filtered\r\nContent-Length: 0\r\n\r\n");
    const forbidden = await examined([...words, "--proxy", `http://127.0.0.1:${proxy.port}`], trusted);
    assert.equal(verdictsOf(forbidden), `name ok, tcp ok, proxy failed, ${AFTER_TLS}`);
    assert.match(failed(forbidden).detail, /403.*\[WINRM_E_PROXY\]$/);
    assert.equal(proxy.asked.length, 1);
    const absent = await examined([...words, "--proxy", `http://127.0.0.1:${await vacantPort(t)}`], trusted);
    assert.equal(failed(absent).name, "tcp");
    assert.match(failed(absent).detail, /\[WINRM_E_PROXY\]$/);
    assertWording(t, shown(forbidden), shown(absent));
  });

  test("shows a proxy's password once to a proxy that refuses it, and to nobody else", async (t) => {
    const proxy = await startConnectProxy(
      t,
      () => "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    );
    const env = { ...trusted, PROXY: `http://runner:${SECRET}@127.0.0.1:${proxy.port}`, DOCTOR_PASSWORD: PASSWORD };
    const args = [...words, "--username", "ops", "--password-env", "DOCTOR_PASSWORD", "--proxy-env", "PROXY"];
    for (const form of [[], ["--json"]]) {
      const { code, stdout, stderr } = await runDoctor([...args, ...form], env);
      assert.equal(code, 1);
      assert.match(stdout, /\[WINRM_E_PROXY_AUTH\]/);
      assertHidden(stdout + stderr, SECRET, PASSWORD);
    }
    assert.equal(proxy.asked.length, 2);
  });
});

suite("doctor and a logon or a right that is refused", LIMIT, () => {
  test("shows a wrong password to the host once, and explains the refusal without repeating it", async (t) => {
    const wrong = "Wrong-Password-2";
    const host = await hostFor(t);
    const report = await examined(http(host.http?.port), { DOCTOR_PASSWORD: wrong });
    assert.equal(
      verdictsOf(report),
      "name ok, tcp ok, offers ok, method ok, logon failed, rights skipped, config skipped, clock ok",
    );
    const { detail, causes } = failed(report);
    assert.match(detail, /401.*\[WINRM_E_LOGON_DENIED\]$/);
    assert.match(causes[1] ?? "", /MACHINE\\ops/);
    assertWording(t, shown(report));
    assertHidden(JSON.stringify(report), wrong);
    assert.equal(host.journal.logonFailures().length, 1);
  });

  test("does not show a password to a host that does not offer the method", async (t) => {
    const host = await hostFor(t, { config: { "service/auth/Basic": false } });
    const { port, fingerprintSha256 } = host.https!;
    for (const method of ["basic", "digest"]) {
      const report = await examined([...https(port), "--pin", fingerprintSha256, "--method", method]);
      const step = failed(report);
      assert.deepEqual([step.name, stepOf(report, "logon").verdict], ["method", "skipped"]);
      assertWording(t, shown(report));
    }
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("tells a filtered administrator from a refused logon, and an account without rights from both", async (t) => {
    const user = { name: "ops", password: PASSWORD, administrator: false };
    const filtered = await hostFor(t, { quickConfig: false, filteredAdministrators: "access-denied" });
    const plain = await hostFor(t, { accounts: [user] });
    const steps = "name ok, tcp ok, offers ok, method ok, logon ok, rights failed, config skipped, clock ok";
    for (const host of [filtered, plain]) {
      const report = await examined(http(host.http?.port));
      assert.equal(verdictsOf(report), steps);
      const { detail, causes, advice } = failed(report);
      assert.match(detail, /\[WINRM_E_ACCESS_DENIED\]$/);
      assert.match(causes.join("\n"), /UAC[^]*Administrators/);
      assert.match(advice.join(), /LocalAccountTokenFilterPolicy/);
      assertWording(t, shown(report));
    }
    const refused = await hostFor(t, { quickConfig: false, filteredAdministrators: "unauthorized" });
    assert.equal(failed(await examined(http(refused.http?.port))).name, "logon");
  });

  test("warns of a host whose clock is more than five minutes away, also where it fails", async (t) => {
    const server = await startHttp(t, ({ response }) => {
      const date = new Date(Date.now() - 3_600_000).toUTCString();
      response.writeHead(401, { date, "www-authenticate": "Kerberos" }).end();
    });
    const report = await examined(http(server.port));
    assert.equal(failed(report).name, "method");
    const { verdict, detail } = stepOf(report, "clock");
    assert.equal(verdict, "warning");
    assert.match(detail, /^360\d s /);
    assertWording(t, shown(report).replace(/360\d s/, "3600 s"));
  });
});

test("doctor prints no secret, whether it gets in or not", LIMIT, async (t) => {
  const [passphrase, proxyPassword] = ["Pfx-Passphrase-4", "Proxy-Secret-5"];
  const ca = authority();
  const upn = "ops@localhost";
  const { certPem, keyPem } = clientCertificate({ upn }, ca);
  const host = await hostFor(t, {
    https: { certificate: certificateFor(["web01.test"]) },
    config: { "service/auth/Certificate": true, "service/auth/Basic": true },
    certificates: { authorities: [ca.certPem] },
    certMappings: [{ subject: upn, issuer: thumbprint(ca.certPem), userName: "ops", password: PASSWORD }],
  });
  const proxy = await startConnectProxy(t, () => host.https?.port);
  const asn = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(keyPem), pki.certificateFromPem(certPem), passphrase);
  const pfx = Buffer.from(asn1.toDer(asn).getBytes(), "binary");
  const key = keyPem.split("\n")[1] ?? "";
  const env = {
    DOCTOR_PASSWORD: PASSWORD,
    PASSPHRASE: passphrase,
    PROXY: `http://runner:${proxyPassword}@127.0.0.1:${proxy.port}`,
  };
  const file = filesFor(t);
  const common = ["web01.test", "--proxy-env", "PROXY", "--pin", host.https?.fingerprintSha256 ?? ""];
  const password = ["--username", "ops", "--password-env", "DOCTOR_PASSWORD"];
  const certificate = ["--pfx", file("ops.pfx", pfx), "--passphrase-env", "PASSPHRASE"];
  const forms = [
    [...common, ...password],
    [...common, ...password, "--method", "basic"],
    [...common, ...certificate],
    [...common, "--cert", file("ops.pem", certPem), "--key", file("ops.key", keyPem)],
  ];
  const seen: string[] = [];
  const run = async (code: number) => {
    for (const form of forms) {
      for (const look of [[], ["--json"]]) {
        const result = await runDoctor([...form, ...look], env);
        assert.equal(result.code, code, result.stdout + result.stderr);
        seen.push(result.stdout, result.stderr);
      }
    }
  };
  await run(0);
  host.accounts.setPassword("ops", "Another-Password-6");
  host.config.set("service/auth/Certificate", false);
  await run(1);
  assertHidden(seen.join("\n"), PASSWORD, passphrase, proxyPassword, key, pfx.toString("base64").slice(0, 40));
});

/** Neither as they are nor as Basic would send them. */
function assertHidden(text: string, ...secrets: readonly string[]): void {
  for (const secret of secrets) {
    assert.ok(!text.includes(secret), `${secret} is shown`);
    assert.ok(!text.includes(Buffer.from(secret).toString("base64")), `${secret} is shown in base64`);
  }
}
