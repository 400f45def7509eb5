/** The replacement matrix: whatever happens to the names and the order, the host stays as declared (P2, P3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedHost } from "../../simulator/index.js";
import { SYSTEM_POLICIES_KEY } from "../../simulator/index.js";
import { FIVE, freshHost, MAPPED, managedOn as everythingOn } from "../support/projects/five.js";
import {
  type Declared,
  type HostFixture,
  connectionTo,
  hostFixture,
  linesWith,
  PASSWORD,
  printed,
  putsOf,
  startHost,
} from "./support/hosts.js";

const ADMINISTRATOR = { name: "Administrator", password: PASSWORD } as const;
const TYPES = Object.keys(FIVE) as Declared["type"][];

/** All five of a host, each named by its type and a prefix. */
function five(
  host: SimulatedHost,
  prefix: string,
  options?: (type: string) => string,
  more: Partial<typeof FIVE> = {},
) {
  return TYPES.map((type): Declared => {
    const args = { connection: connectionTo(host), ...FIVE[type], ...more[type] };
    return { type, name: `${prefix}${type}`, args, ...(options === undefined ? {} : { options: options(type) }) };
  });
}

/** What the five manage; not where Windows keeps its configuration, which has what was ever written. */
function managedOn(host: SimulatedHost) {
  const { config, groups, mappings, registry } = everythingOn(host);
  return { config, groups, mappings, policies: registry[SYSTEM_POLICIES_KEY] };
}

function urns(prefix: string): string[] {
  return TYPES.map((type) => `urn:pulumi:dev::proj::pulumi-nodejs:dynamic/winrm:${type}::${prefix}${type}`);
}

async function setUp(t: Parameters<typeof startHost>[0]) {
  const host = await startHost(t, freshHost(ADMINISTRATOR));
  const before = managedOn(host);
  const env = { WINRM_USERNAME: `${host.name}\\${ADMINISTRATOR.name}`, MAPPED_PASSWORD: MAPPED.password };
  const fixture = await hostFixture(t, { resources: five(host, "a"), env });
  await fixture.apply();
  return { host, before, applied: managedOn(host), fixture };
}

/** Everything that a host was sent to change it, groups by way of a shell included. */
function writes(host: SimulatedHost) {
  return { puts: putsOf(host), others: host.journal.writes().length, shells: host.shells.opened };
}

/** What was written, but for a mapping's password: that of a mapping that is taken over is not known, and written anew. */
function settingsWritten(host: SimulatedHost) {
  return putsOf(host).filter((leaves) => !Object.keys(leaves).includes("service/certmapping/Password"));
}

/** Applies, and asserts that the host was neither changed nor written to. */
async function appliesWithoutWrite(
  fixture: HostFixture,
  host: SimulatedHost,
  args: readonly string[] = [],
): Promise<string> {
  host.journal.clear();
  const [state, { shells }] = [managedOn(host), writes(host)];
  const text = printed(await fixture.pulumi(["up", "--yes", "--skip-preview", ...args]));
  assert.deepEqual(managedOn(host), state);
  assert.deepEqual(writes(host), { puts: [], others: 0, shells });
  return text;
}

test("P2, P3: replacements and renames that keep their memory write nothing, and destroy restores", async (t) => {
  const { host, before, applied, fixture } = await setUp(t);

  await t.test("P3: taint of some, --replace of the others", async () => {
    await fixture.pulumi(["state", "taint", "--yes", ...urns("a").slice(0, 3)]);
    const targets = urns("a")
      .slice(3)
      .flatMap((urn) => ["--replace", urn]);
    assert.match(await appliesWithoutWrite(fixture, host, targets), /5 replaced/);
  });

  await t.test("P3: replaceOnChanges with other values writes only what differs", async () => {
    host.journal.clear();
    const more = { TrustedHosts: { entries: ["web02", "web03"] } } as unknown as Partial<typeof FIVE>;
    fixture.declare(five(host, "a", () => '{ replaceOnChanges: ["*"] }', more));
    assert.match(printed(await fixture.apply()), /1 replaced/);
    assert.deepEqual(putsOf(host), [{ "client/TrustedHosts": "web02,web03" }]);
  });

  await t.test("P2: rename with alias", async () => {
    fixture.declare(five(host, "b", (type) => `{ aliases: [{ name: "a${type}" }] }`));
    assert.match(printed(await fixture.apply()), /5 unchanged|1 updated/);
    assert.deepEqual(managedOn(host), applied);
    assert.match(printed(await fixture.pulumi(["preview", "--expect-no-changes"])), /6 unchanged/);
  });

  await t.test("destroy restores what was there before the first apply, with and without the program", async () => {
    await fixture.pulumi(["destroy", "--yes", "--skip-preview", "--run-program"]);
    assert.deepEqual(managedOn(host), before);
  });
});

test("P2: where the engine creates before it deletes, the host stays as declared and a warning names the alias", async (t) => {
  const { host, before, applied, fixture } = await setUp(t);

  await t.test("a rename without alias", async () => {
    fixture.declare(five(host, "b"));
    host.journal.clear();
    const text = printed(await fixture.apply());
    assert.match(text, /5 created/);
    assert.deepEqual(managedOn(host), applied);
    assert.deepEqual(settingsWritten(host), []);
    for (const type of TYPES)
      assert.ok(
        linesWith(text, `b${type} keeps settings`).some((line) => line.includes("aliases")),
        type,
      );
    assert.match(printed(await fixture.pulumi(["preview", "--expect-no-changes"])), /6 unchanged/);
  });

  await t.test("a taint with deleteBeforeReplace: false", async () => {
    fixture.declare(five(host, "b", () => "{ deleteBeforeReplace: false }"));
    await fixture.pulumi(["state", "taint", "--yes", ...urns("b")]);
    host.journal.clear();
    const text = printed(await fixture.apply());
    assert.match(text, /5 replaced/);
    assert.deepEqual(managedOn(host), applied);
    assert.deepEqual(settingsWritten(host), []);
  });

  await t.test("a move into a component", async () => {
    const parent = 'const site = new pulumi.ComponentResource("my:mod:Site", "site");';
    const resources = five(host, "b", () => "{ parent: site }");
    fixture.write({ "index.js": programWith(resources, parent) });
    assert.match(printed(await fixture.apply()), /6 created/);
    assert.deepEqual(managedOn(host), applied);
  });

  await t.test("two owners, of whom one goes, and an explicit provider that comes", async () => {
    const adopt = { CertMapping: { ...FIVE.CertMapping, adopt: true } } as unknown as Partial<typeof FIVE>;
    fixture.declare([...five(host, "c", undefined, adopt), ...five(host, "d", undefined, adopt)]);
    await fixture.apply();
    assert.deepEqual(managedOn(host), applied);
    fixture.declare(five(host, "d", undefined, adopt));
    host.journal.clear();
    await fixture.apply();
    assert.deepEqual(managedOn(host), applied);
    assert.deepEqual(settingsWritten(host), []);
    assert.match(printed(await fixture.pulumi(["preview", "--expect-no-changes"])), /6 unchanged/);
    const resources = five(host, "d", () => "{ provider: site }", adopt);
    fixture.write({ "index.js": programWith(resources, 'const site = new winrm.Provider("site");') });
    await fixture.apply();
    assert.deepEqual(managedOn(host), applied, "the host ends as declared");
  });

  await t.test("destroy leaves no more than what was warned of", async () => {
    await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
    assert.ok(managedOn(host).groups.length === before.groups.length);
  });
});

/** The program with a line before its resources. */
function programWith(resources: readonly Declared[], line: string): string {
  const text = resources.map(({ type, name, args, options }) => {
    return `const ${name} = new winrm.${type}(${JSON.stringify(name)}, ${JSON.stringify(args)}, ${options ?? "{}"});`;
  });
  return [
    'const pulumi = require("@pulumi/pulumi");',
    'const winrm = require("pulumi-winrm");',
    line,
    ...text,
    "",
  ].join("\n");
}
