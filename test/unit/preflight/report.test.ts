/** What the pre-flight says of a fleet: failures, drift, secrets, the summary and the findings file. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { FindingsFile } from "../../../provider/contract/findings-file";
import type { Candidate } from "../../../provider/program/preflight/candidate";
import { clientCertificate } from "../../support/hosts/client-certificates";
import { stopForGood } from "../../support/hosts/ports";
import { RecordedRun, auth, list } from "../../support/processes/recorded-preview";
import { ADMIN, connectionTo, startHost } from "../../support/processes/recorded-process";

const BASIC_BY_POLICY = { policy: { "service/auth/Basic": true } };

async function unreachable(t: TestContext) {
  const host = await startHost(t);
  await stopForGood(t, host);
  return connectionTo(host);
}

// A run that is never let go is a failure, too.
suite("the report of the pre-flight", { timeout: 60_000 }, () => {
  test("sums unreachable hosts up in one warning, and goes on", async (t) => {
    const [dead, gone, host] = [await unreachable(t), await unreachable(t), await startHost(t, BASIC_BY_POLICY)];
    const run = new RecordedRun();
    await run.check([
      auth("dead", { connection: dead, service: { basic: false } }),
      list("dead too", { connection: dead, entries: [] }),
      auth("gone", { connection: gone, service: { basic: false } }),
      auth("here", { connection: connectionTo(host), service: { basic: true } }),
    ]);
    assert.equal(run.said.length, 1);
    assert.equal(run.said[0]!.under, "stack");
    assert.match(
      run.said[0]!.text,
      /^pre-flight: 2 hosts .*\n {2}- 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+: .*\[WINRM_E_CONNECTION_REFUSED\]$/,
    );
    assert.deepEqual(run.failures, []);
  });

  test("P8: names ten hosts without a credential, counts the rest, and ends the preview", async () => {
    const run = new RecordedRun();
    const hosts = Array.from({ length: 13 }, (_, index) => `web${index}`);
    await run.check(hosts.map((host) => auth(host, { connection: { host, auth: { username: "ops" } } })));
    assert.equal(run.said.length, 1);
    assert.match(
      run.texts("error", "stack")[0]!,
      /^pre-flight: 13 hosts \(web0, .* web9 and 3 more\): .*\[WINRM_E_CREDENTIALS_REQUIRED\]\n {2}next: .*WINRM_PASSWORD/,
    );
    assert.match(run.failures.join(), /13 problems/);
  });

  test("P8: a wrong password is one failed logon, and an error with the real message, once", async (t) => {
    const host = await startHost(t);
    const connection = connectionTo(host);
    const wrong = { ...connection, auth: { ...connection.auth, password: "Wrong-1!password" } };
    const run = new RecordedRun();
    await run.check([auth("a", { connection: wrong }), list("b", { connection: wrong, entries: [] })]);
    await run.check([auth("later", { connection: wrong })]);
    assert.equal(host.journal.logonFailures().length, 1);
    assert.equal(run.said.length, 1);
    assert.match(run.texts("error", "a")[0]!, /^127\.0\.0\.1:\d+: .*\[WINRM_E_LOGON_DENIED\]/);
    assert.equal(run.failures.length, 1);
    assert.doesNotMatch(JSON.stringify(run.said), /Wrong-1/);
  });

  test("P6, P8: what the engine leaves as it is fails no preview", async (t) => {
    const [host, other] = [await startHost(t, BASIC_BY_POLICY), await startHost(t)];
    const connection = connectionTo(other);
    const wrong = { ...connection, auth: { ...connection.auth, password: "Wrong-1!password" } };
    const run = new RecordedRun();
    await run.check([
      { ...auth("conflict", { connection: connectionTo(host), service: { basic: false } }), pending: false },
      { ...auth("denied", { connection: wrong }), pending: false },
    ]);
    assert.deepEqual([run.texts("error"), run.failures], [[], []]);
    assert.match(run.texts("warn", "conflict").join(), /WINRM_E_POLICY_CONFLICT/);
    assert.match(run.texts("warn", "stack").join(), /WINRM_E_LOGON_DENIED/);
  });

  test("P7: what differs although nothing is going to be applied is a warning with the way out, in one line", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Basic": true } });
    const run = new RecordedRun();
    const inputs = { connection: connectionTo(host), service: { basic: false }, client: { digest: false } };
    await run.check([{ ...auth("a", inputs), pending: false }]);
    assert.equal(run.said.length, 1);
    assert.match(
      run.texts("warn", "a").join(),
      /^live on .*service\.basic is true, wanted false.*pulumi up --refresh.*\[WINRM_E_DRIFT\]$/,
    );
    assert.deepEqual(run.failures, []);
  });

  test("P9: of a secret argument neither the wanted nor the live value is shown, nor the name of a secret host", async (t) => {
    const host = await startHost(t, { config: { "client/TrustedHosts": "live.example.com" } });
    const run = new RecordedRun();
    const inputs = { connection: connectionTo(host), entries: ["planted.example.com"], mode: "exclusive" };
    await run.check([{ ...list("a", inputs), secrets: ["entries", "connection"] }]);
    assert.deepEqual(
      run.said.map(({ text }) => text),
      ["live on [secret]: entries is [secret], wanted [secret]"],
    );
  });

  test("P8: a reference that a mapping's password does not lead to ends the preview", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Certificate": true } });
    const run = new RecordedRun();
    const mapping = { subject: "own@localhost", issuer: "0".repeat(40), userName: ADMIN.name };
    const inputs = { connection: connectionTo(host), ...mapping, password: { env: "NOT_SET_ANYWHERE" } };
    await run.check([{ resource: { name: "m" }, name: "m", type: "CertMapping", inputs }]);
    assert.match(run.texts("error", "m").join(), /NOT_SET_ANYWHERE.*\[WINRM_E_SECRET_REFERENCE\]/);
    assert.equal(run.failures.length, 1);
  });

  test("P13: a certificate that expires soon is one warning for all hosts, with its own code and the days left", async (t) => {
    const own = clientCertificate({ upn: "own@localhost", days: [-1, 9] });
    const run = new RecordedRun();
    const mapped = async (name: string): Promise<Candidate> => {
      const host = await startHost(t, { config: { "service/auth/Certificate": true } });
      const inputs = {
        connection: connectionTo(host),
        clientCertificatePem: own.certPem,
        userName: "x",
        password: "y",
      };
      return { resource: { name }, name, type: "CertMapping", inputs };
    };
    await run.check([await mapped("one"), await mapped("two")]);
    const [warning = "", ...others] = run.texts("warn");
    assert.match(
      warning,
      /^clientCertificatePem: .*own@localhost expires on .* in \d days.*\[WINRM_E_CERTIFICATE_EXPIRES\]$/,
    );
    assert.deepEqual(others, []);
  });

  test("says what many hosts share once, under the stack, and the rest under its resource", async (t) => {
    const run = new RecordedRun();
    const candidates: Candidate[] = [];
    for (const name of ["h0", "h1", "h2", "h3", "own"]) {
      const host = await startHost(t, { config: { "service/auth/Basic": name !== "own" } });
      const service = { basic: false, kerberos: name !== "own" };
      candidates.push(auth(name, { connection: connectionTo(host), service }));
    }
    await run.check(candidates);
    const [summary = "", ...others] = run.texts("note", "stack");
    assert.deepEqual(others, []);
    const [title, ...lines] = summary.split("\n");
    assert.equal(title, "pre-flight: 5 hosts read; 5 changes, 0 findings");
    assert.match(lines[0] ?? "", /^ {2}4 hosts: confirm: .*service\.basic true/);
    assert.match(
      lines[1] ?? "",
      /^ {2}4 hosts: service\.basic is true, wanted false \((?:127\.0\.0\.1:\d+(?:, )?){4}\)$/,
    );
    assert.equal(lines.length, 2);
    const rest = run.said.filter(({ under }) => under !== "stack");
    assert.deepEqual(
      rest.map(({ under }) => under),
      ["own", "own"],
    );
    assert.match(rest[0]!.text, /^live on 127\.0\.0\.1:\d+: service\.kerberos is true, wanted false$/);
    assert.match(rest[1]!.text, /^confirm: .*service\.kerberos true/);
  });

  test("a few hosts that share something have their own lines, and no summary repeats them", async (t) => {
    const run = new RecordedRun();
    const basic = { config: { "service/auth/Basic": true } };
    const hosts = [await startHost(t, basic), await startHost(t, basic)];
    await run.check(
      hosts.map((host, index) => auth(`h${index}`, { connection: connectionTo(host), service: { basic: false } })),
    );
    for (const name of ["h0", "h1"])
      assert.equal(run.texts("note", name).filter((text) => /^live on /.test(text)).length, 1);
    assert.deepEqual(run.texts("note", "stack"), ["pre-flight: 2 hosts read; 2 changes, 0 findings"]);
  });

  test("a conflict that many hosts share is one line, in the severity of the run's mode", async (t) => {
    const hosts = await Promise.all(Array.from({ length: 4 }, () => startHost(t, BASIC_BY_POLICY)));
    for (const [mode, severity, failures] of [
      ["warn", "warn", 0],
      ["error", "error", 1],
    ] as const) {
      const run = new RecordedRun({ "winrm:preflight": mode });
      await run.check(
        hosts.map((host, index) => auth(`h${index}`, { connection: connectionTo(host), service: { basic: false } })),
      );
      const [line = "", ...others] = run.texts(severity);
      assert.deepEqual(others, []);
      assert.match(line, /^pre-flight: 4 hosts \(.*\): service\.basic: .*\[WINRM_E_POLICY_CONFLICT\]$/);
      assert.equal(run.failures.length, failures);
    }
  });

  test("hosts whose names are secrets are counted all the same", async (t) => {
    const run = new RecordedRun();
    const basic = { config: { "service/auth/Basic": true } };
    const hosts = await Promise.all(Array.from({ length: 4 }, () => startHost(t, basic)));
    await run.check(
      hosts.map((host, index) => ({
        ...auth(`h${index}`, { connection: connectionTo(host), service: { basic: false } }),
        secrets: ["connection"],
      })),
    );
    assert.match(run.texts("note").join(), /\n {2}4 hosts: service\.basic is true, wanted false \(\[secret\]\)/);
    assert.doesNotMatch(JSON.stringify(run.said), /127\.0\.0\.1/);
  });

  test("writes its findings where winrm:findingsFile says, as a whole and without secrets", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "findings-"));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    const path = join(folder, "findings.json");
    const [host, conflict] = [
      await startHost(t, { config: { "service/auth/Basic": true } }),
      await startHost(t, BASIC_BY_POLICY),
    ];
    const run = new RecordedRun({ "winrm:findingsFile": path });
    const down = await unreachable(t);
    await run.check([
      auth("a", { connection: connectionTo(host), service: { basic: false } }),
      { ...list("s", { connection: connectionTo(host), entries: ["planted.example.com"] }), secrets: ["entries"] },
      auth("b", { connection: connectionTo(conflict), service: { basic: false } }),
      auth("c", { connection: down }),
    ]);
    assert.deepEqual(readdirSync(folder), ["findings.json"]);
    const text = readFileSync(path, "utf8");
    assert.doesNotMatch(text, new RegExp(`planted|${ADMIN.password}`));
    const file = JSON.parse(text) as FindingsFile;
    assert.deepEqual([file.version, file.project, file.stack, file.hostsRead.length], [1, "proj", "dev", 2]);
    assert.deepEqual(
      file.changes.map(({ resource, type, property, now, wanted, confirmSeconds }) => [
        resource,
        type,
        property,
        now,
        wanted,
        confirmSeconds,
      ]),
      [
        ["a", "AuthConfig", "service.basic", "true", "false", 120],
        ["s", "TrustedHosts", "entries", "[secret]", "[secret]", undefined],
      ],
    );
    assert.deepEqual(
      file.findings.map(({ rule, severity, code, resource }) => [rule, severity, code, resource]),
      [["policy-conflict", "error", "WINRM_E_POLICY_CONFLICT", "b"]],
    );
    assert.deepEqual(
      file.hostsNotRead.map(({ code }) => code),
      ["WINRM_E_CONNECTION_REFUSED"],
    );
  });

  test("ends the preview for a certificate that is expired", async (t) => {
    const own = clientCertificate({ upn: "own@localhost", days: [-9, -1] });
    const host = await startHost(t, { config: { "service/auth/Certificate": true } });
    const run = new RecordedRun();
    const inputs = { connection: connectionTo(host), clientCertificatePem: own.certPem, userName: "x", password: "y" };
    await run.check([{ resource: { name: "m" }, name: "m", type: "CertMapping", inputs }]);
    assert.match(run.texts("error", "m").join(), /^clientCertificatePem: expired on .*WINRM_E_ARGUMENT/);
    assert.equal(run.failures.length, 1);
  });

  test("I12: a key of the stack's configuration that is no setting is one warning, with the setting that was meant", async (t) => {
    const host = await startHost(t);
    const run = new RecordedRun({
      "winrm:prot": 1,
      "winrm:nothing-like-it": 1,
      "winrm:findingsFile": "",
      "proj:port": 1,
    });
    const connection = connectionTo(host);
    await run.check([auth("a", { connection, service: { basic: false } }), list("b", { connection, entries: [] })]);
    const said = run.texts("warn", "stack");
    assert.deepEqual(said.map((text) => /winrm:\S+/.exec(text)?.[0]).sort(), ["winrm:nothing-like-it", "winrm:prot"]);
    assert.match(said.find((text) => text.includes("winrm:prot ")) ?? "", /winrm:port\?/);
    assert.deepEqual(run.failures, []);
  });

  test("I12: in a project of the name winrm the other keys are its own", async (t) => {
    const host = await startHost(t);
    const run = new RecordedRun({ "winrm:prot": 1, "winrm:nothing-like-it": 1 });
    run.identity = () => ({ project: "winrm", stack: "dev" });
    await run.check([auth("a", { connection: connectionTo(host), service: { basic: false } })]);
    assert.equal(run.texts("warn", "stack").length, 1);
  });
});
