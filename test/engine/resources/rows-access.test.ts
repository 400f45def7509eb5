/** Rows of the lives of CertMapping, GroupMembership and TokenFilterPolicy with the real CLI that need more than one of each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type SimulatedHost, SYSTEM_POLICIES_KEY } from "../../../simulator/index.js";
import { freshHost, MAPPED, MAPPING_KEY, MEMBER } from "../../support/projects/five.js";
import { diffIn } from "../support/diffs.js";
import {
  byCode,
  type Declared,
  connectionTo,
  findingsIn,
  hostFixture,
  PASSWORD,
  portOf,
  printed,
  startHost,
} from "../support/hosts.js";
import { writesOn } from "../support/hosts.js";

const POLICY = "LocalAccountTokenFilterPolicy";
const ADMINISTRATOR = { name: "Administrator", password: PASSWORD } as const;
const KEYS = {
  given: { ...MAPPING_KEY, subject: "given@localhost" },
  adopted: { ...MAPPING_KEY, subject: "adopted@localhost" },
  since: { ...MAPPING_KEY, subject: "since@localhost" },
  moved: { ...MAPPING_KEY, subject: "moved@localhost" },
};

test("mappings, members and the filter: every argument updated, drifted, replaced, left and changed since", async (t) => {
  const fresh = freshHost(ADMINISTRATOR);
  const others = ["lee", "pat"].map((name) => ({ name, password: PASSWORD, administrator: false }));
  const start = () =>
    startHost(t, {
      ...fresh,
      accounts: [...(fresh.accounts ?? []), ...others],
      config: { "service/auth/Certificate": true },
      certMappings: [{ ...KEYS.adopted, userName: MAPPED.name, password: MAPPED.password, enabled: false }],
      groups: { Listed: ["pat"], Only: ["pat"], Mixed: ["pat"], Old: ["pat"], New: ["pat"], Away: ["pat"] },
    });
  const [host, second] = [await start(), await start()];
  const mapping = (name: keyof typeof KEYS, args: object = {}, on: SimulatedHost = host): Declared => {
    const account = { userName: MAPPED.name, password: { env: "MAPPED_PASSWORD" } };
    return { type: "CertMapping", name, args: { connection: connectionTo(on), ...KEYS[name], ...account, ...args } };
  };
  const group = (name: string, members: readonly string[], args: object = {}): Declared => {
    const all = { connection: connectionTo(host), group: name, members: members.map((one) => `.\\${one}`), ...args };
    return { type: "GroupMembership", name: `g${name}`, args: all };
  };
  const filter = (on: SimulatedHost, args: object = {}): Declared => ({
    type: "TokenFilterPolicy",
    name: "uac",
    args: { connection: connectionTo(on), localAccountTokenFilterPolicy: 1, ...args },
  });
  const exclusive = { mode: "exclusive" } as const;
  const first = [
    mapping("given"),
    mapping("adopted", { adopt: true }),
    mapping("since"),
    mapping("moved"),
    group("Listed", ["kim", "lee"]),
    group("Only", ["kim", "lee"], exclusive),
    group("Mixed", ["kim"]),
    group("Old", ["kim"]),
    group("Away", ["kim"]),
    filter(host),
  ];
  const env = {
    WINRM_USERNAME: `WEB01\\${ADMINISTRATOR.name}`,
    MAPPED_PASSWORD: MAPPED.password,
    MEMBER_PASSWORD: MEMBER.password,
  };
  const fixture = await hostFixture(t, { resources: first, env });
  const members = (name: string, on: SimulatedHost = host) =>
    on.groups
      .get(name)
      .members.map((member) => member.replace("WEB01\\", ""))
      .sort();
  const live = (name: keyof typeof KEYS, on: SimulatedHost = host) => {
    const found = on.certMappings.find(KEYS[name]);
    return found === undefined ? undefined : [found.userName, found.enabled];
  };
  const writes = () => [host, second].flatMap(writesOn);
  const clear = () => {
    for (const one of [host, second]) one.journal.clear();
  };

  await t.test("create makes, adopts and adds", async () => {
    assert.match(printed(await fixture.apply()), /\+ 11 created/);
    for (const name of ["given", "adopted", "since", "moved"] as const)
      assert.deepEqual(live(name), [MAPPED.name, true]);
    assert.deepEqual(members("Listed"), ["kim", "lee", "pat"]);
    assert.deepEqual(members("Only"), ["kim", "lee"]);
    const state = await fixture.state();
    const prior = { userName: MAPPED.name, enabled: false };
    assert.deepEqual(state.resource("adopted").outputs?.["priorMapping"], prior);
    assert.deepEqual(state.resource("gOnly").outputs?.["priorMembers"], [host.groups.sidOf("pat")]);
    clear();
    const opened = host.shells.opened;
    assert.match(printed(await fixture.apply()), /11 unchanged/);
    assert.deepEqual([writes(), host.shells.opened], [[], opened]);
  });

  await t.test("drift of members in both modes and of an adopted mapping is shown and repaired", async () => {
    host.groups.remove("Listed", "kim");
    host.groups.add("Listed", MAPPED.name);
    host.groups.remove("Only", "kim");
    host.groups.add("Only", MAPPED.name);
    host.certMappings.change(KEYS.adopted, { enabled: false });
    const text = printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview", "--diff"]));
    assert.deepEqual(diffIn(text, "Refreshing (dev)"), {
      adopted: ["+enabled: false"],
      gListed: ['members[0]: ".\\\\kim" => ".\\\\lee"', '-members[1]: ".\\\\lee"'],
      gOnly: ['members[0]: ".\\\\kim" => ".\\\\lee"', 'members[1]: ".\\\\lee" => "WEB01\\\\svc-deploy"'],
    });
    assert.deepEqual(writes(), []);
    assert.match(printed(await fixture.apply()), /~ 3 updated\s+8 unchanged/);
    assert.deepEqual(members("Listed"), ["kim", "lee", "pat", "svc-deploy"], "the stranger stays");
    assert.deepEqual(members("Only"), ["kim", "lee"]);
    assert.deepEqual(live("adopted"), [MAPPED.name, true]);
  });

  const given = { userName: MEMBER.name, password: { env: "MEMBER_PASSWORD" }, enabled: false };
  await t.test(
    "every argument is updated; another host and another group replace, and restore the old one",
    async () => {
      clear();
      fixture.declare([
        mapping("given", given),
        mapping("adopted", { adopt: true }),
        mapping("since"),
        mapping("moved", {}, second),
        group("Listed", ["lee", "Administrator"]),
        group("Only", ["lee"], exclusive),
        group("Mixed", ["kim", "lee"], exclusive),
        { ...group("New", ["kim"]), name: "gOld" },
        group("Away", ["kim"], { connection: connectionTo(second) }),
        filter(second),
      ]);
      const text = printed(await fixture.pulumi(["up", "--yes"]));
      assert.match(text, /~ 4 updated\s+\+-4 replaced/);
      assert.deepEqual(live("given"), [MEMBER.name, false]);
      assert.deepEqual([live("moved"), live("moved", second)], [undefined, [MAPPED.name, true]]);
      assert.deepEqual(members("Listed"), ["Administrator", "lee", "pat", "svc-deploy"]);
      assert.deepEqual([members("Only"), members("Mixed")], [["lee"], ["kim", "lee"]]);
      assert.deepEqual([members("Old"), members("New")], [["pat"], ["kim", "pat"]]);
      assert.deepEqual([members("Away"), members("Away", second)], [["pat"], ["kim", "pat"]]);
      assert.equal(host.registry.get(SYSTEM_POLICIES_KEY, POLICY), undefined);
      assert.deepEqual(second.registry.get(SYSTEM_POLICIES_KEY, POLICY), { type: "DWORD", data: 1 });
      const state = await fixture.state();
      assert.equal(state.resource("uac").id, `127.0.0.1:${portOf(second)}/winrm/tokenfilterpolicy`);
      assert.equal(state.resource("gOld").outputs?.["groupName"], "New");
      assert.deepEqual(state.resource("given").inputs?.["userName"], MEMBER.name);
    },
  );

  await t.test("a group goes back to mode members, and onDelete alone writes nothing", async () => {
    clear();
    const leave = { onDelete: "leave" } as const;
    fixture.declare([
      mapping("given", { ...given, ...leave }),
      mapping("adopted", { adopt: true }),
      mapping("since"),
      mapping("moved", {}, second),
      group("Listed", ["lee", "Administrator"]),
      group("Only", ["lee"], exclusive),
      group("Mixed", ["kim"]),
      { ...group("New", ["kim"], leave), name: "gOld" },
      group("Away", ["kim"], { connection: connectionTo(second) }),
      filter(second, leave),
    ]);
    assert.match(printed(await fixture.apply()), /~ 4 updated\s+7 unchanged/);
    assert.deepEqual(
      writes().filter(({ resourceUri }) => !(resourceUri ?? "").endsWith("/cmd")),
      [],
    );
    assert.deepEqual(members("Mixed"), ["kim"], "whom the exclusive list brought is taken out again");
  });

  await t.test("destroy restores, leaves, or keeps what was changed since and says so", async () => {
    host.certMappings.change(KEYS.since, { userName: MEMBER.name, password: MEMBER.password });
    host.groups.add("Only", "pat");
    host.groups.remove("Listed", "lee");
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.match(text, /- 11 deleted/);
    assert.deepEqual(live("given"), [MEMBER.name, false]);
    assert.deepEqual(live("adopted"), [MAPPED.name, false]);
    assert.deepEqual([live("since"), live("moved", second)], [[MEMBER.name, true], undefined]);
    assert.deepEqual(members("Listed"), ["pat", "svc-deploy"]);
    assert.deepEqual([members("Only"), members("Mixed"), members("New")], [["lee", "pat"], [], ["kim", "pat"]]);
    assert.deepEqual(members("Away", second), ["pat"]);
    assert.deepEqual(second.registry.get(SYSTEM_POLICIES_KEY, POLICY), { type: "DWORD", data: 1 });
    assert.deepEqual(byCode(findingsIn(text)), [
      "warning: members [WINRM_E_DRIFT]",
      "warning: userName [WINRM_E_EXISTS]",
      "warning: userName [WINRM_E_DRIFT]",
    ]);
    assert.deepEqual([host.shells.open, host.openEnumerations, host.journal.logonFailures()], [0, 0, []]);
    const files = fixture.rawFiles();
    for (const secret of [PASSWORD, MAPPED.password, MEMBER.password]) assert.ok(!files.includes(secret));
  });
});
