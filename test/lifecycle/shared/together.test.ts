/** All five resources of one host: what reading them costs, and that no run leaves anything open on the host. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { collectorOf } from "../../../provider/program/preflight/collector";
import type { PreviewRun } from "../../../provider/program/preflight/preview-run";
import type { HostOptions, MisbehaviourMoment, MisbehaviourRule, SimulatedHost } from "../../../simulator";
import { FIVE, freshHost, managedOn, MAPPED } from "../../support/projects/five";
import { DeployedResource } from "../../support/processes/provider-calls";
import { connectionTo, startHost, startProcess, ADMIN } from "../../support/processes/recorded-process";

type Type = keyof typeof FIVE;
const TYPES = Object.keys(FIVE) as Type[];
/** The built-in Administrator, whom remote UAC leaves alone on a fresh host. */
const ADMINISTRATOR = { name: "Administrator", password: ADMIN.password } as const;
const ENV = { MAPPED_PASSWORD: MAPPED.password } as const;

async function setUp(t: TestContext, options: HostOptions = {}) {
  const host = await startHost(t, { ...freshHost(ADMINISTRATOR), ...options });
  const { auth, hosts, mappings, groups, filter } = startProcess(t, { env: ENV });
  const providers = {
    AuthConfig: auth,
    TrustedHosts: hosts,
    CertMapping: mappings,
    GroupMembership: groups,
    TokenFilterPolicy: filter,
  };
  const { auth: logon, ...rest } = connectionTo(host);
  const connection = { ...rest, auth: { ...logon, username: `${host.name}\\${ADMINISTRATOR.name}` } };
  const five = TYPES.map((type) => {
    const text = `exports.handler=()=>require("pulumi-winrm/runtime").${type};`;
    return { type, provider: providers[type], resource: new DeployedResource(type.toLowerCase(), text) };
  });
  const args = (type: Type): object => ({ connection, ...FIVE[type] });
  return {
    host,
    args,
    up: () => Promise.allSettled(five.map(({ type, provider, resource }) => resource.up(provider, args(type)))),
    refresh: () => Promise.allSettled(five.map(({ provider, resource }) => resource.refresh(provider))),
    destroy: () =>
      Promise.allSettled(
        five.filter(({ resource }) => resource.id !== undefined).map((one) => one.resource.destroy(one.provider)),
      ),
  };
}

type Fixture = Awaited<ReturnType<typeof setUp>>;

/** What the calls returned; the first failure ends the test. */
function succeeded<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

function verbs(host: SimulatedHost): string[] {
  return host.journal.requests().map(({ action }) => action?.split("/").at(-1) ?? "");
}

function leftOn(host: SimulatedHost): object {
  return { shells: host.shells.open, enumerations: host.openEnumerations };
}

const NOTHING = { shells: 0, enumerations: 0 };
const READS = ["Enumerate", "Enumerate", "Get", "Get", "GetDWORDValue"];

/** A preview that only notes what is said. */
async function preflight({ args }: Fixture): Promise<string[]> {
  const said: string[] = [];
  await new Promise<void>((resolve) => {
    const run: PreviewRun = {
      config: () => undefined,
      configKeys: () => [],
      env: ENV,
      identity: () => ({ project: "proj", stack: "dev" }),
      error: (text) => said.push(text),
      warn: (text) => said.push(text),
      note: (text) => said.push(text),
      fail: (text) => said.push(text),
      keepAlive: () => resolve,
    };
    const arrivals = TYPES.map((type) => ({ type, arrived: collectorOf(run).expect() }));
    for (const { type, arrived } of arrivals) arrived({ resource: {}, name: type, type, inputs: args(type) });
  });
  return said;
}

suite("all five resources of one host", { timeout: 600_000 }, () => {
  test("are read in five requests, in a refresh and in the pre-flight, and a run without changes opens no shell", async (t) => {
    const fixture = await setUp(t);
    const { host } = fixture;
    assert.deepEqual(new Set(succeeded(await fixture.up())), new Set(["created"]));
    assert.equal(host.shells.opened, 1, "one shell, for the member");
    host.journal.clear();
    succeeded(await fixture.refresh());
    assert.deepEqual(verbs(host).sort(), READS);
    host.journal.clear();
    assert.deepEqual(await preflight(fixture), [], "nothing differs");
    assert.deepEqual(verbs(host).sort(), READS);
    host.journal.clear();
    assert.deepEqual(new Set(succeeded(await fixture.up())), new Set(["unchanged"]));
    assert.deepEqual(verbs(host), []);
    assert.equal(host.shells.opened, 1, "no further one");
    assert.deepEqual(leftOn(host), NOTHING);
  });

  test("are put back by destroy, and the host is as it was", async (t) => {
    const fixture = await setUp(t);
    const before = managedOn(fixture.host);
    succeeded(await fixture.up());
    assert.notDeepEqual(managedOn(fixture.host), before);
    succeeded(await fixture.destroy());
    assert.deepEqual(managedOn(fixture.host), before);
    assert.deepEqual(leftOn(fixture.host), NOTHING);
  });

  // Both Create and Delete are sent to the mapping and to the shell, so each is met twice.
  const moments = [
    ...[
      "create",
      "command",
      "receive",
      "signal",
      "delete",
      "get",
      "put",
      "enumerate",
      "getdwordvalue",
      "setdwordvalue",
    ],
    ...["create", "delete"],
  ] as MisbehaviourMoment[];
  for (const action of ["reset", "reset-after-apply", "truncate"] as const) {
    for (const [index, on] of moments.entries()) {
      const nth = moments.indexOf(on) < index ? 2 : 1;
      test(`leave nothing open on a host that meets ${on} ${nth} with ${action}, and the next run mends it`, async (t) => {
        await interrupted(await setUp(t), { on, action, nth });
      });
    }
  }

  for (const on of ["receive", "pull"] as const satisfies readonly MisbehaviourMoment[]) {
    test(`leave nothing open where a long sequence or output breaks off at the second ${on}`, async (t) => {
      const options: HostOptions = { shellOutput: { bytesPerReceive: 8 }, config: { MaxBatchItems: 2 } };
      await interrupted(await setUp(t, options), { on, action: "reset", nth: 2 });
    });
  }
});

/** The peer is killed once in an up, a refresh and a destroy; the run after each does what is left, and the host is as it was. */
async function interrupted(fixture: Fixture, rule: MisbehaviourRule): Promise<void> {
  const { host } = fixture;
  const before = managedOn(host);
  const up = await during(host, rule, fixture.up);
  succeeded(await fixture.up());
  const refresh = await during(host, rule, fixture.refresh);
  succeeded(await fixture.refresh());
  assert.deepEqual(new Set(succeeded(await fixture.up())), new Set(["unchanged"]));
  const destroy = await during(host, rule, fixture.destroy);
  assert.ok(
    [up, refresh, destroy].some(({ fired }) => fired),
    "a run came to that message",
  );
  succeeded(await fixture.destroy());
  assert.deepEqual(leftOn(host), NOTHING);
  assert.deepEqual(managedOn(host), before);
  assert.deepEqual(host.journal.logonFailures(), []);
}

/** Runs something with a rule in force, and sees what is left on the host. */
async function during(host: SimulatedHost, rule: MisbehaviourRule, run: () => Promise<unknown>) {
  const misbehaviour = host.injectFault(rule);
  await run();
  misbehaviour.cancel();
  assert.deepEqual(leftOn(host), NOTHING);
  return misbehaviour;
}
