/** Settings of one host with several owners in one run: who lets go, who takes over, and who remembers what was there before. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { dynamicProviderFor } from "../../../provider/engine/dynamic-provider";
import type { ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import type { SimulatedHost } from "../../../simulator";
import { DeployedResource } from "../../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess } from "../../support/processes/recorded-process";

type Process = ReturnType<typeof startProcess>;

const GROUP = "Deployers";
const others = ["kim", "lee"].map((name) => ({ name, password: "Winter-2031!", administrator: false }));

/** Something of which two resources can each own a part. */
interface Kind {
  readonly name: "AuthConfig" | "TrustedHosts" | "GroupMembership";
  /** Arguments that want the first part, the second, or both. */
  readonly args: (host: SimulatedHost, ...parts: readonly (0 | 1)[]) => object;
  /** Whether the host has the parts. */
  readonly live: (host: SimulatedHost) => readonly [boolean, boolean];
}

const BASIC = "service/auth/Basic";
const CREDSSP = "service/auth/CredSSP";
const member = ["kim", "WEB01\\lee"] as const;
const SETTINGS = ["basic", "credSSP"] as const;
const entry = ["web02", "web03"] as const;

const KINDS: readonly Kind[] = [
  {
    name: "AuthConfig",
    args: (host, ...parts) => ({
      connection: connectionTo(host),
      service: Object.fromEntries(parts.map((part) => [SETTINGS[part], true])),
    }),
    live: ({ config }) => [config.get(BASIC) === "true", config.get(CREDSSP) === "true"],
  },
  {
    name: "TrustedHosts",
    args: (host, ...parts) => ({ connection: connectionTo(host), entries: parts.map((part) => entry[part]) }),
    live: ({ config }) => {
      const list = config.get("client/TrustedHosts").split(",");
      return [list.includes(entry[0]), list.includes(entry[1])];
    },
  },
  {
    name: "GroupMembership",
    args: (host, ...parts) => ({
      connection: connectionTo(host),
      group: GROUP,
      members: parts.map((part) => member[part]),
    }),
    live: ({ groups }) => {
      const sids = groups.memberSids(GROUP);
      return [sids.includes(groups.sidOf("kim")), sids.includes(groups.sidOf("lee"))];
    },
  },
];

async function setUp(t: TestContext, { name, args: argsOf, live }: Kind) {
  const host = await startHost(t, { accounts: [ADMIN, ...others], groups: { [GROUP]: [] } });
  const run = () => {
    const process = startProcess(t);
    return { ...process, provider: dynamicProviderFor(LIFECYCLES[name] as ResourceLifecycle, process.process) };
  };
  const args = (...parts: readonly (0 | 1)[]) => argsOf(host, ...parts);
  const forgotten = ({ warnings }: Process) => warnings().filter((text) => text.includes("keeps settings of"));
  return { host, run, args, live: () => live(host), forgotten };
}

/** Two resources of one run, each with a part of its own. */
async function twoOwners(t: TestContext, kind: Kind) {
  const stage = await setUp(t, kind);
  const [one, two] = [new DeployedResource("one"), new DeployedResource("two")];
  const { provider } = stage.run();
  await one.up(provider, stage.args(0));
  await two.up(provider, stage.args(1));
  return { ...stage, one, two };
}

suite("P3: a replacement whose second half fails", () => {
  test("keeps what was there before the first apply, and destroy restores it", async (t) => {
    const kind = KINDS[0]!;
    const { host, run, args, live } = await setUp(t, kind);
    const resource = new DeployedResource("one");
    await resource.up(run().provider, args(0));
    const { provider } = run();
    await resource.check(provider, args(0));
    await resource.destroy(provider);
    host.policy.set(BASIC, false);
    await assert.rejects(resource.up(provider, args(0)), /WINRM_E_POLICY_CONFLICT/);
    host.policy.clear(BASIC);
    assert.equal(await resource.up(run().provider, args(0)), "updated");
    await resource.destroy(run().provider);
    assert.deepEqual(live(), [false, false]);
  });
});

suite("P2: a list of * that goes", () => {
  for (const mode of ["entries", "exclusive"] as const) {
    for (const order of ["created first", "deleted first"] as const) {
      test(`leaves the entries of the one that comes (${mode}, ${order})`, async (t) => {
        const { host, run, args } = await setUp(t, KINDS[1]!);
        const [wide, narrow] = [new DeployedResource("wide"), new DeployedResource("narrow")];
        const list = () => host.config.get("client/TrustedHosts");
        await wide.up(run().provider, { ...args(), entries: ["*"], mode });
        const { provider } = run();
        await narrow.check(provider, args(0, 1));
        if (order === "created first") await narrow.up(provider, args(0, 1));
        await wide.destroy(provider);
        if (order === "deleted first") await narrow.up(provider, args(0, 1));
        assert.equal(list(), "web02,web03");
        await narrow.destroy(run().provider);
        assert.equal(list(), order === "created first" ? "web02,web03" : "", "a warning said what is forgotten");
      });
    }
  }
});

suite("P2, P3: two owners on one host", () => {
  for (const kind of KINDS) {
    test(`${kind.name}: a second owner of another part takes nothing from the first`, async (t) => {
      const { run, args, live, forgotten } = await setUp(t, kind);
      const [one, two] = [new DeployedResource("one"), new DeployedResource("two")];
      await one.up(run().provider, args(0));
      const second = run();
      assert.equal(await one.up(second.provider, args(0)), "unchanged");
      await two.up(second.provider, args(1));
      assert.deepEqual([live(), forgotten(second)], [[true, true], []]);
      await two.destroy(run().provider);
      assert.deepEqual(live(), [true, false]);
      await one.destroy(run().provider);
      assert.deepEqual(live(), [false, false]);
    });

    test(`${kind.name}: what one lets go and another takes in the same run is not written, and destroy restores it`, async (t) => {
      const { run, args, live, forgotten, one, two } = await twoOwners(t, kind);
      const second = run();
      // The engine checks and compares both before it applies the first.
      await two.check(second.provider, args(0, 1));
      await one.up(second.provider, args());
      await two.up(second.provider, args(0, 1));
      assert.deepEqual([live(), forgotten(second)], [[true, true], []]);
      await two.destroy(run().provider);
      assert.deepEqual(live(), [false, false]);
    });

    test(`${kind.name}: where it is taken before it is let go, a warning says that destroy will leave it`, async (t) => {
      const { run, args, live, forgotten, one, two } = await twoOwners(t, kind);
      const second = run();
      await two.up(second.provider, args(0, 1));
      await one.up(second.provider, args());
      assert.deepEqual([live(), forgotten(second).length], [[true, true], 1]);
    });

    test(`${kind.name}: of two with equal arguments the one that goes leaves the settings, and what was there before is said to be forgotten`, async (t) => {
      const { run, args, live, forgotten } = await setUp(t, kind);
      const [one, two] = [new DeployedResource("one"), new DeployedResource("two")];
      const first = run();
      await one.up(first.provider, args(0));
      await two.up(first.provider, args(0));
      const second = run();
      await two.up(second.provider, args(0));
      await one.destroy(second.provider);
      assert.deepEqual([live(), forgotten(second).length], [[true, false], 1]);
    });
  }
});
