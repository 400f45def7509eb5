/** The live pre-flight against simulated hosts: what is read, what is judged, what ends the preview. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Candidate } from "../../../provider/program/preflight/candidate";
import { Collector, collectorOf } from "../../../provider/program/preflight/collector";
import type { SimulatedHost } from "../../../simulator";
import { clientCertificate, thumbprint } from "../../support/hosts/client-certificates";
import { RecordedRun, auth, list } from "../../support/processes/recorded-preview";
import { ADMIN, connectionTo, startHost } from "../../support/processes/recorded-process";
import { assertWording } from "../../support/pages/golden";

function reads(host: SimulatedHost): number {
  return host.journal.requests().length;
}

const BASIC_BY_POLICY = { policy: { "service/auth/Basic": true } };

// A run that is never let go is a failure, too.
/** The run ended with so many problems, in one line. */
function assertFailed({ failures }: RecordedRun, problems: number): void {
  assert.deepEqual(
    failures.map((text) => /^pre-flight: (\d+) /.exec(text)?.[1]),
    [String(problems)],
  );
}

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
    assertFailed(run, 2);
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
      run.said.map(({ severity, under, text }) => [severity, under, text.slice(0, text.indexOf(" ", at.length))]),
      [
        ["note", "a", `${at}service.basic`],
        ["note", "b", `${at}client.digest`],
        ["note", "c", `${at}entries`],
      ],
    );
    assertWording(t, ...run.texts("note"));
  });

  test("says nothing about a host that is as wanted", async (t) => {
    const host = await startHost(t);
    const run = new RecordedRun();
    await run.check([auth("a", { connection: connectionTo(host), service: { basic: false } })]);
    assert.deepEqual(run.said, []);
    assert.equal(run.alive, 0);
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
    assert.match(together.texts("error")[0]!, /^service\.negotiate: .*Kerberos.*\[WINRM_E_LOCKOUT\]$/);
    assertFailed(together, 1);
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
    assert.match(run.texts("error", "misconfigured").join(), /winrm:port .*WINRM_E_ARGUMENT/);
    assertFailed(run, 3);
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
    assert.match(off.texts("warn", "m").join(), /^enabled: .*service\.certificate: true/);
    assert.match(off.texts("note", "m").join(), /enabled is false, wanted true/);
    assert.deepEqual(off.failures, []);
    const on = new RecordedRun({}, { MAPPED_PASSWORD: "Mapped-1!password" });
    await on.check([mapped, auth("a", { connection, service: { certificate: true } })]);
    assert.deepEqual(on.texts("warn"), []);
    assert.deepEqual(host.journal.writes(), []);
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

  test("L3: judges what was read before another connection of the program was known with that connection in view", async (t) => {
    const host = await startHost(t, {
      config: { "service/auth/Basic": true, "service/AllowUnencrypted": true },
      domain: { name: "CORP" },
      quickConfig: true,
    });
    const basic = connectionTo(host, {
      auth: { method: "basic", username: ADMIN.name, password: ADMIN.password },
      allowUnencrypted: true,
    });
    const change = auth("b", { connection: basic, service: { negotiate: false } });
    const without = new RecordedRun();
    await without.check([change]);
    assert.deepEqual(without.texts("error"), []);
    const alone = reads(host);
    const run = new RecordedRun();
    const [first, second] = [collectorOf(run).expect(), collectorOf(run).expect()];
    const ended = new Promise<void>((resolve) => {
      const keepAlive = run.keepAlive.bind(run);
      const release = keepAlive();
      run.fail = (text) => {
        run.failures.push(text);
        release();
        resolve();
      };
    });
    first(change);
    // The first one's host has been read by the time the second one's arguments are known.
    while (reads(host) < 2 * alone) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    second(auth("n", { connection: connectionTo(host), client: { digest: false } }));
    await ended;
    assert.match(run.texts("error", "b").join(), /WINRM_E_LOCKOUT/);
    assert.deepEqual(run.texts("error", "n"), []);
  });
});
