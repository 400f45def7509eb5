/** A run that died within its window, and the next run, which finds the host as it wants it and may not take that for done. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ResourceType } from "../../provider/contract/resource-shape";
import { Settings } from "../../provider/contract/settings";
import type { ResourceLifecycle } from "../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../provider/lifecycle/registry";
import { SessionPool } from "../../provider/session/session-pool";
import {
  clockOf,
  makeChange,
  type Scenario,
  SCENARIOS,
  settle,
  stageOf,
  valuesOn,
  WINDOW_SECONDS,
} from "../support/confirm/confirm";
import { ACCOUNT, NEVER } from "../support/hosts/sessions";

const LOCAL_FILTER: Scenario = {
  title: "LocalAccountTokenFilterPolicy set to 0, as the built-in Administrator",
  method: "ntlm",
  changes: [{ kind: "token-filter", from: 1, to: 0 }],
  locksOut: false,
};
const ADMINISTRATORS = "S-1-5-32-544";
const AUTHENTICATED_USERS = "S-1-5-11";

/** A change of each resource that can be restored, with its arguments before and after it. */
const CHANGES: readonly {
  readonly type: ResourceType;
  readonly scenario: Scenario;
  readonly before: object;
  readonly after: object;
}[] = [
  {
    type: "AuthConfig",
    scenario: SCENARIOS[0]!,
    before: { service: { basic: true } },
    after: { service: { basic: false } },
  },
  {
    type: "TokenFilterPolicy",
    scenario: LOCAL_FILTER,
    before: { localAccountTokenFilterPolicy: 1 },
    after: { localAccountTokenFilterPolicy: 0 },
  },
  {
    type: "GroupMembership",
    scenario: SCENARIOS.find(({ title }) => title.endsWith("as a direct member"))!,
    before: { group: ADMINISTRATORS, mode: "exclusive", members: ["Administrator", "ops", AUTHENTICATED_USERS] },
    after: { group: ADMINISTRATORS, mode: "exclusive", members: ["Administrator", "ops"] },
  },
];

suite("An update that finds its change made by a run that died", () => {
  for (const [{ type, scenario, before, after }, renamed] of CHANGES.flatMap((one) => [
    [one, false] as const,
    [one, true] as const,
  ])) {
    const how = renamed ? ", also as a resource of another name, which has no state" : "";
    test(`waits for the host, and makes it again: ${type}${how}`, async (t) => {
      const stage = await stageOf(t, scenario);
      const { host, clock } = stage;
      const pool = new SessionPool((ms, signal) => clock.sleep(ms, signal));
      t.after(() => {
        pool.close();
      });
      const log = { warn: () => undefined, note: () => undefined, progress: () => undefined };
      const context = {
        ...{ pool, log, signal: NEVER, clock: clockOf(clock) },
        settings: new Settings(() => undefined, {}),
      };
      const auth = { method: "ntlm", username: scenario.account ?? ACCOUNT.name, password: ACCOUNT.password } as const;
      const connection = { host: "127.0.0.1", transport: "http", port: host.http!.port, auth } as const;
      const lifecycle: ResourceLifecycle = LIFECYCLES[type];
      const inputs = (own: object) => ({ ...own, connection, confirm: WINDOW_SECONDS });
      const state = await lifecycle.create(inputs(before), context);

      const [dead, end] = [new SessionPool(), new AbortController()];
      const meanwhile = () => {
        end.abort();
      };
      host.injectFault({ on: "setstringvalue", action: "reset", meanwhile });
      assert.equal(await makeChange(stage, dead, { signal: end.signal }), "left");
      dead.close();
      assert.deepEqual([valuesOn(stage), host.scheduler.tasks.length], ["new", 1]);

      host.journal.clear();
      await (renamed ? lifecycle.create(inputs(after), context) : lifecycle.update(state, inputs(after), context));
      const armed = host.journal.requests().filter(({ action }) => action?.endsWith("/RegisterByXml"));
      assert.equal(armed.length, 1);
      settle(stage);
      assert.equal(valuesOn(stage), "new");
      assert.deepEqual(host.scheduler.tasks, []);

      // What state knows of is not asked for.
      const created = await lifecycle.create(inputs(after), context);
      await lifecycle.update(created, inputs(after), context);
      host.journal.clear();
      await lifecycle.update(created, inputs(after), context);
      const asked = host.journal.requests().filter(({ resourceUri }) => /ScheduledTask/i.test(resourceUri ?? ""));
      assert.deepEqual(asked, []);
    });
  }
});
