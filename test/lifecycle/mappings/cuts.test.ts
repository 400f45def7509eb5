/** The replacement of the mapping in use, cut off at every message: the connection still gets in, and the next run converges. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { readConfig } from "../../../provider/host/config";
import type { LifecycleContext } from "../../../provider/lifecycle/change/context";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { ManualClock, SimulatedHost } from "../../../simulator";
import type { MisbehaviourRule } from "../../../simulator/fault-injection";
import { EXACT, MAPPABLE, WIDE, clientOf } from "../../support/hosts/mapped-client";
import { clockOf } from "../../support/confirm/confirm";

const settings = new Settings(() => undefined, {});
const lifecycle = LIFECYCLES.CertMapping;

async function start(t: TestContext) {
  const clock = new ManualClock();
  const host = await SimulatedHost.start({ ...MAPPABLE, clock });
  t.after(() => host.stop());
  return { host, clock, connection: clientOf(host) };
}

type Stage = Awaited<ReturnType<typeof start>>;

/** One run, with sessions of its own. */
async function inRun<T>({ clock }: Stage, operate: (context: LifecycleContext) => Promise<T>): Promise<T> {
  const pool = new SessionPool((ms, signal) => clock.sleep(ms, signal));
  const quiet = () => undefined;
  const { signal } = new AbortController();
  try {
    return await operate({
      ...{ pool, settings, signal, clock: clockOf(clock) },
      log: { warn: quiet, note: quiet, progress: quiet },
    });
  } finally {
    pool.close();
  }
}

/** What the engine asks of a replacement. */
async function replace(stage: Stage, state: Parameters<typeof lifecycle.delete>[0]): Promise<void> {
  const { connection } = stage;
  await inRun(stage, async (context) => {
    const made = await lifecycle.delete(state, context, { connection, ...EXACT });
    if (made === undefined) await lifecycle.create({ connection, ...EXACT }, context);
    else await lifecycle.update(made, { connection, ...EXACT }, context);
  });
}

async function getsIn(stage: Stage): Promise<void> {
  await inRun(stage, async ({ pool, signal }) => {
    await readConfig(new WsmanClient(pool.session(resolveTarget(stage.connection, settings).target)), signal);
  });
}

const subjects = ({ host }: Stage) => host.certMappings.list().map(({ subject }) => subject);

/** Messages of a replacement without a fault. */
const MESSAGES = 9;

suite("The replacement of the mapping in use", () => {
  for (const action of ["cut", "cut-after-apply", "reset", "reset-after-apply"] as const) {
    test(`${action} at every message leaves a way in, and the next run converges`, async (t) => {
      const stage = await start(t);
      const { host, connection } = stage;
      for (let nth = 1; nth <= MESSAGES; nth++) {
        for (const one of host.certMappings.list()) host.certMappings.remove(one);
        host.certMappings.add(WIDE);
        // State as an earlier run has left it: the mapping is its own, and its password known.
        const adopted = await inRun(stage, (context) => lifecycle.create({ connection, ...WIDE }, context));
        const state = { ...adopted };
        delete state.priorMapping;
        const rule: MisbehaviourRule = { on: "message", nth, action };
        const fault = host.injectFault(rule);
        const failed = await replace(stage, state).then(
          () => false,
          () => true,
        );
        assert.ok(fault.fired, `${nth}`);
        if (action.startsWith("cut")) assert.ok(failed, `${nth}`);
        host.cutNetwork(false);
        assert.ok(
          ["*@localhost", "deploy@localhost"].some((one) => subjects(stage).includes(one)),
          `${nth}`,
        );
        await getsIn(stage);
        if (failed) await replace(stage, state);
        assert.deepEqual(subjects(stage), ["deploy@localhost"], `${nth}`);
        await getsIn(stage);
      }
    });
  }
});
