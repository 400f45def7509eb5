/** What AuthConfig makes of a host: properties over every leaf, policy mark and wanted value. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { AuthConfigInputs, AuthSettings } from "../../../provider/contract/auth-config";
import { type LeafValue, type WinrmConfig, sameValue, splitPath } from "../../../provider/host/config";
import { planAuth } from "../../../provider/lifecycle/auth-config/plan";
import { plannedLeaves } from "../../../provider/lifecycle/change/plan";
import { AUTH_LEAVES, leavesOf, propertyOf, settingsOf } from "../../../provider/lifecycle/winrm-config/leaves";
import { afterWriting, differingLeaves, putsFor } from "../../../provider/lifecycle/winrm-config/diff";

const CASES = { numRuns: 500 };

const valueOf = (kind: "flag" | "level"): fc.Arbitrary<LeafValue> =>
  kind === "flag" ? fc.boolean() : fc.constantFrom("None", "Relaxed", "Strict", "relaxed");

/** A host with some of the leaves, some of them owned by Group Policy. */
const host: fc.Arbitrary<WinrmConfig> = fc
  .tuple(
    ...AUTH_LEAVES.map(({ path, kind }) =>
      fc.option(
        fc.record({ value: valueOf(kind), policy: fc.boolean() }).map((leaf) => [path, leaf] as const),
        { nil: undefined, freq: 9 },
      ),
    ),
  )
  .map((leaves) => new Map(leaves.filter((leaf) => leaf !== undefined)));

const wanted: fc.Arbitrary<AuthSettings> = fc
  .tuple(
    ...AUTH_LEAVES.map(({ path, kind }) =>
      fc.option(
        (kind === "flag" ? fc.boolean() : fc.constantFrom("None", "Relaxed", "Strict")).map(
          (value): [string, LeafValue] => [path, value],
        ),
      ),
    ),
  )
  .map((leaves) => settingsOf(new Map(leaves.filter((leaf) => leaf !== null))));

function assess(settings: AuthSettings, observed: WinrmConfig, over: Partial<AuthConfigInputs> = {}) {
  const inputs = { connection: { host: "web01" }, acceptLockout: true, ...settings, ...over };
  const plan = planAuth(inputs, { observed, host: "web01" });
  return { ...plan, changes: plannedLeaves(plan) };
}

function conflictsOf(settings: AuthSettings, observed: WinrmConfig): string[] {
  return AUTH_LEAVES.filter(({ path }) => {
    const want = leavesOf(settings).get(path);
    const live = observed.get(path);
    return want !== undefined && live?.policy === true && !sameValue(live.value, want);
  }).map(propertyOf);
}

suite("the plan for AuthConfig", () => {
  test("is exactly the wanted leaves that differ and that no policy owns", () => {
    fc.assert(
      fc.property(wanted, host, (settings, observed) => {
        const expected = [...leavesOf(settings)].filter(([path, value]) => {
          const live = observed.get(path);
          return live?.policy !== true && !sameValue(live?.value ?? "absent", value);
        });
        assert.deepEqual([...assess(settings, observed).changes], expected);
      }),
      CASES,
    );
  });

  test("finds a conflict for each policy leaf that differs, and for no other leaf", () => {
    fc.assert(
      fc.property(wanted, host, fc.constantFrom("fail", "warn"), (settings, observed, onPolicyConflict) => {
        const { findings } = assess(settings, observed, { onPolicyConflict });
        const conflicts = findings.filter(({ rule }) => rule === "policy-conflict");
        assert.deepEqual(
          conflicts.map(({ property }) => property),
          conflictsOf(settings, observed),
        );
        const severity = onPolicyConflict === "warn" ? "warning" : "error";
        assert.ok(conflicts.every((conflict) => conflict.severity === severity));
      }),
      CASES,
    );
  });

  test("carried out once, it finds nothing more to write, and no new conflict", () => {
    fc.assert(
      fc.property(wanted, host, (settings, observed) => {
        const { changes } = assess(settings, observed);
        const after = afterWriting(observed, changes);
        const again = assess(settings, after);
        assert.equal(again.changes.size, 0);
        assert.deepEqual(
          again.findings.map(({ rule }) => rule),
          conflictsOf(settings, observed).map(() => "policy-conflict"),
        );
      }),
      CASES,
    );
  });

  test("says of each leaf that it writes what is there and what is wanted", () => {
    fc.assert(
      fc.property(wanted, host, (settings, observed) => {
        const { changes, findings } = assess(settings, observed);
        const notes = findings.filter(({ severity }) => severity === "note").map(({ message }) => message);
        assert.deepEqual(
          notes,
          [...changes].map(([path, value]) => `is ${observed.get(path)?.value ?? "absent"}, wanted ${value}`),
        );
      }),
      CASES,
    );
  });

  test("is one Put for each resource touched, in a safe order, with every leaf once and none that is equal", () => {
    fc.assert(
      fc.property(wanted, host, (settings, observed) => {
        const { changes } = assess(settings, observed);
        const writes = putsFor(changes);
        const order = ["client", "client/auth", "service", "service/auth"];
        const touched = writes.map(({ resource }) => resource);
        assert.deepEqual(
          touched,
          order.filter((resource) => touched.some((one) => one === resource)),
        );
        const leaves = writes.flatMap((write) =>
          [...write.leaves].map(([path, value]) => {
            assert.equal(splitPath(path).resource, write.resource);
            return [path, value] as const;
          }),
        );
        assert.deepEqual(new Map(leaves), new Map(changes));
        assert.equal(leaves.length, changes.size);
        for (const write of writes) assert.ok(write.leaves.size > 0);
        for (const [path, value] of leaves) assert.ok(!sameValue(observed.get(path)?.value ?? "absent", value));
      }),
      CASES,
    );
  });

  test("settings survive being written as leaves and read back", () => {
    fc.assert(
      fc.property(wanted, (settings) => {
        assert.deepEqual(settingsOf(leavesOf(settings)), settings);
      }),
    );
  });

  test("a leaf that the host does not show is written, not taken for equal", () => {
    const changes = differingLeaves(new Map([["service/auth/Basic", false]]), new Map());
    assert.deepEqual([...changes], [["service/auth/Basic", false]]);
  });

  test("a conflict names the host, the leaf, the policy's registry value, and both ways out", () => {
    const observed = new Map([["service/auth/Basic", { value: "true", policy: true }]]);
    const [conflict] = assess({ service: { basic: false } }, observed).findings;
    assert.deepEqual([conflict!.rule, conflict!.property], ["policy-conflict", "service.basic"]);
    assert.match(conflict!.message, /web01 .*Policies\\Microsoft\\Windows\\WinRM\\Service\\AllowBasic/);
    assert.match(conflict!.remedy, /onPolicyConflict/);
    const [left] = assess({ service: { basic: false } }, observed, { onPolicyConflict: "warn" }).findings;
    assert.equal(left!.severity, "warning");
  });
});
