/** `pulumi-winrm prove` against the simulated host: as assumed it passes, and turned it names the row that differs. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ROWS } from "../../../provider/cli/prove/rows";
import { ask, named } from "../../support/confirm/prove";
import { BLOCKING_RULE, FITTING, MODES } from "./modes";

/** With Basic each message logs on by itself. */
const BY_BASIC = ["unencrypted-status", "rights-at-logon", "token-filter", "filtered-logon", "late-requests"];

suite("prove", () => {
  test("checks every row on a host as assumed, by one way to log in or another", async (t) => {
    const ways = [
      await ask(t, FITTING),
      await ask(t, FITTING, { https: true }),
      await ask(t, { ...FITTING, config: { "service/auth/Basic": true } }, { https: true, method: "basic" }),
    ];
    for (const found of ways) assert.deepEqual(named(found, "differs"), []);
    const unchecked = ways.map((found) => named(found, "unchecked"));
    assert.deepEqual(unchecked, [["local-service", "basic-names"], ["unencrypted-status", "local-service"], BY_BASIC]);
    assert.deepEqual(
      unchecked.reduce((all, one) => all.filter((name) => one.includes(name))),
      [],
    );
  });

  for (const [mode, differs] of MODES) {
    test(`on a host with ${JSON.stringify(mode)} names ${differs.join(" and ") || "no row"}`, async (t) => {
      const found = await ask(t, { ...BLOCKING_RULE, ...mode });
      assert.deepEqual(named(found, "differs").sort(), [...differs].sort());
      const unsettled = found.proofs.filter(({ verdict }) => verdict === "unchecked");
      for (const { assumption, observed } of unsettled) {
        const [, needed] = /^needs (\S+) to hold$/.exec(observed) ?? [];
        const known = needed === undefined || !named(found, "holds").includes(needed);
        assert.ok(known, `${assumption}: ${observed}`);
        if (differs.length === 0) assert.equal(needed, undefined, `${assumption}: ${observed}`);
      }
    });
  }

  test("says why a row could not be checked, and checks the rest", async (t) => {
    const found = await ask(t, {}, { mayRestart: false });
    const why = new Map(found.proofs.map(({ assumption, observed }) => [assumption, observed]));
    assert.match(why.get("task-restart") ?? "", /--no-restart/);
    assert.ok(why.has("task-policies"));
    assert.match(why.get("basic-names") ?? "", /https/);
    const builtIn = await ask(t, {
      accounts: [{ name: "ops", password: "Winter-2031!" }],
      quickConfig: true,
      registry: {
        "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System": { EnableLUA: 0 },
      },
    });
    assert.equal(named(builtIn, "holds").includes("token-filter"), false);
  });

  test("asks each row once, after the rows that it needs", () => {
    const names = ROWS.map(({ assumption }) => assumption);
    assert.equal(new Set(names).size, names.length);
    for (const [index, { assumption, needs = [] }] of ROWS.entries()) {
      for (const needed of needs)
        assert.ok(names.indexOf(needed) < index && names.includes(needed), `${assumption}: ${needed}`);
    }
  });
});
