/** The documents say what the code says. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { RULES } from "../../../provider/contract/finding";
import { ERROR_CODES } from "../../../provider/errors";
import type { Caller } from "../../../provider/lifecycle/safety/caller/caller";
import { callerOf } from "../../support/lockouts/callers";
import { findHazards } from "../../../provider/lifecycle/safety/hazards/auth";
import { markdownFiles, read, relativeLinks, tableRows } from "./documents";

test("docs/errors.md says of each error code what to do about it, and no two the same", () => {
  const rows = tableRows(read("docs/errors.md")).filter(([code]) => code?.startsWith("WINRM_E_"));
  assert.equal(rows.length, Object.keys(ERROR_CODES).length);
  for (const [code, , advice = ""] of rows) assert.match(advice, /^[A-Z][^|]*\.$/, code);
  assert.equal(new Set(rows.map(([, , advice]) => advice)).size, rows.length);
});

test("docs/safety.md lists exactly the rules of findings, in order, with their codes", () => {
  const rows = tableRows(read("docs/safety.md")).filter(([, code = ""]) => code.startsWith("WINRM_E_"));
  assert.deepEqual(
    rows.map(([rule, code]) => [rule, code]),
    Object.entries(RULES),
  );
});

test("every hazard that docs/safety.md promises to refuse is found", () => {
  const config = (values: Record<string, string>) =>
    new Map(Object.entries(values).map(([path, value]) => [path, { value, policy: false }]));
  const credential = { username: "ops", password: "for the test" };
  const logon = (method: "basic" | "ntlm", transport: "http" | "https", channelBinding = true) =>
    ({ auth: { method, credential, channelBinding }, transport }) as const;
  const before = config({
    "service/auth/Basic": "true",
    "service/auth/Kerberos": "true",
    "service/auth/Negotiate": "true",
    "service/auth/CbtHardeningLevel": "Relaxed",
    "service/AllowUnencrypted": "true",
  });
  const promised = [
    {
      row: "service.basic: false over a basic connection",
      logon: logon("basic", "https"),
      change: { "service/auth/Basic": "false" },
    },
    {
      row: "service.negotiate: false over an ntlm or negotiate connection",
      logon: logon("ntlm", "https"),
      change: { "service/auth/Negotiate": "false" },
    },
    {
      row: "service.kerberos: false over a kerberos connection",
      logon: {
        auth: { method: "kerberos", kerberos: { credential: { kind: "default" }, spn: {} }, channelBinding: true },
        transport: "https",
      } as const,
      change: { "service/auth/Kerberos": "false" },
    },
    {
      row: "service.kerberos and service.negotiate both off",
      logon: logon("basic", "https"),
      change: { "service/auth/Kerberos": "false", "service/auth/Negotiate": "false" },
    },
    {
      row: "service.allowUnencrypted: false over basic and http",
      logon: logon("basic", "http"),
      change: { "service/AllowUnencrypted": "false" },
    },
    {
      row: 'service.cbtHardeningLevel: "Strict" over https with auth.channelBinding: false',
      logon: logon("ntlm", "https", false),
      change: { "service/auth/CbtHardeningLevel": "Strict" },
    },
  ];
  const access = (target: Caller["target"]) => ({ callers: [callerOf(target)], domainMember: true });
  const rows = new Set(tableRows(read("docs/safety.md")).map(([first]) => first));
  for (const { row, logon: own, change } of promised) {
    assert.ok(rows.has(row), `docs/safety.md has no row: ${row}`);
    const hazards = findHazards(before, new Map([...before, ...config(change)]), access(own));
    assert.equal(hazards.length, 1, row);
    assert.ok(hazards[0] && hazards[0].path in change, row);
  }
});

test("the README stays a front door: at most 200 lines", () => {
  assert.ok(read("README.md").split("\n").length <= 201);
});

test("every relative link in every Markdown file leads to something", () => {
  const files = markdownFiles();
  assert.ok(files.includes("README.md"));
  const links = files.flatMap((path) => relativeLinks(path).map((link) => ({ path, ...link })));
  assert.ok(links.length > 10);
  const dead = links.filter(({ file }) => !existsSync(file)).map(({ path, target }) => `${path}: ${target}`);
  assert.deepEqual(dead, []);
});
