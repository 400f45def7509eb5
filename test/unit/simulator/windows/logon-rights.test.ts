/** Who is let in at all: logon rights, disabled accounts, accounts of a domain, and the well-known SIDs of a token. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../../simulator";
import { ADMIN, basic, getEnvelope, NtlmWire, startBasicHost, wireTo } from "../wire";

const ADMINISTRATORS = "S-1-5-32-544";
const OPS = { name: "ops", password: "Spring-2031!" } as const;
const ANN = { name: "ann", password: "Summer-2031!" } as const;
const CORP = { name: "CORP", users: [ANN, "bob"], groups: { Deploy: ["ann"], Operators: ["Deploy"] } } as const;

/** HTTP status of a read with Basic. */
async function withBasic(t: TestContext, host: SimulatedHost, account: typeof OPS | typeof ADMIN = OPS) {
  return (await wireTo(t, host.http!.url).send(getEnvelope("/service/auth"), basic(account))).status;
}

/** HTTP status of an NTLM logon, and of a read if it succeeds. */
async function withNtlm(t: TestContext, host: SimulatedHost, username: string, password: string) {
  const [name = "", domain = ""] = username.split("\\").reverse();
  const session = new NtlmWire(wireTo(t, host.http!.url));
  const { status } = await session.logOn({ name, domain, password });
  return status === 200 ? (await session.send(getEnvelope("/service/auth"))).status : status;
}

const start = (t: TestContext, options: HostOptions = {}) => startBasicHost(t, { accounts: [ADMIN, OPS], ...options });

suite("H7: logon rights of a simulated host", () => {
  test("a denied SID is refused whatever groups the account is in, and nobody else", async (t) => {
    const host = await start(t, { logonRights: { SeDenyNetworkLogonRight: ["S-1-5-114"] } });
    assert.equal(await withBasic(t, host), 401);
    assert.equal(await withNtlm(t, host, "WEB01\\ops", OPS.password), 401);
    assert.equal(host.journal.logonFailures().length, 0, "it is no wrong password");
    host.logonRights.set("SeDenyNetworkLogonRight", ["Administrator"]);
    assert.equal(await withBasic(t, host), 200);
    assert.equal(await withBasic(t, host, ADMIN), 401);
  });

  test("without the right to log on over the network nobody gets in", async (t) => {
    const host = await start(t);
    host.logonRights.set("SeNetworkLogonRight", ["Remote Desktop Users"]);
    assert.equal(await withBasic(t, host), 401);
    host.groups.add("Remote Desktop Users", "ops");
    assert.equal(await withBasic(t, host), 200);
  });

  test("holders are named by name or SID, and a name of nobody is refused", async (t) => {
    const host = await start(t);
    assert.ok(host.logonRights.get("SeNetworkLogonRight").includes("S-1-1-0"));
    assert.throws(() => {
      host.logonRights.set("SeNetworkLogonRight", ["nobody-there"]);
    }, /nobody whom the host knows/);
  });
});

suite("H7: accounts of a simulated host", () => {
  test("a disabled account is refused with the right password, and counts as locked out by nobody", async (t) => {
    const host = await start(t, { lockout: { threshold: 1, durationMs: 0 } });
    host.accounts.setDisabled("ops", true);
    assert.equal(await withBasic(t, host), 401);
    assert.equal(await withNtlm(t, host, "WEB01\\ops", OPS.password), 401);
    assert.equal(host.accounts.isLocked("ops"), false);
    host.accounts.setDisabled("ops", false);
    assert.equal(await withBasic(t, host), 200);
  });

  test("an account of the domain logs in with NTLM, and is what its groups in groups make it", async (t) => {
    const host = await start(t, { domain: CORP });
    for (const name of ["CORP\\ann", "ann@corp.example.com"]) {
      assert.equal(await withNtlm(t, host, name, ANN.password), 500, `${name} is in, and may read nothing`);
    }
    host.groups.add(ADMINISTRATORS, "CORP\\Operators");
    assert.equal(await withNtlm(t, host, "CORP\\ann", ANN.password), 200);
    assert.equal(await withNtlm(t, host, "CORP\\ann", "wrong"), 401);
    assert.equal(await withNtlm(t, host, "CORP\\bob", ANN.password), 401, "bob has no password here");
    assert.equal(await withBasic(t, host, { ...OPS, name: "CORP\\ann" as "ops" }), 401, "Basic is for local accounts");
    host.groups.setDomainReachable(false);
    assert.equal(await withNtlm(t, host, "CORP\\ann", ANN.password), 401);
  });

  for (const [sid, name] of [
    ["S-1-5-11", "Authenticated Users"],
    ["S-1-5-113", "Local account"],
    ["S-1-1-0", "Everyone"],
    ["S-1-5-2", "NETWORK"],
  ] as const) {
    test(`L4: ${name} in Administrators lets a local account in`, async (t) => {
      const host = await start(t, { accounts: [ADMIN, { ...OPS, administrator: false }] });
      assert.equal(await withBasic(t, host), 500);
      host.groups.add(ADMINISTRATORS, sid);
      assert.equal(await withBasic(t, host), 200);
    });
  }

  test("S-1-5-114 is in the token of a local administrator only", async (t) => {
    const host = await start(t, { accounts: [ADMIN, OPS, { name: "kim", password: "x", administrator: false }] });
    host.groups.create("Second", ["S-1-5-114"]);
    host.logonRights.set("SeNetworkLogonRight", ["Second"]);
    assert.equal(await withBasic(t, host), 200);
    assert.equal(await withBasic(t, host, { name: "kim", password: "x" } as never), 401);
  });
});
