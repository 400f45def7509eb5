/** Every row of the lives of AuthConfig and TrustedHosts with the real CLI: each argument updated, each property drifted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../simulator/index.js";
import { diffIn } from "../support/diffs.js";
import {
  byCode,
  type Declared,
  connectionTo,
  findingsIn,
  hostFixture,
  linesWith,
  portOf,
  printed,
  putsOf,
  startHost,
  writesOn,
} from "../support/hosts.js";

type Leaf = readonly [side: "service" | "client", property: string, path: string, start: boolean];

/** All flags with the value that the test's hosts begin with; CbtHardeningLevel begins with Relaxed. */
const FLAGS: readonly Leaf[] = [
  ["service", "allowUnencrypted", "service/AllowUnencrypted", false],
  ["service", "basic", "service/auth/Basic", true],
  ["service", "kerberos", "service/auth/Kerberos", true],
  ["service", "negotiate", "service/auth/Negotiate", true],
  ["service", "certificate", "service/auth/Certificate", false],
  ["service", "credSSP", "service/auth/CredSSP", false],
  ["client", "allowUnencrypted", "client/AllowUnencrypted", false],
  ["client", "basic", "client/auth/Basic", true],
  ["client", "digest", "client/auth/Digest", true],
  ["client", "kerberos", "client/auth/Kerberos", true],
  ["client", "negotiate", "client/auth/Negotiate", true],
  ["client", "certificate", "client/auth/Certificate", true],
  ["client", "credSSP", "client/auth/CredSSP", false],
];
const LEVEL = "service/auth/CbtHardeningLevel";

/** The leaf that a connection itself needs, and that its test therefore leaves on. */
type Way = "basic" | "negotiate";
const changeable = (way: Way) => FLAGS.filter(([side, property]) => side !== "service" || property !== way);

/** Settings of all 14 leaves: as the host began, or every changeable flag the other way round. */
function settings(way: Way, flipped: boolean, cbtHardeningLevel: string) {
  const sides = { service: { [way]: true, cbtHardeningLevel } as Record<string, unknown>, client: {} };
  for (const [side, property, , start] of changeable(way))
    Object.assign(sides[side], { [property]: start !== flipped });
  return sides;
}

/** The same as the host keeps it, of the changeable leaves. */
function leaves(way: Way, flipped: boolean, level: string): Record<string, string> {
  const flags = changeable(way).map(([, , path, start]) => [path, String(start !== flipped)] as const);
  return { ...Object.fromEntries(flags), [LEVEL]: level };
}

/** A detailed diff in which every changeable leaf changes. */
function everyLeaf(way: Way, from: boolean, [before, after]: readonly [string, string]): string[] {
  const flags = changeable(way).map(([side, property, , start]) => {
    return `${side}.${property}: ${start !== from} => ${start === from}`;
  });
  return [...flags, `service.cbtHardeningLevel: "${before}" => "${after}"`].sort();
}

/** What the Puts since the journal was cleared wrote, together; each part of the configuration is written once. */
function written(host: SimulatedHost): Record<string, string> {
  const puts = putsOf(host);
  const parts = puts.map((put) => Object.keys(put)[0]!.split("/").slice(0, -1).join("/"));
  assert.deepEqual(parts, [...new Set(parts)], "one Put for each part");
  return Object.fromEntries(puts.flatMap((put) => Object.entries(put)));
}

test("every leaf of AuthConfig and both modes of TrustedHosts, from create to destroy", async (t) => {
  const hosts: SimulatedHost[] = [];
  const start = async (options: HostOptions) => {
    const host = await startHost(t, { name: `HOST${hosts.length}`, ...options });
    hosts.push(host);
    return host;
  };
  const authHost = (way: Way) => start({ https: way === "basic", config: { "service/auth/Basic": true } });
  const [basic, basicOld, basicNew] = [await authHost("basic"), await authHost("basic"), await authHost("basic")];
  const [ntlm, ntlmOld, ntlmNew] = [
    await authHost("negotiate"),
    await authHost("negotiate"),
    await authHost("negotiate"),
  ];
  const listHost = () => start({ config: { "client/TrustedHosts": "kept" } });
  const [listed, only, mixed] = [await listHost(), await listHost(), await listHost()];
  const [listedOld, listedNew, onlyOld, onlyNew] = [
    await listHost(),
    await listHost(),
    await listHost(),
    await listHost(),
  ];
  const before = new Map(hosts.map((host) => [host, host.config.all()]));
  const listOn = (host: SimulatedHost) => host.config.get("client/TrustedHosts");

  const auth = (name: string, host: SimulatedHost, args: object): Declared => {
    const https = { host: "127.0.0.1", port: host.https?.port, tls: { ca: host.https?.certificatePem } };
    const connection = host.https === undefined ? connectionTo(host) : { ...https, auth: { method: "basic" } };
    return { type: "AuthConfig", name, args: { connection, ...args } };
  };
  const list = (name: string, host: SimulatedHost, args: object): Declared => {
    return { type: "TrustedHosts", name, args: { connection: connectionTo(host), ...args } };
  };
  const exclusive = { mode: "exclusive" } as const;
  // Both Kerberos and Negotiate go off, and Basic remains.
  const flippedBasic = { ...settings("basic", true, "Strict"), acceptLockout: true, confirm: false };
  const flippedNtlm = settings("negotiate", true, "Strict");
  const first = [
    auth("basic", basic, flippedBasic),
    auth("ntlm", ntlm, flippedNtlm),
    auth("movedBasic", basicOld, flippedBasic),
    auth("movedNtlm", ntlmOld, flippedNtlm),
    list("listed", listed, { entries: ["a", "b"] }),
    list("only", only, { entries: ["a", "b"], ...exclusive }),
    list("mixed", mixed, { entries: ["a"] }),
    list("movedListed", listedOld, { entries: ["a", "b"] }),
    list("movedOnly", onlyOld, { entries: ["a", "b"], ...exclusive }),
  ];
  const moved = [
    auth("movedBasic", basicNew, flippedBasic),
    auth("movedNtlm", ntlmNew, flippedNtlm),
    list("movedListed", listedNew, { entries: ["a", "b"] }),
    list("movedOnly", onlyNew, { entries: ["a", "b"], ...exclusive }),
  ];
  const clear = () => {
    for (const host of hosts) host.journal.clear();
  };
  const writes = () => hosts.flatMap(writesOn);
  const fixture = await hostFixture(t, { resources: first });

  await t.test("create writes every leaf that differs, and records what was there before", async () => {
    const text = printed(await fixture.apply());
    assert.match(text, /\+ 10 created/);
    assert.deepEqual(written(basic), leaves("basic", true, "Strict"));
    assert.deepEqual(written(ntlm), leaves("negotiate", true, "Strict"));
    assert.deepEqual([listOn(listed), listOn(only), listOn(mixed)], ["kept,a,b", "a,b", "kept,a"]);
    const state = await fixture.state();
    for (const [name, way] of [
      ["basic", "basic"],
      ["ntlm", "negotiate"],
    ] as const) {
      const { service: all, client } = settings(way, false, "Relaxed");
      const service = Object.fromEntries(Object.entries(all).filter(([property]) => property !== way));
      const { inputs, outputs } = state.resource(name);
      assert.deepEqual(outputs?.["priorValues"], { service, client });
      const flipped = settings(way, true, "Strict");
      assert.deepEqual([inputs?.["service"], inputs?.["client"]], [flipped.service, flipped.client]);
      assert.deepEqual([outputs["service"], outputs["client"]], [flipped.service, flipped.client]);
    }
    const record = (name: string) => {
      const { outputs } = state.resource(name);
      return [outputs?.["effectiveEntries"], outputs?.["addedEntries"], outputs?.["priorEntries"]];
    };
    assert.deepEqual(record("listed"), [["kept", "a", "b"], ["a", "b"], []]);
    assert.deepEqual(record("only"), [["a", "b"], [], ["kept"]]);
  });

  await t.test("a second up changes and writes nothing", async () => {
    clear();
    assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /10 unchanged/);
    assert.deepEqual(writes(), []);
  });

  await t.test("refresh shows the drift of every leaf and of both lists", async () => {
    for (const [host, way] of [
      [basic, "basic"],
      [ntlm, "negotiate"],
    ] as const)
      for (const [path, value] of Object.entries(leaves(way, false, "None"))) host.config.set(path, value);
    listed.config.set("client/TrustedHosts", "kept,b,stranger");
    only.config.set("client/TrustedHosts", "a,stranger");
    const text = printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview", "--diff"]));
    assert.match(text, /~ 4 updated/);
    const shown = diffIn(text, "Refreshing (dev)");
    assert.deepEqual([...(shown["basic"] ?? [])].sort(), everyLeaf("basic", true, ["Strict", "None"]));
    assert.deepEqual([...(shown["ntlm"] ?? [])].sort(), everyLeaf("negotiate", true, ["Strict", "None"]));
    assert.deepEqual(shown["listed"], ['entries[0]: "a" => "b"', '-entries[1]: "b"']);
    assert.deepEqual(shown["only"], ['entries[1]: "b" => "stranger"']);
    assert.deepEqual(Object.keys(shown).sort(), ["basic", "listed", "ntlm", "only"]);
    assert.deepEqual(writes(), []);
  });

  await t.test("up shows what is live, repairs all of it, and leaves a stranger of mode entries", async () => {
    const text = printed(await fixture.pulumi(["up", "--yes", "--diff"]));
    assert.match(text, /~ 4 updated\s+6 unchanged/);
    const shown = diffIn(text, "Previewing update (dev)");
    assert.deepEqual([...(shown["basic"] ?? [])].sort(), everyLeaf("basic", false, ["None", "Strict"]));
    assert.deepEqual([...(shown["ntlm"] ?? [])].sort(), everyLeaf("negotiate", false, ["None", "Strict"]));
    const live = linesWith(text, `live on 127.0.0.1:${portOf(ntlm)}: `)[0] ?? "";
    assert.equal(live.match(/ is (?:true|false|None), wanted /g)?.length, 13);
    assert.deepEqual(written(basic), leaves("basic", true, "Strict"));
    assert.deepEqual(written(ntlm), leaves("negotiate", true, "Strict"));
    assert.deepEqual([listOn(listed), listOn(only)], ["kept,b,stranger,a", "a,b"]);
    assert.equal(writes().length, 4 + 4 + 1 + 1);
  });

  const updatedBasic = { ...settings("basic", false, "None"), acceptLockout: true, confirm: false };
  const updatedNtlm = settings("negotiate", false, "None");
  await t.test("every argument is updated, and another host replaces: the old host gets back what it had", async () => {
    clear();
    fixture.declare([
      auth("basic", basic, updatedBasic),
      auth("ntlm", ntlm, updatedNtlm),
      list("listed", listed, { entries: ["b", "c"] }),
      list("only", only, { entries: ["b", "c"], ...exclusive }),
      list("mixed", mixed, { entries: ["a", "b"], ...exclusive }),
      ...moved,
    ]);
    const text = printed(await fixture.pulumi(["up", "--yes", "--diff"]));
    assert.match(text, /~ 5 updated\s+\+-4 replaced/);
    const shown = diffIn(text, "Previewing update (dev)");
    assert.deepEqual([...(shown["basic"] ?? [])].sort(), everyLeaf("basic", true, ["Strict", "None"]));
    assert.deepEqual([...(shown["ntlm"] ?? [])].sort(), everyLeaf("negotiate", true, ["Strict", "None"]));
    assert.deepEqual(written(basic), leaves("basic", false, "None"));
    assert.deepEqual(written(ntlm), leaves("negotiate", false, "None"));
    assert.deepEqual([listOn(listed), listOn(only), listOn(mixed)], ["kept,b,stranger,c", "b,c", "a,b"]);

    for (const old of [basicOld, ntlmOld, listedOld, onlyOld]) assert.deepEqual(old.config.all(), before.get(old));
    assert.deepEqual(written(basicOld), leaves("basic", false, "Relaxed"));
    assert.deepEqual(written(ntlmOld), leaves("negotiate", false, "Relaxed"));
    assert.deepEqual(written(basicNew), leaves("basic", true, "Strict"));
    assert.deepEqual(written(ntlmNew), leaves("negotiate", true, "Strict"));
    assert.deepEqual([listOn(listedNew), listOn(onlyNew)], ["kept,a,b", "a,b"]);
    const state = await fixture.state();
    assert.equal(state.resource("movedNtlm").id, `127.0.0.1:${portOf(ntlmNew)}/winrm/auth`);
    assert.equal(state.resource("movedOnly").id, `127.0.0.1:${portOf(onlyNew)}/winrm/trustedhosts`);
    assert.deepEqual(state.resource("mixed").outputs?.["priorEntries"], ["kept"]);
  });

  await t.test(
    "onDelete alone and a setting left out write nothing, and a list goes back to mode entries",
    async () => {
      clear();
      fixture.declare([
        auth("basic", basic, updatedBasic),
        auth("ntlm", ntlm, { service: updatedNtlm.service, onDelete: "leave" }),
        list("listed", listed, { entries: ["b", "c"], onDelete: "leave" }),
        list("only", only, { entries: ["b", "c"], ...exclusive }),
        list("mixed", mixed, { entries: ["a"] }),
        ...moved,
      ]);
      assert.match(printed(await fixture.apply()), /~ 3 updated\s+7 unchanged/);
      for (const host of hosts) if (host !== mixed) assert.deepEqual(putsOf(host), []);
      assert.deepEqual(putsOf(mixed), [{ "client/TrustedHosts": "a" }]);
      assert.deepEqual((await fixture.state()).resource("mixed").outputs?.["addedEntries"], ["a"]);
    },
  );

  await t.test("destroy restores, leaves, or keeps what was changed since and says so", async () => {
    clear();
    basicNew.config.set("client/auth/Basic", true);
    basicNew.config.set(LEVEL, "None");
    listedNew.config.set("client/TrustedHosts", "b,stranger,kept");
    only.config.set("client/TrustedHosts", "b,c,stranger");
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.match(text, /- 10 deleted/);
    assert.deepEqual((await fixture.state()).resources, []);

    assert.deepEqual(written(basic), { [LEVEL]: "Relaxed" });
    assert.deepEqual(basic.config.all(), before.get(basic));
    assert.deepEqual(written(ntlmNew), leaves("negotiate", false, "Relaxed"));
    assert.deepEqual([ntlm.journal.length, listed.journal.length], [0, 0], "a host that is left is not even asked");
    assert.deepEqual([ntlm.config.get(LEVEL), listOn(listed)], ["None", "kept,b,stranger,c"]);

    const { [LEVEL]: level, "client/auth/Basic": already, ...others } = leaves("basic", false, "Relaxed");
    assert.deepEqual([level, already], ["Relaxed", "true"]);
    assert.deepEqual(written(basicNew), others);
    assert.equal(basicNew.config.get(LEVEL), "None");
    assert.deepEqual([listOn(listedNew), listOn(only), listOn(onlyNew)], ["stranger,kept", "b,c,stranger", "kept"]);
    assert.equal(listOn(mixed), "");
    assert.deepEqual(byCode(findingsIn(text)), [
      "warning: entries [WINRM_E_DRIFT]",
      "warning: service.cbtHardeningLevel [WINRM_E_DRIFT]",
    ]);
  });
});
