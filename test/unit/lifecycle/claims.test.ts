/** What resources of one run want of a host: nothing of it is undone by the end of another one (P2, P3). */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { TrustedHostsInputs, TrustedHostsOutputs } from "../../../provider/contract/trusted-hosts";
import { Settings } from "../../../provider/contract/settings";
import { Claims } from "../../../provider/lifecycle/change/claims";
import { ResourceClaims } from "../../../provider/lifecycle/change/resource-claims";
import { trustedHostsClaims } from "../../../provider/lifecycle/trusted-hosts/claims";

const settings = new Settings(() => undefined, {});

function run() {
  return new ResourceClaims("TrustedHosts", trustedHostsClaims, { claims: new Claims(), settings });
}

function inputs(entries: string[], host = "web01"): TrustedHostsInputs {
  return { connection: { host }, entries };
}

function state(entries: string[], more: Partial<TrustedHostsOutputs> = {}): TrustedHostsOutputs {
  return {
    ...inputs(entries),
    schemaVersion: 1,
    effectiveEntries: entries,
    policyOwned: false,
    addedEntries: entries,
    priorEntries: [],
    appliedEntries: [],
    ...more,
  };
}

const [NEW, OLD] = [{ key: "new", urn: "new" }, { key: "" }];

suite("P2, P3: claims", () => {
  test("without a claim a delete undoes everything, and nothing is inherited", () => {
    const claims = run();
    assert.deepEqual(claims.released(state(["a"]), OLD), { state: state(["a"]), forgetful: [] });
    assert.equal(claims.continued(inputs(["a"]), OLD).state, undefined);
  });

  test("a delete undoes only what nobody else wants, in whatever case and however the host is written", () => {
    const claims = run();
    claims.checked(inputs(["B"], "WEB01."), NEW);
    const { state: free } = claims.released(state(["a", "b"]), OLD);
    assert.deepEqual(free?.addedEntries, ["a"]);
    claims.checked(inputs(["*x", "a"], "WEB01."), NEW);
    assert.deepEqual(claims.released(state(["a", "b"]), OLD).state?.addedEntries, ["b"]);
  });

  test("the names that every machine has for itself are one host", () => {
    for (const [one, other] of [
      ["localhost", "127.0.0.1"],
      ["LOCALHOST.", "::1"],
    ] as const) {
      const claims = run();
      claims.checked(inputs(["a"], one), NEW);
      const gone = { ...state(["a"]), connection: { host: other } };
      assert.equal(claims.released(gone, OLD).state, undefined, other);
    }
  });

  test("what is claimed on another host is undone here", () => {
    const claims = run();
    claims.checked(inputs(["a"], "web02"), NEW);
    assert.deepEqual(claims.released(state(["a"]), OLD).state?.addedEntries, ["a"]);
  });

  test("what a delete remembers goes to the one that is created after it, without a warning", () => {
    const claims = run();
    claims.checked(inputs(["a", "c"]), NEW);
    assert.deepEqual(claims.released(state(["a", "b"]), OLD).forgetful, []);
    assert.deepEqual(claims.continued(inputs(["a", "c"]), OLD).state?.addedEntries, ["a"]);
  });

  test("one that was created before the delete has no memory, and is named", () => {
    const claims = run();
    claims.checked(inputs(["a"]), NEW);
    claims.applied(inputs(["a"]), state(["a"], { addedEntries: [] }));
    const { state: free, forgetful } = claims.released(state(["a"]), OLD);
    assert.equal(free, undefined);
    assert.deepEqual(
      forgetful.map(({ urn }) => urn),
      ["new"],
    );
  });

  test("nothing is forgotten where nothing was remembered, or where the other one remembers the same", () => {
    const claims = run();
    claims.checked(inputs(["a"]), NEW);
    claims.applied(inputs(["a"]), state(["a"]));
    assert.deepEqual(claims.released(state(["a"]), OLD).forgetful, []);
    claims.applied(inputs(["a"]), state(["a"], { addedEntries: [] }));
    assert.deepEqual(claims.released(state(["a"], { addedEntries: [] }), OLD).forgetful, []);
  });

  test("an exclusive list is claimed as a whole", () => {
    const claims = run();
    claims.checked({ ...inputs(["z"]), mode: "exclusive" }, NEW);
    assert.equal(claims.released(state(["a"]), OLD).state, undefined);
  });

  test("an exclusive list that goes is put back with what others want in it", () => {
    const claims = run();
    claims.checked(inputs(["a"]), NEW);
    const exclusive = state(["a", "b"], {
      mode: "exclusive",
      addedEntries: [],
      priorEntries: ["p"],
      appliedEntries: ["a", "b"],
    });
    assert.deepEqual(claims.released(exclusive, OLD).state?.priorEntries, ["p", "a"]);
    assert.deepEqual(claims.continued(inputs(["a"]), OLD).state?.addedEntries, ["a"]);
  });

  test("an update removes nothing that another resource wants, and keeps what it wants itself", () => {
    const claims = run();
    claims.checked(inputs(["a", "b"]), NEW);
    claims.checked(inputs(["b"]), { key: "me", urn: "me" });
    const retained = claims.continued(inputs(["b"]), { key: "me" }, state(["a", "b", "c"]));
    assert.deepEqual(retained.state?.addedEntries, ["b", "c"]);
  });

  test("a resource that moves to another host claims the new one only", () => {
    const claims = run();
    claims.checked(inputs(["a"]), NEW);
    claims.checked(inputs(["a"], "web02"), NEW);
    assert.deepEqual(claims.released(state(["a"]), NEW).state?.addedEntries, ["a"]);
  });
});
