/** The one grammar of account names. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  accountNameProblem,
  accountScope,
  fixedSid,
  isImpossibleName,
  needsNoName,
  parseAccountName,
} from "../../provider/account-name";
import { memberProblems } from "../../provider/lifecycle/group-membership/member-names";

suite("an account's name", () => {
  test("is read the same way everywhere", () => {
    for (const [text, read] of [
      ["ops", { kind: "local", name: "ops", explicit: false }],
      [".\\ops", { kind: "local", name: "ops", explicit: true }],
      ["WEB01\\ops", { kind: "qualified", authority: "WEB01", name: "ops" }],
      ["CORP\\a@b", { kind: "qualified", authority: "CORP", name: "a@b" }],
      ["ann@corp.test", { kind: "principal", name: "ann", domain: "corp.test" }],
      ["ann@home@corp.test", { kind: "principal", name: "ann@home", domain: "corp.test" }],
      ["azuread\\ann@contoso.com", { kind: "cloud", authority: "azuread", name: "ann@contoso.com" }],
      ["s-1-5-32-544", { kind: "sid", sid: "S-1-5-32-544" }],
      ["Everyone", { kind: "sid", sid: "S-1-1-0" }],
      ["@x", { kind: "local", name: "@x", explicit: false }],
    ] as const) {
      assert.deepEqual(parseAccountName(text), read, text);
    }
  });

  test("says whose account it is, as far as a name can", () => {
    for (const [name, host, scope] of [
      ["ops", "web01", "host"],
      [".\\ops", "10.0.0.7", "host"],
      ["WEB01\\ops", "web01.corp.test", "host"],
      ["a-very-long-com\\ops", "a-very-long-computer.corp.test", "host"],
      ["CORP\\ops", "web01.corp.test", "domain"],
      ["CORP\\ops", "10.0.0.7", "unknown"],
      ["ops@corp.test", "web01", "domain"],
      ["MicrosoftAccount\\ann@outlook.com", "10.0.0.7", "domain"],
    ] as const) {
      assert.equal(accountScope(name, host), scope, `${name} at ${host}`);
    }
  });

  test("I5: of Entra ID or Microsoft is taken as a member, and its SID needs no name", () => {
    for (const name of ["AzureAD\\ann@contoso.com", "MicrosoftAccount\\ann@outlook.com", "AzureAD\\AnnLee"]) {
      assert.equal(accountNameProblem(name, "member"), undefined, name);
      assert.equal(isImpossibleName(name), false);
    }
    for (const name of ["CORP\\ann@contoso.com", "AzureAD\\@contoso.com", "AzureAD\\a@b@c", "AzureAD\\ann@"]) {
      assert.notEqual(accountNameProblem(name, "member"), undefined, name);
    }
    assert.notEqual(accountNameProblem("AzureAD\\ann@contoso.com", "group"), undefined);
    assert.ok(needsNoName("S-1-12-1-3299402513-1234567890-987654321-42"));
    assert.ok(!needsNoName("S-1-5-21-1-2-3-1104"));
  });

  test("I6: of a service, an application pool or a principal of Windows gives its SID", () => {
    for (const [name, sid] of [
      // Microsoft's published SIDs of TrustedInstaller and of the default application pool.
      ["NT SERVICE\\TrustedInstaller", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"],
      ["IIS APPPOOL\\DefaultAppPool", "S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415"],
      ["NT SERVICE\\ALL SERVICES", "S-1-5-80-0"],
      ["NT AUTHORITY\\Local account and member of Administrators group", "S-1-5-114"],
      ["NT AUTHORITY\\This Organization", "S-1-5-15"],
    ] as const) {
      assert.equal(fixedSid(name), sid);
      assert.equal(fixedSid(name.toLowerCase()), sid);
      assert.equal(memberProblems([name, sid])[0]?.property, "members[1]", "the same member twice");
    }
    for (const name of ["NT SERVICE\\", "IIS APPPOOL\\", "NT SERVICE", "CORP\\DefaultAppPool"]) {
      assert.equal(fixedSid(name), undefined, name);
    }
  });
});
