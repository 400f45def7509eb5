/** Several risky changes of one host: in one run, through one connection or two, and in a second run. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { Settings } from "../../../provider/contract/settings";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import type { ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import { ManualClock, SimulatedHost, SYSTEM_POLICIES_KEY } from "../../../simulator";
import { certificateFor } from "../../support/hosts/certificates";
import { clockOf, SETTLED_MS, WINDOW_SECONDS } from "../../support/confirm/confirm";
import { failure, NEVER } from "../../support/hosts/sessions";

const ADMINISTRATOR = { name: "Administrator", password: "Winter-2031!" } as const;
const CERTIFICATE = certificateFor(["localhost", "127.0.0.1"]);
const EVERYONE_IN = "S-1-5-11";
const LONGEST_WINDOW_SECONDS = 600;

/** Three risky changes, each of another resource. */
const CHANGES: readonly (readonly [ResourceType, object])[] = [
  ["AuthConfig", { service: { certificate: false, credSSP: false } }],
  ["TokenFilterPolicy", { localAccountTokenFilterPolicy: 0 }],
  ["GroupMembership", { group: "S-1-5-32-544", mode: "exclusive", members: ["Administrator"] }],
];

async function stageOf(t: TestContext) {
  const clock = new ManualClock();
  const host = await SimulatedHost.start({
    accounts: [ADMINISTRATOR],
    clock,
    https: { certificate: CERTIFICATE },
    config: { "service/auth/Basic": true, "service/auth/Certificate": true, "service/auth/CredSSP": true },
    groups: { Administrators: [EVERYONE_IN] },
    quickConfig: true,
  });
  t.after(() => host.stop());
  const credential = { username: ADMINISTRATOR.name, password: ADMINISTRATOR.password };
  const tls = { ca: CERTIFICATE.certPem };
  const overHttp = { transport: "http", port: host.http!.port, auth: { method: "ntlm", ...credential } } as const;
  const overHttps = {
    transport: "https",
    port: host.https!.port,
    tls,
    auth: { method: "basic", ...credential },
  } as const;
  const connections = [overHttp, overHttps].map((connection) => ({ host: "127.0.0.1", ...connection }));
  /** A run of its own. */
  const run = (signal = NEVER) => {
    const pool = new SessionPool((ms, end) => clock.sleep(ms, end));
    t.after(() => {
      pool.close();
    });
    const log = { warn: () => undefined, note: () => undefined, progress: () => undefined };
    return { pool, log, signal, clock: clockOf(clock), settings: new Settings(() => undefined, {}) };
  };
  return { clock, host, connections, run };
}

type Stage = Awaited<ReturnType<typeof stageOf>>;

function create(stage: Stage, index: number, { through = 0, over = {}, context = stage.run() } = {}) {
  const [type, wanted] = CHANGES[index]!;
  const lifecycle: ResourceLifecycle = LIFECYCLES[type];
  const connection = stage.connections[through]!;
  return lifecycle.create({ ...wanted, connection, confirm: WINDOW_SECONDS, ...over }, context);
}

function valuesOn({ host }: Stage) {
  return [
    host.config.get("service/auth/Certificate") === "true" || host.config.get("service/auth/CredSSP") === "true",
    host.registry.getDword(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy") === 1,
    host.groups.memberSids("S-1-5-32-544").includes(EVERYONE_IN),
  ].map((old) => (old ? "old" : "new"));
}

/** Which windows were opened and closed, in order; one that the host refused, because another was open, was not opened. */
function windowsOf({ host }: Stage): string[] {
  return host.journal
    .requests()
    .filter(({ fault }) => fault === undefined)
    .map(({ action }) => action?.split("/").at(-1) ?? "")
    .filter((action) => action === "RegisterByXml" || action === "StartByPath");
}

suite("Several risky changes of one host", () => {
  for (const [title, connections] of [
    ["one connection", [0, 0, 0]],
    ["two connections", [0, 1, 0]],
  ] as const) {
    test(`in one run wait for each other's confirmation, and all are made: ${title}`, async (t) => {
      const stage = await stageOf(t);
      const context = stage.run();
      // Whoever waits moves the clock on, while the other one speaks to the host.
      const over = { confirm: LONGEST_WINDOW_SECONDS };
      await Promise.all(
        CHANGES.map((_, index) => create(stage, index, { through: connections[index]!, context, over })),
      );
      assert.deepEqual(
        windowsOf(stage),
        CHANGES.flatMap(() => ["RegisterByXml", "StartByPath"]),
      );
      stage.clock.advance(SETTLED_MS);
      assert.deepEqual(valuesOn(stage), ["new", "new", "new"]);
      assert.deepEqual(stage.host.scheduler.tasks, []);
    });
  }

  test("in one run are made although one before them locks out and is undone", async (t) => {
    const stage = await stageOf(t);
    const context = stage.run();
    const over = { service: { basic: false, certificate: false }, acceptLockout: true };
    const [first, ...others] = await Promise.allSettled([
      create(stage, 0, { through: 1, over, context }),
      create(stage, 1, { context }),
      create(stage, 2, { context }),
    ]);
    assert.equal(first.status, "rejected");
    assert.deepEqual(
      others.map(({ status }) => status),
      ["fulfilled", "fulfilled"],
    );
    stage.clock.advance(SETTLED_MS);
    assert.equal(stage.host.config.get("service/auth/Basic"), "true");
    assert.deepEqual(valuesOn(stage), ["old", "new", "new"]);
    assert.deepEqual(stage.host.scheduler.tasks, []);
  });

  test("of one resource share one window", async (t) => {
    const stage = await stageOf(t);
    await create(stage, 0);
    assert.deepEqual(windowsOf(stage), ["RegisterByXml", "StartByPath"]);
  });

  test("in a second run wait for the first, or end with whose change it is and until when, and never touch it", async (t) => {
    const stage = await stageOf(t);
    const { host, clock } = stage;
    const killed = new AbortController();
    const die = () => {
      killed.abort();
    };
    host.injectFault({ on: "setstringvalue", action: "reset", meanwhile: die });
    await assert.rejects(create(stage, 0, { context: stage.run(killed.signal) }));
    const [pending] = host.scheduler.tasks;
    assert.deepEqual(valuesOn(stage), ["new", "old", "old"]);

    const impatient = new AbortController();
    const context = stage.run(impatient.signal);
    const leave = clock.after(2_000, () => {
      impatient.abort();
    });
    const error = await failure(create(stage, 1, { context }));
    leave();
    assert.equal(error.code, "WINRM_E_CONFIRM_PENDING");
    const armed = /armed=(\S+)Z/.exec(pending!.description)![1]!;
    assert.ok(error.summary.includes(`by ${ADMINISTRATOR.name}@`) && error.summary.includes(armed), error.summary);
    assert.ok(error.summary.includes(`window ${WINDOW_SECONDS} s`), error.summary);
    assert.equal(host.scheduler.tasks[0], pending);

    await create(stage, 1);
    clock.advance(SETTLED_MS);
    assert.deepEqual(valuesOn(stage), ["old", "new", "old"]);
    assert.deepEqual(host.scheduler.tasks, []);
  });
});
