import assert from "node:assert/strict";
import { type TestContext, suite, test } from "node:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asn1, pkcs12, pki } from "node-forge";
import { projectRoot } from "../../../scripts/pulumi-cli/locations";
import { type RunResult, runCommand } from "../../../scripts/pulumi-cli/run-command";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { authority, clientCertificate, thumbprint } from "../../support/client-certificates";

const PASSWORD = "Doctor-Password-1";

interface Report {
  readonly ok: boolean;
  readonly steps: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly detail: string;
    readonly advice: string[];
  }[];
}

async function hostFor(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [{ name: "ops", password: PASSWORD }], https: true, ...options });
  t.after(() => host.stop());
  return host;
}

function doctor(args: readonly string[], password = PASSWORD): Promise<RunResult> {
  const main = join(projectRoot, "dist/provider/cli/main.js");
  const words = [main, "doctor", "127.0.0.1", "--username", "ops", "--password-env", "DOCTOR_PASSWORD", ...args];
  return runCommand(process.execPath, words, { env: { ...process.env, DOCTOR_PASSWORD: password }, timeoutMs: 30_000 });
}

function reportOf(result: RunResult): Report {
  return JSON.parse(result.stdout) as Report;
}

function verdicts(report: Report): Record<string, string> {
  return Object.fromEntries(report.steps.map(({ name, verdict }) => [name, verdict]));
}

suite("pulumi-winrm doctor", () => {
  test("finds nothing wrong with a healthy host, logs in once and writes nothing", async (t) => {
    const host = await hostFor(t, { policy: { "service/auth/Basic": false } });
    const result = await doctor(["--transport", "http", "--port", String(host.http?.port), "--json"]);
    const report = reportOf(result);
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(verdicts(report), {
      name: "ok",
      connect: "ok",
      offers: "ok",
      method: "ok",
      logon: "ok",
      rights: "ok",
      clock: "ok",
    });
    assert.match(
      report.steps.find(({ name }) => name === "rights")?.detail ?? "",
      /Group Policy owns service\/auth\/Basic/,
    );
    assert.equal(
      host.journal.entries().filter(({ phase, status }) => phase === "handshake" && status === 200).length,
      1,
    );
    assert.deepEqual(host.journal.writes(), []);
  });

  test("shows the certificate that is not trusted, with its fingerprint, and logs in nowhere", async (t) => {
    const host = await hostFor(t);
    const result = await doctor(["--port", String(host.https?.port), "--json"]);
    const report = reportOf(result);
    assert.equal(result.code, 1);
    const { connect, certificate, logon } = verdicts(report);
    assert.deepEqual({ connect, certificate, logon }, { connect: "failed", certificate: "failed", logon: "skipped" });
    const fingerprint = host.https?.fingerprintSha256.replaceAll(":", "").toLowerCase() ?? "none";
    assert.ok(report.steps.find(({ name }) => name === "certificate")?.detail.includes(fingerprint));
    assert.equal(host.journal.length, 0);
  });

  test("says which method was chosen and why, how the certificate was judged, and what binds the logon", async (t) => {
    const host = await hostFor(t);
    const folder = mkdtempSync(join(tmpdir(), "winrm-doctor-"));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    const ca = join(folder, "ca.pem");
    writeFileSync(ca, host.https?.certificatePem ?? "");
    const port = String(host.https?.port);
    const details = async (...args: readonly string[]) => {
      const report = reportOf(await doctor(["--port", port, ...args, "--json"]));
      return Object.fromEntries(report.steps.map(({ name, detail }) => [name, detail]));
    };
    const chained = await details("--ca", ca);
    assert.equal(
      chained["method"],
      "ntlm, because credentials are given; ops names no realm, and Negotiate is NTLM for accounts without one",
    );
    assert.match(
      chained["certificate"] ?? "",
      /; issued by CN=WEB01, trusted through the given authorities for 127\.0\.0\.1; until \d{4}-\d\d-\d\d; SHA-256 /,
    );
    assert.match(chained["logon"] ?? "", /^ops by ntlm, inside TLS, bound to the channel; /);
    assert.match(chained["rights"] ?? "", /CbtHardeningLevel is Relaxed/);
    const pinned = await details("--pin", host.https?.fingerprintSha256 ?? "", "--method", "basic");
    assert.match(pinned["certificate"] ?? "", /issued by CN=WEB01, pinned, so that chain and name do not count; /);
    assert.equal(pinned["method"], "basic, because it was chosen; it needs Basic, which the host does not offer");
  });

  test("does not show a password to a host that does not offer the method", async (t) => {
    const host = await hostFor(t, { config: { "service/auth/Basic": false } });
    const pin = host.https?.fingerprintSha256 ?? "";
    const result = await doctor(["--port", String(host.https?.port), "--pin", pin, "--method", "basic", "--json"]);
    const { method, logon } = verdicts(reportOf(result));
    assert.deepEqual({ code: result.code, method, logon }, { code: 1, method: "failed", logon: "skipped" });
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("tries a wrong password once and explains the refusal without repeating it", async (t) => {
    const host = await hostFor(t);
    const wrong = "Wrong-Password-2";
    const result = await doctor(["--transport", "http", "--port", String(host.http?.port)], wrong);
    assert.equal(result.code, 1);
    assert.match(result.stdout, /failed {3}logon {8}HTTP 401: the host refused the logon .*\[WINRM_E_LOGON_DENIED\]/);
    assert.match(result.stdout, /MACHINE\\ops/);
    assert.ok(!(result.stdout + result.stderr).includes(wrong));
    assert.equal(host.journal.logonFailures().length, 1);
  });

  test("calls a wrong argument wrong usage, before it connects", async () => {
    const result = await doctor(["--port", "70000"]);
    assert.equal(result.code, 2);
    assert.match(result.stderr, /A port is a number from 0 to 65535/);
  });

  test("says the way out of an argument that cannot be used", async () => {
    const result = await doctor(["--method", "kerberos"]);
    assert.equal(result.code, 2);
    assert.match(
      result.stderr,
      /^error: 127\.0\.0\.1: Kerberos needs the host's name, and 127\.0\.0\.1 is an address \[WINRM_E_ARGUMENT\]\n {2}next: /,
    );
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
    const folder = mkdtempSync(join(tmpdir(), "winrm-doctor-"));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    const file = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const pfx = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(keyPem), pki.certificateFromPem(certPem), PASSWORD);
    const { port, fingerprintSha256 } = host.https!;
    const common = ["--method", "certificate", "--port", String(port), "--pin", fingerprintSha256, "--json"];
    for (const form of [
      ["--cert", file("ops.pem", certPem), "--key", file("ops.key", keyPem)],
      [
        "--pfx",
        file("ops.pfx", Buffer.from(asn1.toDer(pfx).getBytes(), "binary")),
        "--passphrase-env",
        "DOCTOR_PASSWORD",
      ],
    ]) {
      const result = await doctor([...common, ...form]);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const details = reportOf(result)
        .steps.map(({ detail }) => detail)
        .join("\n");
      assert.match(details, /certificates work without being listed/);
      assert.match(details, /ops@localhost by certificate, inside TLS/);
    }
    host.config.set("service/auth/Certificate", false);
    const refused = await doctor([...common, "--cert", join(folder, "ops.pem"), "--key", join(folder, "ops.key")]);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /Certificate is switched off on the host/);
  });

  test("does not show a password to a WinRM service by Digest, and says that it has none", async (t) => {
    const host = await hostFor(t);
    const { port, fingerprintSha256 } = host.https!;
    const args = ["--method", "digest", "--port", String(port), "--pin", fingerprintSha256, "--json"];
    const result = await doctor(args);
    const report = reportOf(result);
    assert.deepEqual([result.code, verdicts(report)["method"], verdicts(report)["logon"]], [1, "failed", "skipped"]);
    assert.match(result.stdout, /a WinRM service has no Digest/);
    assert.equal(host.journal.logonFailures().length, 0);
  });
});
