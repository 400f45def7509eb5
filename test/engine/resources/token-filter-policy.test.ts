/** The whole life of a TokenFilterPolicy with the real CLI: what is printed, what is in state, what the host saw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_POLICIES_KEY } from "../../../simulator/index.js";
import {
  type Declared,
  actionsOf,
  connectionTo,
  diagnosticsOf,
  hostFixture,
  linesWith,
  portOf,
  printed,
  putsOf,
  startHost,
} from "../support/hosts.js";

const NAME = "LocalAccountTokenFilterPolicy";
const PATH = `${SYSTEM_POLICIES_KEY}\\${NAME}`;
const PASSWORD = "Correct-Horse-7431";
/** Remote UAC spares the one, and filters the other. */
const [ADMINISTRATOR, OPS] = ["Administrator", "ops"].map((name) => ({ name, password: PASSWORD }));

test("TokenFilterPolicy: preview, up, drift to a text, a refused lockout and destroy", async (t) => {
  const host = await startHost(t, { accounts: [ADMINISTRATOR!, OPS!], quickConfig: false });
  const port = portOf(host);
  const policy = (value: unknown, username = ADMINISTRATOR!.name): Declared => ({
    type: "TokenFilterPolicy",
    name: "uac",
    args: {
      connection: connectionTo(host, { auth: { username: `WEB01\\${username}` } }),
      localAccountTokenFilterPolicy: value,
    },
  });
  const code = "exports.meaning = uac.meaning; exports.value = uac.effectiveValue;";
  const fixture = await hostFixture(t, { resources: [policy(1)], code });
  const value = () => host.registry.get(SYSTEM_POLICIES_KEY, NAME);

  await t.test("the preview shows what is live and what is wanted, and never writes", async () => {
    const text = printed(await fixture.pulumi(["preview"]));
    assert.match(text, /\+ 2 to create/);
    assert.deepEqual(linesWith(text, /^ +live on /), [
      `live on 127.0.0.1:${port}: localAccountTokenFilterPolicy is absent, wanted 1`,
    ]);
    assert.deepEqual(host.journal.writes(), []);
  });

  await t.test("up writes once and reads back", async () => {
    host.journal.clear();
    const text = printed(await fixture.apply());
    assert.match(text, /\+ 2 created/);
    assert.doesNotMatch(text, /warning:|error:/);
    assert.deepEqual(putsOf(host), [{ [PATH]: "1" }]);
    assert.deepEqual(actionsOf(host), ["GetDWORDValue", "EnumValues", "SetDWORDValue", "GetDWORDValue"]);
    const outputs = await fixture.outputs();
    assert.equal(outputs["value"], 1);
    assert.match(String(outputs["meaning"]), /Administrators/);
  });

  await t.test("state says what was there before", async () => {
    const resource = (await fixture.state()).resource("uac");
    assert.deepEqual([resource.outputs?.["priorValue"], resource.outputs?.["appliedValue"]], ["absent", 1]);
    assert.equal(resource.id, `127.0.0.1:${port}/winrm/tokenfilterpolicy`);
  });

  // The drift of a number is with that of the other resources.
  await t.test("somebody writes a text: refresh shows it, and the next up repairs it", async () => {
    host.registry.set(SYSTEM_POLICIES_KEY, NAME, "1");
    const refreshed = printed(await fixture.pulumi(["refresh", "--yes", "--skip-preview", "--diff"]));
    assert.match(refreshed, /~ 1 updated/);
    assert.match(refreshed, /1 => "REG_SZ \\"1\\""/);
    host.journal.clear();
    assert.match(printed(await fixture.apply()), /~ 1 updated/);
    assert.deepEqual(putsOf(host), [{ [PATH]: "1" }]);
    assert.deepEqual(value(), { type: "DWORD", data: 1 });
  });

  await t.test(
    "the way back is refused to a local account whom it would lock out, at preview and at apply",
    async () => {
      for (const back of [0, "absent"]) {
        fixture.declare([policy(back, OPS!.name)], code);
        host.journal.clear();
        for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
          const text = printed(await fixture.pulumi(command, { expectExit: 1 }));
          assert.match(text, /WEB01\\ops \(RID 1\d{3}\)/);
          assert.match(text, /\[WINRM_E_LOCKOUT\]/);
        }
        assert.deepEqual(host.journal.writes(), []);
      }
    },
  );

  await t.test("and done by the built-in Administrator", async () => {
    fixture.declare([policy(0)], code);
    assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /~ 1 updated/);
    assert.deepEqual(value(), { type: "DWORD", data: 0 });
    assert.match(String((await fixture.outputs())["meaning"]), /filtered token/);
  });

  await t.test("destroy puts the absence back", async () => {
    host.journal.clear();
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.match(text, /- 2 deleted/);
    assert.deepEqual(putsOf(host), [{ [PATH]: "absent" }]);
    assert.equal(value(), undefined);
    assert.deepEqual(diagnosticsOf(text), {});
  });

  await t.test("destroy keeps a value that somebody changed since, and says so", async () => {
    fixture.declare([policy(0)], code);
    await fixture.apply();
    host.registry.set(SYSTEM_POLICIES_KEY, NAME, 1);
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.match(text, /\[WINRM_E_DRIFT\]/);
    assert.deepEqual(value(), { type: "DWORD", data: 1 });
  });
});
