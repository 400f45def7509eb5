/** `pulumi-winrm prove` against the simulated host: as assumed it passes, and turned it names the row that differs. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { AssumptionName } from "../../../provider/cli/prove/assumptions";
import { ROWS } from "../../../provider/cli/prove/rows";
import type { HostOptions } from "../../../simulator";
import { ask, named } from "../../support/confirm/prove";

const BLOCKING_RULE: HostOptions = {
  registry: {
    "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules": {
      "d1e49aac-8f56-4280-b9ba-993a6d77406c": "1",
    },
  },
};

/** Each mode of a host, and the rows that it makes differ; all others hold, or need one of these to hold. */
const MODES: readonly (readonly [mode: HostOptions, differs: readonly AssumptionName[]])[] = [
  [{ scheduler: { startDelayMs: "never" } }, ["task-first-run"]],
  [{ scheduler: { startDelayMs: 30_000 } }, ["task-first-run"]],
  [{ scheduler: { startDelayMs: 3_000 } }, []],
  [{ scheduler: { classes: "missing" } }, ["task-register"]],
  [{ scheduler: { classes: "denied" } }, ["task-register"]],
  [{ scheduler: { reports: "return-value" } }, ["task-errors"]],
  [{ scheduler: { ignores: ["second-trigger-of-a-kind"] } }, ["task-triggers"]],
  [{ scheduler: { ignores: ["repetition"] } }, ["task-repetition"]],
  [{ scheduler: { ignores: ["boot-trigger"] } }, ["task-restart"]],
  [{ storedDefaults: "absent" }, ["store-defaults"]],
  [{ store: "elsewhere" }, ["store-names"]],
  [{ service: { storeEditsCount: "at-once" } }, ["store-edits"]],
  [{ service: { putCounts: "new-connections" } }, ["put-counts"]],
  [{ service: { stopsThatHang: 1 } }, ["restart-time"]],
  [{ service: { stopAndConnections: "keeps" } }, ["restart-connections"]],
  [{ date: false }, ["date"]],
  [{ unencryptedAnswer: 401 }, ["unencrypted-status"]],
  [{ absentRegistryValueReturns: 2 }, ["registry-absent"]],
  [{ configPuts: "whole" }, ["put-partial"]],
  [{ configPuts: "writable" }, ["put-partial"]],
  [{ filteredAdministrators: "access-denied" }, ["filtered-logon"]],
  [{ remoteWmiUsersGroup: true }, ["wmi-users-group"]],
  [{ osVersion: "6.2.9200", remoteWmiUsersGroup: false }, ["wmi-users-group"]],
  [{ programs: { findstr: "does-nothing" } }, ["rehearsal"]],
  [{ programs: { schtasks: "blocked" } }, ["task-shell", "rehearsal"]],
  [{ programs: { sc: "does-nothing" } }, ["sc-state", "rehearsal"]],
  [{ programs: { reg: "blocked" } }, ["task-first-run"]],
  [{ programs: { winrm: "does-nothing" } }, ["local-client"]],
  [{ programs: { net: "does-nothing" } }, ["net-numbers", "net-output", "rights-at-logon", "rehearsal"]],
  [{ language: "de-DE" }, []],
  [{ osVersion: "6.2.9200" }, []],
  [{ publicNetwork: true }, []],
];

/** With Basic each message logs on by itself. */
const BY_BASIC = ["unencrypted-status", "rights-at-logon", "token-filter", "filtered-logon"];

suite("prove", () => {
  test("checks every row on a host as assumed, by one way to log in or another", async (t) => {
    const ways = [
      await ask(t, BLOCKING_RULE),
      await ask(t, BLOCKING_RULE, { https: true }),
      await ask(t, { ...BLOCKING_RULE, config: { "service/auth/Basic": true } }, { https: true, method: "basic" }),
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
