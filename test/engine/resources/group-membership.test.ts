/** GroupMembership under the real CLI: preview, up, drift, refresh, repair, a hazard, destroy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Declared, connectionTo, hostFixture, printed, startHost } from "../support/hosts.js";

const PASSWORD = "Planted-4e2!Secret";
const FAILS = { expectExit: "any" } as const;
const GROUP = "Remote Management Users";

test("GroupMembership from its first preview to its end", async (t) => {
  const host = await startHost(t, {
    accounts: [
      { name: "ops", password: PASSWORD },
      { name: "kim", password: "x", administrator: false },
    ],
    domain: { name: "CORP", users: ["ann", "bob"], groups: { Deploy: ["ann"] } },
    quickConfig: true,
  });
  const connection = connectionTo(host, {
    auth: { method: "ntlm", username: "WEB01\\ops", password: { env: "OPS_PASSWORD" } },
  });
  const group = (args: object): Declared => ({
    type: "GroupMembership",
    name: "operators",
    args: { connection, ...args },
  });
  const code = "exports.members = operators.effectiveMembers;";
  const fixture = await hostFixture(t, {
    resources: [group({ group: "WinRMRemoteWMIUsers__", members: ["kim"] })],
    code,
    env: { OPS_PASSWORD: PASSWORD },
  });
  const declare = (args: object) => {
    fixture.declare([group(args)], code);
  };
  const members = () => host.groups.get(GROUP).members;

  const missing = printed(await fixture.pulumi(["preview"], FAILS));
  assert.match(missing, /"WinRMRemoteWMIUsers__".*"Remote Management Users" \(S-1-5-32-580, PowerShell\)/);
  assert.match(missing, /pre-flight: 1 /);

  declare({ group: GROUP, members: ["kim", "CORP\\Deploy", ".\\nobody"] });
  assert.match(printed(await fixture.pulumi(["preview"], FAILS)), /members\[2\]: .*127\.0\.0\.1:\d+/);
  assert.equal(host.shells.opened, 0, "a preview opens no shell");

  declare({ group: GROUP, members: ["kim", "CORP\\Deploy"] });
  assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /\+ 2 created/);
  assert.deepEqual(members(), ["WEB01\\kim", "CORP\\Deploy"]);
  assert.equal(host.shells.opened, 1, "one shell for all members");

  assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /2 unchanged/);
  assert.equal(host.shells.opened, 1, "an unchanged up opens none");

  host.groups.remove(GROUP, "kim");
  assert.match(
    printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview", "--diff"])),
    /~ \[0\]: "kim" => "CORP/,
  );
  assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /~ 1 updated/);
  assert.deepEqual(members(), ["CORP\\Deploy", "WEB01\\kim"]);

  declare({ group: "Administrators", mode: "exclusive", members: ["Administrator"] });
  assert.match(printed(await fixture.pulumi(["up", "--yes"], FAILS)), /WINRM_E_LOCKOUT/);
  assert.ok(host.groups.get("Administrators").members.includes("WEB01\\ops"));
  assert.deepEqual(members(), ["CORP\\Deploy", "WEB01\\kim"], "a refused preview changes nothing");

  assert.match(printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"])), /- 2 deleted/);
  assert.deepEqual(members(), []);
  assert.deepEqual([host.shells.open, host.openEnumerations], [0, 0]);
  assert.ok(!fixture.rawFiles().includes(PASSWORD));
});
