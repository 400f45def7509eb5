/**
 * A risky change with something going wrong at every message: cut before it and after it, its connection reset, its
 * answer lost, frozen over the window, delivered late. Whatever happens, the host comes to rest with the old values or
 * with confirmed new ones, and the client never reports the opposite. Minutes pass on an injected clock.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { HostChange } from "../../../provider/lifecycle/safety/risk";
import { runWith, SCENARIOS, type Scenario, stageOf } from "../../support/confirm/confirm";
import { judge, points, WRONGS } from "../../support/confirm/confirm-points";
import { ACCOUNT } from "../../support/hosts/sessions";

const setting = (path: string, from: string, to: string): HostChange => ({ kind: "setting", path, from, to });
const AUTHENTICATED_USERS = "NT AUTHORITY\\Authenticated Users";

/** Each kind of risky change, and the ways of logging in that it closes; `all` closes each. */
const KINDS: readonly (Pick<Scenario, "title" | "changes" | "host"> & {
  readonly closes: readonly Scenario["method"][] | "all";
})[] = [
  { title: "Basic off", changes: [setting("service/auth/Basic", "true", "false")], closes: ["basic"] },
  {
    title: "Certificate off",
    changes: [setting("service/auth/Certificate", "true", "false")],
    closes: ["certificate"],
  },
  { title: "CredSSP off", changes: [setting("service/auth/CredSSP", "true", "false")], closes: [] },
  {
    title: "Kerberos and Negotiate off",
    changes: [setting("service/auth/Kerberos", "true", "false"), setting("service/auth/Negotiate", "true", "false")],
    closes: ["ntlm", "negotiate"],
  },
  { title: "AllowUnencrypted off", changes: [setting("service/AllowUnencrypted", "true", "false")], closes: [] },
  { title: "Strict", changes: [setting("service/auth/CbtHardeningLevel", "Relaxed", "Strict")], closes: [] },
  { title: "tokens filtered", changes: [{ kind: "token-filter", from: 1, to: 0 }], closes: "all" },
  {
    title: "a group leaves Administrators",
    host: {
      groups: { Administrators: [AUTHENTICATED_USERS] },
      accounts: [{ ...ACCOUNT, name: "ops", administrator: false }],
    },
    changes: [{ kind: "removal", group: "Administrators", member: AUTHENTICATED_USERS, mayBeCaller: true }],
    closes: "all",
  },
];
const WAYS: readonly Pick<Scenario, "title" | "method" | "https">[] = [
  { title: "Basic over https", method: "basic", https: true },
  { title: "NTLM, sealed", method: "ntlm" },
  { title: "NTLM over https, bound", method: "ntlm", https: true },
  { title: "Negotiate over https, bound", method: "negotiate", https: true },
  { title: "a certificate", method: "certificate", https: true },
];
const METHODS_ON = {
  ...{ "service/auth/Basic": true, "service/auth/Certificate": true, "service/auth/CredSSP": true },
  ...{ "service/AllowUnencrypted": true },
};
/** No change takes fewer messages; handshakes count only where the rule counts requests. */
const EVERY_CHANGE_HAS = 8;

/** One moment of each thing that goes wrong, for every kind and way; which one is drawn from a seed. */
function drawn(kind: (typeof KINDS)[number], way: (typeof WAYS)[number], seed: number) {
  const { title, closes, ...change } = kind;
  const scenario: Scenario = {
    ...{ ...change, ...way, title: `${title}, over ${way.title}`, account: "ops", config: METHODS_ON },
    locksOut: closes === "all" || closes.includes(way.method),
  };
  const moments = fc.sample(fc.integer({ min: 1, max: EVERY_CHANGE_HAS }), {
    numRuns: Object.keys(WRONGS).length,
    seed,
  });
  return Object.keys(WRONGS).map((wrong, index) => ({ scenario, wrong, nth: moments[index]! }));
}

suite("A risky change with something going wrong at every message", () => {
  let total = 0;
  for (const scenario of SCENARIOS) {
    test(`ends with old or confirmed values: ${scenario.title}`, async () => {
      for (const wrong of Object.keys(WRONGS))
        total += await points(scenario, wrong, () => stageOf(undefined, scenario));
    });
  }

  for (const [row, way] of WAYS.entries()) {
    test(`ends with old or confirmed values for every kind of change: ${way.title}`, async () => {
      for (const { scenario, wrong, nth } of KINDS.flatMap((kind, column) => drawn(kind, way, row * 100 + column))) {
        const stage = await stageOf(undefined, scenario);
        try {
          const { said, fired } = await runWith(stage, [WRONGS[wrong]!(nth, stage)]);
          const about = `${scenario.title}, ${wrong} ${nth}`;
          assert.ok(fired || scenario.locksOut, about);
          if (fired) total += 1;
          judge(stage, said, about);
        } finally {
          await stage.host.stop();
        }
      }
    });
  }

  test("was tried at hundreds of points", () => {
    assert.ok(total >= 900, `${total}`);
  });
});
