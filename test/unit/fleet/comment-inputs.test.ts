/** What `pulumi-winrm comment` makes of whole, broken and foreign files. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readReview } from "../../../provider/fleet/comment/read";
import { renderComment } from "../../../provider/fleet/comment/render";
import { verdictOf } from "../../../provider/fleet/comment/review";
import { assertWording } from "../../support/pages/golden";

const URN = "urn:pulumi:dev::site::pulumi-nodejs:dynamic/winrm:AuthConfig::web01";
const SIGNED = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '"Planted-1"' };
const inputs = (basic: boolean) => ({ connection: { host: "web01" }, service: { basic } });
const metadata = { op: "update", urn: URN, old: { inputs: inputs(true) }, new: { inputs: inputs(false) } };
const EVENTS = [
  { sequence: 0, preludeEvent: {} },
  { sequence: 1, diagnosticEvent: { severity: "debug", message: "registering Planted-1" } },
  { sequence: 2, resourcePreEvent: { metadata } },
  { sequence: 3, summaryEvent: { resourceChanges: { update: 1 }, isPreview: true } },
  { sequence: 4, cancelEvent: {} },
];
const stream = (events: readonly object[], end = "\n") => ({
  path: "preview.json",
  content: events.map((event) => JSON.stringify(event)).join("\n") + end,
});
const digest = (parts: object) => ({
  path: "preview.json",
  content: JSON.stringify({ steps: [], diagnostics: [], changeSummary: { same: 1 }, ...parts }),
});
const findings = (parts: object = {}) => ({
  path: "findings.json",
  content: JSON.stringify({
    version: 1,
    project: "site",
    stack: "dev",
    hostsRead: ["web01"],
    findings: [],
    changes: [],
    hostsNotRead: [],
    ...parts,
  }),
});
const EMPTY = { path: "preview.json", content: "\n" };
const step = (op: string, before: object, after: object) => ({
  op,
  urn: URN,
  oldState: { inputs: before },
  newState: { inputs: after },
});

suite("a preview that did not get to its end", () => {
  test("a stream without its summary, or cut inside of an event, is an error of the review", (t) => {
    assert.equal(verdictOf(readReview([stream(EVENTS)])), "changes");
    for (const cut of [stream(EVENTS.slice(0, 3)), stream(EVENTS.slice(0, 3), '\n{"sequence":3,"summ')]) {
      const review = readReview([cut]);
      assert.equal(verdictOf(review), "blocked");
      assert.equal(review.problems.length, 1);
      assertWording(t, review.problems[0]?.message ?? "");
      assert.deepEqual(review.changes.length, 1);
    }
  });

  test("findings beside an empty preview are not the whole of it; by themselves they are", () => {
    assert.equal(verdictOf(readReview([EMPTY, findings()])), "blocked");
    assert.equal(verdictOf(readReview([findings()])), "unchanged");
    assert.equal(verdictOf(readReview([digest({}), { path: "findings.json", content: "" }])), "unchanged");
    assert.equal(verdictOf(readReview([EMPTY, { path: "findings.json", content: "" }])), "not-run");
  });

  test("an exit code other than 0 and 7 blocks what shows no error", () => {
    for (const [exitCode, verdict] of [
      [0, "unchanged"],
      [7, "unchanged"],
      [1, "blocked"],
      [143, "blocked"],
    ] as const) {
      assert.equal(verdictOf(readReview([digest({})], exitCode)), verdict);
    }
    const failed = readReview([digest({ diagnostics: [{ severity: "error", message: "error: boom" }] })], 1);
    assert.deepEqual(
      failed.problems.map(({ message }) => message),
      ["boom"],
    );
  });

  test("without the pre-flight's findings nothing says that hosts were read", () => {
    const options = { format: "github", producer: "p" } as const;
    assert.doesNotMatch(renderComment(readReview([digest({})]), options), /hosts? read/);
    assert.match(renderComment(readReview([digest({}), findings()]), options), /1 host read/);
  });

  test("a preview of which nothing is known has no counts", () => {
    const text = renderComment(readReview([EMPTY]), { format: "github", producer: "p" });
    assert.doesNotMatch(text, /\d lockout/);
  });
});

suite("what a preview says", () => {
  test("what a look for drift finds has a verdict of its own, unless it is blocked", () => {
    const verdictLine = (review: Parameters<typeof renderComment>[0], drift: boolean) =>
      renderComment(review, { format: "summary", producer: "p", drift }).split("\n")[2];
    for (const [review, differs] of [
      [readReview([stream(EVENTS)]), true],
      [readReview([digest({})]), true],
      [readReview([digest({})], 1), false],
      [readReview([EMPTY]), false],
    ] as const) {
      assert.equal(verdictLine(review, true) !== verdictLine(review, false), differs);
    }
  });

  test("a host that apply could not log in to either blocks, and is counted and named once", () => {
    const unread = { severity: "error", host: "web02", code: "WINRM_E_LOGON_DENIED", message: "no logon: refused" };
    const shown = { severity: "error", message: "error: web02: no logon: refused; next: … [WINRM_E_LOGON_DENIED]" };
    const review = readReview([findings({ hostsNotRead: [unread] }), digest({ diagnostics: [shown] })]);
    assert.equal(verdictOf(review), "blocked");
    const text = renderComment(review, { format: "github", producer: "p" });
    assert.equal(text.split("no logon: refused").length, 2);
    assert.match(text, /1 host not read/);
  });

  test("a finding that the engine shows for many hosts in one line is there once", () => {
    const hosts = ["web01", "web02", "web03", "web04"];
    const found = hosts.map((host) => ({
      rule: "policy-conflict",
      severity: "error",
      code: "WINRM_E_POLICY_CONFLICT",
      host,
      resource: host,
      type: "AuthConfig",
      property: "service.basic",
      message: `on ${host} Group Policy fixes it`,
      remedy: "change the policy",
    }));
    const shared = `error: pre-flight: 4 hosts (${hosts.join(", ")}): service.basic: on the host Group Policy fixes it; change the policy [WINRM_E_POLICY_CONFLICT]`;
    const sum = "error: pre-flight: 4 problems found on the live hosts; nothing was changed";
    const diagnostics = [shared, sum].map((message) => ({ severity: "error", message }));
    assert.equal(readReview([findings({ findings: found }), digest({ diagnostics })]).problems.length, 4);
  });

  test("a rule of a policy pack that is mandatory blocks", () => {
    const violation = { resourceUrn: URN, message: "no Basic", policyName: "winrm-no-basic" };
    for (const [enforcementLevel, verdict] of [
      ["mandatory", "blocked"],
      ["advisory", "changes"],
    ] as const) {
      const event = { sequence: 9, policyEvent: { ...violation, enforcementLevel } };
      assert.equal(verdictOf(readReview([stream([...EVENTS, event])])), verdict);
    }
  });

  test("a replacement is one change, not three", () => {
    const steps = ["create-replacement", "replace", "delete-replaced"].map((op) =>
      step(op, inputs(true), inputs(false)),
    );
    assert.equal(readReview([digest({ steps })]).changes.length, 1);
  });

  test("no secret is shown: neither of a debug message, nor by its name, nor by the engine's own mark", () => {
    const before = { ...inputs(true), entries: [SIGNED, "a"], members: SIGNED, hidden: { a: [{ b: SIGNED }] } };
    const after = { ...inputs(false), entries: ["a"], password: "Planted-1", members: ["b"], hidden: { a: [] } };
    for (const file of [digest({ steps: [step("update", before, after)] }), stream(EVENTS)]) {
      const review = readReview([file]);
      assert.doesNotMatch(JSON.stringify(review), /Planted/);
      assert.ok(review.changes.length > 0);
    }
  });
});

suite("a file that cannot be read is refused by its name and reason", () => {
  for (const [title, content, reason] of [
    ["of another version", findings({ version: 2 }).content, /version 2.*version 1/],
    ["of no version", findings({ version: "x" }).content, /\.json/],
    ["of another shape", findings({ changes: [{}] }).content, /\.json/],
    ["without its lists", '{"version":1,"hostsRead":[],"project":"","stack":""}', /\.json/],
    ["of another kind", '{"a":1}', /neither/],
    ["that is a list", "[]", /neither/],
    ["that is text", "Previewing update (dev):", /not whole JSON/],
    ["with text behind its events", `${JSON.stringify(EVENTS[0])}\nnope`, /not whole JSON/],
    ["of half a digest", '{"steps": [', /not whole JSON/],
    ["of zeros", "\0\0\0\0", /not whole JSON/],
  ] as const) {
    test(title, () => {
      assert.throws(
        () => readReview([{ path: "x.json", content }]),
        (error: unknown) => {
          assert.ok(error instanceof Error && "code" in error);
          assert.equal(error.code, "WINRM_E_ARGUMENT");
          assert.match(error.message, /x\.json/);
          assert.match(error.message, reason);
          return true;
        },
      );
    });
  }
});
