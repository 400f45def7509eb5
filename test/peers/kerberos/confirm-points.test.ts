/** Risky changes over Kerberos, with tickets of MIT's KDC, and something going wrong at every message. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Auth } from "../../../provider/contract/connection/connection";
import { ManualClock, SimulatedHost } from "../../../simulator";
import { runWith, type Scenario, type Stage, valuesOn } from "../../support/confirm/confirm";
import { points, WRONGS } from "../../support/confirm/confirm-points";
import { skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, REALM } from "./realm";
import { realmOfFile, targetFor } from "./sessions";

const skip = skipWithoutKerberos();
const realm = realmOfFile(skip);
const TICKET: Auth = {
  method: "kerberos",
  username: `alice@${REALM}`,
  password: PASSWORDS.alice,
  kerberos: { host: HOST, realm: REALM },
};

const off = (method: string) =>
  ({ kind: "setting", path: `service/auth/${method}`, from: "true", to: "false" }) as const;

const SCENARIOS: readonly Scenario[] = [
  { title: "Kerberos off, sealed", method: "kerberos", changes: [off("Kerberos")], locksOut: true },
  {
    title: "Kerberos and Negotiate off, bound over https",
    method: "kerberos",
    https: true,
    changes: [off("Kerberos"), off("Negotiate")],
    locksOut: true,
  },
  { title: "Basic off, sealed", method: "kerberos", changes: [off("Basic")], locksOut: false },
  {
    title: "Strict, bound over https",
    method: "kerberos",
    https: true,
    changes: [{ kind: "setting", path: "service/auth/CbtHardeningLevel", from: "Relaxed", to: "Strict" }],
    locksOut: false,
  },
];

async function stageOf(scenario: Scenario): Promise<Stage> {
  const clock = new ManualClock();
  const host = await SimulatedHost.start({
    accounts: [{ name: "ops", password: "A-local-password-1" }],
    clock,
    https: scenario.https === true,
    kerberos: { keytab: realm().keytab },
    config: { "service/auth/Basic": true },
  });
  const { target } = targetFor(host, TICKET, scenario.https === true ? "https" : "http");
  return { host, clock, target, scenario };
}

suite("A risky change over Kerberos, with something going wrong at every message", { skip }, () => {
  for (const scenario of SCENARIOS) {
    test(`undisturbed, ${scenario.title}: ${scenario.locksOut ? "restored" : "confirmed by a fresh ticket"}`, async (t) => {
      const stage = await stageOf(scenario);
      t.after(() => stage.host.stop());
      const { said } = await runWith(stage, []);
      const ends = scenario.locksOut ? ["restored", "old"] : ["confirmed", "new"];
      assert.deepEqual([said, valuesOn(stage)], ends);
    });

    test(`ends with old or confirmed values: ${scenario.title}`, async (t) => {
      let tried = 0;
      for (const wrong of Object.keys(WRONGS)) tried += await points(scenario, wrong, () => stageOf(scenario));
      t.diagnostic(`${tried} points`);
      assert.ok(tried >= 60);
    });
  }
});
