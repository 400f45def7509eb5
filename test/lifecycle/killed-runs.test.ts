/** A provider process that is killed (SIGKILL) after a write: what the next run makes of it, and says of it. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { ResourceType } from "../../provider/contract/resource-shape";
import { WRITERS_KEY } from "../../provider/lifecycle/change/host-turn";
import type { MisbehaviourMoment } from "../../simulator/fault-injection";
import type { SimulatedHost } from "../../simulator";
import { type HostOptions } from "../../simulator";
import { authority, thumbprint } from "../support/hosts/client-certificates";
import { endOf, startCreate } from "../support/processes/create-process";
import { DeployedResource, type Provider } from "../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess, writesTo } from "../support/processes/recorded-process";

const CA = authority();
const SVC = { name: "svc-deploy", password: "Mapped-7d2!Secret" } as const;
const KIM = { name: "kim", password: "Member-7d2!Secret", administrator: false } as const;
const LEE = { name: "lee", password: "Member-8d2!Secret", administrator: false } as const;
const GROUP = "Remote Management Users";
const MAPPING = {
  subject: "deploy@localhost",
  issuer: thumbprint(CA.certPem),
  userName: SVC.name,
  password: SVC.password,
};

interface Kill {
  readonly type: ResourceType;
  readonly args: object;
  readonly options?: HostOptions;
  /** The request at which the process dies; what came before it was carried out. */
  readonly at: { readonly on: MisbehaviourMoment; readonly nth: number };
}

/** A host on which a run died. */
async function diedOn(t: TestContext, { type, args, options, at }: Kill): Promise<SimulatedHost> {
  const host = await startHost(t, {
    accounts: [ADMIN, SVC, KIM, LEE],
    certificates: { authorities: [CA.certPem] },
    ...options,
  });
  const child = startCreate({ type, inputs: { connection: connectionTo(host), ...args } });
  t.after(() => child.kill("SIGKILL"));
  const rule = host.injectFault({ ...at, action: "hang", meanwhile: () => child.kill("SIGKILL") });
  assert.equal(await endOf(child), "SIGKILL");
  assert.ok(rule.fired);
  host.journal.clear();
  return host;
}

function next(t: TestContext, type: ResourceType, pick: (process: ReturnType<typeof startProcess>) => Provider) {
  const runtime = startProcess(t);
  const text = `exports.handler=()=>require("pulumi-winrm/runtime").${type};`;
  return { ...runtime, provider: pick(runtime), resource: new DeployedResource("next", text) };
}

suite("after a provider that was killed", () => {
  const mapping: Kill = { type: "CertMapping", args: MAPPING, at: { on: "get", nth: 2 } };

  test("K1: a mapping for the same account is taken over, with a warning, and destroy says that it stays", async (t) => {
    const host = await diedOn(t, mapping);
    assert.equal(host.certMappings.list().length, 1, "the write was done");
    const { provider, resource, warnings, notes } = next(t, "CertMapping", ({ mappings }) => mappings);
    const args = { connection: connectionTo(host), ...MAPPING };
    assert.equal(await resource.up(provider, args), "created");
    assert.match(warnings().join("\n"), /^userName: .*\[WINRM_E_EXISTS\]$/);
    assert.equal(notes().length, 1);
    // Nobody can tell which password the dead run wrote.
    assert.deepEqual(Object.keys(writesTo(host)[0]!).sort(), [
      "service/certmapping/Password",
      "service/certmapping/UserName",
    ]);
    assert.equal(await resource.up(provider, args), "unchanged");
    await resource.destroy(provider);
    assert.equal(host.certMappings.list().length, 1);
    assert.equal(warnings().length, 2);
    assert.equal(notes().length, 2);
  });

  test("K1: a mapping for another account is refused, unless it is adopted", async (t) => {
    const host = await diedOn(t, mapping);
    const { provider, resource } = next(t, "CertMapping", ({ mappings }) => mappings);
    const args = { connection: connectionTo(host), ...MAPPING, userName: KIM.name, password: KIM.password };
    await assert.rejects(resource.up(provider, args), { message: /\[WINRM_E_EXISTS\]/ });
    assert.deepEqual(host.journal.writes(), []);
    assert.equal(await resource.up(provider, { ...args, adopt: true }), "created");
  });

  test("K1: a run that died before the write changes nothing for the next", async (t) => {
    const host = await diedOn(t, { ...mapping, at: { on: "create", nth: 1 } });
    const { provider, resource, warnings, notes } = next(t, "CertMapping", ({ mappings }) => mappings);
    await resource.up(provider, { connection: connectionTo(host), ...MAPPING });
    await resource.destroy(provider);
    assert.deepEqual([host.certMappings.list(), warnings(), notes()], [[], [], []]);
  });

  test("K2: members that were there already are counted when the resource is created, and when destroy leaves them", async (t) => {
    const members = [KIM.name, LEE.name];
    const host = await diedOn(t, {
      type: "GroupMembership",
      args: { group: GROUP, members },
      at: { on: "command", nth: 2 },
    });
    assert.equal(host.groups.get(GROUP).members.length, 1, "one member was added");
    const { provider, resource, notes } = next(t, "GroupMembership", ({ groups }) => groups);
    await resource.up(provider, { connection: connectionTo(host), group: GROUP, members });
    assert.equal(host.groups.get(GROUP).members.length, 2);
    assert.equal(notes().length, 1);
    assert.match(notes()[0]!, /^1 of\b/);
    await resource.destroy(provider);
    assert.equal(host.groups.get(GROUP).members.length, 1);
    assert.match(notes()[1]!, /^1 of\b/);
  });

  const SETTINGS = { service: { basic: true }, client: { digest: false } };

  for (const [nth, adopted] of [
    [1, []],
    [2, ["client.digest"]],
  ] as const) {
    test(`K2: settings written before the process died at Put ${nth} are named at create and at destroy`, async (t) => {
      const host = await diedOn(t, { type: "AuthConfig", args: SETTINGS, at: { on: "put", nth } });
      const { provider, resource, notes } = next(t, "AuthConfig", ({ auth }) => auth);
      await resource.up(provider, { connection: connectionTo(host), ...SETTINGS });
      await resource.destroy(provider);
      assert.deepEqual(
        notes().map((text) => text.split(":")[0]),
        adopted.length === 0 ? [] : [adopted.join(", "), adopted.join(", ")],
      );
      assert.equal(host.config.get("client/auth/Digest"), adopted.length === 0 ? "true" : "false");
      assert.equal(host.config.get("service/auth/Basic"), "false");
    });
  }

  test("K2: entries and a value that were written are told as what was there before", async (t) => {
    const list = await diedOn(t, { type: "TrustedHosts", args: { entries: ["a", "b"] }, at: { on: "get", nth: 3 } });
    // How long a run waits for one that died is held in injected time, by shared-list-races.
    const [writer = ""] = list.registry.keys(`HKLM\\${WRITERS_KEY}`) ?? [];
    assert.equal(list.registry.deleteKey(`HKLM\\${WRITERS_KEY}\\${writer}`), "deleted");
    const hosts = next(t, "TrustedHosts", (runtime) => runtime.hosts);
    await hosts.resource.up(hosts.provider, { connection: connectionTo(list), entries: ["a", "b", "c"] });
    assert.match(hosts.notes().join("\n"), /^2 of\b/);
    const args = { localAccountTokenFilterPolicy: 1 };
    // Where `winrm quickconfig` has run, the value is there.
    const value = await startHost(t);
    const filter = next(t, "TokenFilterPolicy", (runtime) => runtime.filter);
    await filter.resource.up(filter.provider, { connection: connectionTo(value), ...args });
    assert.match(filter.notes().join("\n"), /^localAccountTokenFilterPolicy: /);
  });
});
