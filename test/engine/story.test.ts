/** The whole life of two resources on one host, with the real CLI: what is printed, what is in state, what the host saw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Declared,
  actionsOf,
  connectionTo,
  hostFixture,
  linesWith,
  portOf,
  printed,
  putsOf,
  startHost,
} from "./support/hosts.js";

test("preview, up, an unchanged up, drift, refresh, repair, a change and destroy", async (t) => {
  const host = await startHost(t, {
    config: { "service/auth/Basic": true, "client/auth/Digest": true, "client/TrustedHosts": "kept.example.com" },
  });
  const start = host.config.all();
  const connection = connectionTo(host);
  const port = portOf(host);
  const resources = (level: string): Declared[] => [
    {
      type: "AuthConfig",
      name: "auth",
      args: {
        connection,
        service: { basic: false, kerberos: true, cbtHardeningLevel: level },
        client: { digest: false },
      },
    },
    { type: "TrustedHosts", name: "trusted", args: { connection, entries: ["lab-01", "*.lab.example.com"] } },
  ];
  const fixture = await hostFixture(t, { resources: resources("Relaxed") });

  await t.test("the preview shows what is live and what is wanted, and never writes", async () => {
    const text = printed(await fixture.pulumi(["preview"]));
    assert.match(text, /\+ 3 to create/);
    assert.deepEqual(linesWith(text, /^ +live on /).sort(), [
      `live on 127.0.0.1:${port}: client.digest is true, wanted false; service.basic is true, wanted false`,
      `live on 127.0.0.1:${port}: entries are kept.example.com, wanted kept.example.com, lab-01, *.lab.example.com`,
    ]);
    assert.deepEqual(host.journal.writes(), []);
    assert.deepEqual(host.config.all(), start);
  });

  await t.test("up writes one Put for each part of the configuration, of the leaves that differ", async () => {
    host.journal.clear();
    const text = printed(await fixture.apply());
    assert.match(text, /\+ 3 created/);
    assert.doesNotMatch(text, /warning:|error:/);
    const byPart = putsOf(host).sort((one, other) => (Object.keys(one)[0]! < Object.keys(other)[0]! ? -1 : 1));
    assert.deepEqual(byPart, [
      { "client/TrustedHosts": "kept.example.com,lab-01,*.lab.example.com" },
      { "client/auth/Digest": "false" },
      { "service/auth/Basic": "false" },
    ]);
    const others = actionsOf(host).filter((action) => action !== "Put");
    const reads = others.filter((action) => action === "Get").length;
    // Whether one of them waits for the other, whose last read it then takes over, is the engine's to decide.
    assert.ok(reads === 5 || reads === 4, `${reads}: one before and one after, for each, and one in the list's turn`);
    // Basic goes off, which a fresh logon confirms.
    const turn = ["CreateKey", "EnumKey", "DeleteKey"];
    const window = [...new Set(others.filter((action) => action !== "Get" && !turn.includes(action)))];
    assert.deepEqual(window, ["RegisterByXml", "GetStringValue", "SetStringValue", "StartByPath"]);
    assert.equal(host.journal.logonFailures().length, 0);
    assert.ok(host.journal.requests().every(({ sealed }) => sealed));
    const { outputs } = (await fixture.state()).resource("auth");
    assert.deepEqual(outputs?.["priorValues"], {
      service: { basic: true },
      client: { digest: true },
    });
  });

  await t.test("a second up changes nothing and writes nothing", async () => {
    host.journal.clear();
    assert.match(printed(await fixture.pulumi(["up", "--yes"])), /3 unchanged/);
    assert.deepEqual([...new Set(actionsOf(host))], ["Get"]);
  });

  await t.test("a hand edit is shown by refresh, then by preview, then repaired with one Put of one leaf", async () => {
    host.journal.clear();
    host.config.set("service/auth/Basic", true);
    const before = await fixture.pulumi(["preview"]);
    assert.match(before.stdout, /live on .*: service\.basic is true, wanted false/);
    const refresh = await fixture.pulumi(["refresh", "--yes", "--skip-preview", "--diff"]);
    assert.match(refresh.stdout, /~ service: \{\s+~ basic *: false => true/);
    assert.doesNotMatch(refresh.stdout, /kerberos *: true =>|entries|digest/);
    assert.deepEqual(putsOf(host), []);
    const preview = await fixture.pulumi(["preview", "--diff"]);
    assert.match(preview.stdout, /~ service: \{\s+~ basic *: true => false\s+\}/);
    assert.doesNotMatch(preview.stdout, /cbtHardeningLevel|entries/);
    assert.match(preview.stdout, /~ 1 to update\s+2 unchanged/);
    assert.deepEqual(putsOf(host), []);
    assert.match(printed(await fixture.apply()), /~ 1 updated/);
    assert.deepEqual(putsOf(host), [{ "service/auth/Basic": "false" }]);
    assert.equal(host.config.get("service/auth/Basic"), "false");
  });

  await t.test("drift that no refresh has recorded is repaired by the next change of the resource", async () => {
    host.config.set("client/auth/Digest", true);
    host.journal.clear();
    fixture.declare(resources("Strict"));
    const preview = await fixture.pulumi(["preview", "--diff"]);
    assert.match(preview.stdout, /~ cbtHardeningLevel: "Relaxed" => "Strict"/);
    assert.match(printed(preview), /live on .* service\.cbtHardeningLevel is Relaxed, wanted Strict/);
    assert.deepEqual(putsOf(host), []);
    await fixture.apply();
    assert.deepEqual(putsOf(host), [{ "client/auth/Digest": "false" }, { "service/auth/CbtHardeningLevel": "Strict" }]);
  });

  await t.test("destroy puts back what the host had before", async () => {
    host.journal.clear();
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.match(text, /- 3 deleted/);
    assert.doesNotMatch(text, /warning:/);
    assert.deepEqual(host.config.all(), start);
    assert.deepEqual((await fixture.state()).resources, []);
    assert.deepEqual(fixture.leftovers(), []);
  });
});
