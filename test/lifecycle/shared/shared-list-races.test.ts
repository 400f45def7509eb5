/** Two processes that change one TrustedHosts list at the same time, over links of different speed. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import fc from "fast-check";
import { Settings } from "../../../provider/contract/settings";
import { isWinrmError } from "../../../provider/errors";
import { WRITERS_KEY } from "../../../provider/lifecycle/change/host-turn";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import { startRelay } from "../../support/hosts/relay";
import { type Lane, Turnstile } from "../../support/processes/turnstile";
import { ADMIN, connectionTo, startHost } from "../../support/processes/recorded-process";
import type { SimulatedHost } from "../../../simulator";

const LIST = "client/TrustedHosts";
const SCHEDULES = 200;
const KEY = `HKLM\\${WRITERS_KEY}`;

interface Schedule {
  /** How much faster one link is than the other. */
  readonly ratio: number;
  readonly latencyMs: number;
  readonly seed: number;
  /** The second process takes its entry away, rather than adding one. */
  readonly removes: boolean;
}

const schedules = fc.record<Schedule>({
  ratio: fc.constantFrom(1, 3, 10, 40),
  latencyMs: fc.constantFrom(20, 400, 1_500, 6_000),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  removes: fc.boolean(),
});

/** A linear congruential generator (Numerical Recipes). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

/** The host takes messages in clear, of an account without NTLM's host name: only the host itself can tell who else is there. */
async function plainHost(t: TestContext): Promise<SimulatedHost> {
  return await startHost(t, { config: { "service/auth/Basic": true, "service/AllowUnencrypted": true } });
}

function contextOf(lane: Lane, turnstile: Turnstile) {
  const clock = turnstile.clock(lane);
  const notes: string[] = [];
  const log = { warn: () => undefined, note: (text: string) => void notes.push(text), progress: () => undefined };
  const pool = new SessionPool((ms, signal) => clock.sleep(ms, signal));
  return { pool, settings: new Settings(() => undefined, {}), signal: new AbortController().signal, log, clock, notes };
}

/** Runs both, each a process of its own with a link and a spelling of its own. @returns `done`, or the error's code. */
async function race(t: TestContext, host: SimulatedHost, { ratio, latencyMs, seed, removes }: Schedule) {
  const turnstile = new Turnstile(randomFrom(seed));
  const auth = { method: "basic", username: ADMIN.name, password: ADMIN.password } as const;
  const lanes: readonly Lane[] = [
    { weight: ratio, latencyMs: 20 },
    { weight: 1, latencyMs },
  ];
  for (const lane of lanes) turnstile.enter(lane);
  const run = async (
    index: number,
    change: (context: ReturnType<typeof contextOf>, port: number) => Promise<unknown>,
  ) => {
    const lane = lanes[index]!;
    const context = contextOf(lane, turnstile);
    try {
      const relay = await startRelay(t, host.http!.port, { hold: () => turnstile.step(lane) });
      await change(context, relay.port);
      return "done";
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (!isWinrmError(cause)) throw error;
      return cause.code;
    } finally {
      turnstile.leave(lane);
      context.pool.close();
    }
  };
  const connection = (port: number, name: string) =>
    connectionTo(host, { host: name, port, auth, allowUnencrypted: true });
  const outcomes = await Promise.all([
    run(0, (context, port) =>
      LIFECYCLES.TrustedHosts.create(
        { connection: connection(port, "127.0.0.1"), entries: ["one"], mode: "entries" } as never,
        context,
      ),
    ),
    run(1, (context, port) => {
      const inputs = { connection: connection(port, "localhost"), entries: ["two"], mode: "entries" };
      if (!removes) return LIFECYCLES.TrustedHosts.create(inputs as never, context);
      return LIFECYCLES.TrustedHosts.delete(
        { ...inputs, addedEntries: ["two"], priorEntries: [], appliedEntries: [], policyOwned: false } as never,
        context,
      );
    }),
  ]);
  return outcomes;
}

suite("Two processes that change one list at the same time", () => {
  test(`K3: lose nothing silently, in ${SCHEDULES} random schedules over links of different speed`, async (t) => {
    const host = await plainHost(t);
    let loud = 0;
    for (const schedule of fc.sample(schedules, { numRuns: SCHEDULES, seed: 7 })) {
      host.config.set(LIST, schedule.removes ? "stranger,two" : "stranger");
      const [one, two] = await race(t, host, schedule);
      const list = host.config.get(LIST).split(",").sort();
      const about = JSON.stringify({ ...schedule, one, two, list });
      assert.ok(list.includes("stranger"), about);
      loud += [one, two].filter((outcome) => outcome !== "done").length;
      if (one === "done" && two === "done") {
        assert.deepEqual(list, schedule.removes ? ["one", "stranger"] : ["one", "stranger", "two"], about);
        assert.deepEqual(host.registry.keys(KEY) ?? [], [], about);
      }
    }
    t.diagnostic(`${loud} of ${SCHEDULES * 2} runs failed loudly`);
    assert.ok(loud < SCHEDULES / 20);
  });

  test("K3: a writer that was ended in the middle is waited for as long as it announced, and then removed", async (t) => {
    const host = await plainHost(t);
    for (const [writer, waitsMs] of [
      [`${"0".repeat(32)}-10`, 10_000],
      [`${"f".repeat(32)}-40`, 40_000],
      [`${"f".repeat(32)}-999`, 120_000],
      ["something else", 0],
    ] as const) {
      host.config.set(LIST, "");
      host.registry.createKey(`${KEY}\\${writer}`);
      const lane: Lane = { weight: 1, latencyMs: 0 };
      const turnstile = new Turnstile(() => 0);
      turnstile.enter(lane);
      const context = contextOf(lane, turnstile);
      await LIFECYCLES.TrustedHosts.create(inputsOf(host), context);
      context.pool.close();
      assert.ok(context.clock.steadyMs() >= waitsMs && context.clock.steadyMs() < waitsMs + 1_000, writer);
      assert.equal(host.config.get(LIST), "one");
      assert.deepEqual(host.registry.keys(KEY), waitsMs === 0 ? [writer] : []);
      host.registry.deleteKey(`${KEY}\\${writer}`);
    }
  });

  test("K3: where the host lets nobody announce a change, it is made, and a note says what is not certain", async (t) => {
    const host = await plainHost(t);
    host.injectFault({ on: "createkey", action: "fault", code: 5 });
    const lane: Lane = { weight: 1, latencyMs: 0 };
    const context = contextOf(lane, new Turnstile(() => 0));
    t.after(() => {
      context.pool.close();
    });
    await LIFECYCLES.TrustedHosts.create(inputsOf(host), context);
    assert.equal(host.config.get(LIST), "one");
    assert.match(context.notes.join(), /WINRM_E_ACCESS_DENIED/);
  });

  for (const action of ["reset-after-apply", "reset"] as const) {
    test(`K3: an announcement whose answer is lost (${action}) is looked for, and then the change is made`, async (t) => {
      const host = await plainHost(t);
      host.injectFault({ on: "createkey", action });
      const context = contextOf({ weight: 1, latencyMs: 0 }, new Turnstile(() => 0));
      t.after(() => {
        context.pool.close();
      });
      await LIFECYCLES.TrustedHosts.create(inputsOf(host), context);
      assert.equal(host.config.get(LIST), "one");
      assert.deepEqual(host.registry.keys(KEY), []);
      const asked = host.journal.requests().filter(({ action: verb }) => verb?.endsWith("/CreateKey") === true);
      assert.equal(asked.length, action === "reset" ? 2 : 1);
    });
  }

  test("K3: a turn costs four requests, and one that ends in an error leaves nothing behind", async (t) => {
    const host = await plainHost(t);
    const lane: Lane = { weight: 1, latencyMs: 0 };
    const context = contextOf(lane, new Turnstile(() => 0));
    t.after(() => {
      context.pool.close();
    });
    await LIFECYCLES.TrustedHosts.create(inputsOf(host), context);
    const verbs = host.journal.requests().map(({ action }) => action?.split("/").at(-1));
    assert.deepEqual(verbs, ["Get", "CreateKey", "EnumKey", "Get", "Put", "Get", "DeleteKey"]);
    host.config.set(LIST, "");
    host.injectFault({ on: "put", action: "fault", code: 5 });
    await assert.rejects(LIFECYCLES.TrustedHosts.create(inputsOf(host), context), { code: "WINRM_E_ACCESS_DENIED" });
    assert.deepEqual(host.registry.keys(KEY), []);
  });
});

function inputsOf(host: SimulatedHost) {
  const auth = { method: "basic", username: ADMIN.name, password: ADMIN.password };
  return {
    connection: connectionTo(host, { auth, allowUnencrypted: true }),
    entries: ["one"],
    mode: "entries",
  } as never;
}
