/** TrustedHosts against a simulated host, called as the engine calls it. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions } from "../../simulator";
import { DeployedResource, isInitFailure } from "../support/processes/provider-calls";
import { connectionTo, startHost, startProcess, writesTo } from "../support/processes/recorded-process";

const LIST = "client/TrustedHosts";

async function setUp(t: TestContext, live = "", options: HostOptions = {}) {
  const host = await startHost(t, { config: { [LIST]: live }, ...options });
  const { hosts, warnings, process } = startProcess(t);
  const text = `exports.handler=()=>require("pulumi-winrm/runtime").TrustedHosts;`;
  return { host, hosts, warnings, process, resource: new DeployedResource("h", text), connection: connectionTo(host) };
}

suite("TrustedHosts on a host", () => {
  test("the first apply adds what is missing and remembers what it added", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "foreign,WEB01");
    assert.equal(await resource.up(hosts, { connection, entries: ["web01", "web02"] }), "created");
    assert.deepEqual(writesTo(host), [{ [LIST]: "foreign,WEB01,web02" }]);
    assert.equal(resource.id, `127.0.0.1:${host.http!.port}/winrm/trustedhosts`);
    const { effectiveEntries, priorEntries, addedEntries, appliedEntries, policyOwned } = resource.outputs;
    // Mode entries needs only what it added.
    assert.deepEqual(effectiveEntries, ["foreign", "WEB01", "web02"]);
    assert.deepEqual([priorEntries, appliedEntries], [[], []]);
    assert.deepEqual(addedEntries, ["web02"]);
    assert.equal(policyOwned, false);
  });

  test("a list that has the entries, in any order and case, is adopted without a write", async (t) => {
    for (const mode of ["entries", "exclusive"]) {
      const { host, hosts, resource, connection } = await setUp(t, "B,a");
      const args = { connection, entries: ["A", "b"], mode };
      await resource.up(hosts, args);
      await resource.refresh(hosts);
      assert.equal(await resource.up(hosts, args), "unchanged");
      assert.deepEqual(host.journal.writes(), []);
      await resource.destroy(hosts);
      assert.deepEqual(host.journal.writes(), []);
    }
  });

  test("the same entries in another spelling are no change", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t);
    await resource.up(hosts, { connection, entries: ["a", "b"] });
    const seen = host.journal.length;
    assert.equal(await resource.up(hosts, { connection, entries: ["B", "A", "a"], mode: "entries" }), "unchanged");
    assert.equal(host.journal.length, seen);
  });

  test("an update adds and removes its own entries, and leaves others alone", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "x");
    await resource.up(hosts, { connection, entries: ["a", "b"] });
    host.config.set(LIST, "x,a,b,y");
    assert.equal(await resource.up(hosts, { connection, entries: ["b", "c", "x"] }), "updated");
    assert.equal(host.config.get(LIST), "x,b,y,c");
    assert.deepEqual(resource.outputs["addedEntries"], ["b", "c"]);
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "x,y");
  });

  test("an entry that is missing is drift and comes back; a foreign one is none", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t);
    const args = { connection, entries: ["a", "b"] };
    await resource.up(hosts, args);
    host.config.set(LIST, "A,foreign");
    await resource.refresh(hosts);
    assert.deepEqual(resource.inputs["entries"], ["a"]);
    assert.equal(await resource.up(hosts, args), "updated");
    assert.equal(host.config.get(LIST), "A,foreign,b");
    assert.deepEqual(resource.outputs["addedEntries"], ["a", "b"]);
  });

  test("in mode exclusive a foreign entry is drift and goes", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "x");
    const args = { connection, entries: ["a"], mode: "exclusive" };
    await resource.up(hosts, args);
    assert.equal(host.config.get(LIST), "a");
    host.config.set(LIST, "a,z");
    await resource.refresh(hosts);
    assert.deepEqual(resource.inputs["entries"], ["a", "z"]);
    assert.equal(await resource.up(hosts, args), "updated");
    assert.equal(host.config.get(LIST), "a");
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "x");
  });

  test("destroy of an exclusive list leaves a list that was changed since", async (t) => {
    const { host, hosts, resource, connection, warnings } = await setUp(t, "x");
    await resource.up(hosts, { connection, entries: ["a"], mode: "exclusive" });
    host.config.set(LIST, "a,z");
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "a,z");
    assert.match(warnings().join("\n"), /^entries: .*a, z.*\[WINRM_E_DRIFT\]$/m);
  });

  test("destroy does not write a list that has only another order", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "B,a");
    await resource.up(hosts, { connection, entries: ["a", "b"], mode: "exclusive" });
    host.config.set(LIST, "A,b");
    await resource.destroy(hosts);
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a change of mode keeps apart what was there before and what the resource brought", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "x");
    await resource.up(hosts, { connection, entries: ["a", "x"] });
    await resource.up(hosts, { connection, entries: ["a"], mode: "exclusive" });
    assert.equal(host.config.get(LIST), "a");
    assert.deepEqual(resource.outputs["priorEntries"], ["x"]);
    await resource.up(hosts, { connection, entries: ["a", "b"], mode: "entries" });
    assert.deepEqual(resource.outputs["addedEntries"], ["a", "b"]);
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "");
  });

  test("an entry of mode exclusive that mode entries no longer names goes, and a stranger since stays", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "x");
    await resource.up(hosts, { connection, entries: ["a", "b"], mode: "exclusive" });
    host.config.set(LIST, "a,b,z");
    await resource.up(hosts, { connection, entries: ["a"] });
    assert.equal(host.config.get(LIST), "a,z");
    assert.deepEqual(resource.outputs["addedEntries"], ["a"]);
  });

  test("with onDelete leave the host is not even asked", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t);
    await resource.up(hosts, { connection, entries: ["a"], onDelete: "leave" });
    const seen = host.journal.length;
    await resource.destroy(hosts);
    assert.equal(host.journal.length, seen);
    assert.equal(host.config.get(LIST), "a");
  });

  test("an empty exclusive list is written as such and put back", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "a,b");
    await resource.up(hosts, { connection, entries: [], mode: "exclusive" });
    assert.deepEqual(writesTo(host), [{ [LIST]: "" }]);
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "a,b");
  });

  test("read with arguments only, as .get does it, shows the whole list", async (t) => {
    const { hosts, connection, resource } = await setUp(t, "a,b");
    const props = { connection, entries: [], mode: "exclusive", __provider: resource.text };
    const read = await hosts.read("winrm/trustedhosts", props);
    const outputs = read.props as Record<string, unknown>;
    assert.deepEqual(outputs["effectiveEntries"], ["a", "b"]);
    assert.deepEqual(outputs["entries"], ["a", "b"]);
  });

  test("a failure to read back keeps the resource with what it added", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "x");
    host.injectFault({ on: "get", nth: 3, action: "fault", code: 5 });
    const args = { connection, entries: ["a"] };
    await assert.rejects(resource.up(hosts, args), isInitFailure);
    assert.deepEqual(resource.outputs["addedEntries"], ["a"]);
    await resource.up(hosts, args);
    assert.equal(writesTo(host).length, 1);
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "x");
  });
});

suite("TrustedHosts and *", () => {
  test("a host that trusts everybody needs no further entry, and destroy takes nothing away", async (t) => {
    const { host, hosts, resource, connection, warnings } = await setUp(t, "*");
    const args = { connection, entries: ["a"] };
    await resource.up(hosts, args);
    assert.match(warnings().join("\n"), /^entries: .*\(\*\)/m);
    assert.deepEqual(resource.outputs["addedEntries"], []);
    await resource.refresh(hosts);
    assert.equal(await resource.up(hosts, args), "unchanged");
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "*");
    assert.deepEqual(host.journal.writes(), []);
  });

  test("* beside foreign entries is refused, and mode exclusive replaces them and puts them back", async (t) => {
    const { host, hosts, resource, connection, warnings } = await setUp(t, "a,b");
    await assert.rejects(resource.up(hosts, { connection, entries: ["*"] }), {
      message: /\* .*a, b; .*"exclusive"/,
    });
    await resource.up(hosts, { connection, entries: ["*"], mode: "exclusive" });
    assert.equal(host.config.get(LIST), "*");
    assert.match(warnings().join("\n"), /^entries: .*\*/m);
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "a,b");
  });

  test("* on an empty list is added, replaced by names, and added again", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t);
    await resource.up(hosts, { connection, entries: ["*"] });
    await resource.up(hosts, { connection, entries: ["a"] });
    assert.equal(host.config.get(LIST), "a");
    await resource.up(hosts, { connection, entries: ["*"] });
    assert.deepEqual(writesTo(host), [{ [LIST]: "*" }, { [LIST]: "a" }, { [LIST]: "*" }]);
    await resource.destroy(hosts);
    assert.equal(host.config.get(LIST), "");
  });
});

suite("TrustedHosts and Group Policy", () => {
  const options = { policy: { [LIST]: "corp*" }, config: {} };

  test("a policy that has the entries is neither a conflict nor a write", async (t) => {
    const { host, hosts, resource, connection } = await setUp(t, "", options);
    await resource.up(hosts, { connection, entries: ["CORP*"] });
    assert.equal(resource.outputs["policyOwned"], true);
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a policy that lacks one fails the apply, or is left with a warning and no drift", async (t) => {
    const { host, hosts, resource, connection, warnings } = await setUp(t, "", options);
    const args = { connection, entries: ["web01"] };
    await assert.rejects(resource.up(hosts, args), {
      message: /Group Policy fixes TrustedHosts to corp\* \(.*TrustedHostsList\).*WINRM_E_POLICY_CONFLICT/,
    });
    const left = { ...args, onPolicyConflict: "warn" };
    await resource.up(hosts, left);
    assert.match(warnings().join("\n"), /\[WINRM_E_POLICY_CONFLICT\]/);
    await resource.refresh(hosts);
    assert.equal(await resource.up(hosts, left), "unchanged");
    await resource.destroy(hosts);
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a list that a policy owns by now stays at destroy, with a warning", async (t) => {
    const { host, hosts, resource, connection, warnings } = await setUp(t);
    await resource.up(hosts, { connection, entries: ["a"] });
    host.policy.set(LIST, "a,b");
    await resource.destroy(hosts);
    assert.match(warnings().join("\n"), /stay a, b on .*: Group Policy owns them/);
    assert.equal(writesTo(host).length, 1);
  });
});
