/** `pulumi-winrm doctor` against hosts that let it in, by each method that needs no domain. */
import assert from "node:assert/strict";
import { type TestContext, suite, test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asn1, pkcs12, pki } from "node-forge";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { certificateFor } from "../../support/hosts/certificates";
import type { CommandResult } from "../../support/processes/command-line";
import { authority, clientCertificate, thumbprint } from "../../support/hosts/client-certificates";
import { filesFor, reportOf, runDoctor, shown, steadied, stepOf, verdictsOf } from "../../support/processes/doctor";
import { assertWording } from "../../support/pages/golden";

const PASSWORD = "Doctor-Password-1";

async function hostFor(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [{ name: "ops", password: PASSWORD }], https: true, ...options });
  t.after(() => host.stop());
  return host;
}

function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const words = ["127.0.0.1", "--username", "ops", "--password-env", "DOCTOR_PASSWORD", ...args];
  return runDoctor(words, { DOCTOR_PASSWORD: PASSWORD, ...env });
}

suite("pulumi-winrm doctor", () => {
  test("finds nothing wrong with a healthy host, logs in once and writes nothing", async (t) => {
    const host = await hostFor(t);
    const result = await doctor(["--transport", "http", "--port", String(host.http?.port), "--json"]);
    const report = reportOf(result);
    assert.equal(result.code, 0, result.stderr);
    const all = "name ok, tcp ok, offers ok, method ok, logon ok, rights ok, config ok, clock ok";
    assert.equal(verdictsOf(report), all);
    const { host: named, logon, ok, warnings } = report;
    const expected = { named: `127.0.0.1:${host.http?.port}`, logon: "ntlm as ops over http", ok: true, warnings: [] };
    assert.deepEqual({ named, logon, ok, warnings }, expected);
    assert.equal(
      host.journal.entries().filter(({ phase, status }) => phase === "handshake" && status === 200).length,
      1,
    );
    assert.deepEqual(host.journal.writes(), []);
  });

  test("gives each step of the JSON the same parts, and whole milliseconds", async (t) => {
    const host = await hostFor(t);
    const healthy = reportOf(await doctor(["--transport", "http", "--port", String(host.http?.port), "--json"]));
    const failing = reportOf(await doctor(["--port", String(host.https?.port), "--json"]));
    assert.ok(failing.steps.some(({ verdict }) => verdict === "skipped"));
    for (const step of [...healthy.steps, ...failing.steps]) {
      const { name, verdict, detail, ms, facts, causes, advice } = step;
      assert.deepEqual(step, { name, verdict, detail, ms, facts, causes, advice });
      assert.ok(Number.isInteger(ms) && ms >= 0, `${name}: ${ms}`);
      assert.ok(detail.length > 0);
      for (const text of [...Object.values(facts), ...causes, ...advice]) assert.equal(typeof text, "string");
      if (verdict === "skipped") assert.equal(ms, 0);
    }
  });

  test("looks like this where all is well", async (t) => {
    const host = await hostFor(t, { policy: { "service/auth/Basic": false } });
    const { port, certificatePem } = host.https!;
    const { code, stdout } = await doctor(["--port", String(port), "--ca", filesFor(t)("ca.pem", certificatePem)]);
    assertWording(t, stdout);
    assert.equal(code, 0);
  });

  test("looks as its page shows it", async (t) => {
    const certificate = certificateFor(["localhost"], { days: [-1, 365] });
    const host = await hostFor(t, { https: { certificate } });
    const { port } = host.https!;
    const args = ["--port", String(port), "--ca", filesFor(t)("ca.pem", certificate.certPem)];
    const words = ["localhost", "--username", "WEB01\\ops", "--password-env", "OPS_PASSWORD", ...args];
    const { stdout } = await runDoctor(words, { OPS_PASSWORD: PASSWORD });
    const page = readFileSync(join(projectRoot, "docs", "doctor.md"), "utf8");
    const sample = /```text\n(web01\.corp\.example\.com: .*?)```/s.exec(page)?.[1] ?? assert.fail("no sample");
    const here = sample
      .replace("web01.corp.example.com:", "localhost:5986:")
      .replaceAll("web01.corp.example.com", "localhost")
      .replace("192.0.2.17", "127.0.0.1")
      .replaceAll("5986", "PORT")
      .replace(
        "issued by CN=Corp CA, trusted through this machine's",
        "issued by itself (CN=localhost), trusted through the given",
      );
    // The system may know both addresses of localhost.
    assert.equal(steadied(stdout.replace(/::1, 127\.0\.0\.1|127\.0\.0\.1, ::1/, "127.0.0.1"), port), steadied(here));
  });

  test("looks the same in colours, once they are taken away again", async (t) => {
    const host = await hostFor(t, { policy: { "service/auth/Basic": false } });
    const { port, certificatePem } = host.https!;
    const args = ["--port", String(port), "--ca", filesFor(t)("ca.pem", certificatePem)];
    const { stdout } = await doctor(args, { FORCE_COLOR: "1" });
    assert.match(stdout, /^ {2}\u001b\[32mok {7}\u001b\[0m\u001b\[2m {1,5}\d+ ms {2}\u001b\[0m\u001b\[1mname/m);
    const without = await doctor(args, { NO_COLOR: "1" });
    assert.doesNotMatch(without.stdout, /\u001b/);
    assert.equal(steadied(stdout.replace(/\u001b\[\d+m/g, ""), port), steadied(without.stdout, port));
  });

  test("says which method was chosen and why, how the certificate was judged, and what binds the logon", async (t) => {
    const host = await hostFor(t);
    const pinned = reportOf(
      await doctor([
        ...["--port", String(host.https?.port), "--pin", host.https?.fingerprintSha256 ?? "", "--no-channel-binding"],
        ...["--tls-max", "TLSv1.2", "--json"],
      ]),
    );
    const { facts } = stepOf(pinned, "tls");
    assert.match(facts["chain"] ?? "", /CN=WEB01/);
    assert.match(facts["pin"] ?? "", /^SHA-256 [0-9a-f]{64}/);
    assert.match(facts["binding"] ?? "", /--no-channel-binding, auth\.channelBinding/);
    assertWording(t, shown(pinned));
  });

  test("warns of a certificate that is taken unseen, and says so at the end", async (t) => {
    const host = await hostFor(t);
    const { code, stdout } = await doctor(["--port", String(host.https?.port), "--insecure"]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ {2}warning .*--insecure, tls\.insecureSkipVerify/m);
    assert.match(stdout, /^ {2}warning .* tls /m);
    assertWording(t, stdout);
  });

  test("shows a client certificate from PEM and from PFX to a host that maps it", async (t) => {
    const ca = authority();
    const upn = "ops@localhost";
    const { certPem, keyPem } = clientCertificate({ upn }, ca);
    const host = await hostFor(t, {
      config: { "service/auth/Certificate": true },
      certificates: { authorities: [ca.certPem] },
      certMappings: [{ subject: upn, issuer: thumbprint(ca.certPem), userName: "ops", password: PASSWORD }],
    });
    const file = filesFor(t);
    const pfx = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(keyPem), pki.certificateFromPem(certPem), PASSWORD);
    const { port, fingerprintSha256 } = host.https!;
    const pem = ["--cert", file("ops.pem", certPem), "--key", file("ops.key", keyPem)];
    const common = ["--method", "certificate", "--port", String(port), "--pin", fingerprintSha256, "--json"];
    for (const form of [
      pem,
      [
        "--pfx",
        file("ops.pfx", Buffer.from(asn1.toDer(pfx).getBytes(), "binary")),
        "--passphrase-env",
        "DOCTOR_PASSWORD",
      ],
    ]) {
      const result = await doctor([...common, ...form]);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.match(stepOf(reportOf(result), "logon").detail, /ops@localhost.*certificate/);
      assertWording(t, shown(reportOf(result)));
    }
    host.config.set("service/auth/Certificate", false);
    const refused = await doctor([...common, ...pem]);
    assert.equal(refused.code, 1);
    assertWording(t, shown(reportOf(refused)));
  });
});
