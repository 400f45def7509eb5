/** AuthConfig against a simulated host, called as the engine calls it: adopt, write, drift, conflict. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { AUTH_LEAVES, propertyOf } from "../../provider/lifecycle/winrm-config/leaves";
import type { HostOptions } from "../../simulator";
import { DeployedResource, type Wire, isInitFailure } from "../support/processes/provider-calls";
import { connectionTo, startHost, startProcess, writesTo } from "../support/processes/recorded-process";

const NOTHING = { service: {}, client: {} };

async function setUp(t: TestContext, options: HostOptions = {}) {
  const host = await startHost(t, options);
  const { auth, warnings } = startProcess(t);
  return { host, auth, warnings, resource: new DeployedResource("a"), connection: connectionTo(host) };
}

suite("AuthConfig on a host", () => {
  test("the first apply adopts a host that is as wanted, without a write", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    const service = { basic: false, kerberos: true, cbtHardeningLevel: "Relaxed" };
    assert.equal(await resource.up(auth, { connection, service, client: { credSSP: false } }), "created");
    assert.deepEqual(host.journal.writes(), []);
    // A run that died may have switched Basic off: one request tells whether the host is going to switch it on again.
    assert.equal(host.journal.requests().length, 2);
    assert.equal(resource.id, `127.0.0.1:${host.http!.port}/winrm/auth`);
    // State records only what destroy would put back.
    assert.deepEqual(resource.outputs["priorValues"], NOTHING);
    assert.deepEqual(resource.outputs["appliedValues"], NOTHING);
  });

  test("outputs show every leaf of both sides, managed or not", async (t) => {
    const { host, auth, resource, connection } = await setUp(t, { policy: { "client/auth/Digest": false } });
    await resource.up(auth, { connection });
    const effective = resource.outputs["effective"] as Record<string, Wire>;
    for (const leaf of AUTH_LEAVES)
      assert.equal(String(effective[leaf.side]![leaf.property]), host.config.get(leaf.path), leaf.path);
    assert.deepEqual(resource.outputs["policyOwned"], ["client.digest"]);
    assert.equal(resource.outputs["schemaVersion"], 1);
    assert.equal("__urn" in resource.outputs, false);
  });

  test("only the leaves that differ are written, in one Put for each resource touched", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    await resource.up(auth, {
      connection,
      service: { basic: true, kerberos: true, certificate: true, allowUnencrypted: true, cbtHardeningLevel: "Strict" },
      client: { digest: false, basic: true, allowUnencrypted: true },
    });
    assert.deepEqual(writesTo(host), [
      { "client/AllowUnencrypted": "true" },
      { "client/auth/Digest": "false" },
      { "service/AllowUnencrypted": "true" },
      { "service/auth/Basic": "true", "service/auth/Certificate": "true", "service/auth/CbtHardeningLevel": "Strict" },
    ]);
    // One read before, four writes, one read to verify; and five to confirm, since Strict is risky.
    assert.equal(host.journal.requests().length, 6 + 5);
    assert.deepEqual(resource.outputs["priorValues"], {
      service: { basic: false, certificate: false, allowUnencrypted: false, cbtHardeningLevel: "Relaxed" },
      client: { digest: true, allowUnencrypted: false },
    });
    assert.deepEqual(resource.outputs["appliedValues"], NOTHING);
  });

  test("the same arguments again are no change, and the host is not asked", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    const args = { connection, service: { basic: true } };
    await resource.up(auth, args);
    const seen = host.journal.length;
    assert.equal(await resource.up(auth, args), "unchanged");
    const reordered = { service: { basic: true, kerberos: null }, connection: { ...connection } };
    assert.equal(await resource.up(auth, reordered), "unchanged");
    assert.equal(host.journal.length, seen);
  });

  for (const leaf of AUTH_LEAVES) {
    // Negotiate goes off behind a connection that is logged on and stays so.
    const [wanted, drifted] = leaf.kind === "level" ? ["Strict", "None"] : [true, false];
    test(`drift of ${propertyOf(leaf)} is shown by refresh and mended by writing that leaf alone`, async (t) => {
      const { host, auth, resource, connection } = await setUp(t);
      const side = (value: unknown) => ({ [leaf.property]: value });
      const others = { service: { certificate: false, ...(leaf.side === "service" ? side(wanted) : {}) } };
      const args = { connection, ...others, client: leaf.side === "client" ? side(wanted) : {} };
      await resource.up(auth, args);
      host.config.set(leaf.path, drifted);
      host.journal.clear();

      await resource.refresh(auth);
      const inputs = resource.inputs as Record<string, Wire>;
      assert.equal(inputs[leaf.side]![leaf.property], drifted);
      const outputs = resource.outputs as Record<string, Wire>;
      assert.equal(outputs[leaf.side]![leaf.property], drifted);
      assert.deepEqual(Object.keys(inputs).sort(), ["__provider", "client", "connection", "service"]);
      assert.deepEqual(writesTo(host), []);
      const applied = resource.outputs["appliedValues"] as Record<string, Wire>;
      assert.equal(applied[leaf.side]![leaf.property], wanted);

      assert.equal(await resource.up(auth, args), "updated");
      assert.deepEqual(writesTo(host), [{ [leaf.path]: String(wanted) }]);
      assert.deepEqual(resource.outputs["appliedValues"], NOTHING);
    });
  }

  test("drift of a leaf that is not managed changes outputs only", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    const args = { connection, service: { basic: false } };
    await resource.up(auth, args);
    host.config.set("client/auth/Digest", false);
    await resource.refresh(auth);
    const effective = resource.outputs["effective"] as Record<string, Wire>;
    assert.equal(effective["client"]!["digest"], false);
    assert.equal(await resource.up(auth, args), "unchanged");
  });

  const updates: readonly (readonly [string, object, object])[] = [
    ["one setting", { service: { basic: true } }, { "service/auth/Basic": "true" }],
    [
      "several settings of one side",
      { service: { basic: true, credSSP: true } },
      {
        "service/auth/Basic": "true",
        "service/auth/CredSSP": "true",
      },
    ],
    ["the other side", { client: { credSSP: true } }, { "client/auth/CredSSP": "true" }],
    ["a level", { service: { cbtHardeningLevel: "None" } }, { "service/auth/CbtHardeningLevel": "None" }],
  ];
  for (const [title, args, leaves] of updates) {
    test(`an update of ${title} writes that and nothing else, and keeps the first prior values`, async (t) => {
      const { host, auth, resource, connection } = await setUp(t);
      await resource.up(auth, { connection, service: { basic: false }, client: { digest: false } });
      host.journal.clear();
      assert.equal(await resource.up(auth, { connection, client: { digest: false }, ...args }), "updated");
      assert.deepEqual(writesTo(host), [leaves]);
      const prior = resource.outputs["priorValues"] as Record<string, Wire>;
      if (!("client" in args)) assert.equal(prior["client"]!["digest"], true);
    });
  }

  for (const [key, value] of [
    ["onDelete", "leave"],
    ["onPolicyConflict", "warn"],
    ["acceptLockout", true],
  ] as const) {
    test(`an update of ${key} reads the host, writes nothing and is kept`, async (t) => {
      const { host, auth, resource, connection } = await setUp(t);
      await resource.up(auth, { connection, service: { basic: false } });
      assert.equal(await resource.up(auth, { connection, service: { basic: false }, [key]: value }), "updated");
      assert.equal(resource.outputs[key], value);
      assert.deepEqual(writesTo(host), []);
    });
  }

  test("an argument that is taken away leaves the setting as it is", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    await resource.up(auth, { connection, service: { basic: true, certificate: true } });
    host.journal.clear();
    await resource.up(auth, { connection, service: { certificate: true } });
    assert.deepEqual(writesTo(host), []);
    assert.equal(host.config.get("service/auth/Basic"), "true");
    assert.deepEqual(resource.outputs["priorValues"], { service: { certificate: false }, client: {} });
  });

  test("another credential is an update, another host a replacement", async (t) => {
    const { host, auth, resource, connection } = await setUp(t);
    const args = { connection, client: { credSSP: false } };
    await resource.up(auth, args);
    const { inputs } = await resource.check(auth, {
      ...args,
      connection: { ...connection, auth: { ...connection.auth, username: ".\\ops" } },
    });
    assert.equal(await resource.diff(auth, inputs), "updated");
    const moved = await resource.check(auth, { ...args, connection: { ...connection, host: "localhost" } });
    assert.equal(await resource.diff(auth, moved.inputs), "replaced");
    const spelled = await resource.check(auth, { ...args, connection: { ...connection, host: "LOCALHOST" } });
    assert.equal(await resource.diff(auth, spelled.inputs), "replaced");
    assert.equal(host.journal.requests().length, 1);
  });

  test("a move to another host is seen although another part of the connection is not known yet", async (t) => {
    const { auth, resource, connection } = await setUp(t);
    await resource.up(auth, { connection });
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const kept = { ...connection, auth: { ...connection.auth, password: unknown } };
    const same = await resource.check(auth, { connection: kept });
    assert.equal(await resource.diff(auth, same.inputs), "updated");
    const moved = await resource.check(auth, { connection: { ...kept, host: "localhost" } });
    assert.equal(await resource.diff(auth, moved.inputs), "replaced");
    for (const open of [unknown, { ...kept, host: unknown }]) {
      const { inputs } = await resource.check(auth, { connection: open });
      assert.equal(await resource.diff(auth, inputs), "updated");
    }
  });

  test("read with arguments only, as .get does it, gives every output and what the host has", async (t) => {
    const { host, auth, connection } = await setUp(t, { config: { "service/auth/Basic": true } });
    const text = new DeployedResource("g").text;
    const read = await auth.read("winrm/auth", { connection, service: { basic: false }, __provider: text });
    assert.equal(read.id, "winrm/auth");
    assert.deepEqual((read.inputs as Record<string, Wire>)["service"], { basic: true });
    const props = read.props as Record<string, Wire>;
    assert.equal(props["effective"]!["service"] !== undefined, true);
    assert.deepEqual(props["priorValues"], { service: {}, client: {} });
    assert.deepEqual(host.journal.writes(), []);
  });
});

suite("AuthConfig and Group Policy", () => {
  const policy = { "service/auth/Basic": true };

  test("a policy that holds the wanted value is neither a conflict nor a write", async (t) => {
    const { host, auth, resource, connection } = await setUp(t, { policy });
    const args = { connection, service: { basic: true } };
    assert.equal(await resource.up(auth, args), "created");
    assert.deepEqual(host.journal.writes(), []);
    assert.equal(await resource.up(auth, args), "unchanged");
  });

  test("a policy that holds another value fails the apply before anything is written", async (t) => {
    const { host, auth, resource, connection } = await setUp(t, { policy });
    const args = { connection, service: { basic: false, certificate: true }, client: { digest: false } };
    await assert.rejects(resource.up(auth, args), (error: Error) => {
      assert.match(error.message, /WINRM_E_POLICY_CONFLICT/);
      assert.match(error.message, /service\.basic: /);
      assert.equal(isInitFailure(error), false);
      return true;
    });
    assert.deepEqual(host.journal.writes(), []);
    assert.equal(resource.id, undefined);
  });

  test("with onPolicyConflict warn the leaf is left, the others are written, and that is no drift", async (t) => {
    const { host, auth, resource, connection, warnings } = await setUp(t, { policy });
    const args = { connection, service: { basic: false, certificate: true }, onPolicyConflict: "warn" };
    await resource.up(auth, args);
    assert.deepEqual(writesTo(host), [{ "service/auth/Certificate": "true" }]);
    assert.equal(warnings().filter((text) => /^service\.basic: .*\[WINRM_E_POLICY_CONFLICT\]$/.test(text)).length, 1);
    await resource.refresh(auth);
    assert.equal(await resource.up(auth, args), "unchanged");
    host.policy.clear("service/auth/Basic");
    host.config.set("service/auth/Basic", true);
    await resource.refresh(auth);
    assert.equal(await resource.up(auth, args), "updated");
    assert.equal(host.config.get("service/auth/Basic"), "false");
  });

  test("several conflicts are all named in one error", async (t) => {
    const { auth, resource, connection } = await setUp(t, { policy: { ...policy, "client/auth/Digest": true } });
    const args = { connection, service: { basic: false }, client: { digest: false } };
    await assert.rejects(resource.up(auth, args), {
      message: /2 problems \[WINRM_E_POLICY_CONFLICT\]\n {2}- client\.digest: .*\n {2}- service\.basic: /,
    });
  });

  test("a change that would lock out its operator is refused, or made on purpose", async (t) => {
    const { host, auth, resource, connection, warnings } = await setUp(t);
    const args = { connection, service: { negotiate: false } };
    await assert.rejects(resource.up(auth, args), { message: /acceptLockout: true \[WINRM_E_LOCKOUT\]$/ });
    assert.deepEqual(host.journal.writes(), []);
    await resource.up(auth, { ...args, acceptLockout: true, confirm: false });
    assert.equal(host.config.get("service/auth/Negotiate"), "false");
    assert.match(warnings().join("\n"), /\[WINRM_E_LOCKOUT\]/);
  });
});
