/** The order in which members of a group are changed on a host: nobody goes before everybody who comes is there. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { ROLLBACK_TASK } from "../../../provider/host/tasks/rollback";
import { DeployedResource } from "../../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess } from "../../support/processes/recorded-process";

const ADMINISTRATORS = "S-1-5-32-544";
const TEXT = `exports.handler=()=>require("pulumi-winrm/runtime").GroupMembership;`;
const KIM = { name: "kim", password: "Spring-2031!", administrator: false } as const;
const ANN = { name: "ann", password: "Summer-2031!" } as const;

async function setUp(t: TestContext) {
  const host = await startHost(t, {
    accounts: [ADMIN, KIM],
    domain: { name: "CORP", users: [ANN, "bob"], groups: { Deploy: ["ann"] } },
    quickConfig: true,
  });
  const { groups } = startProcess(t);
  const as = (username: string, password: string) =>
    connectionTo(host, { auth: { method: "ntlm", username, password } });
  return { host, groups, resource: new DeployedResource("g", TEXT), as };
}

suite("Removals after additions", () => {
  test("L1: an addition that the host refuses keeps the principal through which the operator gets in", async (t) => {
    const { host, groups, resource, as } = await setUp(t);
    host.groups.add(ADMINISTRATORS, "S-1-5-11");
    host.groups.refuse("kim", 1387);
    const args = { group: ADMINISTRATORS, mode: "exclusive", members: ["Administrator", "kim", "CORP\\Domain Admins"] };
    const before = host.groups.memberSids(ADMINISTRATORS);
    // Taking that principal out is confirmed, so that the host takes back the addition that it did make.
    await assert.rejects(resource.up(groups, { ...args, connection: as("WEB01\\kim", KIM.password) }), {
      message: /WEB01\\kim .*\[WINRM_E_CONFIRM_FAILED\]/,
    });
    assert.deepEqual(host.groups.memberSids(ADMINISTRATORS), before);
    host.groups.refuse("kim", 0);
    // The end of that window, for which the next change would wait.
    assert.equal(host.scheduler.delete("\\", ROLLBACK_TASK), 0);
    await resource.up(groups, { ...args, connection: as("WEB01\\kim", KIM.password) });
    assert.ok(!host.groups.memberSids(ADMINISTRATORS).includes("S-1-5-11"), "once the addition succeeds");
  });

  test("L1: a direct membership is not swapped for a group that the host cannot add", async (t) => {
    const { host, groups, resource, as } = await setUp(t);
    host.groups.add(ADMINISTRATORS, "CORP\\ann");
    host.groups.refuse("CORP\\Deploy", 1355);
    const args = { group: ADMINISTRATORS, mode: "exclusive", members: ["Administrator", "CORP\\Deploy"] };
    await assert.rejects(resource.up(groups, { ...args, connection: as("CORP\\ann", ANN.password) }));
    assert.ok(host.groups.get(ADMINISTRATORS).members.includes("CORP\\ann"));
  });

  test("every addition is tried before the change is given up", async (t) => {
    const { host, groups, resource, as } = await setUp(t);
    host.groups.refuse("kim", 1387);
    const members = [".\\kim", "CORP\\bob"];
    const args = { group: "Remote Management Users", mode: "exclusive", members };
    host.groups.add("Remote Management Users", "CORP\\ann");
    await assert.rejects(resource.up(groups, { ...args, connection: as(`WEB01\\${ADMIN.name}`, ADMIN.password) }), {
      message: /kim was not added/,
    });
    assert.deepEqual(host.groups.get("Remote Management Users").members, ["CORP\\ann", "CORP\\bob"]);
  });
});
