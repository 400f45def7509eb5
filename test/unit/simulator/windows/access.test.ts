import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../../simulator";
import { ADMIN, basic, envelope, faultCodes, getEnvelope, putEnvelope, startBasicHost, wireTo } from "../wire";

const WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2";
const ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
const SYSTEM = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
const OPS = { name: "ops", password: "Spring-2031!" } as const;

const READ = getEnvelope("/service/auth");
const WRITE = putEnvelope("/service/auth", "Auth", "<q:CredSSP>false</q:CredSSP>");
const QUERY = envelope({
  action: `${ENUMERATION}/Enumerate`,
  uri: `${WMI}/Win32_Group`,
  body: `<n:Enumerate xmlns:n="${ENUMERATION}"/>`,
});

/** HTTP status and fault code of reading and writing the configuration and of asking WMI. */
async function rights(
  t: TestContext,
  host: SimulatedHost,
  account: { name: string; password: string } = OPS,
): Promise<string[]> {
  const wire = wireTo(t, host.http!.url);
  const outcome = async (message: string): Promise<string> => {
    const answer = await wire.send(message, basic(account));
    return [answer.status, ...faultCodes(answer)].join(" ");
  };
  return [await outcome(READ), await outcome(WRITE), await outcome(QUERY)];
}

function start(t: TestContext, options: HostOptions): Promise<SimulatedHost> {
  return startBasicHost(t, { accounts: [ADMIN, OPS], ...options });
}

suite("what an account may do on a simulated host", () => {
  test("administrators may do everything; others are denied", async (t) => {
    const host = await start(t, { accounts: [ADMIN, { ...OPS, administrator: false }] });
    assert.deepEqual(await rights(t, host, ADMIN), ["200", "200", "200"]);
    assert.deepEqual(await rights(t, host), ["500 5", "500 5", "500 5"]);
  });

  test("members of WinRMRemoteWMIUsers__ may ask WMI, and nothing else", async (t) => {
    const host = await start(t, {
      accounts: [ADMIN, { ...OPS, administrator: false }],
      groups: { WinRMRemoteWMIUsers__: ["ops"] },
    });
    assert.deepEqual(await rights(t, host), ["500 5", "500 5", "200"]);
    host.groups.remove("WinRMRemoteWMIUsers__", "ops");
    assert.deepEqual(await rights(t, host), ["500 5", "500 5", "500 5"]);
  });

  test("a local administrator is filtered unless the policy is 1; the built-in one is not", async (t) => {
    const host = await start(t, {});
    assert.deepEqual(await rights(t, host), ["200", "200", "200"], "as winrm quickconfig leaves a workgroup host");
    for (const value of [0, undefined]) {
      if (value === undefined) host.registry.delete(SYSTEM, "LocalAccountTokenFilterPolicy");
      else host.registry.set(SYSTEM, "LocalAccountTokenFilterPolicy", value);
      assert.deepEqual(await rights(t, host), ["401", "401", "401"]);
      assert.deepEqual(await rights(t, host, ADMIN), ["200", "200", "200"]);
    }
    assert.equal(host.journal.logonFailures().length, 0, "it is no wrong password");
    host.registry.set(SYSTEM, "FilterAdministratorToken", 1);
    assert.deepEqual(await rights(t, host, ADMIN), ["401", "401", "401"]);
    host.registry.set(SYSTEM, "EnableLUA", 0);
    assert.deepEqual(await rights(t, host), ["200", "200", "200"]);
  });

  test("a filtered administrator may also meet code 5 instead of a 401, by option", async (t) => {
    const host = await start(t, { quickConfig: false, filteredAdministrators: "access-denied" });
    assert.deepEqual(await rights(t, host), ["500 5", "500 5", "500 5"]);
  });

  test("a filtered administrator keeps the rights of other groups", async (t) => {
    const host = await start(t, { quickConfig: false, groups: { WinRMRemoteWMIUsers__: ["ops"] } });
    assert.deepEqual(await rights(t, host), ["500 5", "500 5", "200"]);
  });

  test("taking an account out of Administrators takes its rights", async (t) => {
    const host = await start(t, {});
    host.groups.remove("S-1-5-32-544", "ops");
    assert.deepEqual(await rights(t, host), ["500 5", "500 5", "500 5"]);
    host.groups.add("S-1-5-32-544", "ops");
    assert.deepEqual(await rights(t, host), ["200", "200", "200"]);
  });
});
