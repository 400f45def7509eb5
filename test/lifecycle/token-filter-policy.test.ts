/** TokenFilterPolicy against a simulated host, called as the engine calls it. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { type HostOptions, type RegistryData, type SimulatedHost, SYSTEM_POLICIES_KEY } from "../../simulator";
import { DeployedResource, isInitFailure } from "../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess, writesTo } from "../support/processes/recorded-process";

const NAME = "LocalAccountTokenFilterPolicy";
const PATH = `${SYSTEM_POLICIES_KEY}\\${NAME}`;
const TEXT = `exports.handler=()=>require("pulumi-winrm/runtime").TokenFilterPolicy;`;

/** Remote UAC leaves it alone. */
const ADMINISTRATOR = { name: "Administrator", password: "Planted-4f2!Secret" } as const;

interface Setup extends HostOptions {
  /** Logs in as a local administrator whom remote UAC filters. Default: as the built-in Administrator. */
  readonly asOps?: boolean;
}

async function setUp(t: TestContext, live?: RegistryData, { asOps = false, ...options }: Setup = {}) {
  const registry = { [SYSTEM_POLICIES_KEY]: { ...(live === undefined ? {} : { [NAME]: live }) } };
  const host = await startHost(t, { accounts: [ADMIN, ADMINISTRATOR], registry, quickConfig: false, ...options });
  const { filter, warnings, process } = startProcess(t);
  const { name, password } = asOps ? ADMIN : ADMINISTRATOR;
  const connection = connectionTo(host, { auth: { method: "ntlm", username: `${host.name}\\${name}`, password } });
  const args = (value: unknown, over: object = {}) => ({ connection, localAccountTokenFilterPolicy: value, ...over });
  return { host, filter, warnings, process, resource: new DeployedResource("h", TEXT), connection, args };
}

/** Whether a local administrator gets in. */
async function letsOpsIn(t: TestContext, host: SimulatedHost): Promise<boolean> {
  const { auth } = startProcess(t);
  const read = auth.read("x", { connection: connectionTo(host), __provider: TEXT });
  return await read.then(
    () => true,
    () => false,
  );
}

const drift = { localAccountTokenFilterPolicy: 1, acceptLockout: true };

suite("TokenFilterPolicy on a host", () => {
  test("the first apply writes what is wanted and remembers that there was nothing", async (t) => {
    const { host, filter, resource, args } = await setUp(t);
    assert.equal(await resource.up(filter, args(1)), "created");
    assert.deepEqual(writesTo(host), [{ [PATH]: "1" }]);
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, NAME), 1);
    assert.equal(resource.id, `127.0.0.1:${host.http!.port}/winrm/tokenfilterpolicy`);
    const { effectiveValue, meaning, priorValue, appliedValue, schemaVersion } = resource.outputs;
    assert.deepEqual([effectiveValue, priorValue, appliedValue, schemaVersion], [1, "absent", 1, 1]);
    assert.match(String(meaning), /^every\b.*Administrators/);
  });

  for (const [live, wanted] of [
    [undefined, "absent"],
    [0, 0],
    [1, 1],
  ] as const) {
    test(`a host that has ${wanted} is adopted without a write, and destroyed without one`, async (t) => {
      const { host, filter, resource, args } = await setUp(t, live);
      await resource.up(filter, args(wanted));
      await resource.refresh(filter);
      assert.equal(await resource.up(filter, args(wanted)), "unchanged");
      assert.deepEqual([resource.outputs["priorValue"], resource.outputs["effectiveValue"]], [wanted, wanted]);
      await resource.destroy(filter);
      assert.deepEqual(host.journal.writes(), []);
    });
  }

  test("reads with one request where the host has what is expected, a value or none", async (t) => {
    // Whether it is absent because of a run that died is asked when it is adopted.
    for (const [live, request, ...asked] of [
      [1, "GetDWORDValue"],
      [undefined, "EnumValues", "Get"],
    ] as const) {
      const { host, filter, resource, args } = await setUp(t, live);
      await resource.up(filter, args(live ?? "absent"));
      await resource.refresh(filter);
      await resource.destroy(filter);
      const actions = host.journal.requests().map(({ action }) => action?.split("/").at(-1));
      assert.deepEqual(actions, [request, ...asked, request, request]);
    }
  });

  for (const absent of [1, 2, 2147749890] as const) {
    test(`a host that returns ${absent} for a value that is not there is understood`, async (t) => {
      const { filter, resource, args } = await setUp(t, undefined, { absentRegistryValueReturns: absent });
      await resource.up(filter, args("absent"));
      assert.equal(resource.outputs["effectiveValue"], "absent");
      assert.equal(await resource.up(filter, args(0)), "updated");
      assert.deepEqual([resource.outputs["effectiveValue"], resource.outputs["priorValue"]], [0, "absent"]);
    });
  }

  test("each value can be updated to each other, and the first value of the host is kept", async (t) => {
    const { host, filter, resource, args } = await setUp(t, 0);
    for (const value of [1, 0, "absent", 1, "absent", 0] as const) {
      await resource.up(filter, args(value));
      const live = host.registry.getDword(SYSTEM_POLICIES_KEY, NAME);
      assert.equal(live ?? "absent", value);
      const { effectiveValue, priorValue, appliedValue } = resource.outputs;
      assert.deepEqual([effectiveValue, priorValue, appliedValue], [value, 0, value]);
      assert.equal(await letsOpsIn(t, host), value === 1);
    }
    assert.deepEqual(
      writesTo(host).map((leaves) => leaves[PATH]),
      ["1", "0", "absent", "1", "absent", "0"],
    );
  });

  test("the meaning says who can come in", async (t) => {
    const { filter, resource, args } = await setUp(t);
    for (const value of ["absent", 0] as const) {
      await resource.up(filter, args(value));
      assert.match(String(resource.outputs["meaning"]), /\(RID 500\)/);
    }
  });

  for (const [edit, shown] of [
    [0, 0],
    [undefined, "absent"],
    [7, 7],
    ["1", 'REG_SZ "1"'],
    [{ type: "QWORD", data: 1n }, "REG_QWORD"],
  ] as const) {
    test(`a hand edit to ${JSON.stringify(shown)} is drift, shown as it is, and comes back`, async (t) => {
      const { host, filter, resource, args, warnings } = await setUp(t, 1);
      await resource.up(filter, args(1));
      if (edit === undefined) host.registry.delete(SYSTEM_POLICIES_KEY, NAME);
      else host.registry.set(SYSTEM_POLICIES_KEY, NAME, edit);
      await resource.refresh(filter);
      assert.equal(resource.inputs["localAccountTokenFilterPolicy"], shown);
      assert.deepEqual([resource.outputs["effectiveValue"], resource.outputs["appliedValue"]], [shown, 1]);
      assert.equal(await resource.up(filter, args(1)), "updated");
      assert.deepEqual(host.registry.get(SYSTEM_POLICIES_KEY, NAME), { type: "DWORD", data: 1 });
      assert.deepEqual([resource.outputs["priorValue"], resource.outputs["effectiveValue"]], [1, 1]);
      assert.equal(/REG_DWORD/.test(warnings().join()), typeof shown === "string" && shown !== "absent");
    });
  }

  test("a value of another type is not taken for absent", async (t) => {
    const { host, filter, resource, args, warnings } = await setUp(t, "1");
    await resource.up(filter, args("absent"));
    assert.deepEqual(writesTo(host), [{ [PATH]: "absent" }]);
    assert.match(warnings().join(), /REG_SZ "1".* REG_DWORD.*destroy/);
    assert.equal(resource.outputs["priorValue"], "absent");
  });

  test("read with arguments only, as .get does it, shows the host", async (t) => {
    const { host, filter, connection } = await setUp(t, 1);
    const props = { connection, localAccountTokenFilterPolicy: "absent", __provider: TEXT };
    const outputs = (await filter.read("winrm/tokenfilterpolicy", props)).props as Record<string, unknown>;
    assert.deepEqual([outputs["localAccountTokenFilterPolicy"], outputs["effectiveValue"]], [1, 1]);
    assert.deepEqual(host.journal.writes(), []);
  });
});

suite("Destroy of TokenFilterPolicy", () => {
  test("puts back what was there before, a number or nothing", async (t) => {
    for (const [prior, applied] of [
      [0, 1],
      [undefined, 1],
      [undefined, 0],
      [1, 0],
      [1, "absent"],
      [5, 1],
    ] as const) {
      const { host, filter, resource, args, warnings } = await setUp(t, prior);
      await resource.up(filter, args(applied));
      await resource.destroy(filter);
      const live = host.registry.get(SYSTEM_POLICIES_KEY, NAME);
      assert.deepEqual(live, prior === undefined ? undefined : { type: "DWORD", data: prior });
      assert.doesNotMatch(warnings().join(), /stays|restored/);
    }
  });

  test("leaves a value that was changed since, and says so", async (t) => {
    const { host, filter, resource, args, warnings } = await setUp(t);
    await resource.up(filter, args(0));
    host.registry.set(SYSTEM_POLICIES_KEY, NAME, 1);
    await resource.refresh(filter);
    await resource.destroy(filter);
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, NAME), 1);
    assert.match(warnings().join(), /^localAccountTokenFilterPolicy: .*\[WINRM_E_DRIFT\]$/);
  });

  test("does not write where somebody put the first value back already", async (t) => {
    const { host, filter, resource, args } = await setUp(t, 0);
    await resource.up(filter, args(1));
    host.registry.set(SYSTEM_POLICIES_KEY, NAME, 0);
    await resource.destroy(filter);
    assert.equal(writesTo(host).length, 1);
  });

  test("with onDelete leave does not even ask the host", async (t) => {
    const { host, filter, resource, args } = await setUp(t);
    await resource.up(filter, args(1, { onDelete: "leave" }));
    const seen = host.journal.length;
    await resource.destroy(filter);
    assert.equal(host.journal.length, seen);
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, NAME), 1);
  });

  test("keeps 1 where its own account would lose its token, and says what to do", async (t) => {
    const { host, filter, resource, args, connection, warnings } = await setUp(t);
    await resource.up(filter, args(1));
    const asOps = { ...connection, auth: { ...connection.auth, username: "WEB01\\ops", password: ADMIN.password } };
    await resource.up(filter, { ...args(1), connection: asOps });
    await resource.destroy(filter);
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, NAME), 1);
    assert.match(
      warnings().join(),
      /localAccountTokenFilterPolicy: .*absent.*WEB01\\ops \(RID \d{4}\).*\[WINRM_E_LOCKOUT\]/,
    );
  });
});

suite("TokenFilterPolicy and lockout", () => {
  for (const value of [0, "absent"] as const) {
    test(`from 1 to ${value} is refused while a local account is logged in, and nothing is written`, async (t) => {
      const { host, filter, resource, args } = await setUp(t, 1, { asOps: true });
      await assert.rejects(resource.up(filter, args(value)), {
        message: /WEB01\\ops \(RID \d{4}\).*acceptLockout: true.*\[WINRM_E_LOCKOUT\]/,
      });
      assert.deepEqual(host.journal.writes(), []);
      assert.equal(resource.id, undefined);
    });

    test(`from 1 to ${value} goes on with acceptLockout, warns, and does lock out`, async (t) => {
      const { host, filter, resource, args, warnings } = await setUp(t, 1, { asOps: true });
      await resource.up(filter, args(value, { acceptLockout: true, confirm: false })).catch(() => undefined);
      assert.deepEqual(writesTo(host), [{ [PATH]: String(value) }]);
      assert.match(warnings().join(), /\[WINRM_E_LOCKOUT\]/);
      assert.equal(await letsOpsIn(t, host), false);
    });

    test(`from 1 to ${value} is free for the built-in Administrator, whatever it is called`, async (t) => {
      const accounts = [{ name: "Chef", password: ADMINISTRATOR.password, rid: 500 }];
      const { filter, resource, args, connection, warnings } = await setUp(t, 1, { accounts });
      const asChef = { ...connection, auth: { ...connection.auth, username: "WEB01\\Chef" } };
      await resource.up(filter, { ...args(value), connection: asChef });
      assert.equal(resource.outputs["effectiveValue"], value);
      assert.deepEqual(warnings(), []);
    });

    test(`from 1 to ${value} is refused to it where FilterAdministratorToken is 1`, async (t) => {
      const registry = { [SYSTEM_POLICIES_KEY]: { [NAME]: 1, FilterAdministratorToken: 1 } };
      const { host, filter, resource, args } = await setUp(t, 1, { registry });
      await assert.rejects(resource.up(filter, args(value)), { message: /FilterAdministratorToken is 1\b/ });
      assert.deepEqual(host.journal.writes(), []);
    });

    test(`L7: from 1 to ${value} is free for everybody where EnableLUA is 0`, async (t) => {
      const registry = { [SYSTEM_POLICIES_KEY]: { [NAME]: 1, EnableLUA: 0 } };
      const { host, filter, resource, args } = await setUp(t, 1, { registry, asOps: true });
      await resource.up(filter, args(value));
      assert.equal(await letsOpsIn(t, host), true);
    });
  }

  test("an update into a lockout keeps the state as it was", async (t) => {
    const { filter, resource, args } = await setUp(t, 1, { asOps: true });
    await resource.up(filter, args(1));
    const before = structuredClone(resource.outputs);
    await assert.rejects(resource.up(filter, args(0)), { message: /WINRM_E_LOCKOUT/ });
    assert.deepEqual(resource.outputs, before);
  });

  test("what filters already locks nobody out: absent to 0 and 0 to absent are free, and ask for no account", async (t) => {
    const { host, filter, resource, args, warnings } = await setUp(t);
    for (const value of [0, "absent", 0] as const) await resource.up(filter, args(value));
    assert.deepEqual(warnings(), []);
    assert.ok(host.journal.requests().every(({ action }) => !action?.endsWith("Enumerate")));
  });
});

suite("TokenFilterPolicy and failures", () => {
  test("a write whose answer is lost is looked up, and not repeated", async (t) => {
    const { host, filter, resource, args } = await setUp(t);
    host.injectFault({ on: "setdwordvalue", action: "reset-after-apply" });
    await resource.up(filter, args(1));
    assert.equal(host.journal.writes().length, 1);
    assert.equal(resource.outputs["effectiveValue"], 1);
  });

  test("a write that was lost on its way is repeated once", async (t) => {
    const { host, filter, resource, args } = await setUp(t);
    host.injectFault({ on: "setdwordvalue", action: "reset" });
    await resource.up(filter, args(1));
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, NAME), 1);
    assert.equal(host.journal.writes().length, 2);
  });

  test("a host that cannot be read is never written", async (t) => {
    const { host, filter, resource, args } = await setUp(t);
    host.injectFault({ on: "getdwordvalue", action: "fault", code: 5 });
    await assert.rejects(resource.up(filter, args(1)), { message: /WINRM_E_ACCESS_DENIED/ });
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a failure to read back keeps the resource with what it wrote, and the next apply finds it done", async (t) => {
    const { host, filter, resource, args } = await setUp(t, 0);
    host.injectFault({ on: "getdwordvalue", nth: 2, action: "fault", code: 2150858815 });
    await assert.rejects(resource.up(filter, args(1)), isInitFailure);
    assert.deepEqual([resource.outputs["priorValue"], resource.outputs["appliedValue"]], [0, 1]);
    await resource.up(filter, args(1));
    assert.equal(writesTo(host).length, 1);
    assert.equal(resource.outputs["priorValue"], 0);
  });

  test("a value that comes back at once is reported with the likely cause", async (t) => {
    const { host, filter, resource, args } = await setUp(t, 0);
    const set = host.registry.set.bind(host.registry);
    host.registry.set = (key, name, data) => {
      set(key, name, typeof data === "object" && data.type === "DWORD" ? 0 : data);
    };
    await assert.rejects(resource.up(filter, args(1)), (error: unknown) => {
      assert.ok(isInitFailure(error));
      assert.match(error.reasons.join(), /is 0, not 1.*\[WINRM_E_NOT_APPLIED\].*Group Policy/s);
      return true;
    });
    assert.deepEqual([resource.outputs["effectiveValue"], resource.outputs["localAccountTokenFilterPolicy"]], [0, 0]);
  });
});

suite("Wrong arguments of TokenFilterPolicy", () => {
  const connection = { host: "web01" };
  const rows: readonly (readonly [title: string, args: object, property: string, reason: RegExp])[] = [
    ["no value", { connection }, "localAccountTokenFilterPolicy", /is required/],
    ["null", { connection, localAccountTokenFilterPolicy: null }, "localAccountTokenFilterPolicy", /is required/],
    [
      "2",
      { connection, localAccountTokenFilterPolicy: 2 },
      "localAccountTokenFilterPolicy",
      /must be 0, 1 or "absent", not 2/,
    ],
    ["-1", { connection, localAccountTokenFilterPolicy: -1 }, "localAccountTokenFilterPolicy", /not -1/],
    ["0.5", { connection, localAccountTokenFilterPolicy: 0.5 }, "localAccountTokenFilterPolicy", /not 0.5/],
    ['"1"', { connection, localAccountTokenFilterPolicy: "1" }, "localAccountTokenFilterPolicy", /not "1"; write 1/],
    ["true", { connection, localAccountTokenFilterPolicy: true }, "localAccountTokenFilterPolicy", /not true; write 1/],
    [
      "false",
      { connection, localAccountTokenFilterPolicy: false },
      "localAccountTokenFilterPolicy",
      /not false; write 0/,
    ],
    [
      '"Absent"',
      { connection, localAccountTokenFilterPolicy: "Absent" },
      "localAccountTokenFilterPolicy",
      /not "Absent"/,
    ],
    ["an object", { connection, localAccountTokenFilterPolicy: {} }, "localAccountTokenFilterPolicy", /not an object/],
    ["a list", { connection, localAccountTokenFilterPolicy: [1] }, "localAccountTokenFilterPolicy", /; write 1$/],
    ["no host", { connection: {}, localAccountTokenFilterPolicy: 1 }, "connection.host", /is required/],
    ["a wrong onDelete", { connection, ...drift, onDelete: "keep" }, "onDelete", /must be "restore" or "leave"/],
    [
      "a wrong acceptLockout",
      { connection, ...drift, acceptLockout: "yes" },
      "acceptLockout",
      /not "yes"; write true$/,
    ],
    ["a misspelt argument", { connection, ...drift, value: 1 }, "value", /onPolicyConflict/],
    ["a wrong port", { connection: { host: "web01", port: 0 }, ...drift }, "connection.port", /1 to 65535/],
  ];
  for (const [title, args, property, reason] of rows) {
    test(`${title}: a failure on ${property}`, async (t) => {
      const { filter } = startProcess(t);
      const { failures } = await new DeployedResource("h", TEXT).check(filter, args);
      assert.equal(failures.length, 1, JSON.stringify(failures));
      // A path below the property: the engine would print the value of the property itself, secret or not.
      assert.equal(failures[0]!.property, property.includes(".") ? property : `${property}.value`);
      assert.match(failures[0]!.reason, reason);
    });
  }

  test("onPolicyConflict is taken, with a remark that it does nothing here", async (t) => {
    const { filter, resource, args, warnings } = await setUp(t, 1);
    await resource.up(filter, args(1, { onPolicyConflict: "warn" }));
    assert.match(warnings().join(), /onPolicyConflict/);
  });
});
