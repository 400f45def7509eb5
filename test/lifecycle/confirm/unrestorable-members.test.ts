/** Members whose names no command line of the host takes: the host cannot put them back, so the connection does. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions } from "../../../simulator";
import { DeployedResource } from "../../support/processes/provider-calls";
import { connectionTo, startHost, startProcess } from "../../support/processes/recorded-process";

const TEXT = `exports.handler=()=>require("pulumi-winrm/runtime").GroupMembership;`;
const ANN = { name: "ann", password: "Summer-2031!" } as const;
/** More than the 20 characters that `net` takes. */
const LONG = "CORP\\Operators of the web servers";
const SHORT = "CORP\\Web";
const GROUP = "Web operators";
const CODE = /\[WINRM_E_(\w+)\]/;

/** Ann is an administrator herself, and in the other group through one of the domain. */
async function setUp(t: TestContext, options: HostOptions = {}, group = GROUP) {
  const host = await startHost(t, {
    domain: { name: "CORP", users: [ANN], groups: { "Operators of the web servers": ["ann"], Web: ["ann"] } },
    groups: { Administrators: ["CORP\\ann"], [GROUP]: [LONG, SHORT, "CORP\\ann"] },
    ...options,
  });
  const { groups } = startProcess(t);
  const auth = { method: "ntlm", username: "CORP\\ann", password: ANN.password } as const;
  const change = (keep: readonly string[]) =>
    new DeployedResource("g", TEXT).up(groups, {
      ...{ connection: connectionTo(host, { auth }), group, mode: "exclusive", members: keep },
    });
  const verbs = () => host.journal.requests().map(({ action }) => action?.split("/").at(-1));
  return { host, change, members: () => host.groups.get(group).members, verbs };
}

suite("A member of a group whose own name is long", () => {
  for (const group of ["Remote Management Users", "Utilisateurs de gestion à distance"]) {
    test(`is put back by the host: ${group}`, async (t) => {
      const { host, members, verbs, change } = await setUp(
        t,
        { groups: { Administrators: ["CORP\\ann"], [group]: [SHORT] } },
        group,
      );
      host.logonRights.set("SeNetworkLogonRight", [group]);
      const message = await change([]).then(
        () => "",
        (error: unknown) => (error instanceof Error ? error.message : ""),
      );
      assert.equal(CODE.exec(message)?.[1], "CONFIRM_FAILED");
      assert.equal(verbs().filter((verb) => verb === "RegisterByXml").length, 1);
      assert.deepEqual(members(), [SHORT]);
    });
  }
});

suite("A member whom the host could not put back", () => {
  test("goes where a fresh logon works after that, which takes one request and no task", async (t) => {
    const { host, change, members, verbs } = await setUp(t);
    await change([SHORT, "CORP\\ann"]);
    assert.deepEqual(members(), [SHORT, "CORP\\ann"]);
    assert.equal(host.scheduler.tasks.length, 0);
    assert.equal(verbs().filter((verb) => verb === "RegisterByXml").length, 0);
    const logons = host.journal
      .requests()
      .filter(({ resourceUri }) => resourceUri?.endsWith("/wsman/1/config") === true);
    assert.equal(logons.length, 1);
  });

  test("is put back over the open connection where it does not", async (t) => {
    const { host, change, members } = await setUp(t, { groups: { Administrators: ["CORP\\ann"], [GROUP]: [LONG] } });
    // Whoever may log on over the network; no client can read that.
    host.logonRights.set("SeNetworkLogonRight", [GROUP]);
    const error: unknown = await change([]).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.equal(CODE.exec(String(error instanceof Error ? error.message : error))?.[1], "CONFIRM_FAILED");
    assert.deepEqual(members(), [LONG]);
  });
});
