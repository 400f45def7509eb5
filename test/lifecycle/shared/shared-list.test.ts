/** Several processes, and several spellings of one host, that change one TrustedHosts list at the same time. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { DeployedResource } from "../../support/processes/provider-calls";
import type { SimulatedHost } from "../../../simulator";
import { ADMIN, connectionTo, startHost, startProcess } from "../../support/processes/recorded-process";

const LIST = "client/TrustedHosts";
const TEXT = `exports.handler=()=>require("pulumi-winrm/runtime").TrustedHosts;`;

/** A host that takes messages in clear, in which there is no signature to tamper with: rules only do something beside it. */
async function plainHost(t: TestContext) {
  const host = await startHost(t, { config: { "service/auth/Basic": true, "service/AllowUnencrypted": true } });
  const auth = { method: "basic", username: ADMIN.name, password: ADMIN.password };
  return { host, connection: connectionTo(host, { auth, allowUnencrypted: true }) };
}

function putsOn(host: SimulatedHost) {
  return host.journal.writes().filter(({ action }) => action?.endsWith("/Put"));
}

function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .filter((entry) => entry !== "")
    .sort();
}

suite("one list, changed from two sides", () => {
  test("K3: what another process writes over is merged and written again", async (t) => {
    for (const times of [1, 4]) {
      const { host, connection } = await plainHost(t);
      const { hosts } = startProcess(t);
      const resource = new DeployedResource("h", TEXT);
      // The other process read before our Put, and puts after it.
      for (let nth = 3; nth < 3 + times; nth += 1) {
        host.injectFault({
          on: "get",
          nth,
          action: "tamper-signature",
          meanwhile: () => {
            host.config.set(LIST, `other-${nth}`);
          },
        });
      }
      await resource.up(hosts, { connection, entries: ["mine"] });
      assert.deepEqual(listOf(host.config.get(LIST)), ["mine", `other-${times + 2}`]);
      assert.deepEqual(resource.outputs["addedEntries"], ["mine"]);
    }
  });

  test("K3: where that never ends it fails loudly after five times", async (t) => {
    const { host, connection } = await plainHost(t);
    const { hosts } = startProcess(t);
    for (let nth = 3; nth < 13; nth += 1) {
      host.injectFault({
        on: "get",
        nth,
        action: "tamper-signature",
        meanwhile: () => {
          host.config.set(LIST, "other");
        },
      });
    }
    const resource = new DeployedResource("h", TEXT);
    await assert.rejects(resource.up(hosts, { connection, entries: ["mine"] }), {
      message: /\[WINRM_E_NOT_APPLIED\]/,
    });
    assert.equal(putsOn(host).length, 5);
  });

  test("K3: an entry that another process adds meanwhile is no failure", async (t) => {
    const { host, connection } = await plainHost(t);
    const { hosts } = startProcess(t);
    host.injectFault({
      on: "get",
      nth: 3,
      action: "tamper-signature",
      meanwhile: () => {
        host.config.set(LIST, `${host.config.get(LIST)},other`);
      },
    });
    await new DeployedResource("h", TEXT).up(hosts, { connection, entries: ["mine"] });
    assert.deepEqual(listOf(host.config.get(LIST)), ["mine", "other"]);
    assert.equal(putsOn(host).length, 1);
  });

  test("K3: two spellings of one host share one lock in a process: 20 resources, nothing lost", async (t) => {
    const host = await startHost(t);
    const { hosts } = startProcess(t);
    const entries = Array.from({ length: 20 }, (_, index) => `entry-${String(index).padStart(2, "0")}`);
    await Promise.all(
      entries.map((entry, index) =>
        new DeployedResource(entry, TEXT).up(hosts, {
          connection: connectionTo(host, { host: index % 2 === 0 ? "127.0.0.1" : "localhost" }),
          entries: [entry],
        }),
      ),
    );
    assert.deepEqual(listOf(host.config.get(LIST)), entries);
    // Behind one lock nobody writes over another: one Put each.
    assert.equal(putsOn(host).length, entries.length);
  });
});
