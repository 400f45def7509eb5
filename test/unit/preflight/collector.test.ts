/** The live pre-flight against simulated hosts: what is read, what is said under which resource, what ends the preview. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { FindingsFile } from "../../../provider/contract/findings-file";
import type { Candidate } from "../../../provider/program/preflight/candidate";
import { Collector, collectorOf } from "../../../provider/program/preflight/collector";
import type { PreviewRun } from "../../../provider/program/preflight/preview-run";
import type { SimulatedHost } from "../../../simulator";
import { clientCertificate, thumbprint } from "../../support/client-certificates";
import { ADMIN, connectionTo, startHost } from "../../support/recorded-process";
import { stopForGood } from "../../support/ports";

interface Said {
  readonly severity: "error" | "warn" | "note";
  readonly text: string;
  /** Name of the resource, or `stack`. */
  readonly under: string;
}

/** A preview that writes down what it is told. */
class RecordedRun implements PreviewRun {
  readonly said: Said[] = [];
  readonly failures: string[] = [];
  /** Runs that are kept alive now. */
  alive = 0;
  #ended: () => void = () => undefined;

  constructor(
    readonly settings: Readonly<Record<string, unknown>> = {},
    readonly env: NodeJS.ProcessEnv = {},
  ) {}

  config(key: string): unknown {
    return this.settings[key];
  }
  identity() {
    return { project: "proj", stack: "dev" };
  }
  error(text: string, resource?: object): void {
    this.#say("error", text, resource);
  }
  warn(text: string, resource?: object): void {
    this.#say("warn", text, resource);
  }
  note(text: string, resource?: object): void {
    this.#say("note", text, resource);
  }
  fail(text: string): void {
    assert.ok(this.alive > 0, "the run must be alive when it fails");
    this.failures.push(text);
  }
  keepAlive(): () => void {
    this.alive += 1;
    return () => {
      this.alive -= 1;
      if (this.alive === 0) this.#ended();
    };
  }
  /** Adds the candidates in one turn, and waits until the run may end. */
  async check(candidates: readonly Candidate[]): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    // As constructors do: each announces its resource, and the engine registers them later.
    const arrivals = candidates.map(() => collectorOf(this).expect());
    for (const [index, arrived] of arrivals.entries()) arrived(candidates[index]);
    await ended;
  }
  texts(severity: Said["severity"], under?: string): string[] {
    return this.said
      .filter((one) => one.severity === severity && (under ?? one.under) === one.under)
      .map(({ text }) => text);
  }
  #say(severity: Said["severity"], text: string, resource?: object): void {
    assert.ok(this.alive > 0, "nothing may be said after the run was let go");
    this.said.push({ severity, text, under: (resource as { name: string } | undefined)?.name ?? "stack" });
  }
}

function auth(name: string, inputs: object): Candidate {
  return { resource: { name }, name, type: "AuthConfig", inputs };
}

function list(name: string, inputs: object): Candidate {
  return { resource: { name }, name, type: "TrustedHosts", inputs };
}

function reads(host: SimulatedHost): number {
  return host.journal.requests().length;
}

const BASIC_BY_POLICY = { policy: { "service/auth/Basic": true } };

async function unreachable(t: TestContext) {
  const host = await startHost(t);
  await stopForGood(t, host);
  return connectionTo(host);
}

// A run that is never let go is a failure, too.
suite("the pre-flight", { timeout: 60_000 }, () => {
  test("reports the conflicts of all hosts, each under its resource, and ends the preview with one line", async (t) => {
    const [one, two] = [
      await startHost(t, BASIC_BY_POLICY),
      await startHost(t, { policy: { "client/auth/Digest": true } }),
    ];
    const run = new RecordedRun();
    await run.check([
      auth("one", { connection: connectionTo(one), service: { basic: false } }),
      auth("two", { connection: connectionTo(two), client: { digest: false } }),
      list("fine", { connection: connectionTo(two), entries: [] }),
    ]);
    assert.equal(run.texts("error").length, 2);
    assert.match(run.texts("error", "one")[0]!, /^service\.basic: on 127.*\[WINRM_E_POLICY_CONFLICT\]$/);
    assert.match(run.texts("error", "two")[0]!, /^client\.digest: on 127.*\[WINRM_E_POLICY_CONFLICT\]$/);
    assert.deepEqual(run.failures, ["pre-flight: 2 problems found on the live hosts; nothing was changed"]);
    assert.equal(run.alive, 0);
  });

  test("a host that is asked again in a later turn is read from the same snapshot", async (t) => {
    const host = await startHost(t);
    const run = new RecordedRun();
    const connection = connectionTo(host);
    // The second one comes once the first was judged, as a resource whose arguments depend on another one.
    const note = run.note.bind(run);
    run.note = (text, resource) => {
      run.note = note;
      note(text, resource);
      collectorOf(run).expect()(list("late", { connection, entries: ["a"] }));
    };
    await run.check([auth("early", { connection, service: { basic: true } })]);
    assert.deepEqual(run.failures, []);
    assert.equal(run.texts("note").length, 2);
    assert.equal(reads(host), 1);
  });

  test("reads each host once for all its resources, with one logon, and never writes", async (t) => {
    const host = await startHost(t);
    const run = new RecordedRun();
    const connection = connectionTo(host);
    await run.check([
      auth("a", { connection, service: { basic: true } }),
      auth("b", { connection, client: { digest: false } }),
      list("c", { connection: { ...connection }, entries: ["web02"] }),
    ]);
    assert.equal(reads(host), 1);
    assert.equal(host.journal.length, 3);
    assert.deepEqual(host.journal.writes(), []);
    assert.deepEqual(run.failures, []);
    const at = `live on 127.0.0.1:${host.http!.port}: `;
    assert.deepEqual(
      run.said.map(({ severity, under, text }) => [severity, under, text]),
      [
        ["note", "a", `${at}service.basic is false, wanted true`],
        ["note", "b", `${at}client.digest is true, wanted false`],
        ["note", "c", `${at}entries are an empty list, wanted web02`],
      ],
    );
  });

  test("says nothing about a host that is as wanted", async (t) => {
    const host = await startHost(t);
    const run = new RecordedRun();
    await run.check([auth("a", { connection: connectionTo(host), service: { basic: false } })]);
    assert.deepEqual(run.said, []);
    assert.equal(run.alive, 0);
  });

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
      /^pre-flight: 2 hosts were not checked, and the preview goes on from state\n {2}- 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+: nothing listens .*\[WINRM_E_CONNECTION_REFUSED\]$/,
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

  test("mode warn reports the same and does not end the preview; mode off does not read", async (t) => {
    const host = await startHost(t, BASIC_BY_POLICY);
    const connection = connectionTo(host);
    const conflict = (preflight?: string) =>
      auth("a", { connection: { ...connection, preflight }, service: { basic: false } });
    const warned = [
      [new RecordedRun(), conflict("warn")],
      [new RecordedRun({ "winrm:preflight": "warn" }), conflict()],
      [new RecordedRun({}, { WINRM_PREFLIGHT: "warn" }), conflict()],
    ] as const;
    for (const [run, candidate] of warned) {
      await run.check([candidate]);
      assert.match(run.texts("warn", "a").join(), /WINRM_E_POLICY_CONFLICT/);
      assert.deepEqual([run.texts("error"), run.failures], [[], []]);
    }
    host.journal.clear();
    for (const [run, candidate] of [
      [new RecordedRun(), conflict("off")],
      [new RecordedRun({ "winrm:preflight": "off" }), conflict()],
    ] as const) {
      await run.check([candidate]);
      assert.deepEqual([run.said, run.alive], [[], 0]);
    }
    assert.equal(host.journal.length, 0);
    const loud = new RecordedRun({ "winrm:preflight": "off" });
    await loud.check([conflict("error")]);
    assert.equal(loud.failures.length, 1);
  });

  test("sees a hazard that only two resources together make, once, at the one that would do it", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Basic": true, "service/AllowUnencrypted": true } });
    const basic = { ...connectionTo(host), allowUnencrypted: true };
    const connection = { ...basic, auth: { ...basic.auth, method: "basic" } };
    const apart = new RecordedRun();
    await apart.check([auth("kerberos", { connection, service: { kerberos: false } })]);
    assert.deepEqual(apart.texts("error"), []);
    const together = new RecordedRun();
    await together.check([
      auth("kerberos", { connection, service: { kerberos: false } }),
      auth("negotiate", { connection, service: { negotiate: false } }),
    ]);
    assert.deepEqual(
      together.said.filter(({ severity }) => severity === "error").map(({ under }) => under),
      ["negotiate"],
    );
    assert.match(together.texts("error")[0]!, /no administrator can log in with either.*\[WINRM_E_LOCKOUT\]$/);
    assert.deepEqual(together.failures, ["pre-flight: 1 problem found on the live hosts; nothing was changed"]);
  });

  test("leaves resources to check that are wrong by themselves", async (t) => {
    const host = await startHost(t);
    const run = new RecordedRun();
    const connection = connectionTo(host);
    await run.check([
      auth("a", { connection: { ...connection, port: "x" } }),
      auth("b", { connection, service: { basic: "no" } }),
      list("c", { connection, entries: ["a b"] }),
    ]);
    assert.deepEqual([run.said, run.failures, run.alive, host.journal.length], [[], [], 0, 0]);
  });

  test("refuses what the arguments or the configuration make impossible, under the resource", async () => {
    const run = new RecordedRun({ "winrm:port": "x" });
    const account = { username: "ops", password: "unused" };
    await run.check([
      auth("untrusted", { connection: { host: "web01", port: 1, transport: "http", auth: account } }),
      auth("readable", {
        connection: { host: "web01", port: 1, transport: "http", auth: { ...account, method: "basic" } },
      }),
      auth("misconfigured", { connection: { host: "web01", auth: account } }),
    ]);
    assert.match(run.texts("error", "untrusted").join(), /WINRM_E_NOT_TRUSTED/);
    assert.match(run.texts("error", "readable").join(), /WINRM_E_UNENCRYPTED_REFUSED/);
    assert.match(
      run.texts("error", "misconfigured").join(),
      /stack configuration winrm:port must be .*WINRM_E_ARGUMENT/,
    );
    assert.deepEqual(run.failures, ["pre-flight: 3 problems found on the live hosts; nothing was changed"]);
  });

  test("warns of weak connections under each resource", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Basic": true, "service/AllowUnencrypted": true } });
    const connection = connectionTo(host);
    const readable = { ...connection, allowUnencrypted: true, auth: { ...connection.auth, method: "basic" } };
    const run = new RecordedRun();
    await run.check([auth("a", { connection: readable })]);
    assert.match(run.texts("warn", "a").join(), /travel readable/);
    assert.doesNotMatch(JSON.stringify(run.said), new RegExp(ADMIN.password));
  });

  test("resources that come while a host is read share its reading, and the run is let go once", async (t) => {
    const host = await startHost(t, { latencyMs: 10 });
    const run = new RecordedRun();
    const connection = connectionTo(host);
    const later = new Promise<void>((resolve) => {
      setImmediate(() => {
        setImmediate(() => {
          collectorOf(run).expect()(list("later", { connection, entries: ["x"] }));
          assert.equal(run.alive, 1);
          resolve();
        });
      });
    });
    await run.check([auth("first", { connection, service: { basic: true } })]);
    await later;
    assert.equal(reads(host), 1);
    assert.deepEqual(
      run.said.map(({ under }) => under),
      ["first", "later"],
    );
    assert.equal(run.alive, 0);
  });

  test("says under a CertMapping that the service takes no certificates, unless the program switches them on", async (t) => {
    const authority = clientCertificate({ upn: "own@localhost" });
    const mapping = { subject: "own@localhost", issuer: thumbprint(authority.certPem), userName: ADMIN.name };
    const host = await startHost(t, {
      certificates: { authorities: [authority.certPem] },
      certMappings: [{ ...mapping, password: ADMIN.password, enabled: false }],
    });
    const connection = connectionTo(host);
    const inputs = { connection, ...mapping, password: { env: "MAPPED_PASSWORD" } };
    const mapped: Candidate = { resource: { name: "m" }, name: "m", type: "CertMapping", inputs };
    const off = new RecordedRun({}, { MAPPED_PASSWORD: "Mapped-1!password" });
    await off.check([mapped]);
    assert.match(off.texts("warn", "m").join(), /^enabled: lets nobody in: .*service\.certificate: true/);
    assert.match(off.texts("note", "m").join(), /enabled is false, wanted true/);
    assert.deepEqual(off.failures, []);
    const on = new RecordedRun({}, { MAPPED_PASSWORD: "Mapped-1!password" });
    await on.check([mapped, auth("a", { connection, service: { certificate: true } })]);
    assert.deepEqual(on.texts("warn"), []);
    assert.deepEqual(host.journal.writes(), []);
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

  test("groups equal changes of several hosts in a summary at the end, the most frequent first", async (t) => {
    const run = new RecordedRun();
    const basic = { config: { "service/auth/Basic": true } };
    const hosts = [await startHost(t, basic), await startHost(t, basic), await startHost(t)];
    await run.check(
      hosts.map((host, index) =>
        auth(`h${index}`, { connection: connectionTo(host), service: { basic: false, kerberos: index !== 2 } }),
      ),
    );
    const [summary = "", ...others] = run.texts("note", "stack");
    assert.deepEqual(others, []);
    const [title, ...lines] = summary.split("\n");
    assert.equal(title, "pre-flight: 3 hosts read, 0 hosts not; 3 changes, 0 findings");
    assert.match(lines[0] ?? "", /^ {2}2 hosts: service\.basic true → false \(127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+\)$/);
    assert.match(lines[1] ?? "", /^ {2}1 host: service\.kerberos true → false/);
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
      file.changes.map(({ resource, type, property, now, wanted }) => [resource, type, property, now, wanted]),
      [
        ["a", "AuthConfig", "service.basic", "true", "false"],
        ["s", "TrustedHosts", "entries", "[secret]", "[secret]"],
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

  test("a run has one collector, and another run has another", () => {
    const run = new RecordedRun();
    assert.ok(collectorOf(run) instanceof Collector);
    assert.equal(collectorOf(run), collectorOf(run));
    assert.notEqual(collectorOf(run), collectorOf(new RecordedRun()));
  });

  test("a resource of an explicit provider is judged with that provider's settings, not with the run's", async (t) => {
    const host = await startHost(t, BASIC_BY_POLICY);
    const wrong = { WINRM_USERNAME: "nobody", WINRM_PASSWORD: "wrong", WINRM_PREFLIGHT: "off" };
    const run = new RecordedRun({ "winrm:port": 1 }, wrong);
    const config = {
      "winrm-provider:username": ADMIN.name,
      "winrm-provider:transport": "http",
      "winrm-provider:port": host.http!.port,
      "winrm-provider:preflight": "warn",
    };
    const env = { ...wrong, WINRM_PASSWORD: ADMIN.password };
    const inputs = { connection: { host: "127.0.0.1" }, service: { basic: false } };
    await run.check([{ ...auth("ours", inputs), site: { config, env } }, auth("no site: off", inputs)]);
    assert.equal(run.said.length, 1);
    assert.match(run.texts("warn", "ours")[0] ?? "", /WINRM_E_POLICY_CONFLICT/);
    assert.deepEqual(run.failures, []);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("a host that blocks the loop's neighbours is still read: constructors may take longer than its time", async (t) => {
    const host = await startHost(t, { latencyMs: 20 });
    const run = new RecordedRun();
    const checked = run.check([auth("a", { connection: connectionTo(host), service: { basic: true } })]);
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 3_500;
    while (performance.now() < end);
    await checked;
    assert.deepEqual(
      run.said.map(({ severity }) => severity),
      ["note"],
    );
  });
});
