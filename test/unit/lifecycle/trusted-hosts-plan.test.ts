/** What a TrustedHosts resource makes of a list: properties over every live list, wanted list, history and mode. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { type WantedList, listProblems, liveEntries, planList } from "../../../provider/lifecycle/trusted-hosts/list";
import { restoredList, sameItems } from "../../../provider/lifecycle/change/list-memory";
import { canonicalEntry } from "../../../provider/contract/trusted-host-patterns";
import { plannedLeaves } from "../../../provider/lifecycle/change/plan";
import { planTrustedHosts } from "../../../provider/lifecycle/trusted-hosts/plan";

const { TrustedHosts: trustedHosts } = LIFECYCLES;

const POOL = ["a", "b", "web01.corp", "*.corp", "web*", "<local>", "10.0.0.1", "[::1]"] as const;

const spelled = fc
  .tuple(fc.constantFrom(...POOL), fc.boolean())
  .map(([entry, upper]) => (upper ? entry.toUpperCase() : entry));
const names = fc.uniqueArray(spelled, { selector: (entry) => entry.toLowerCase() });
const list = fc.oneof({ weight: 6, arbitrary: names }, { weight: 1, arbitrary: fc.constant(["*"]) });
const wanted: fc.Arbitrary<WantedList> = fc.record({
  entries: fc.oneof({ weight: 6, arbitrary: fc.array(spelled) }, { weight: 1, arbitrary: fc.constant(["*"]) }),
  mode: fc.constantFrom("entries", "exclusive"),
  added: list,
});

const lower = (entries: readonly string[]) => entries.map((entry) => entry.toLowerCase());
const has = (entries: readonly string[], entry: string) => lower(entries).includes(entry.toLowerCase());

/** The list after the plan was carried out; `undefined` if it was refused. */
function applied(want: WantedList, live: readonly string[]): readonly string[] | undefined {
  const plan = planList(want, live);
  return plan.kind === "write" ? plan.list : plan.kind === "keep" ? live : undefined;
}

suite("the plan for a TrustedHosts list", () => {
  test("carried out once, the plan finds nothing more to do, and no drift", () => {
    fc.assert(
      fc.property(wanted, list, (want, live) => {
        const after = applied(want, live);
        fc.pre(after !== undefined);
        assert.equal(planList(want, after).kind, "keep");
        assert.ok(sameItems(liveEntries(want, after), want.entries, canonicalEntry));
      }),
      { numRuns: 1000 },
    );
  });

  test("mode entries never removes an entry that it did not add", () => {
    fc.assert(
      fc.property(wanted, list, (want, live) => {
        const after = applied({ ...want, mode: "entries" }, live);
        fc.pre(after !== undefined);
        for (const entry of live) if (!has(want.added, entry)) assert.ok(after.includes(entry), entry);
      }),
      { numRuns: 1000 },
    );
  });

  test("mode entries ends with every wanted entry trusted, and mode exclusive with exactly these", () => {
    fc.assert(
      fc.property(wanted, list, (want, live) => {
        const after = applied(want, live);
        fc.pre(after !== undefined);
        if (want.mode === "exclusive") assert.ok(sameItems(after, want.entries, canonicalEntry));
        else for (const entry of want.entries) assert.ok(has(after, entry) || has(after, "*"), entry);
      }),
      { numRuns: 1000 },
    );
  });

  test("what is written is a list that the host takes: no repetition, and * alone", () => {
    fc.assert(
      fc.property(wanted, list, (want, live) => {
        const plan = planList(want, live);
        fc.pre(plan.kind === "write");
        assert.equal(new Set(lower(plan.list)).size, plan.list.length);
        assert.ok(!plan.list.includes("*") || plan.list.length === 1);
      }),
      { numRuns: 1000 },
    );
  });

  test("order, case and repetition alone never cause a write", () => {
    const shuffled = wanted.chain((want) =>
      fc.tuple(
        fc.constant(want),
        fc.shuffledSubarray([...want.entries], { minLength: want.entries.length }),
        fc.boolean(),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([want, order, upper]) => {
        const live = upper ? order.map((entry) => entry.toUpperCase()) : order;
        assert.equal(planList({ ...want, added: [] }, live).kind, "keep");
      }),
      { numRuns: 500 },
    );
  });

  test("only * beside foreign entries is refused", () => {
    fc.assert(
      fc.property(wanted, list, (want, live) => {
        const refused = planList(want, live).kind === "refuse";
        const foreign = live.filter((entry) => entry !== "*" && !has(want.added, entry));
        assert.equal(refused, want.mode === "entries" && want.entries.includes("*") && foreign.length > 0);
      }),
      { numRuns: 1000 },
    );
  });

  const plans: readonly (readonly [string, WantedList, string[], ReturnType<typeof planList>])[] = [
    ["adds what is missing at the end", entries(["c", "A"]), ["b", "a"], { kind: "write", list: ["b", "a", "c"] }],
    ["removes what it added and no longer wants", entries(["a"], ["b"]), ["a", "b", "x"], write("a", "x")],
    ["adds nothing where every host is trusted", entries(["a"]), ["*"], { kind: "keep", coveredByAll: true }],
    ["takes its own * away for names", entries(["a"], ["*"]), ["*"], write("a")],
    ["empties a list that must be empty", { entries: [], mode: "exclusive", added: [] }, ["a"], write()],
    ["replaces * by names", { entries: ["a"], mode: "exclusive", added: [] }, ["*"], write("a")],
    ["replaces names by *", { entries: ["*"], mode: "exclusive", added: [] }, ["a"], write("*")],
    ["wants nothing in particular", entries([]), ["a"], { kind: "keep", coveredByAll: false }],
  ];
  for (const [title, want, live, plan] of plans) {
    test(`the plan ${title}`, () => {
      assert.deepEqual(planList(want, live), plan);
    });
  }
});

suite("the end of a TrustedHosts list", () => {
  test("in mode entries, destroy removes the added entries and nothing else, in place", () => {
    fc.assert(
      fc.property(list, list, list, list, (added, live, prior, last) => {
        const state = { exclusive: false, added, prior, applied: last };
        assert.deepEqual(
          restoredList(state, live, canonicalEntry),
          live.filter((entry) => !has(added, entry)),
        );
      }),
    );
  });

  test("in mode exclusive, destroy restores only a list that is still the applied one", () => {
    fc.assert(
      fc.property(list, list, list, (live, prior, last) => {
        const state = { exclusive: true, added: [], prior, applied: last };
        assert.equal(
          restoredList(state, live, canonicalEntry),
          sameItems(live, last, canonicalEntry) ? prior : undefined,
        );
      }),
    );
    const state = { exclusive: true, added: [], prior: ["x"], applied: ["A", "b"] };
    assert.deepEqual(restoredList(state, ["B", "a"], canonicalEntry), ["x"]);
    assert.equal(restoredList(state, ["B", "a", "c"], canonicalEntry), undefined);
  });
});

suite("drift of a TrustedHosts list", () => {
  test("mode entries shows what is missing, mode exclusive also what is too much", () => {
    assert.deepEqual(liveEntries(entries(["A", "b"]), ["a", "x"]), ["A"]);
    assert.deepEqual(liveEntries({ entries: ["A", "b"], mode: "exclusive", added: [] }, ["a", "x"]), ["A", "x"]);
    assert.deepEqual(liveEntries(entries(["A"]), ["*"]), ["A"]);
    assert.deepEqual(liveEntries({ entries: ["A"], mode: "exclusive", added: [] }, ["*"]), ["*"]);
  });

  test("the same list in another spelling compares as equal", () => {
    const connection = { host: "web01" };
    assert.deepEqual(
      trustedHosts.canonicalInputs({ connection, entries: ["B", "a", "b"] }),
      trustedHosts.canonicalInputs({ connection, entries: ["A", "b"], mode: "entries" }),
    );
  });

  test("every wrong entry is named by its index", () => {
    assert.deepEqual(
      listProblems(["ok", "a b", "*"]).map(({ index }) => index),
      [1, 2],
    );
    assert.deepEqual(listProblems(["*"]), []);
  });
});

suite("what a preview says about a list", () => {
  const situation = { observed: new Map([["client/TrustedHosts", { value: "a", policy: false }]]), host: "web01" };
  const inputs = { connection: { host: "web01" }, entries: ["*"] };

  test("what may be its own entries from an earlier apply is no reason to end the preview", () => {
    const { findings } = planTrustedHosts(inputs, { kind: "unknown" }, situation);
    assert.deepEqual(
      findings.map(({ severity, property }) => [severity, property]),
      [["warning", "entries"]],
    );
    const mine = { ...inputs, schemaVersion: 1, effectiveEntries: ["a"], policyOwned: false, priorEntries: [] };
    const known = (addedEntries: string[]) =>
      planTrustedHosts(inputs, { kind: "state", state: { ...mine, addedEntries, appliedEntries: ["a"] } }, situation);
    assert.equal(known([]).findings[0]!.severity, "error");
    assert.deepEqual([...plannedLeaves(known(["a"]))], [["client/TrustedHosts", "*"]]);
  });
});

function entries(wantedEntries: string[], added: string[] = []): WantedList {
  return { entries: wantedEntries, mode: "entries", added };
}

function write(...entriesToWrite: string[]) {
  return { kind: "write", list: entriesToWrite } as const;
}
