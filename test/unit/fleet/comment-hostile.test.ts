/** Comments made from names, values and files that mean harm, or are broken. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { FindingsFile, RecordedChange, RecordedFinding } from "../../../provider/contract/findings-file";
import { code, sentence } from "../../../provider/fleet/comment/markdown";
import { type PreviewFile, readReview } from "../../../provider/fleet/comment/read";
import { BUDGETS, FORMATS, markerOf, renderAnnotations, renderComment } from "../../../provider/fleet/comment/render";
import { type Review, verdictOf } from "../../../provider/fleet/comment/review";

const PRODUCER = "pulumi-winrm 0.0.0";
const NAMES = [
  "@team",
  "a@team",
  "<!-- x -->",
  "--><img src=x>",
  "`",
  "``` x",
  "a|b|",
  "ends|",
  "\\|",
  "ends\\",
  "\u202Eabc\u2066",
  "a\u200Bb\u00ADc",
  "\u3164\u115F\u034F",
  "</details><details>",
  "</summary>",
  "#123",
  "GH-123",
  "!7",
  "$3",
  "%1",
  "~bug",
  "^alert#1",
  "[vulnerability:7]",
  "*iteration:7",
  "owner/repo#1",
  "AB#12",
  "da39a3ee5e6b4b0d3255bfef95601890afd80709",
  "https://evil.example/x",
  "www.evil.example",
  "mail ops@evil.example",
  "![x](http://e)",
  "[x](javascript:alert(1))",
  ":+1: :tada:",
  "/close",
  "##vso[task.setvariable variable=PATH]x",
  "##[error]x",
  "::error::x",
  "a\0b",
  "a\r\n\r\n# b",
  "\uD800",
  "x".repeat(10_000),
  "@".repeat(10_000),
];

function change(host: string, parts: Partial<RecordedChange> = {}): RecordedChange {
  const about = { resource: host, type: "AuthConfig", property: "service.basic" };
  return { host, ...about, now: "true", wanted: "false", ...parts };
}

function finding(host: string, parts: Partial<RecordedFinding> = {}): RecordedFinding {
  const about = { host, resource: host, type: "AuthConfig", property: "service.negotiate" };
  const what = { message: "would lock out this connection", remedy: "leave negotiate on" };
  return { rule: "lockout/last-method", severity: "error", code: "WINRM_E_LOCKOUT", ...about, ...what, ...parts };
}

function findingsFile(parts: object = {}): PreviewFile {
  const none = { findings: [], changes: [], hostsNotRead: [] };
  const file: FindingsFile = { version: 1, project: "site", stack: "dev", hostsRead: [], ...none };
  return { path: "findings.json", content: JSON.stringify({ ...file, ...parts }) };
}

function comment(review: Review, format: (typeof FORMATS)[number] = "github", budget?: number): string {
  return renderComment(review, { format, producer: PRODUCER, ...(budget === undefined ? {} : { budget }) });
}

function withName(name: string): Review {
  return readReview([
    findingsFile({
      project: name,
      stack: name,
      hostsRead: [name],
      changes: [
        change(name, { resource: name, property: name, now: name, wanted: name }),
        change("web01", { type: "GroupMembership", property: "members", now: "", wanted: `of ${name} lack ${name}` }),
      ],
      findings: [
        finding(name, { resource: name, message: name, remedy: name }),
        finding("w", { severity: "warning", code: "WINRM_E_DRIFT", message: `a ${name} b`, remedy: name }),
      ],
      hostsNotRead: [{ severity: "warning", host: name, code: "WINRM_E_CONNECTION_REFUSED", message: name }],
    }),
  ]);
}

/** Markdown without its code, as a service looks for references in it: entities are characters by then. */
function renderedText(markdown: string): string {
  return markdown
    .replace(/<code>[^<]*<\/code>|`[^`\n]*`/g, "C")
    .replace(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)));
}

suite("a comment of hostile names", () => {
  for (const name of NAMES) {
    const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 3)}… ${name.length}` : name);
    test(`${shown} is plain characters in every format, twice the same`, () => {
      for (const format of FORMATS) {
        const text = comment(withName(name), format);
        assert.equal(text, comment(withName(name), format));
        assert.ok(text.length <= BUDGETS[format]);
        const body = renderedText(text.replace(/^<!--.*-->\n/, ""));
        // The line of totals has a sum, no reference.
        for (const reference of [
          /(?:^|[^\w\u200B])@\w/,
          /(?:^|[^\w&])(?:[\w/]*#|GH-|[!$%~^])\d/i,
          /\[\w+:\d/,
          /\*iteration/,
          /:\/\//,
          /www\./,
          /:[\w+-]+:/,
          /\b[0-9a-f]{40}\b/,
        ]) {
          assert.doesNotMatch(body, reference);
        }
        assert.doesNotMatch(text, /##/.test(name) ? /##(?:vso)?\[/ : /\0/);
        assert.doesNotMatch(text, /<(?!\/?(?:details|summary|sub|code)>|!-- pulumi-winrm:comment [^ ]* -->\n)/);
        assert.equal(text.split("<details>").length, text.split("</details>").length);
        assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u3164\u115F\u034F]/u);
        for (const line of text.split("\n").filter((one) => one.startsWith("|"))) {
          assert.ok([3, 4].includes(line.replace(/`[^`]*`/g, "").split("|").length - 2) && line.endsWith(" |"), line);
        }
        assert.ok(!text.split("\n").some((line) => line.startsWith("/")));
      }
    });
  }

  test("a runner that reads the log finds no command in an annotation but its own", () => {
    for (const name of NAMES) {
      for (const line of renderAnnotations(withName(name)).trimEnd().split("\n"))
        assert.match(line, /^::(?:error|warning) title=[^\n]*$/);
    }
  });

  test("the marker is the same for the same stack, whatever its name is", () => {
    assert.equal(
      markerOf({ project: "a--b", stack: "\uD800-->" }),
      "<!-- pulumi-winrm:comment a-%2Db/%EF%BF%BD-%2D%3E -->",
    );
  });

  test("a thumbprint stays readable and is no commit; accounts and versions stay as they are", () => {
    assert.match(sentence("of a909502dd82ae41433e6f83886b00d4277a32a7b."), /^of <code>a9\w{38}<\/code>\.$/);
    assert.equal(
      sentence("version 10.0.20348 at 12:30, 1234567 times"),
      "version 10.0.20348 at 12:30, <code>1234567</code> times",
    );
    assert.equal(code("#12"), "`#12`");
  });

  test("what is too long for a cell says how much is missing", () => {
    assert.match(code("x".repeat(10_000)), /^`x{200}… \(9800 more characters\)`$/);
    assert.match(sentence("é".repeat(2_000)), /^é{1000}… \(1000 more characters\)$/);
  });
});

suite("lockouts and policy conflicts in a comment", () => {
  const hosts = Array.from({ length: 300 }, (_, n) => `host-${String(n).padStart(3, "0")}.corp.example.com:5986`);
  const changes = hosts.flatMap((host, n) => [change(host, { now: `v${n}` }), change(host, { property: `p${n}` })]);

  test("300 different ones lose their texts before one of them is left out", () => {
    const findings = hosts.map((host, n) => finding(host, { message: `reason ${n} ${"because ".repeat(50)}` }));
    const text = comment(readReview([findingsFile({ hostsRead: hosts, findings, changes })]));
    const [, section = ""] = text.split("#### Lockouts and policy conflicts");
    const [safety = ""] = section.split("####");
    assert.equal(safety.split("WINRM_E_LOCKOUT").length - 1, 300);
    assert.ok(text.length <= BUDGETS.github && text.includes("300 lockouts"));
  });

  test("where they cannot all be shown, the verdict, their number and that of the missing ones stay", () => {
    const findings = hosts.map((host, n) => finding(host, { message: `reason ${n}` }));
    const text = comment(readReview([findingsFile({ hostsRead: hosts, findings, changes })]), "github", 6_000);
    assert.ok(text.length <= 6_000 && text.includes("Blocked") && text.includes("300 lockouts"));
    const [, missing = ""] = /(\d+) further rows of lockouts\b/.exec(text) ?? [];
    const shown = text.split("WINRM_E_LOCKOUT").length - 1;
    assert.ok(shown > 0);
    assert.equal(Number(missing) + shown, 300);
  });

  test("one that 300 hosts share names 40 of them and counts the others", () => {
    const text = comment(
      readReview([findingsFile({ hostsRead: hosts, findings: hosts.map((host) => finding(host)) })]),
    );
    const [line = ""] = text.split("\n").filter((one) => one.includes("WINRM_E_LOCKOUT"));
    assert.equal(line.split("corp.example.com").length - 1, 40);
    assert.ok(line.includes("260 more"));
  });

  test("one that the program accepts is a warning that is not collapsed, and does not block", () => {
    const findings = [finding("web01", { severity: "warning" })];
    const review = readReview([findingsFile({ hostsRead: ["web01"], findings, changes: [change("web01")] })]);
    assert.equal(verdictOf(review), "changes");
    const text = comment(review);
    assert.ok(text.indexOf("WINRM_E_LOCKOUT") < text.indexOf("<details>"));
    assert.match(text, /`WINRM_E_LOCKOUT` \(warning\)/);
  });

  test("local accounts of many hosts are one row", () => {
    const members = ["web01", "web02"].map((host) =>
      change(`${host}.corp.example.com`, { now: "", wanted: `of Administrators lack ${host.toUpperCase()}\\deploy` }),
    );
    const text = comment(readReview([findingsFile({ changes: members })]));
    assert.match(text, /^\| 2 hosts: .*of Administrators lack \.&#92;deploy \|$/m);
  });
});
