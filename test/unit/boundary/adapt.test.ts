/** What the engine gets from a resource's lifecycle, whatever the lifecycle does. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { dynamicProviderFor } from "../../../provider/engine/dynamic-provider";
import { WinrmError } from "../../../provider/errors";
import type { ValidationIssue } from "../../../provider/contract/checks";
import type { ResourceShape, SharedInputs, SharedOutputs } from "../../../provider/contract/resource-shape";
import { assertState } from "../../../provider/lifecycle/state";
import type { LifecycleContext } from "../../../provider/lifecycle/change/context";
import type { ResourceKinds } from "../../../provider/lifecycle/definition";
import { PartialFailure, type ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { isUnknown } from "../../../provider/contract/unknown";
import { DeployedResource, overTheWire } from "../../support/processes/provider-calls";
import { type Surroundings, startProcess } from "../../support/processes/recorded-process";
import { assertWording } from "../../support/pages/golden";

interface Inputs extends SharedInputs {
  text?: string;
}
type Outputs = Inputs & SharedOutputs & { made?: string };
interface Kinds extends ResourceKinds {
  readonly Inputs: Inputs;
  readonly State: Outputs;
}
type Act = (context: LifecycleContext) => unknown;

const CONNECTION = { host: "web01" };
const SECRET = "Planted-secret-77";
/** Longer than an operation may take without showing what it does. */
const SLOW_MS = 2_000;
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const THING: ResourceShape = {
  type: "AuthConfig",
  arguments: {},
  required: [],
  live: {},
  computed: {},
  optional: [],
  secrets: [],
};

/** A resource that does what the test says. */
function provided(
  t: TestContext,
  act: Act = () => undefined,
  problems: ValidationIssue[] = [],
  { surroundings, ...over }: Partial<ResourceLifecycle<Kinds>> & { surroundings?: Surroundings } = {},
) {
  const operate = async (inputs: Inputs, context: LifecycleContext): Promise<Outputs> => {
    await act(context);
    return { ...inputs, schemaVersion: 1, made: "made" };
  };
  const lifecycle: ResourceLifecycle<Kinds> = {
    type: "Thing",
    computed: ["schemaVersion", "made"],
    secrets: [],
    stateOf(state, operation) {
      assertState(THING, state, operation);
      return state as unknown as Outputs;
    },
    check: () => problems,
    warnings: ({ text }) => (text === undefined ? [] : [`remark on ${text}`]),
    canonicalInputs: (inputs) => ({ ...inputs, text: inputs.text?.toLowerCase() }),
    id: () => "the-id",
    observe: () => Promise.resolve(new Map()),
    plan: () => ({ findings: [], writes: [] }),
    refuseEarly: () => Promise.resolve(),
    create: operate,
    update: (_previous, inputs, context) => operate(inputs, context),
    read: async (previous, context) => ({ inputs: previous, outputs: await operate(previous, context) }),
    delete: async (_previous, context) => {
      await act(context);
    },
    ...over,
  };
  const { process, lines, warnings } = startProcess(t, surroundings);
  return {
    provider: dynamicProviderFor(lifecycle, process),
    process,
    lines,
    warnings,
    resource: new DeployedResource("r"),
  };
}

async function thrownBy(act: () => Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error as Error & Record<string, unknown>;
  }
  throw new Error("nothing was thrown");
}

suite("check at the boundary", () => {
  test("takes away __urn and __provider, and keeps the arguments", async (t) => {
    const { provider } = provided(t);
    const news = { connection: CONNECTION, text: "x", nothing: null, __urn: "urn:x", __provider: "text" };
    assert.deepEqual(await provider.check({}, news), { inputs: { connection: CONNECTION, text: "x" }, failures: [] });
  });

  test("never blames an argument as a whole, whose value the engine would print", async (t) => {
    const problems = ["connection", "connection.port", "text"].map((property) => ({ property, reason: "is wrong" }));
    const { provider } = provided(t, undefined, problems);
    const { failures } = await provider.check({}, { connection: { auth: { password: SECRET } } });
    assert.deepEqual(
      failures?.map(({ property }) => property),
      ["connection.host", "connection.port", "text.value"],
    );
  });

  test("remarks go to the log under the resource, unless something is wrong or not known yet", async (t) => {
    const { provider, lines, resource } = provided(t);
    await resource.check(provider, { connection: CONNECTION, text: "x" });
    assert.deepEqual(lines, [{ severity: "warning", text: "remark on x", urn: resource.urn }]);
    await resource.check(provider, { connection: { host: UNKNOWN }, text: "x" });
    assert.equal(lines.length, 1);
    const wrong = provided(t, undefined, [{ property: "text", reason: "is wrong" }]);
    await wrong.resource.check(wrong.provider, { connection: CONNECTION, text: "x" });
    assert.deepEqual(wrong.lines, []);
  });
});

suite("diff at the boundary", () => {
  const args = { connection: CONNECTION, text: "a" };

  test("equal arguments are no change, whatever their order and spelling", async (t) => {
    const { provider, resource } = provided(t);
    await resource.up(provider, args);
    const diff = (news: object) =>
      provider.diff("i", resource.outputs, overTheWire({ ...news, __provider: resource.text }));
    assert.deepEqual(await diff({ text: "A", connection: CONNECTION }), { changes: false });
    assert.deepEqual(await diff({ text: "b", connection: CONNECTION }), {});
    assert.deepEqual(await diff({ connection: CONNECTION }), {});
    assert.deepEqual(await diff({ ...args, connection: { host: "WEB01", port: 5985 } }), {});
    assert.deepEqual(await diff({ ...args, text: UNKNOWN }), {});
  });

  test("another host replaces, the old one first", async (t) => {
    const { provider, resource } = provided(t);
    await resource.up(provider, args);
    for (const connection of [{ host: "web02" }, { host: "web01", port: 15_986 }]) {
      const news = { ...args, connection, __provider: resource.text };
      assert.deepEqual(await provider.diff("i", resource.outputs, news), {
        replaces: ["connection"],
        deleteBeforeReplace: true,
      });
    }
  });

  test("an argument that the resource names replaces, beside the host", async (t) => {
    const { provider, resource } = provided(t, undefined, [], {
      replaceOnChanges: (previous, { text }) => (previous.text === text || isUnknown(text) ? [] : ["text"]),
    });
    await resource.up(provider, args);
    const verdict = (news: object) =>
      provider.diff("i", resource.outputs, overTheWire({ ...news, __provider: resource.text }));
    assert.deepEqual(await verdict({ ...args, text: "b" }), { replaces: ["text"], deleteBeforeReplace: true });
    assert.deepEqual(await verdict({ text: "b", connection: { host: "web02" } }), {
      replaces: ["connection", "text"],
      deleteBeforeReplace: true,
    });
    assert.deepEqual(await verdict({ ...args, text: UNKNOWN }), {});
    assert.deepEqual(await verdict(args), { changes: false });
  });

  test("another provider text is a change, so that it reaches state", async (t) => {
    const { provider, resource } = provided(t);
    await resource.up(provider, args);
    assert.deepEqual(await provider.diff("i", resource.outputs, { ...args, __provider: "other" }), { changes: true });
  });
});

suite("read at the boundary", () => {
  test("a resource that the host has no more is reported as gone", async (t) => {
    const { provider, resource } = provided(t, undefined, [], { read: () => Promise.resolve(undefined) });
    await resource.up(provider, { connection: CONNECTION });
    assert.deepEqual(await provider.read("the-id", resource.outputs), { id: "", props: {} });
  });
});

suite("failures at the boundary", () => {
  const operations = ["create", "read", "update", "delete"] as const;
  const call = ({ provider }: ReturnType<typeof provided>, operation: (typeof operations)[number], props: object) => {
    const wire = overTheWire({ connection: CONNECTION, __provider: "text", ...props });
    switch (operation) {
      case "create":
        return provider.create(wire);
      case "read":
        return provider.read("i", wire);
      case "update":
        return provider.update("i", wire, wire);
      case "delete":
        return provider.delete("i", wire);
    }
  };

  for (const operation of operations) {
    test(`${operation} throws a plain Error whose printed form is one line`, async (t) => {
      const error = await thrownBy(() =>
        call(
          provided(t, () => {
            throw new WinrmError("WINRM_E_CONNECTION_REFUSED", "nothing listens", { remedy: "start WinRM" });
          }),
          operation,
          {},
        ),
      );
      assert.equal(error.message, "nothing listens [WINRM_E_CONNECTION_REFUSED]\n  next: start WinRM");
      assert.ok(`${error}: ${error.stack ?? ""}`.startsWith(`winrm:Thing ${operation}: `));
      assert.equal("id" in error, false);
    });

    test(`${operation} makes an Error of whatever is thrown`, async (t) => {
      for (const [thrown, message] of [
        ["text", "text"],
        [undefined, "undefined"],
        [null, "null"],
        [42, "42"],
        [{ id: "x", reasons: [] }, "[object Object]"],
      ] as const) {
        const subject = provided(t, () => {
          throw thrown as unknown as Error;
        });
        const error = await thrownBy(() => call(subject, operation, {}));
        assert.equal(error.message, message);
        assert.equal("id" in error, false);
      }
    });

    test(`${operation} keeps a password of the arguments out of errors and lines`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const subject = provided(t, ({ log }) => {
        log.warn(`logging in with ${SECRET}`);
        log.progress(`still with ${SECRET}`);
        t.mock.timers.tick(SLOW_MS);
        throw new Error(`no logon with ${SECRET}`);
      });
      const error = await thrownBy(() =>
        call(subject, operation, { connection: { ...CONNECTION, auth: { password: SECRET } } }),
      );
      assert.equal(error.message, "no logon with [secret]");
      assert.deepEqual(
        subject.lines.map(({ text }) => text),
        ["logging in with [secret]", "still with [secret]"],
      );
      for (const field of ["privateKeyPem", "pfx", "passphrase"]) {
        const other = await thrownBy(() =>
          call(subject, operation, { connection: { ...CONNECTION, auth: { [field]: SECRET } } }),
        );
        assert.equal(other.message, "no logon with [secret]", field);
      }
    });

    test(`${operation} refuses state of a newer release`, async (t) => {
      if (operation === "create") return;
      const subject = provided(t);
      const error = await thrownBy(() => call(subject, operation, { schemaVersion: 2 }));
      assert.match(error.message, /\b2\b.*\b1\b.*\[WINRM_E_SCHEMA\]/);
      if (operation === "read") assertWording(t, error.message);
    });
  }

  test("diff refuses state of a newer release", async (t) => {
    const { provider } = provided(t);
    const error = await thrownBy(() => provider.diff("i", { connection: CONNECTION, schemaVersion: 9 }, {}));
    assert.match(error.message, /WINRM_E_SCHEMA/);
  });

  for (const operation of ["create", "update"] as const) {
    test(`a ${operation} that failed half-way keeps id, reasons and properties with __provider`, async (t) => {
      const outputs = { connection: CONNECTION, made: "half", absent: undefined };
      const subject = provided(t, () => {
        throw new PartialFailure("the-id", outputs, new Error(`half of it, with ${SECRET}`));
      });
      const secret = { connection: { ...CONNECTION, auth: { password: SECRET } } };
      const error = await thrownBy(() => call(subject, operation, secret));
      assert.equal(error["id"], "the-id");
      assert.deepEqual(error["reasons"], ["half of it, with [secret]"]);
      assert.deepEqual(error["properties"], { connection: CONNECTION, made: "half", __provider: "text" });
      assert.equal(error.stack, error.message);
    });
  }

  test("outputs that the engine cannot carry are a named defect", async (t) => {
    const { process } = startProcess(t);
    const base = { type: "Thing", computed: [], secrets: [], check: () => [], warnings: () => [], id: () => "i" };
    const broken = { ...base, create: () => Promise.resolve({ a: { at: new Date(0) } }) };
    const provider = dynamicProviderFor(broken as unknown as ResourceLifecycle<Kinds>, process);
    const error = await thrownBy(() => provider.create({ connection: CONNECTION }));
    assert.match(error.message, /^a\.at .*\[WINRM_E_INTERNAL\]$/);
    assertWording(t, error.message);
  });
});

suite("log lines at the boundary", () => {
  test("come under the resource that was checked with the same arguments", async (t) => {
    const { provider, lines, resource } = provided(t, ({ log }) => {
      log.warn("working");
    });
    await resource.up(provider, { connection: CONNECTION });
    await resource.refresh(provider);
    await resource.destroy(provider);
    assert.deepEqual(
      lines.map(({ urn }) => urn),
      [resource.urn, resource.urn, resource.urn],
    );
  });

  test("show what an operation is doing only once it takes long, and then each step", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { provider, lines } = provided(t, ({ log }) => {
      log.progress("one");
      log.progress("two");
      assert.deepEqual(lines, []);
      t.mock.timers.tick(SLOW_MS);
      log.progress("three");
    });
    await provider.create({ connection: CONNECTION });
    t.mock.timers.tick(SLOW_MS);
    assert.deepEqual(
      lines.map(({ severity, text }) => [severity, text]),
      [
        ["progress", "two"],
        ["progress", "three"],
      ],
    );
  });

  test("come under no resource where no check was seen", async (t) => {
    const { provider, lines } = provided(t, ({ log }) => {
      log.warn("x");
    });
    await provider.read("i", { connection: CONNECTION });
    assert.deepEqual(lines, [{ severity: "warning", text: "x", urn: undefined }]);
  });

  test("operations see the configuration that the engine gave", async (t) => {
    let seen: unknown;
    const { provider } = provided(t, ({ settings }) => {
      seen = settings.text("username");
    });
    await provider.configure({
      config: { get: (key: string) => (key === "winrm:username" ? "ops" : undefined), require: () => "" },
    });
    await provider.create({ connection: CONNECTION });
    assert.equal(seen, "ops");
  });

  test("an operation is given up at its total limit, from the argument, the settings, or 300 s", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const cases = [
      [{ ...CONNECTION, timeouts: { totalSeconds: 7 } }, { env: { WINRM_TOTAL_SECONDS: "8" } }, 7],
      [CONNECTION, { env: { WINRM_TOTAL_SECONDS: "8" }, config: { "winrm:totalSeconds": "9" } }, 9],
      [CONNECTION, { env: { WINRM_TOTAL_SECONDS: "8" } }, 8],
      [CONNECTION, {}, 300],
    ] as const;
    for (const [connection, surroundings, seconds] of cases) {
      const act = ({ signal }: LifecycleContext) => {
        t.mock.timers.tick(seconds * 1000 - 1);
        assert.equal(signal.aborted, false);
        t.mock.timers.tick(1);
        signal.throwIfAborted();
      };
      const subject = provided(t, act, [], { surroundings });
      const error = await thrownBy(() => subject.provider.create({ connection }));
      assert.match(
        error.message,
        new RegExp(`longer than ${seconds} s \\(timeouts\\.totalSeconds\\) \\[WINRM_E_TIMEOUT\\]`),
      );
    }
  });

  test("a total limit that is not usable fails operations, not check and diff", async (t) => {
    const subject = provided(t, undefined, [], { surroundings: { env: { WINRM_TOTAL_SECONDS: "601" } } });
    const error = await thrownBy(() => subject.provider.create({ connection: CONNECTION }));
    assert.match(error.message, /WINRM_TOTAL_SECONDS .*600.*601.*\[WINRM_E_ARGUMENT\]/);
    const news = { connection: { ...CONNECTION, timeouts: { totalSeconds: UNKNOWN } } };
    assert.deepEqual((await subject.provider.check({}, news)).failures, []);
  });

  test("the password in a proxy's URL is taken out of what is thrown", async (t) => {
    const connection = { ...CONNECTION, proxy: `http://u:${encodeURIComponent(SECRET)}@proxy:3128` };
    const subject = provided(t, () => {
      throw new Error(`proxy said ${SECRET}`);
    });
    const error = await thrownBy(() => subject.provider.create({ connection }));
    assert.equal(error.message, "proxy said [secret]");
  });

  test("a process that stops aborts its operations", async (t) => {
    const subject = provided(t, ({ signal }) => {
      assert.equal(signal.aborted, false);
      void subject.process.stop();
      signal.throwIfAborted();
    });
    const error = await thrownBy(() => subject.provider.create({ connection: CONNECTION }));
    assertWording(t, error.message);
  });
});
