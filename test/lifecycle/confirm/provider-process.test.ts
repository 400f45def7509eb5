/**
 * A provider process that is told to end while a risky change is not confirmed: it ends, and leaves the host armed. The
 * host's time is turned by the test.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock, type MisbehaviourMoment, SimulatedHost } from "../../../simulator";
import { startProvider, TEXT, URN } from "../../support/processes/provider-process";
import { ACCOUNT } from "../../support/hosts/sessions";

const CONFIRM_SECONDS = 60;
const BASIC = "service/auth/Basic";

/** Where in the window the host hangs, and what it has then. */
const MOMENTS: readonly { readonly at: MisbehaviourMoment; readonly nth?: number; readonly basic: string }[] = [
  { at: "put", basic: "true" },
  // The first one is the read before the change.
  { at: "get", nth: 2, basic: "false" },
  { at: "setstringvalue", basic: "false" },
];

suite("a provider process within a window", { concurrency: true }, () => {
  for (const [signal, moments] of [
    ["SIGINT", MOMENTS],
    ["SIGTERM", MOMENTS.slice(-1)],
  ] as const) {
    for (const { at, nth = 1, basic } of moments) {
      test(`ends at ${signal} and does not disarm, at ${at}`, async (t) => {
        const clock = new ManualClock();
        const host = await SimulatedHost.start({ accounts: [ACCOUNT], clock, config: { [BASIC]: true } });
        t.after(() => host.stop());
        const { child, check, create, ended, stderr } = await startProvider(t);
        const news = await check({
          connection: {
            ...{ host: "127.0.0.1", transport: "http", port: host.http!.port },
            auth: { method: "ntlm", username: ACCOUNT.name, password: ACCOUNT.password },
          },
          ...{ service: { basic: false }, confirm: CONFIRM_SECONDS, __provider: TEXT, __urn: URN },
        });
        const hanging = new Promise<string>((resolve) => {
          const meanwhile = () => {
            resolve("hanging");
          };
          host.injectFault({ on: at, nth, action: "hang", meanwhile });
        });
        const created = create(news).then(
          () => "created",
          () => "failed",
        );
        assert.equal(await Promise.race([hanging, created]), "hanging");
        child.kill(signal);
        assert.deepEqual(await ended, [0, null]);
        assert.equal(await created, "failed");
        assert.equal(stderr(), "");
        assert.equal(host.scheduler.tasks.length, 1);
        assert.equal(host.config.get(BASIC), basic);
        clock.advance((CONFIRM_SECONDS + 75) * 1000);
        assert.equal(host.config.get(BASIC), "true");
        clock.advance(65_000);
        assert.deepEqual(host.scheduler.tasks, []);
      });
    }
  }
});
