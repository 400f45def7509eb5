/** What state and the next run see after something went wrong in the middle. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, JournalEntry } from "../../simulator";
import { DeployedResource, type Wire, isInitFailure } from "../support/processes/provider-calls";
import { connectionTo, startHost, startProcess, writesTo } from "../support/processes/recorded-process";
import { stopForGood } from "../support/hosts/ports";
import { assertWording } from "../support/pages/golden";

const TWO_PUTS = { service: { basic: true }, client: { digest: false } };

async function setUp(t: TestContext, options: HostOptions = {}) {
  const host = await startHost(t, options);
  const { auth } = startProcess(t);
  return { host, auth, resource: new DeployedResource("a"), connection: connectionTo(host) };
}

/** Fails if it succeeds; the error as the engine gets it. */
async function failure(act: Promise<unknown>) {
  try {
    await act;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  throw new Error("nothing failed");
}

suite("a failure after a write", () => {
  test("of a create keeps the resource, shows the truth, and is mended by the next up", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    host.injectFault({ on: "put", nth: 2, action: "fault", code: 5 });
    const error = await failure(resource.up(auth, { connection, ...TWO_PUTS }));
    assert.ok(isInitFailure(error));
    assert.deepEqual(error.reasons, [error.message]);
    assert.match(error.message, /WINRM_E_ACCESS_DENIED/);
    assert.equal(error.properties["__provider"], resource.text);
    assert.equal(error.stack, error.message);
    const { outputs } = resource;
    assert.deepEqual(outputs["priorValues"], { service: {}, client: { digest: true } });
    assert.deepEqual(outputs["service"], { basic: false });
    assert.deepEqual(outputs["client"], { digest: false });

    assert.equal(await resource.up(auth, { connection, ...TWO_PUTS }), "updated");
    assert.deepEqual(writesTo(host), [{ "client/auth/Digest": "false" }, { "service/auth/Basic": "true" }]);
    assert.deepEqual(resource.outputs["priorValues"], { service: { basic: false }, client: { digest: true } });
  });

  test("survives a refresh in between: the gap is a diff, although the engine forgets the failure", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    host.injectFault({ on: "put", nth: 2, action: "fault", code: 5 });
    await failure(resource.up(auth, { connection, ...TWO_PUTS }));
    await resource.refresh(auth);
    assert.deepEqual(resource.initErrors, []);
    assert.equal(await resource.up(auth, { connection, ...TWO_PUTS }), "updated");
    assert.equal(host.config.get("service/auth/Basic"), "true");
    await resource.destroy(auth);
    assert.equal(host.config.get("service/auth/Basic"), "false");
    assert.equal(host.config.get("client/auth/Digest"), "true");
  });

  test("of an update keeps the first prior values and shows what the host has", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    await resource.up(auth, { connection, service: { basic: false }, client: { digest: true } });
    host.injectFault({ on: "put", nth: 2, action: "fault", code: 5 });
    const error = await failure(resource.up(auth, { connection, ...TWO_PUTS }));
    assert.ok(isInitFailure(error));
    assert.equal(error.id, resource.id);
    assert.deepEqual(resource.outputs["priorValues"], { service: {}, client: { digest: true } });
    const effective = resource.outputs["effective"] as Record<string, Wire>;
    assert.deepEqual([effective["service"]!["basic"], effective["client"]!["digest"]], [false, false]);
  });

  test("a change that something on the host undoes is a failure that says so", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    const record = host.journal.add.bind(host.journal);
    t.mock.method(host.journal, "add", (entry: JournalEntry) => {
      record(entry);
      if (entry.leaves !== undefined) host.config.set("service/auth/Basic", false);
    });
    const error = await failure(resource.up(auth, { connection, service: { basic: true, certificate: true } }));
    assert.ok(isInitFailure(error));
    assert.match(error.message, /service\/auth\/Basic .*\[WINRM_E_NOT_APPLIED\]/);
    assertWording(t, error.message);
    assert.deepEqual(resource.outputs["service"], { basic: false, certificate: true });
  });

  test("a write that cannot be read back is a failure that keeps what was written", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    host.injectFault({ on: "get", nth: 2, action: "fault", code: 5 });
    const error = await failure(resource.up(auth, { connection, service: { basic: true } }));
    assert.ok(isInitFailure(error));
    assert.match(error.message, /WINRM_E_NOT_APPLIED/);
    assert.deepEqual(resource.outputs["service"], { basic: true });
    assert.equal(await resource.up(auth, { connection, service: { basic: true } }), "updated");
    assert.equal(writesTo(host).length, 1);
  });
});

suite("a failure before any write", () => {
  test("of a create leaves nothing behind, and the next up creates", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    host.injectFault({ on: "put", action: "fault", code: 5 });
    const args = { connection, service: { basic: true } };
    const error = await failure(resource.up(auth, args));
    assert.equal(isInitFailure(error), false);
    assert.equal(resource.id, undefined);
    assert.equal(await resource.up(auth, args), "created");
  });

  test("of an update leaves the state as it was", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    await resource.up(auth, { connection, service: { basic: false } });
    const before = structuredClone(resource.outputs);
    host.injectFault({ on: "get", action: "fault", code: 5 });
    assert.equal(isInitFailure(await failure(resource.up(auth, { connection, service: { basic: true } }))), false);
    assert.deepEqual(resource.outputs, before);
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a host that is away fails a refresh and never looks deleted", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    await resource.up(auth, { connection, service: { basic: false } });
    await stopForGood(t, host);
    const error = await failure(resource.refresh(auth));
    assert.match(error.message, /^127\.0\.0\.1:\d+: read winrm\/config \(ntlm as .* over http\): .*WINRM_E_/);
    assert.match(`${error}: ${error.stack ?? ""}`, /^winrm:AuthConfig read: .*$/);
    const again = await failure(resource.refresh(startProcess(t).auth));
    assert.match(again.message, /WINRM_E_CONNECTION_REFUSED/);
    assert.notEqual(resource.id, undefined);
  });
});

suite("a write whose outcome is unknown", () => {
  for (const action of ["reset-after-apply", "truncate"] as const) {
    test(`is looked up and not repeated if it was carried out (${action})`, async (t) => {
      const { host, auth, resource, connection } = await setUp(t);
      const rule = host.injectFault({ on: "put", action });
      await resource.up(auth, { connection, ...TWO_PUTS });
      assert.ok(rule.fired);
      assert.deepEqual(
        host.journal.writes().map(({ leaves }) => leaves),
        [{ "client/auth/Digest": "false" }, { "service/auth/Basic": "true" }],
      );
    });
  }

  test("is repeated once if it was not carried out", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    host.injectFault({ on: "put", action: "reset" });
    await resource.up(auth, { connection, service: { basic: true } });
    assert.equal(host.config.get("service/auth/Basic"), "true");
    assert.equal(writesTo(host).length, 1);
  });

  test("is not repeated a second time", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    host.injectFault({ on: "put", action: "reset" });
    // The first rule takes its Put out of the count of the second.
    host.injectFault({ on: "put", nth: 2, action: "reset" });
    const error = await failure(resource.up(auth, { connection, service: { basic: true } }));
    assert.ok(isInitFailure(error));
    assert.match(error.message, /WINRM_E_CONNECTION_LOST/);
    assert.deepEqual(writesTo(host), []);
    assert.deepEqual(resource.outputs["service"], { basic: false });
    assert.equal(await resource.up(auth, { connection, service: { basic: true } }), "updated");
  });

  test("that nobody can look up is reported as such, and the next up reads first", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    host.injectFault({ on: "put", action: "reset-after-apply" });
    host.injectFault({ on: "get", nth: 2, action: "fault", code: 5 });
    host.injectFault({ on: "get", nth: 3, action: "fault", code: 5 });
    const error = await failure(resource.up(auth, { connection, service: { basic: true } }));
    assert.ok(isInitFailure(error));
    assert.match(error.message, /WINRM_E_UNCERTAIN_WRITE/);
    assert.match(error.message, /next: .*pulumi up/);
    assertWording(t, error.message);
    assert.deepEqual(resource.outputs["service"], { basic: false });
    assert.equal(await resource.up(auth, { connection, service: { basic: true } }), "updated");
    assert.equal(host.journal.writes().length, 1);
  });
});
