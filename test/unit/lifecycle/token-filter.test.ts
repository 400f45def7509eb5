/** Remote UAC as pure functions: who is filtered, what locks out, what is shown. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ErrorCode, WinrmError } from "../../../provider/errors";
import type { Account } from "../../../provider/host/accounts/local-accounts";
import type { PolicyValue } from "../../../provider/contract/token-filter-policy";
import type { DwordReading } from "../../../provider/host/registry";
import type { HostView } from "../../../provider/host/host-view";
import { type CallerAccount, lookUp } from "../../../provider/lifecycle/safety/caller/account";
import { observeCallers } from "../../../provider/lifecycle/safety/caller/caller";
import { mayBeFiltered } from "../../../provider/lifecycle/safety/hazards/token-filter";
import { accountCaller } from "../../support/lockouts/callers";
import { tokenFilterPolicy } from "../../../provider/lifecycle/token-filter-policy/definition";
import {
  hasValue,
  meaningOf,
  formatPolicyValue,
  policyHazard,
  restorableValue,
  policyWrite,
} from "../../../provider/lifecycle/token-filter-policy/policy";
import type { SessionAuth } from "../../../provider/session/target";
import { targetOf } from "../../support/hosts/sessions";

const dword = (value: number): DwordReading => ({ kind: "dword", value });
const ABSENT: DwordReading = { kind: "absent" };
const TEXT: DwordReading = { kind: "other", type: "REG_SZ", text: "1" };
const user = (domain: string, name: string, rid: number, isLocal: boolean): Account => ({
  sid: `S-1-5-21-1-2-3-${rid}`,
  domain,
  name,
  kind: "user",
  local: isLocal,
});
const local = (rid: number): CallerAccount => accountCaller("WEB01\\ops", user("WEB01", "ops", rid, true));
const UNKNOWN: CallerAccount = accountCaller("CORP\\ops", undefined);
const DOMAIN: CallerAccount = accountCaller("CORP\\ops", user("CORP", "ops", 1104, false));

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
      assert.equal(formatPolicyValue(policy), shown);
      assert.equal(restorableValue(policy), writable);
      assert.equal(hasValue(policy, writable), policy.kind !== "other");
      assert.equal(meaningOf(policy).startsWith("every "), full);
    });
  }

  test("is in place only as a DWORD, or not at all", () => {
    const write = policyWrite("absent");
    assert.deepEqual(write.unmet({ policy: ABSENT }), []);
    assert.deepEqual(write.unmet({ policy: TEXT }), ['LocalAccountTokenFilterPolicy is REG_SZ "1", not absent']);
    assert.deepEqual(policyWrite(1).unmet({ policy: TEXT }), ['LocalAccountTokenFilterPolicy is REG_SZ "1", not 1']);
    for (const value of [0, 1, "absent"] as const) {
      const after = policyWrite(value).predictedState({ policy: TEXT });
      assert.deepEqual(policyWrite(value).unmet(after), []);
    }
  });
});

suite("Whose token would be lost", () => {
  const rows: readonly (readonly [
    string,
    { policy: DwordReading; own?: CallerAccount; filters?: boolean; off?: boolean },
    PolicyValue,
    RegExp | undefined,
  ])[] = [
    [
      "a local account, 1 to 0",
      { policy: dword(1), own: local(1001) },
      0,
      /local account WEB01\\ops \(RID 1001\), whose token/,
    ],
    ["a local account, 1 to absent", { policy: dword(1), own: local(1001) }, "absent", /ops \(RID 1001\), whose/],
    ["a local account, an unknown number to 0", { policy: dword(2), own: local(1001) }, 0, /RID 1001/],
    ["an account that may be local", { policy: dword(1), own: UNKNOWN }, 0, /CORP\\ops, .*domain/],
    ["a domain account", { policy: dword(1), own: DOMAIN }, 0, undefined],
    ["the built-in Administrator", { policy: dword(1), own: local(500), filters: false }, 0, undefined],
    [
      "it, where it is filtered too",
      { policy: dword(1), own: local(500), filters: true },
      0,
      /FilterAdministratorToken is 1/,
    ],
    ["a local account, 0 to absent", { policy: dword(0), own: local(1001) }, "absent", undefined],
    ["a local account, absent to 0", { policy: ABSENT, own: local(1001) }, 0, undefined],
    ["a local account, another type to 0", { policy: TEXT, own: local(1001) }, 0, undefined],
    ["L7: a local account where EnableLUA is 0", { policy: dword(1), own: local(1001), off: true }, 0, undefined],
    ["L7: nobody knows who, where EnableLUA is 0", { policy: dword(1), own: UNKNOWN, off: true }, 0, undefined],
    ["a local account, 1 to 1", { policy: dword(1), own: local(1001) }, 1, undefined],
  ];
  for (const [title, { policy, own, filters = false, off = false }, to, expected] of rows) {
    test(`${title}: ${expected === undefined ? "nobody" : "found"}`, () => {
      const host = {
        policy,
        ...(own === undefined ? {} : { callers: [own] }),
        uac: { off, filtersAdministrator: filters },
      };
      const reason = policyHazard(host, to)?.message;
      if (expected === undefined) assert.equal(reason, undefined);
      else assert.match(reason ?? "", expected);
    });
  }

  test("is an error that acceptLockout makes a warning, beside the note of what would change", () => {
    const uac = { off: false, filtersAdministrator: false };
    const observed = { policy: dword(1), callers: [local(1001)], uac };
    const inputs = { connection: { host: "web01" }, localAccountTokenFilterPolicy: 0 } as const;
    const severities = (acceptLockout: boolean) =>
      tokenFilterPolicy
        .plan({ ...inputs, acceptLockout }, { kind: "unknown" }, { observed, host: "web01" })
        .findings.map(({ severity, rule, property }) => [severity, rule, property]);
    const property = "localAccountTokenFilterPolicy";
    assert.deepEqual(severities(false), [
      ["note", "drift", property],
      ["error", "lockout/token-filter", property],
    ]);
    assert.deepEqual(severities(true), [
      ["note", "drift", property],
      ["warning", "lockout/token-filter", property],
    ]);
  });
});

suite("Whose account it is", () => {
  const known: Readonly<Record<string, Account>> = {
    ops: user("WEB01", "ops", 1001, true),
    "WEB01\\Chef": user("WEB01", "Chef", 500, true),
    "CORP\\ops": user("CORP", "ops", 1104, false),
  };
  const credential = (username: string) => ({ username, password: "x" });
  const rows: readonly (readonly [string, object, number | undefined, boolean, string?])[] = [
    [
      "Kerberos without a name",
      { method: "kerberos", kerberos: { credential: { kind: "default" } } },
      undefined,
      false,
    ],
    ["a renamed Administrator", { method: "ntlm", credential: credential("WEB01\\Chef") }, 500, true, "WEB01\\Chef"],
    ["NTLM with DOMAIN\\user", { method: "ntlm", credential: credential("CORP\\ops") }, 1104, false, "CORP\\ops"],
    ["an account nobody knows", { method: "ntlm", credential: credential("X\\y") }, undefined, true, "X\\y"],
    ["user@domain that nobody knows", { method: "ntlm", credential: credential("y@x") }, undefined, false, "y@x"],
    ["Negotiate with a bare name", { method: "negotiate", credential: credential("ops") }, 1001, true, "ops"],
    ["Basic with MACHINE\\user", { method: "basic", credential: credential("WEB01\\ops") }, 1001, true, "ops"],
  ];
  for (const [title, auth, rid, filtered, lookedUp] of rows) {
    test(`${title}: ${rid ?? "unknown"}, ${filtered ? "may be filtered" : "keeps its token"}`, async () => {
      const keys: (string | undefined)[] = [];
      const view = viewOf(auth, (key) => {
        keys.push(key);
        return Promise.resolve(known[key ?? ""]);
      });
      const [caller] = await observeCallers(view);
      const own = { ...caller!, account: await lookUp(view, caller!.target.auth) };
      assert.equal(own.account?.sid.split("-").at(-1), rid === undefined ? undefined : String(rid));
      assert.equal(mayBeFiltered(own), filtered);
      assert.deepEqual(keys, lookedUp === undefined ? [] : [lookedUp]);
    });
  }

  test("is unknown where the host does not answer the question, and an error where it does not answer at all", async () => {
    const auth = { method: "ntlm", credential: credential("WEB01\\ops") };
    const failing = (code: ErrorCode) => {
      const view = viewOf(auth, () => Promise.reject(new WinrmError(code, "no")));
      return lookUp(view, view.target.auth);
    };
    for (const code of ["WINRM_E_FAULT", "WINRM_E_ACCESS_DENIED", "WINRM_E_NOT_FOUND"] as const) {
      assert.equal(await failing(code), undefined);
    }
    await assert.rejects(failing("WINRM_E_CONNECTION_LOST"), { code: "WINRM_E_CONNECTION_LOST" });
  });
});

/** A host of which only accounts are read. */
function viewOf(auth: object, account: (key: string | undefined) => Promise<Account | undefined>): HostView {
  const target = { ...targetOf(5985), auth: { channelBinding: true, ...auth } as SessionAuth };
  const logons = () => Promise.resolve([{ target, peerThumbprint: undefined }]);
  return { target, host: "web01", read: (_reader, key) => account(key) as Promise<never>, logons };
}
