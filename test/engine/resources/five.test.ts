/** All five resources of one host with the real CLI: each drifts, refresh says how, up repairs, destroy puts back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_POLICIES_KEY } from "../../../simulator/index.js";
import { FIVE, freshHost, GROUP, managedOn, MAPPED, MAPPING_KEY, MEMBER } from "../../support/projects/five.js";
import {
  type Declared,
  connectionTo,
  diagnosticsOf,
  hostFixture,
  linesWith,
  PASSWORD,
  printed,
  startHost,
} from "../support/hosts.js";

const ADMINISTRATOR = { name: "Administrator", password: PASSWORD } as const;
const POLICY = "LocalAccountTokenFilterPolicy";

test("all five resources of a host: drift of each is shown and repaired, and destroy puts everything back", async (t) => {
  const host = await startHost(t, freshHost(ADMINISTRATOR));
  const connection = connectionTo(host);
  const resources = (Object.keys(FIVE) as Declared["type"][]).map((type): Declared => {
    return { type, name: type.toLowerCase(), args: { connection, ...FIVE[type] } };
  });
  const env = { WINRM_USERNAME: `${host.name}\\${ADMINISTRATOR.name}`, MAPPED_PASSWORD: MAPPED.password };
  const fixture = await hostFixture(t, { resources, env });
  const before = managedOn(host);
  const first = printed(await fixture.pulumi(["up", "--yes"]));
  assert.match(first, /\+ 6 created/);
  assert.doesNotMatch(first, /warning:|error:/);
  const applied = managedOn(host);

  await t.test("refresh shows exactly what somebody changed, property by property", async () => {
    host.config.set("service/auth/Basic", true);
    host.config.set("service/auth/Certificate", false);
    host.config.set("client/TrustedHosts", "");
    host.certMappings.change(MAPPING_KEY, { userName: MEMBER.name, password: MEMBER.password, enabled: false });
    host.groups.remove(GROUP, MEMBER.name);
    host.registry.set(SYSTEM_POLICIES_KEY, POLICY, 0);
    const text = printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview", "--diff"]));
    assert.match(text, /~ 5 updated/);
    assert.deepEqual(changesIn(text.slice(text.indexOf("Refreshing (dev)"))), {
      authconfig: ["service: {", "basic: false => true", "certificate: true => false"],
      trustedhosts: ["entries: [", '[0]: "web02"'],
      certmapping: ["enabled: false", 'userName: "svc-deploy" => "kim"'],
      groupmembership: ["members: [", '[0]: ".\\\\kim"'],
      tokenfilterpolicy: ["localAccountTokenFilterPolicy: 1 => 0"],
    });
  });

  await t.test("the next preview shows what is live and what is wanted, and writes nothing", async () => {
    host.journal.clear();
    const text = printed(await fixture.pulumi(["preview"]));
    assert.match(text, /~ 5 to update/);
    const live = linesWith(text, /^ +live on /).map((line) =>
      line.replace(/^live on \S+: (?:entries are .*(?=,))?/, ""),
    );
    assert.deepEqual(live.sort(), [
      ", wanted web02",
      "localAccountTokenFilterPolicy is 0, wanted 1",
      `members of ${GROUP} lack WEB01\\${MEMBER.name}`,
      "service.basic is true, wanted false; service.certificate is false, wanted true",
      "userName is kim, wanted svc-deploy; enabled is false, wanted true",
    ]);
    assert.deepEqual(host.journal.writes(), []);
  });

  await t.test("up repairs all of it, and another one does nothing and opens no shell", async () => {
    assert.match(printed(await fixture.apply()), /~ 5 updated/);
    assert.deepEqual(managedOn(host), applied);
    const { opened } = host.shells;
    host.journal.clear();
    assert.match(printed(await fixture.pulumi(["up", "--yes"])), /6 unchanged/);
    assert.equal(host.journal.requests().length, 5, "the preview reads each part once");
    assert.deepEqual([host.shells.opened, host.shells.open], [opened, 0]);
  });

  await t.test("destroy leaves the host as it was", async () => {
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.match(text, /- 6 deleted/);
    assert.deepEqual(diagnosticsOf(text), {});
    assert.deepEqual(managedOn(host), before);
    assert.deepEqual([host.shells.open, host.openEnumerations], [0, 0]);
    assert.deepEqual(host.journal.logonFailures(), []);
  });
});

test("a wrong argument fails the preview at its property, before a host is asked", async (t) => {
  const host = await startHost(t, freshHost(ADMINISTRATOR));
  const connection = connectionTo(host);
  const fixture = await hostFixture(t, { resources: [] });
  for (const [type, property, args] of [
    ["CertMapping", "userName.value", { ...FIVE.CertMapping, userName: ".\\svc" }],
    ["GroupMembership", "members[0]", { members: ["CORP\\*"] }],
    ["TokenFilterPolicy", "localAccountTokenFilterPolicy.value", { localAccountTokenFilterPolicy: 2 }],
  ] as const) {
    // The engine ends a preview at the first resource that is wrong, and prints the value of a property that is not nested.
    // Those of the other two are in errors.test.ts.
    fixture.declare([{ type, name: "wrong", args: { connection, ...args } }]);
    const text = printed(await fixture.pulumi(["preview"], { expectExit: "any" }));
    const lines = diagnosticsOf(text)[`${type} (wrong)`] ?? [];
    assert.ok(
      lines.some((line) => line.startsWith("error:") && line.includes(`property ${property} value {<nil>}`)),
      `${type}\n${text}`,
    );
  }
  assert.deepEqual(host.journal.writes(), []);
});

/** The lines of a detailed diff that say what changes, by resource, without signs and padding. */
function changesIn(text: string): Readonly<Record<string, readonly string[]>> {
  const changes: Record<string, string[]> = {};
  let current: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("Resources:")) break;
    const name = /^ +\[urn=.*::([^:\]]+)\]$/.exec(line)?.[1];
    if (name !== undefined) current = changes[name] = [];
    const change = /^ {6,}[-+~] (\S+?) *: (.*)$/.exec(line);
    if (change !== null && !(change[2] ?? "").startsWith("(")) current.push(`${change[1]}: ${change[2]}`);
  }
  return Object.fromEntries(Object.entries(changes).filter(([, lines]) => lines.length > 0));
}
