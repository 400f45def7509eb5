/** Comments on pull requests: what they say, how long they get, and that no name in them does anything. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { FindingsFile, RecordedChange, RecordedFinding } from "../../../provider/contract/findings-file";
import { code, sentence } from "../../../provider/fleet/comment/markdown";
import { type PreviewFile, readReview } from "../../../provider/fleet/comment/read";
import { BUDGETS, FORMATS, renderAnnotations, renderComment } from "../../../provider/fleet/comment/render";
import { type Review, verdictOf } from "../../../provider/fleet/comment/review";

const PRODUCER = "pulumi-winrm 0.0.0";
const URN = "urn:pulumi:dev::site::pulumi-nodejs:dynamic/winrm:AuthConfig::web01";

function change(host: string, parts: Partial<RecordedChange> = {}): RecordedChange {
  return {
    host,
    resource: host,
    type: "AuthConfig",
    property: "service.basic",
    now: "true",
    wanted: "false",
    ...parts,
  };
}

function lockout(host: string, parts: Partial<RecordedFinding> = {}): RecordedFinding {
  return {
    rule: "lockout/last-method",
    severity: "error",
    code: "WINRM_E_LOCKOUT",
    host,
    resource: host,
    type: "AuthConfig",
    property: "service.negotiate",
    message: `would lock out this connection on ${host}`,
    remedy: "leave negotiate on",
    ...parts,
  };
}

function findingsFile(parts: Partial<FindingsFile> = {}): PreviewFile {
  const empty: FindingsFile = {
    version: 1,
    project: "site",
    stack: "dev",
    hostsRead: [],
    findings: [],
    changes: [],
    hostsNotRead: [],
  };
  return { path: "findings.json", content: JSON.stringify({ ...empty, ...parts }) };
}

function digest(parts: object): PreviewFile {
  return { path: "preview.json", content: JSON.stringify({ steps: [], changeSummary: {}, ...parts }) };
}

function comment(review: Review, budget?: number): string {
  const options = { format: "github", producer: PRODUCER } as const;
  return renderComment(review, budget === undefined ? options : { ...options, budget });
}

function step(op: string, before: object | undefined, after: object | undefined) {
  const state = (inputs: object | undefined) => (inputs === undefined ? undefined : { inputs });
  return { op, urn: URN, oldState: state(before), newState: state(after) };
}

suite("the review of a preview", () => {
  test("equal changes of 37 hosts are one row with their number", () => {
    const changes = Array.from({ length: 37 }, (_, n) => change(`web${String(n).padStart(2, "0")}`));
    const text = comment(readReview([findingsFile({ hostsRead: changes.map(({ host }) => host), changes })]));
    const rows = text.split("\n").filter((line) => line.startsWith("| 37 hosts:"));
    assert.equal(rows.length, 1);
    assert.ok(
      rows[0]?.includes("`service.basic`") && rows[0].includes("`true` → `false`") && rows[0].includes("29 more"),
    );
  });

  test("a lockout blocks, stands before every change, and is outside of what is collapsed", () => {
    const review = readReview([
      findingsFile({ findings: [lockout("web01"), lockout("web02")], changes: [change("web01")] }),
    ]);
    assert.equal(verdictOf(review), "blocked");
    const text = comment(review);
    const at = text.indexOf("leave negotiate on");
    assert.ok(at > 0 && at < text.indexOf("#### Changes") && at < text.indexOf("<details>"));
    assert.equal(text.split("leave negotiate on").length, 2, "equal findings of two hosts are one row");
  });

  test("a confirmation window shows in the verdict and at its change", () => {
    const review = readReview([findingsFile({ changes: [change("web01", { confirmSeconds: 120 })] })]);
    assert.equal(verdictOf(review), "confirm");
    assert.ok(comment(review).includes("120 s"));
  });

  test("the digest alone gives hosts, settings and values, and neither hidden inputs nor secrets", () => {
    const connection = { host: "web01", port: 5986, auth: { password: "Planted-1" } };
    const before = {
      __provider: "x",
      connection,
      service: { basic: true },
      password: "Planted-1",
      entries: ["b", "a"],
    };
    const after = { ...before, service: { basic: false }, password: "Planted-2", entries: ["a"] };
    const review = readReview([digest({ steps: [step("update", before, after)], changeSummary: { update: 1 } })]);
    assert.deepEqual(
      review.changes.map(({ host, property, now, wanted }) => [host, property, now, wanted]),
      [
        ["web01:5986", "service.basic", "true", "false"],
        ["web01:5986", "password", "[secret]", "[secret]"],
        ["web01:5986", "entries", "a, b", "a"],
      ],
    );
    assert.ok(!comment(review).includes("Planted"));
    assert.equal(review.project, "site");
    assert.equal(review.stack, "dev");
  });

  test("a resource that is deleted shows what is no longer managed; one of another package is not looked into", () => {
    const other = {
      op: "create",
      urn: URN.replace("winrm:AuthConfig", "other:Thing"),
      newState: { inputs: { a: "b" } },
    };
    const gone = step("delete", { connection: { host: "web01" }, service: { basic: false } }, undefined);
    const review = readReview([digest({ steps: [gone, other] })]);
    assert.deepEqual(
      review.changes.map(({ host, property }) => [host, property]),
      [["web01", "service.basic"]],
    );
  });

  test("events of the engine say the same as its digest", () => {
    const inputs = (basic: boolean) => ({ connection: { host: "web01" }, service: { basic } });
    const diagnostic = { urn: URN, severity: "error", message: "error: no way [WINRM_E_LOCKOUT]\n" };
    const whole = digest({
      steps: [step("update", inputs(true), inputs(false))],
      diagnostics: [diagnostic],
      changeSummary: { update: 1 },
    });
    const metadata = { op: "update", urn: URN, old: { inputs: inputs(true) }, new: { inputs: inputs(false) } };
    const events = [
      { sequence: 0, preludeEvent: {} },
      { sequence: 1, resourcePreEvent: { metadata } },
      { sequence: 2, diagnosticEvent: { ...diagnostic, message: `<{%fg 1%}>${diagnostic.message}<{%reset%}>` } },
      { sequence: 3, diagnosticEvent: { severity: "debug", message: "RPC finished" } },
      { sequence: 4, summaryEvent: { resourceChanges: { update: 1 } } },
    ];
    const stream = { path: "events", content: events.map((event) => JSON.stringify(event)).join("\n") };
    assert.equal(comment(readReview([stream])), comment(readReview([whole])));
  });

  test("a finding that the engine shows again is there once", () => {
    const found = lockout("web01");
    const shown = [
      { urn: URN, severity: "error", message: `error: service.negotiate: ${found.message}; x [WINRM_E_LOCKOUT]` },
      { severity: "error", message: "error: pre-flight: 1 problem found on the live hosts; nothing was changed" },
    ];
    const review = readReview([digest({ diagnostics: shown }), findingsFile({ findings: [found] })]);
    assert.equal(review.problems.length, 1);
  });

  test("a program that failed by itself blocks; a preview that printed nothing did not run", () => {
    const failed = readReview([digest({ diagnostics: [{ severity: "error", message: "error: boom" }] })]);
    assert.equal(verdictOf(failed), "blocked");
    assert.equal(verdictOf(readReview([{ path: "preview.json", content: "" }])), "not-run");
  });

  test("what is neither preview nor findings is refused by the name of its file", () => {
    for (const content of ["hello", "[]", '{"version":2,"hostsRead":[]}', '{"sequence":1}\nnope']) {
      assert.throws(() => readReview([{ path: "x.json", content }]), { code: "WINRM_E_ARGUMENT", message: /x\.json/ });
    }
  });
});

suite("a comment", () => {
  const names = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "@everyone",
      "a|b",
      "```",
      "#12",
      "!7",
      "</details>",
      "<script>",
      "-->",
      "/close",
      "a\nb",
      "GH-3",
      "\u202E",
    ),
  );

  test("whatever names and values are, it has no mention, no HTML of theirs, no broken table and no invisible character", () => {
    fc.assert(
      fc.property(names, names, names, names, (host, resource, property, value) => {
        const changes = [change(host, { resource, property, now: value })];
        const findings = [lockout(host, { resource, property, message: value, remedy: resource })];
        const text = comment(readReview([findingsFile({ project: property, stack: value, findings, changes })]));
        assert.doesNotMatch(text, /(?:^|[^\w;])@\w/m);
        assert.doesNotMatch(text, /<(?!\/?(?:details|summary|sub|code)>|!-- pulumi-winrm:comment [^ ]* -->\n)/);
        assert.equal(text.split("<details>").length, text.split("</details>").length);
        assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        for (const line of text.split("\n").filter((one) => one.startsWith("|"))) {
          assert.ok([3, 4].includes(line.replace(/`[^`]*`/g, "").split("|").length - 2), line);
          assert.ok(line.endsWith("|"), line);
        }
        assert.doesNotMatch(text, /^(?:\/|#\d)/m);
      }),
      { numRuns: 2_000 },
    );
  });

  test("accounts stay readable: no break where nobody would be notified", () => {
    assert.equal(code("ops@corp.example.com"), "`ops@corp.example.com`");
    assert.equal(code("WEB01\\deploy"), "`WEB01\\deploy`");
    assert.match(sentence("ask @team about #12"), /^ask &#64;&#8203;team about &#35;&#8203;12$/);
  });

  test("of 300 changed hosts keeps its budget in each format by leaving out whole rows, and counts them", () => {
    const hosts = Array.from({ length: 300 }, (_, n) => `host-${String(n).padStart(3, "0")}.corp.example.com:5986`);
    const changes = hosts.flatMap((host, n) =>
      ["service.basic", "service.negotiate", "client.digest"].map((property) =>
        change(host, { property, now: `v${n}` }),
      ),
    );
    const findings = hosts.slice(0, 50).map((host, n) => lockout(host, { message: `reason ${n}` }));
    const review = readReview([findingsFile({ hostsRead: hosts, changes, findings })]);
    for (const format of FORMATS) {
      assert.ok(renderComment(review, { format, producer: PRODUCER }).length <= BUDGETS[format], format);
    }
    for (const budget of [4_000, 20_000, 60_000]) {
      const text = comment(review, budget);
      assert.ok(text.length <= budget, `${text.length} > ${budget}`);
      assert.match(text, /\d+ further rows left out/);
      assert.ok(text.includes("Blocked") && text.endsWith("</sub>\n"));
      const rows = [...text.matchAll(/^\| .* \|$/gm)].length;
      const left = [...text.matchAll(/(\d+) further rows?/g)].reduce((sum, [, n]) => sum + Number(n), 0);
      const heads = 2 * [...text.matchAll(/^\| --- /gm)].length;
      assert.equal(rows - heads + left, 50 + 900 + 900, "every row is shown or counted");
    }
  });

  test("is the same characters twice, and whatever the order of findings and changes", () => {
    const changes = ["b", "a", "c"].map((host) => change(host));
    const findings = ["b", "a"].map((host) => lockout(host));
    const one = comment(readReview([findingsFile({ changes, findings })]));
    const two = comment(
      readReview([findingsFile({ changes: [...changes].reverse(), findings: [...findings].reverse() })]),
    );
    assert.equal(one, two);
  });

  test("annotations are one command a line, whatever the message is", () => {
    fc.assert(
      fc.property(names, (message) => {
        const text = renderAnnotations(
          readReview([findingsFile({ findings: [lockout("h", { message, remedy: "x" })] })]),
        );
        assert.match(text, /^::error title=[^\n]*\n$/);
      }),
    );
  });
});
