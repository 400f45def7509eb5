/** Several risky changes of one host: in one run, through one connection or two, and in a second run. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PartialFailure, type ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SETTLED_MS, WINDOW_SECONDS } from "../../support/confirm/confirm";
import { ADMINISTRATOR, CHANGES, create, type Several, severalOn, valuesOn } from "../../support/confirm/several";
import { failure } from "../../support/hosts/sessions";

const LONGEST_WINDOW_SECONDS = 600;

/** Which windows were opened and closed, in order; one that the host refused, because another was open, was not opened. */
function windowsOf({ host }: Several): string[] {
  return host.journal
    .requests()
    .filter(({ fault }) => fault === undefined)
    .map(({ action }) => action?.split("/").at(-1) ?? "")
    .filter((action) => action === "RegisterByXml" || action === "StartByPath");
}

suite("Several risky changes of one host", () => {
  test("of one run that wait for the same host share one window, and all are made", async (t) => {
    const stage = await severalOn(t);
    const context = stage.run();
    await Promise.all(CHANGES.map((_, index) => create(stage, index, { context })));
    assert.deepEqual(windowsOf(stage), ["RegisterByXml", "StartByPath"]);
    stage.clock.advance(SETTLED_MS);
    assert.deepEqual(valuesOn(stage), ["new", "new", "new"]);
    assert.deepEqual(stage.host.scheduler.tasks, []);
  });

  test("of one run with different times to confirm, or through two ports, wait for each other", async (t) => {
    // Whoever waits moves the clock on, while the other one speaks to the host.
    const over = { confirm: LONGEST_WINDOW_SECONDS };
    for (const other of [{ over: { confirm: LONGEST_WINDOW_SECONDS - 1 } }, { over, through: 1 }]) {
      const stage = await severalOn(t);
      const context = stage.run();
      await Promise.all([create(stage, 0, { context, over }), create(stage, 1, { context, ...other })]);
      assert.deepEqual(windowsOf(stage), ["RegisterByXml", "StartByPath", "RegisterByXml", "StartByPath"]);
      stage.clock.advance(SETTLED_MS);
      assert.deepEqual(valuesOn(stage), ["new", "new", "old"]);
      assert.deepEqual(stage.host.scheduler.tasks, []);
    }
  });

  for (const culprit of [0, 1]) {
    test(`of one run are tried one by one where the window of all was not confirmed, change ${culprit + 1} being to blame`, async (t) => {
      const stage = await severalOn(t);
      const context = stage.run();
      const over = { service: { basic: false, certificate: false }, acceptLockout: true };
      const starts = [
        () => create(stage, 0, { through: 1, over, context }),
        () => create(stage, 1, { through: 1, context }),
      ];
      if (culprit === 1) starts.reverse();
      const all = await Promise.allSettled(
        [...starts, () => create(stage, 2, { through: 1, context })].map((start) => start()),
      );
      assert.deepEqual(
        all.map(({ status }) => status),
        [0, 1, 2].map((index) => (index === culprit ? "rejected" : "fulfilled")),
      );
      const [refused] = all.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
      assert.equal((refused as { code?: string }).code, "WINRM_E_CONFIRM_FAILED");
      stage.clock.advance(SETTLED_MS);
      assert.equal(stage.host.config.get("service/auth/Basic"), "true");
      assert.deepEqual(valuesOn(stage), ["old", "new", "new"]);
      assert.deepEqual(stage.host.scheduler.tasks, []);
    });
  }

  test("a change that is cancelled while it waits, and was made with another, is reported as made", async (t) => {
    const stage = await severalOn(t);
    const cancelled = new AbortController();
    const context = stage.run();
    const progress = (text: string) => {
      if (text.endsWith("confirming")) cancelled.abort();
    };
    const first = { ...context, log: { ...context.log, progress } };
    const second = { ...context, signal: cancelled.signal };
    const [, made] = await Promise.allSettled([
      create(stage, 0, { context: first }),
      create(stage, 1, { context: second }),
    ]);
    // It can't be read back any more, so that it fails, with outputs that have the new value.
    assert.ok(made.status === "rejected" && made.reason instanceof PartialFailure);
    const { outputs } = made.reason as { outputs: { appliedValue?: number } };
    assert.equal(outputs.appliedValue, 0);
    assert.deepEqual(windowsOf(stage), ["RegisterByXml", "StartByPath"]);
    stage.clock.advance(SETTLED_MS);
    assert.deepEqual(valuesOn(stage), ["new", "new", "old"]);
  });

  test("leave a change that can't be risky alone: beside one that is it costs a read less", async (t) => {
    const counted = async (change: (stage: Several, context: ReturnType<Several["run"]>) => Promise<unknown>) => {
      const stage = await severalOn(t);
      await change(stage, stage.run());
      return stage.host.journal.requests().length;
    };
    const trusted: ResourceLifecycle = LIFECYCLES.TrustedHosts;
    const entry = ({ connections: [connection] }: Several, context: ReturnType<Several["run"]>) => {
      const inputs = { connection: connection!, mode: "exclusive", entries: ["web02"] };
      return trusted.create(inputs, context);
    };
    const risky = (stage: Several, context: ReturnType<Several["run"]>) => create(stage, 0, { context });
    const [one, other] = [await counted(risky), await counted(entry)];
    const both = await counted((stage, context) => Promise.all([risky(stage, context), entry(stage, context)]));
    assert.equal(both, one + other - 1, "the proof of the first one is what the other would read");
  });

  test("of one resource share one window", async (t) => {
    const stage = await severalOn(t);
    await create(stage, 0);
    assert.deepEqual(windowsOf(stage), ["RegisterByXml", "StartByPath"]);
  });

  test("in a second run wait for the first, or end with whose change it is and until when, and never touch it", async (t) => {
    const stage = await severalOn(t);
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

  test("a task that turned out unfit, and whose run died before it could take it away, goes by itself", async (t) => {
    const stage = await severalOn(t);
    const { host, clock } = stage;
    const killed = new AbortController();
    const somebody = () => {
      host.config.set("service/auth/CredSSP", false);
      killed.abort();
    };
    host.injectFault({ on: "registerbyxml", action: "reset-after-apply", meanwhile: somebody });
    await assert.rejects(create(stage, 0, { context: stage.run(killed.signal) }));
    assert.equal(host.scheduler.tasks.length, 1);
    clock.advance(SETTLED_MS);
    assert.equal(host.scheduler.tasks.length, 0);
    await create(stage, 1);
    assert.deepEqual(valuesOn(stage), ["old", "new", "old"]);
  });
});
