/** Remote UAC as pure functions: who is filtered, what locks out, what is shown. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { DwordReading } from "../../../provider/host/registry";
import { type OwnAccount, ownAccount } from "../../../provider/lifecycle/own-account";
import { tokenFilterPolicy } from "../../../provider/lifecycle/token-filter-policy";
import {
  hasValue,
  meaningOf,
  type PolicyValue,
  shownValue,
  tokenFilterHazard,
  writableValue,
  writeOf,
} from "../../../provider/lifecycle/token-filter";
import type { SessionAuth } from "../../../provider/session/target";

const dword = (value: number): DwordReading => ({ kind: "dword", value });
const ABSENT: DwordReading = { kind: "absent" };
const TEXT: DwordReading = { kind: "other", type: "REG_SZ", text: "1" };
const local = (rid?: number): OwnAccount => ({ kind: "local", name: "WEB01\\ops", rid });
const DOMAIN: OwnAccount = { kind: "domain" };

suite("What the host has", () => {
  for (const [policy, shown, writable, full] of [
    [dword(1), 1, 1, true],
    [dword(0), 0, 0, false],
    [dword(2), 2, 2, true],
    [ABSENT, "absent", "absent", false],
    [TEXT, 'REG_SZ "1"', "absent", false],
    [{ kind: "other", type: "REG_BINARY" }, "REG_BINARY", "absent", false],
    [{ kind: "other", type: "REG_SZ", text: "x".repeat(90) }, `REG_SZ "${"x".repeat(40)}"`, "absent", false],
  ] as const satisfies (readonly [DwordReading, number | string, PolicyValue, boolean])[]) {
    test(`is shown as ${shown}, and means what it means to Windows`, () => {
      assert.equal(shownValue(policy), shown);
      assert.equal(writableValue(policy), writable);
      assert.equal(hasValue(policy, writable), policy.kind !== "other");
      assert.equal(meaningOf(policy).startsWith("every member of Administrators"), full);
    });
  }

  test("is in place only as a DWORD, or not at all", () => {
    const write = writeOf("absent");
    assert.deepEqual(write.missing({ policy: ABSENT }), []);
    assert.deepEqual(write.missing({ policy: TEXT }), ['LocalAccountTokenFilterPolicy is REG_SZ "1", not absent']);
    assert.deepEqual(writeOf(1).missing({ policy: TEXT }), ['LocalAccountTokenFilterPolicy is REG_SZ "1", not 1']);
    for (const value of [0, 1, "absent"] as const) {
      const after = writeOf(value).applied({ policy: TEXT });
      assert.deepEqual(writeOf(value).missing(after), []);
    }
  });
});

suite("Whose token would be lost", () => {
  const rows: readonly (readonly [
    string,
    { policy: DwordReading; own?: OwnAccount; filters?: boolean },
    PolicyValue,
    RegExp | undefined,
  ])[] = [
    ["a local account, 1 to 0", { policy: dword(1), own: local() }, 0, /local account WEB01\\ops, whose token/],
    ["a local account, 1 to absent", { policy: dword(1), own: local(1001) }, "absent", /ops \(RID 1001\), whose/],
    ["a local account, an unknown number to 0", { policy: dword(2), own: local(1001) }, 0, /RID 1001/],
    ["a domain account", { policy: dword(1), own: DOMAIN }, 0, undefined],
    ["the built-in Administrator", { policy: dword(1), own: local(500), filters: false }, 0, undefined],
    [
      "it, where it is filtered too",
      { policy: dword(1), own: local(500), filters: true },
      0,
      /FilterAdministratorToken is 1/,
    ],
    ["a local account, 0 to absent", { policy: dword(0), own: local() }, "absent", undefined],
    ["a local account, absent to 0", { policy: ABSENT, own: local() }, 0, undefined],
    ["a local account, another type to 0", { policy: TEXT, own: local() }, 0, undefined],
    ["a local account, 1 to 1", { policy: dword(1), own: local() }, 1, undefined],
  ];
  for (const [title, { policy, own, filters }, to, expected] of rows) {
    test(`${title}: ${expected === undefined ? "nobody" : "found"}`, () => {
      const host = {
        policy,
        ...(own === undefined ? {} : { own }),
        ...(filters === undefined ? {} : { filtersAdministrator: filters }),
      };
      const reason = tokenFilterHazard(host, to);
      if (expected === undefined) assert.equal(reason, undefined);
      else assert.match(reason ?? "", expected);
    });
  }

  test("is an error that acceptLockout makes a warning, beside the note of what would change", () => {
    const observed = { policy: dword(1), own: local() };
    const inputs = { connection: { host: "web01" }, localAccountTokenFilterPolicy: 0 } as const;
    const logon = { transport: "https", auth: { method: "ntlm" } as SessionAuth } as const;
    const severities = (acceptLockout: boolean) =>
      tokenFilterPolicy
        .assess({ ...inputs, acceptLockout }, { observed, logon, host: "web01" })
        .findings.map(({ severity, code, property }) => [severity, code, property]);
    const property = "localAccountTokenFilterPolicy";
    assert.deepEqual(severities(false), [
      ["note", undefined, property],
      ["error", "WINRM_E_LOCKOUT", property],
    ]);
    assert.deepEqual(severities(true), [
      ["note", undefined, property],
      ["warning", "WINRM_E_LOCKOUT", property],
    ]);
  });
});

suite("What the logon tells of the account", () => {
  const credential = (username: string) => ({ username, password: "x" });
  const certificate = { name: "the certificate of deploy" };
  const rows: readonly (readonly [string, object, OwnAccount["kind"]])[] = [
    ["Kerberos", { method: "kerberos" }, "domain"],
    ["NTLM with user@domain", { method: "ntlm", credential: credential("ops@corp.example.com") }, "domain"],
    ["NTLM with MACHINE\\user", { method: "ntlm", credential: credential("WEB01\\ops") }, "local"],
    ["NTLM with .\\user", { method: "ntlm", credential: credential(".\\ops") }, "local"],
    ["NTLM with a bare name", { method: "ntlm", credential: credential("ops") }, "local"],
    ["Negotiate with a bare name", { method: "negotiate", credential: credential("ops") }, "local"],
    ["Basic, also with an @", { method: "basic", credential: credential("ops@corp") }, "local"],
    ["a client certificate", { method: "certificate", certificate }, "local"],
  ];
  for (const [title, auth, kind] of rows) {
    test(`${title}: ${kind}`, () => {
      const own = ownAccount({ channelBinding: true, ...auth } as SessionAuth);
      assert.equal(own.kind, kind);
      if (own.kind === "local") assert.equal(own.rid, undefined);
    });
  }
});
