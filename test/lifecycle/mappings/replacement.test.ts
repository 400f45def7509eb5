/** Make before break: the mapping that a connection logs in through is replaced by one that a fresh logon has proven. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { dynamicProviderFor } from "../../../provider/engine/dynamic-provider";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import type { SimulatedHost } from "../../../simulator";
import { EXACT, MAPPABLE, SVC, WIDE, clientOf } from "../../support/hosts/mapped-client";
import { DeployedResource } from "../../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess } from "../../support/processes/recorded-process";
import { assertWording } from "../../support/pages/golden";

const TEXT = `exports.handler=()=>require("pulumi-winrm/runtime").CertMapping;`;

const isRefused = { message: /\[WINRM_E_LOCKOUT\]/ };

/** The runtime of one run: unlike the others of `startProcess` its delete knows what the run has checked. */
function startRun(t: TestContext) {
  const run = startProcess(t);
  return { ...run, mappings: dynamicProviderFor(LIFECYCLES.CertMapping, run.process) };
}

/** A host with a mapping of a stack, which from its second run on logs in through that mapping. */
async function setUp(t: TestContext, first: object = WIDE) {
  const host = await startHost(t, MAPPABLE);
  const own = clientOf(host);
  const { transport, port, tls } = own;
  const ntlm = connectionTo(host, { transport, port, tls });
  const mapping = new DeployedResource("m", TEXT);
  await mapping.up(startRun(t).mappings, { connection: ntlm, ...first });
  await mapping.up(startRun(t).mappings, { connection: own, ...first });
  host.journal.clear();
  return { host, ntlm, own, mapping };
}

const subjects = (host: SimulatedHost) => host.certMappings.list().map(({ subject, uri }) => [subject, uri].join(" "));
const verbs = (host: SimulatedHost) => host.journal.writes().map(({ action }) => action?.split("/").at(-1));
const requests = (host: SimulatedHost) => host.journal.requests().map(({ action }) => action?.split("/").at(-1));

suite("The replacement of the mapping in use", () => {
  test("makes the new one, proves it by a logon of its own, and then deletes the old one", async (t) => {
    const { host, own, mapping } = await setUp(t);
    const { mappings, warnings } = startRun(t);
    assert.equal(await mapping.up(mappings, { connection: own, ...EXACT }), "replaced");
    assert.deepEqual(subjects(host), ["deploy@localhost *"]);
    assert.deepEqual(verbs(host), ["Create", "Delete"]);
    const seen = host.journal.requests();
    const at = (verb: string) => seen.findIndex(({ action }) => action?.endsWith(`/${verb}`));
    const between = seen.slice(at("Create") + 1, at("Delete"));
    assert.deepEqual(
      between.map(({ auth, account }) => [auth, account]),
      [["Certificate", SVC.name]],
    );
    assert.equal(seen.filter(({ connection }) => connection === between[0]!.connection).length, 1);
    // The judgement ahead of it: a mapping and the list. The replacement: the same twice, a Create, its proof, a Delete; the create only reads.
    assert.equal(seen.length, 11);
    assert.deepEqual(warnings(), []);
    const run = startRun(t);
    assert.equal(await mapping.up(run.mappings, { connection: own, ...EXACT }), "unchanged");
    // It is its own, although it was made before its create.
    assert.equal(mapping.outputs["priorMapping"], undefined);
  });

  test("takes the new one back where the proof fails, keeps the old one, and says what the logon met", async (t) => {
    const { host, own, mapping } = await setUp(t);
    const before = structuredClone(mapping.outputs);
    const denied = host.injectFault({ on: "get", nth: 3, action: "status", status: 401 });
    const refused = mapping.up(startRun(t).mappings, { connection: own, ...EXACT });
    await assert.rejects(refused, (error: Error) => {
      assert.match(error.message, /\[WINRM_E_CONFIRM_FAILED\]/);
      assertWording(t, error.message);
      return true;
    });
    assert.ok(denied.fired);
    assert.deepEqual(subjects(host), ["*@localhost *"]);
    assert.deepEqual(verbs(host), ["Create", "Delete"]);
    assert.deepEqual(mapping.outputs, before);
    assert.equal(await mapping.up(startRun(t).mappings, { connection: own, ...EXACT }), "replaced");
    assert.deepEqual(subjects(host), ["deploy@localhost *"]);
  });

  test("is refused before anything is written where the old one would hide the new one from the proof", async (t) => {
    const { host, own, mapping } = await setUp(t, EXACT);
    await assert.rejects(mapping.up(startRun(t).mappings, { connection: own, ...WIDE }), isRefused);
    assert.deepEqual(verbs(host), []);
    const accepted = { connection: own, ...WIDE, acceptLockout: true };
    assert.equal(await mapping.up(startRun(t).mappings, accepted), "replaced");
    assert.deepEqual(verbs(host), ["Create", "Delete"]);
    assert.deepEqual(subjects(host), ["*@localhost *"]);
  });

  test("is refused where the new one leads the connection nowhere, or to another account", async (t) => {
    const { host, own, mapping } = await setUp(t);
    for (const other of [
      { ...EXACT, subject: "other@localhost" },
      { ...EXACT, uri: "http://example.com/*" },
      { ...EXACT, userName: ADMIN.name, password: ADMIN.password },
      { ...EXACT, enabled: false },
    ]) {
      await assert.rejects(mapping.up(startRun(t).mappings, { connection: own, ...other }), isRefused);
    }
    assert.deepEqual([verbs(host), subjects(host)], [[], ["*@localhost *"]]);
  });

  test("proves the logon of another connection of the program, where that uses the mapping", async (t) => {
    const { host, own, ntlm, mapping } = await setUp(t);
    await mapping.up(startRun(t).mappings, { connection: ntlm, ...WIDE });
    host.journal.clear();
    const run = startRun(t);
    await run.auth.check({}, { connection: own, service: { certificate: true } });
    assert.equal(await mapping.up(run.mappings, { connection: ntlm, ...EXACT }), "replaced");
    assert.deepEqual(verbs(host), ["Create", "Delete"]);
    assert.deepEqual(host.journal.requests().filter(({ auth }) => auth === "Certificate").length, 1);
  });

  test("without a connection that uses it deletes first, and asks for nothing more", async (t) => {
    const { host, ntlm, mapping } = await setUp(t);
    await mapping.up(startRun(t).mappings, { connection: ntlm, ...WIDE });
    host.journal.clear();
    assert.equal(await mapping.up(startRun(t).mappings, { connection: ntlm, ...EXACT }), "replaced");
    assert.deepEqual(requests(host), ["Get", "Delete", "Get", "Get", "Create", "Get"]);
  });
});

suite("What a preview can tell only with the state", () => {
  const ROTATED = { ...WIDE, password: "Rotated-7d2!Secret" };

  for (const [what, first, next] of [
    ["another password in the mapping in use", WIDE, ROTATED],
    ["a replacement that leads the connection nowhere", WIDE, { ...EXACT, subject: "other@localhost" }],
    ["a replacement that cannot be proven", EXACT, WIDE],
  ] as const) {
    test(`${what} is refused at diff, with the message of the update`, async (t) => {
      const { host, own, mapping } = await setUp(t, first);
      const preview = startRun(t).mappings;
      const { inputs } = await mapping.check(preview, { connection: own, ...next });
      await assert.rejects(mapping.diff(preview, inputs), isRefused);
      assert.deepEqual(verbs(host), []);
      for (const more of [{ acceptLockout: true }, { connection: { ...own, preflight: "warn" } }]) {
        const run = startRun(t).mappings;
        const accepted = await mapping.check(run, { connection: own, ...next, ...more });
        assert.notEqual(await mapping.diff(run, accepted.inputs), "unchanged");
      }
    });
  }

  test("is left to the update where the host cannot be read, and to whoever keeps the old mapping", async (t) => {
    const { host, own, mapping } = await setUp(t, EXACT);
    const run = startRun(t).mappings;
    await new DeployedResource("kept", TEXT).check(run, { connection: own, ...EXACT });
    const { inputs } = await mapping.check(run, { connection: own, ...WIDE });
    assert.equal(await mapping.diff(run, inputs), "replaced");
    host.cutNetwork(true);
    const later = startRun(t).mappings;
    const again = await mapping.check(later, { connection: own, ...WIDE });
    assert.equal(await mapping.diff(later, again.inputs), "replaced");
  });

  test("refuses no refresh, which compares what it has read", async (t) => {
    const { own, mapping } = await setUp(t);
    const next = await mapping.check(startRun(t).mappings, { connection: own, ...ROTATED });
    assert.equal(await mapping.diff(startRun(t).mappings, next.inputs), "updated");
  });

  test("asks nothing of a host through a connection that has no certificate, and nothing where nothing changes", async (t) => {
    const { host, own, ntlm, mapping } = await setUp(t);
    await mapping.up(startRun(t).mappings, { connection: ntlm, ...WIDE });
    host.journal.clear();
    for (const args of [
      { connection: ntlm, ...ROTATED },
      { connection: ntlm, ...EXACT },
      { connection: own, ...WIDE },
    ]) {
      const run = startRun(t).mappings;
      await mapping.diff(run, (await mapping.check(run, args)).inputs);
    }
    assert.deepEqual(requests(host), []);
  });
});

suite("A mapping that a connection comes to log in through", () => {
  test("is proven when it is made, and removed again where the proof fails", async (t) => {
    const { host, own } = await setUp(t);
    const made = new DeployedResource("made", TEXT);
    const denied = host.injectFault({ on: "get", nth: 2, action: "status", status: 401 });
    await assert.rejects(made.up(startRun(t).mappings, { connection: own, ...EXACT }), {
      message: /\[WINRM_E_CONFIRM_FAILED\]/,
    });
    assert.ok(denied.fired);
    assert.deepEqual([made.id, subjects(host)], [undefined, ["*@localhost *"]]);
    host.journal.clear();
    await made.up(startRun(t).mappings, { connection: own, ...EXACT });
    assert.deepEqual(verbs(host), ["Create"]);
    assert.equal(new Set(host.journal.requests().map(({ connection }) => connection)).size, 2);
  });

  test("is proven with what it is good for", async (t) => {
    const { host, own } = await setUp(t);
    const made = new DeployedResource("made", TEXT);
    const uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/default/StdRegProv";
    await made.up(startRun(t).mappings, { connection: own, ...EXACT, uri });
    assert.ok(requests(host).includes("GetStringValue"));
    const shells = new DeployedResource("shells", TEXT);
    const only = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd";
    await assert.rejects(shells.up(startRun(t).mappings, { connection: own, ...EXACT, uri: only }), isRefused);
    assert.equal(subjects(host).length, 2);
  });

  test("is no matter for one that another certificate is for", async (t) => {
    const { host, own } = await setUp(t);
    const made = new DeployedResource("made", TEXT);
    await made.up(startRun(t).mappings, { connection: own, ...EXACT, subject: "other@localhost" });
    assert.equal(new Set(host.journal.requests().map(({ connection }) => connection)).size, 1);
  });
});

suite("The mapping in use", () => {
  test("gets no other password in place, because the old one cannot be put back", async (t) => {
    const { host, own, mapping } = await setUp(t);
    const rotated = { connection: own, ...WIDE, password: "Rotated-7d2!Secret" };
    await assert.rejects(mapping.up(startRun(t).mappings, rotated), isRefused);
    assert.deepEqual([verbs(host), host.journal.logonFailures()], [[], []]);
    await assert.rejects(mapping.up(startRun(t).mappings, { ...rotated, acceptLockout: true }), {
      message: /\[WINRM_E_MAPPING_CREDENTIALS\]/,
    });
    assert.deepEqual(verbs(host), ["Put"]);
  });

  test("is not deleted where that leaves the connection to a mapping that no logon has proven", async (t) => {
    const { host, own, mapping } = await setUp(t, EXACT);
    host.certMappings.add({ ...WIDE, userName: SVC.name });
    await assert.rejects(mapping.destroy(startRun(t).mappings), isRefused);
    assert.deepEqual(verbs(host), []);
    // The one that hides behind it may go.
    const hidden = new DeployedResource("hidden", TEXT);
    host.certMappings.remove(WIDE);
    await hidden.up(startRun(t).mappings, { connection: own, ...WIDE });
    await hidden.destroy(startRun(t).mappings);
    assert.deepEqual(subjects(host), ["deploy@localhost *"]);
  });
});
