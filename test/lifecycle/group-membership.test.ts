/** GroupMembership against a simulated host, called as the engine calls it. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../simulator";
import { dynamicProviderFor } from "../../provider/engine/dynamic-provider";
import { LIFECYCLES } from "../../provider/lifecycle/registry";
import { DeployedResource, isInitFailure, overTheWire } from "../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess } from "../support/processes/recorded-process";

const TEXT = `exports.handler=()=>require("pulumi-winrm/runtime").GroupMembership;`;
const REMOTE_MANAGEMENT = "S-1-5-32-580";
const ADMINISTRATORS = "S-1-5-32-544";
const DOMAIN = {
  name: "CORP",
  users: ["ann", "bob", "eve"],
  groups: { Deploy: ["ann"], Operators: ["bob"] },
};

async function setUp(t: TestContext, options: HostOptions = {}) {
  const accounts = [ADMIN, { name: "kim", password: "Planted-1", administrator: false }];
  const host = await startHost(t, {
    accounts,
    domain: DOMAIN,
    quickConfig: true,
    remoteWmiUsersGroup: true,
    ...options,
  });
  t.after(() => {
    assert.equal(host.shells.open, 0, "no shell is left open");
    assert.equal(host.openEnumerations, 0, "no enumeration is left open");
  });
  const { groups, warnings, process } = startProcess(t);
  const connection = connectionTo(host);
  const args = (members: readonly string[], over: object = {}) => ({ connection, members, ...over });
  return { host, groups, warnings, process, resource: new DeployedResource("g", TEXT), connection, args };
}

function members(host: SimulatedHost, group = "WinRMRemoteWMIUsers__"): readonly string[] {
  return host.groups.get(group).members;
}

/** What was asked of the host, by the last words of actions: `Enumerate`, `Create`. */
function requests(host: SimulatedHost): (string | undefined)[] {
  return host.journal.requests().map(({ action }) => action?.split("/").at(-1));
}

suite("GroupMembership on a host", () => {
  test("adds to the default group what is not there, in one shell, and records whom it added", async (t) => {
    const { host, groups, resource, args } = await setUp(t, { groups: { WinRMRemoteWMIUsers__: ["CORP\\bob"] } });
    const step = await resource.up(groups, args([".\\kim", "CORP\\Deploy", "corp\\BOB"]));
    assert.equal(step, "created");
    assert.deepEqual(members(host), ["CORP\\bob", "WEB01\\kim", "CORP\\Deploy"]);
    assert.equal(requests(host).filter((verb) => verb === "Create").length, 1);
    assert.deepEqual(resource.outputs["addedMembers"], [host.groups.sidOf("kim"), host.groups.sidOf("CORP\\Deploy")]);
    assert.equal(resource.outputs["groupName"], "WinRMRemoteWMIUsers__");
    assert.deepEqual(resource.outputs["effectiveMembers"], members(host));
    assert.equal(resource.id, `127.0.0.1:${host.http!.port}/winrm/groups/winrmremotewmiusers__`);
  });

  test("I5, I6: adds whom no host names, by SID, sees no drift afterwards, and takes them out again", async (t) => {
    const { host, groups, warnings, resource, args } = await setUp(t);
    const entra = "S-1-12-1-3299402513-1234567890-987654321-42";
    const pool = "S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415";
    const wanted = args([entra, "IIS APPPOOL\\DefaultAppPool", ".\\kim"]);
    assert.equal(await resource.up(groups, wanted), "created");
    assert.deepEqual(members(host), [entra, pool, "WEB01\\kim"]);
    const writes = requests(host).filter((verb) => verb === "Create").length;
    assert.equal(await resource.up(groups, wanted), "unchanged");
    await resource.refresh(groups);
    assert.equal(await resource.up(groups, wanted), "unchanged");
    assert.equal(requests(host).filter((verb) => verb === "Create").length, writes);
    assert.deepEqual(resource.outputs["orphanedMembers"], []);
    assert.equal(await resource.up(groups, args([".\\kim"])), "updated");
    assert.deepEqual(members(host), ["WEB01\\kim"]);
    assert.deepEqual(warnings(), []);
  });

  test("opens no shell where nothing is to be done, and reads with two requests", async (t) => {
    const { host, groups, resource, args } = await setUp(t, {
      groups: { WinRMRemoteWMIUsers__: ["CORP\\bob", "kim"] },
    });
    await resource.up(groups, args(["CORP\\bob", "kim"]));
    assert.deepEqual(requests(host), ["Enumerate", "Enumerate"]);
    host.journal.clear();
    await resource.refresh(groups);
    assert.equal(await resource.up(groups, args(["KIM", "corp\\bob"])), "unchanged");
    assert.deepEqual(requests(host), ["Enumerate", "Enumerate"]);
    await resource.destroy(groups);
    assert.deepEqual(members(host), ["CORP\\bob", "WEB01\\kim"], "whoever was there before stays");
  });

  test("takes a member out that the program drops, and leaves strangers alone", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    await resource.up(groups, args(["kim", "CORP\\ann"]));
    host.groups.add("WinRMRemoteWMIUsers__", "CORP\\eve");
    assert.equal(await resource.up(groups, args(["CORP\\ann"])), "updated");
    assert.deepEqual(members(host), ["CORP\\ann", "CORP\\eve"]);
    await resource.destroy(groups);
    assert.deepEqual(members(host), ["CORP\\eve"]);
  });

  test("shows a member that somebody took out as drift, and puts it back", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    await resource.up(groups, args(["kim", "CORP\\ann"]));
    host.groups.remove("WinRMRemoteWMIUsers__", "kim");
    await resource.refresh(groups);
    assert.deepEqual(resource.inputs["members"], ["CORP\\ann"]);
    assert.equal(await resource.up(groups, args(["kim", "CORP\\ann"])), "updated");
    assert.deepEqual(members(host), ["CORP\\ann", "WEB01\\kim"]);
  });

  test("mode exclusive takes everybody else out, shows strangers as drift, and puts the first members back", async (t) => {
    const { host, groups, resource, args } = await setUp(t, {
      groups: { WinRMRemoteWMIUsers__: ["CORP\\bob", "kim"] },
    });
    const exclusive = { mode: "exclusive" };
    await resource.up(groups, args(["CORP\\ann"], exclusive));
    assert.deepEqual(members(host), ["CORP\\ann"]);
    host.groups.add("WinRMRemoteWMIUsers__", "CORP\\eve");
    await resource.refresh(groups);
    assert.deepEqual(resource.inputs["members"], ["CORP\\ann", "CORP\\eve"]);
    assert.equal(await resource.up(groups, args(["CORP\\ann"], exclusive)), "updated");
    assert.deepEqual(members(host), ["CORP\\ann"]);
    await resource.destroy(groups);
    assert.deepEqual([...members(host)].sort(), ["CORP\\bob", "WEB01\\kim"]);
  });

  test("a group that changed after the last apply is left as it is by a destroy of mode exclusive", async (t) => {
    const { host, groups, resource, args, warnings } = await setUp(t, { groups: { WinRMRemoteWMIUsers__: ["kim"] } });
    await resource.up(groups, args(["CORP\\ann"], { mode: "exclusive" }));
    host.groups.add("WinRMRemoteWMIUsers__", "CORP\\eve");
    await resource.destroy(groups);
    assert.deepEqual(members(host), ["CORP\\ann", "CORP\\eve"]);
    assert.match(warnings().join("\n"), /^members: .*\[WINRM_E_DRIFT\]$/m);
  });

  test("onDelete leave leaves the members, and changing the mode keeps the record of strangers", async (t) => {
    const { host, groups, resource, args } = await setUp(t, { groups: { WinRMRemoteWMIUsers__: ["CORP\\bob"] } });
    await resource.up(groups, args(["kim"]));
    await resource.up(groups, args(["kim"], { mode: "exclusive" }));
    assert.deepEqual(members(host), ["WEB01\\kim"]);
    assert.deepEqual(resource.outputs["priorMembers"], [host.groups.sidOf("CORP\\bob")]);
    await resource.up(groups, args(["kim"], { onDelete: "leave" }));
    await resource.destroy(groups);
    assert.deepEqual(members(host), ["WEB01\\kim"]);
  });

  test("whom mode exclusive brought, and mode members no longer names, goes; a stranger since stays", async (t) => {
    const { host, groups, resource, args } = await setUp(t, { groups: { WinRMRemoteWMIUsers__: ["CORP\\bob"] } });
    await resource.up(groups, args(["kim", "CORP\\ann"], { mode: "exclusive" }));
    host.groups.add("WinRMRemoteWMIUsers__", "CORP\\eve");
    await resource.up(groups, args(["kim"]));
    assert.deepEqual([...members(host)].sort(), ["CORP\\eve", "WEB01\\kim"]);
    assert.deepEqual(resource.outputs["addedMembers"], [host.groups.sidOf("kim")]);
  });

  test("whom mode exclusive brought goes with a change of mode also when the account is gone by then", async (t) => {
    const { host, groups, resource, args } = await setUp(t, { groups: { WinRMRemoteWMIUsers__: ["CORP\\eve"] } });
    await resource.up(groups, args(["kim", "CORP\\bob"], { mode: "exclusive" }));
    host.groups.removeFromDomain("bob");
    await resource.up(groups, args(["kim"]));
    assert.deepEqual(members(host), ["WEB01\\kim"]);
    assert.deepEqual(resource.outputs["addedMembers"], [host.groups.sidOf("kim")]);
  });

  test("a second reading of strangers in an exclusive group finds what the first one found", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    await resource.up(groups, args(["kim"], { mode: "exclusive" }));
    host.groups.add("WinRMRemoteWMIUsers__", "CORP\\eve");
    await resource.refresh(groups);
    const first = resource.outputs;
    assert.deepEqual(first["members"], ["kim", "CORP\\eve"]);
    await resource.refresh(groups);
    assert.deepEqual(resource.outputs, first);
  });

  test("another group is another resource; the same group by its SID is not", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    await resource.up(groups, args(["kim"], { group: "Remote Management Users" }));
    assert.equal(await resource.up(groups, args(["kim"], { group: REMOTE_MANAGEMENT })), "unchanged");
    assert.equal(await resource.up(groups, args(["kim"], { group: "Event Log Readers" })), "replaced");
    assert.deepEqual(members(host, REMOTE_MANAGEMENT), []);
    assert.deepEqual(members(host, "Event Log Readers"), ["WEB01\\kim"]);
  });

  test("finds built-in groups on a German host by English name, German name and SID", async (t) => {
    for (const group of ["Remote Management Users", "Remoteverwaltungsbenutzer", REMOTE_MANAGEMENT]) {
      const { host, groups, resource, args } = await setUp(t, { language: "de-DE" });
      await resource.up(groups, args(["kim", "NT AUTHORITY\\Authenticated Users"], { group }));
      assert.deepEqual(members(host, REMOTE_MANAGEMENT), ["WEB01\\kim", "NT-AUTORITÄT\\Authentifizierte Benutzer"]);
      assert.equal(resource.outputs["groupName"], "Remoteverwaltungsbenutzer");
      await resource.destroy(groups);
      assert.deepEqual(members(host, REMOTE_MANAGEMENT), []);
    }
  });

  test("takes SIDs, names of a domain in both forms, and names above 20 characters", async (t) => {
    const long = "svc-deployment-of-the-web";
    const { host, groups, resource, args } = await setUp(t, { domain: { ...DOMAIN, users: [...DOMAIN.users, long] } });
    const bob = host.groups.sidOf("CORP\\bob");
    await resource.up(groups, args([bob, "ann@corp.example.com", `CORP\\${long}`]));
    assert.deepEqual(members(host), ["CORP\\bob", "CORP\\ann", `CORP\\${long}`]);
    assert.deepEqual(resource.outputs["memberSids"], {
      [bob]: bob,
      "ann@corp.example.com": host.groups.sidOf("CORP\\ann"),
      [`CORP\\${long}`]: host.groups.sidOf(`CORP\\${long}`),
    });
    host.journal.clear();
    await resource.refresh(groups);
    assert.equal(await resource.up(groups, args([bob, "ann@corp.example.com", `CORP\\${long}`])), "unchanged");
  });

  test("a group that was renamed is the same group", async (t) => {
    const { host, groups, resource, args } = await setUp(t, { groups: { Deployers: [] } });
    const group = host.groups.get("Deployers").sid;
    await resource.up(groups, args(["kim"], { group }));
    host.groups.rename("Deployers", "Rollout");
    await resource.refresh(groups);
    assert.deepEqual([resource.outputs["groupName"], resource.inputs["members"]], ["Rollout", ["kim"]]);
    await resource.destroy(groups);
    assert.deepEqual(members(host, "Rollout"), []);
  });

  test("keeps a member whose account is gone, says so, and removes it by its SID when it is dropped", async (t) => {
    const { host, groups, resource, args, warnings } = await setUp(t);
    await resource.up(groups, args(["CORP\\bob", "kim"]));
    const bob = host.groups.sidOf("CORP\\bob");
    host.groups.removeFromDomain("bob");
    await resource.refresh(groups);
    assert.deepEqual(resource.inputs["members"], ["CORP\\bob", "kim"], "it is no drift");
    assert.deepEqual(resource.outputs["orphanedMembers"], [bob]);
    await resource.up(groups, args(["CORP\\bob", "kim", "CORP\\ann"]));
    assert.match(warnings().join("\n"), new RegExp(`members\\[0\\]: CORP\\\\bob \\(${bob}\\) .*\\[WINRM_E_\\w+\\]`));
    assert.deepEqual(members(host), [bob, "WEB01\\kim", "CORP\\ann"]);
    await resource.up(groups, args(["kim", "CORP\\ann"]));
    assert.deepEqual(members(host), ["WEB01\\kim", "CORP\\ann"]);
    const sids = ["kim", "CORP\\ann"].map((name) => host.groups.sidOf(name));
    assert.deepEqual(resource.outputs["addedMembers"], sids, "it is taken out once");
  });

  test("a domain that does not answer takes nobody out and is no drift", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    await resource.up(groups, args(["CORP\\bob", "kim"]));
    const before = host.groups.memberSids("WinRMRemoteWMIUsers__");
    host.groups.setDomainReachable(false);
    await resource.refresh(groups);
    assert.deepEqual(resource.inputs["members"], ["CORP\\bob", "kim"]);
    assert.equal(await resource.up(groups, args(["CORP\\bob", "kim"])), "unchanged");
    assert.deepEqual(host.groups.memberSids("WinRMRemoteWMIUsers__"), before);
  });

  test("P14: without a group argument it is Remote Management Users where the host has no WinRMRemoteWMIUsers__", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    host.groups.delete("WinRMRemoteWMIUsers__");
    await resource.up(groups, args(["kim"]));
    assert.deepEqual(members(host, "Remote Management Users"), ["WEB01\\kim"]);
    assert.equal(resource.outputs["groupSid"], "S-1-5-32-580");
    assert.equal(await resource.up(groups, args(["kim"])), "unchanged");
    await resource.destroy(groups);
    assert.deepEqual(members(host, "Remote Management Users"), []);
  });

  test("a group that is gone is taken for deleted, and the next apply says what there is", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    await resource.up(groups, args(["kim"]));
    host.groups.delete("WinRMRemoteWMIUsers__");
    await assert.rejects(resource.refresh(groups), /deleted$/);
    const named = { ...args(["kim"]), group: "WinRMRemoteWMIUsers__" };
    await assert.rejects(new DeployedResource("again", TEXT).up(groups, named), {
      message: /WinRMRemoteWMIUsers__.*"Administrators" \(S-1-5-32-544, .*"Remote Management Users" \(S-1-5-32-580, /,
    });
    await resource.destroy(groups);
  });

  test("names every member that cannot be resolved, before anything is written", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    const error = await resource
      .up(groups, args(["kim", ".\\nobody", "CORP\\nobody", "x@other.example", "Users"]))
      .catch((thrown: unknown) => thrown);
    const text = error instanceof Error ? error.message : "";
    for (const index of [1, 2, 3]) assert.match(text, new RegExp(`members\\[${index}\\]: `));
    assert.match(text, /members\[4\]: WEB01\\Users /);
    assert.match(text, /4 problems/);
    assert.equal(isInitFailure(error), false);
    assert.deepEqual(members(host), []);
    assert.ok(!requests(host).includes("Create"));
  });

  test("explains a domain controller", async (t) => {
    const { groups, resource, args } = await setUp(t, { domainController: true });
    await assert.rejects(resource.up(groups, args(["CORP\\ann"])), {
      message: /domain controller.*\[WINRM_E_\w+\]/s,
    });
  });

  test("reports whom Windows refused, keeps the others, and repairs with the next apply", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    const wanted = args(["CORP\\bob", "kim", "CORP\\ann"]);
    host.groups.refuse("CORP\\bob", 1789);
    host.groups.refuse("CORP\\ann", 1355);
    const error = await resource.up(groups, wanted).catch((thrown: unknown) => thrown);
    assert.ok(isInitFailure(error));
    assert.match(error.message, /CORP\\bob .* \(Win32 error 1789\)/);
    assert.match(error.message, /CORP\\ann .* \(Win32 error 1355\)/);
    assert.deepEqual(members(host), ["WEB01\\kim"], "the others are not held up");
    assert.deepEqual(resource.outputs["members"], ["kim"]);
    assert.deepEqual(resource.outputs["addedMembers"], [host.groups.sidOf("kim")]);
    host.groups.refuse("CORP\\bob", 0);
    host.groups.refuse("CORP\\ann", 0);
    assert.equal(await resource.up(groups, wanted), "updated");
    assert.deepEqual(members(host), ["WEB01\\kim", "CORP\\bob", "CORP\\ann"]);
  });

  test("a connection that breaks while a member is added is looked up, not repeated blindly", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    const rule = host.injectFault({ on: "command", action: "reset-after-apply" });
    await resource.up(groups, args(["kim"]));
    assert.ok(rule.fired);
    assert.deepEqual(members(host), ["WEB01\\kim"]);
    assert.equal(host.shells.commands.length, 1);
  });

  test("what a broken connection left half done is finished, and who is a member already is no failure", async (t) => {
    const { host, groups, resource, args } = await setUp(t);
    host.injectFault({ on: "command", action: "reset-after-apply" });
    await resource.up(groups, args(["kim", "CORP\\ann"]));
    assert.deepEqual(members(host), ["WEB01\\kim", "CORP\\ann"]);
    assert.deepEqual(
      host.shells.commands.map(({ exitCode }) => exitCode),
      [0, 2, 0],
      "the second one is told 1378",
    );
  });

  test("takes nobody out on destroy where that would lock out, and says so", async (t) => {
    const { host, groups, resource, args, warnings } = await setUp(t);
    host.groups.remove("Administrators", "ops");
    host.groups.add("Administrators", "CORP\\Deploy");
    host.groups.add("Administrators", "ops");
    await resource.up(groups, args(["ops"], { group: "Administrators" }));
    resource.outputs["addedMembers"] = [host.groups.sidOf("ops")];
    await resource.destroy(groups);
    assert.ok(members(host, ADMINISTRATORS).includes("WEB01\\ops"));
    assert.match(warnings().join("\n"), /^members: .*Administrators.*WEB01\\ops.*\[WINRM_E_LOCKOUT\]/m);
  });

  suite("that would lock out", () => {
    test("its own account or the group through which it is an administrator is refused", async (t) => {
      const { host, groups, resource, args } = await setUp(t);
      const only = { group: "Administrators", mode: "exclusive" };
      await assert.rejects(resource.up(groups, args(["Administrator", "CORP\\Domain Admins"], only)), {
        message: /WEB01\\ops, .*acceptLockout: true \[WINRM_E_LOCKOUT/,
      });
      assert.ok(members(host, ADMINISTRATORS).includes("WEB01\\ops"));
      await resource.up(groups, args(["Administrator", "ops"], only));
      assert.deepEqual([...members(host, ADMINISTRATORS)].sort(), ["WEB01\\Administrator", "WEB01\\ops"]);
    });

    test("its own account is refused also where a change of mode takes it out, as a member that the resource brought", async (t) => {
      const { host, groups, resource, args } = await setUp(t);
      await resource.up(groups, args(["Administrator", "ops"], { group: "Administrators", mode: "exclusive" }));
      const ops = host.groups.sidOf("ops");
      resource.outputs["priorMembers"] = (resource.outputs["appliedMembers"] as string[]).filter((sid) => sid !== ops);
      await assert.rejects(resource.up(groups, args(["Administrator"], { group: "Administrators", mode: "members" })), {
        message: /WEB01\\ops, .*acceptLockout: true \[WINRM_E_LOCKOUT/,
      });
      assert.ok(members(host, ADMINISTRATORS).includes("WEB01\\ops"));
    });

    test("goes on with acceptLockout, and says so", async (t) => {
      const { host, groups, resource, args, warnings } = await setUp(t);
      const accepted = { group: "Administrators", mode: "exclusive", acceptLockout: true, confirm: false };
      // Reading back may meet the loss of rights.
      await resource.up(groups, args(["Administrator"], accepted)).catch((thrown: unknown) => thrown);
      assert.match(warnings().join("\n"), /WINRM_E_LOCKOUT/);
      assert.deepEqual(members(host, ADMINISTRATORS), ["WEB01\\Administrator"]);
    });

    test("the built-in Administrator cannot be taken out of Administrators, and that is said before", async (t) => {
      const { groups, resource, args } = await setUp(t);
      await assert.rejects(resource.up(groups, args(["ops"], { group: "Administrators", mode: "exclusive" })), {
        message: /name WEB01\\Administrator/,
      });
    });

    test("an administrator may take itself out of a group that it does not need", async (t) => {
      const { host, groups, resource, args } = await setUp(t, { groups: { [REMOTE_MANAGEMENT]: ["ops"] } });
      await resource.up(groups, args(["kim"], { group: REMOTE_MANAGEMENT, mode: "exclusive" }));
      assert.deepEqual(members(host, REMOTE_MANAGEMENT), ["WEB01\\kim"]);
    });
  });
});

suite("GroupMembership among others", () => {
  test("the five parts of a host are read with five requests and no shell", async (t) => {
    const { host, groups, process, args, connection } = await setUp(t, { groups: { WinRMRemoteWMIUsers__: ["kim"] } });
    const all = [
      dynamicProviderFor(LIFECYCLES.AuthConfig, process),
      dynamicProviderFor(LIFECYCLES.TrustedHosts, process),
      dynamicProviderFor(LIFECYCLES.TokenFilterPolicy, process),
      groups,
    ];
    const inputs = [
      { connection, service: { basic: false } },
      { connection, entries: [] },
      { connection, localAccountTokenFilterPolicy: 1 },
      args(["kim"]),
    ];
    const created = await Promise.all(all.map((provider, index) => provider.create(overTheWire(inputs[index]!))));
    host.journal.clear();
    await Promise.all(
      all.map((provider, index) => provider.read(created[index]!.id, overTheWire(created[index]!.outs!))),
    );
    assert.deepEqual(requests(host).sort(), ["Enumerate", "Enumerate", "Get", "GetDWORDValue"]);
    assert.equal(host.shells.opened, 0);
  });

  test("many groups on a host with small envelopes are read in pieces, and nothing is left open", async (t) => {
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`Team ${index}`, ["kim"]]));
    const { host, groups, resource, args } = await setUp(t, { config: { MaxEnvelopeSizekb: 32 }, groups: many });
    await resource.up(groups, args(["kim"], { group: "Team 119" }));
    assert.ok(requests(host).includes("Pull"));
    host.injectFault({ on: "pull", action: "fault", code: 2150858793 });
    await assert.rejects(resource.refresh(groups));
    assert.equal(requests(host).at(-1), "Release");
  });
});
