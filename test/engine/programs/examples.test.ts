/**
 * Every example runs under the real CLI as its README says: up, where something is read from it with its preview, then
 * destroy, unless it has only one kind of resource, which others destroy; the one of all five resources is applied twice.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type SimulatedHost, SYSTEM_POLICIES_KEY } from "../../../simulator/index.js";
import { authority, clientCertificate } from "../../support/hosts/client-certificates.js";
import { managedOn } from "../../support/projects/five.js";
import { exampleFixture } from "../support/example.js";
import type { EngineFixture } from "../support/harness.js";
import { portOf, printed, putsOf, startHost } from "../support/hosts.js";

const PASSWORD = "For-The-Simulated-Host-1";
const ADMINISTRATOR = { name: "Administrator", password: PASSWORD };
const ENV = { WINRM_PASSWORD: PASSWORD };

interface Expected {
  readonly resources: number;
  /** What is looked at once the program is applied. */
  readonly applied: () => unknown;
  /** Whether it is applied a second time. Default false. */
  readonly again?: boolean;
  /** Whether up previews first. Default true. */
  readonly previewed?: boolean;
  /** Whether it is destroyed. Default true. */
  readonly destroyed?: boolean;
}

/** Runs the program to its end, and sees that every host is then as it was. */
async function runs(
  fixture: EngineFixture,
  hosts: readonly SimulatedHost[],
  { resources, applied, again = false, previewed = true, destroyed = true }: Expected,
): Promise<string> {
  const before = hosts.map(managedOn);
  const unpreviewed = ["up", "--yes", "--skip-preview"];
  const up = printed(await fixture.pulumi(previewed ? ["up", "--yes"] : unpreviewed));
  assert.match(up, new RegExp(`\\+ ${resources + 1} created`));
  await applied();
  if (again) {
    for (const host of hosts) host.journal.clear();
    assert.match(printed(await fixture.pulumi(unpreviewed)), new RegExp(`${resources + 1} unchanged`));
    for (const host of hosts) assert.deepEqual(host.journal.writes(), [], "an unchanged up writes nothing");
  }
  if (destroyed) {
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.match(text, new RegExp(`- ${resources + 1} deleted`));
    assert.deepEqual(hosts.map(managedOn), before);
  }
  for (const host of hosts) assert.deepEqual([host.shells.open, host.openEnumerations], [0, 0]);
  for (const host of hosts) assert.deepEqual(host.journal.logonFailures(), []);
  assert.ok(!fixture.rawFiles().includes(PASSWORD), "the password is in no file");
  return up;
}

async function host(t: TestContext, options: Parameters<typeof startHost>[1] = {}): Promise<SimulatedHost> {
  return await startHost(t, { accounts: [ADMINISTRATOR], ...options });
}

test("examples/hello", async (t) => {
  const web = await host(t, { config: { "service/auth/Basic": true } });
  // The README's host listens on WinRM's own port.
  const fixture = await exampleFixture(t, "hello", { env: { ...ENV, WINRM_PORT: String(portOf(web)) } });
  const up = await runs(fixture, [web], {
    resources: 1,
    applied: async () => {
      assert.deepEqual(putsOf(web), [{ "service/auth/Basic": "false" }]);
      const { effective } = (await fixture.outputs()) as { effective: { service: { basic: boolean } } };
      assert.equal(effective.service.basic, false);
    },
  });
  assert.doesNotMatch(up, /warning:|error:/);
});

test("examples/prove-on-windows", async (t) => {
  const ops = { name: "ops", password: PASSWORD };
  const vm = await startHost(t, { name: "VM01", accounts: [ops], config: { "service/auth/Basic": true } });
  const fixture = await exampleFixture(t, "prove-on-windows", { env: { ...ENV, WINRM_PORT: String(portOf(vm)) } });
  const preview = printed(await fixture.pulumi(["preview"]));
  assert.match(preview, /60 s, .*service\.basic true/);
  await runs(fixture, [vm], {
    resources: 1,
    previewed: false,
    applied: () => {
      assert.equal(vm.config.get("service/auth/Basic"), "false");
      assert.deepEqual(vm.scheduler.tasks, [], "confirmed, and tidied up");
    },
  });
});

test("examples/trusted-hosts", async (t) => {
  const jump = await host(t, { name: "JUMP01", config: { "client/TrustedHosts": "backup-01" } });
  const fixture = await exampleFixture(t, "trusted-hosts", { env: { ...ENV, WINRM_PORT: String(portOf(jump)) } });
  await runs(fixture, [jump], {
    resources: 1,
    previewed: false,
    destroyed: false,
    applied: async () => {
      assert.deepEqual((await fixture.outputs())["effective"], ["backup-01", "lab-01", "*.lab.example.com"]);
    },
  });
});

test("examples/harden", async (t) => {
  const web01 = await host(t, { config: { "service/auth/Basic": true } });
  const web02 = await host(t, { name: "WEB02", http: false, https: true, policy: { "client/auth/Digest": true } });
  const fixture = await exampleFixture(t, "harden", {
    env: ENV,
    replace: { "15985": String(portOf(web01)), "15986": String(web02.https?.port) },
    files: { "web02.pem": web02.https?.certificatePem ?? "" },
  });
  const up = await runs(fixture, [web01, web02], {
    resources: 2,
    applied: () => {
      assert.equal(web01.config.get("service/auth/CbtHardeningLevel"), "Strict");
      assert.equal(web02.config.get("service/auth/CbtHardeningLevel"), "Strict");
      assert.equal(web02.config.get("client/auth/Digest"), "true");
    },
  });
  assert.match(up, /warning: client\.digest: .*Group Policy/);
});

test("examples/explicit-credentials", async (t) => {
  const second = "For-The-Simulated-Host-2";
  const web01 = await host(t);
  const web02 = await startHost(t, {
    name: "WEB02",
    accounts: [{ name: "Administrator", password: second }],
    http: false,
    https: true,
  });
  const fixture = await exampleFixture(t, "explicit-credentials", {
    env: { WEB01_PASSWORD: PASSWORD, WEB02_PASSWORD: second },
    replace: { "15985": String(portOf(web01)), "15986": String(web02.https?.port) },
    files: { "web02.pem": web02.https?.certificatePem ?? "" },
  });
  const missing = printed(await fixture.pulumi(["preview"], { env: { WEB02_PASSWORD: "" }, expectExit: 1 }));
  assert.match(missing, /error: .*WEB02_PASSWORD.*WINRM_E_SECRET_REFERENCE/);
  await runs(fixture, [web01, web02], {
    resources: 2,
    previewed: false,
    applied: () => {
      assert.deepEqual(
        [...putsOf(web01), ...putsOf(web02)],
        [
          { "client/auth/Basic": "false", "client/auth/Digest": "false" },
          { "client/auth/Basic": "false", "client/auth/Digest": "false" },
        ],
      );
      assert.ok(web01.journal.requests().every(({ auth }) => auth === "NTLM"));
    },
  });
  assert.ok(!fixture.rawFiles().includes(second));
});

test("examples/client-certificates", async (t) => {
  const ca = authority();
  const web = await host(t, {
    http: false,
    https: true,
    certificates: { authorities: [ca.certPem] },
  });
  const client = (name: string) => clientCertificate({ upn: `${name}@localhost` }, ca).certPem;
  const fixture = await exampleFixture(t, "client-certificates", {
    env: { ...ENV, MAPPED_PASSWORD: PASSWORD },
    replace: { "15986": String(web.https?.port) },
    files: {
      "web01.pem": web.https?.certificatePem ?? "",
      "ca.pem": ca.certPem,
      "deploy.pem": client("deploy"),
      "audit.pem": client("audit"),
    },
  });
  const up = await runs(fixture, [web], {
    resources: 3,
    applied: async () => {
      assert.deepEqual((await fixture.outputs())["subjects"], ["deploy@localhost", "audit@localhost"]);
      const mapped = web.certMappings.list().map(({ subject, userName, enabled }) => [subject, userName, enabled]);
      assert.deepEqual(mapped.sort(), [
        ["audit@localhost", ADMINISTRATOR.name, true],
        ["deploy@localhost", ADMINISTRATOR.name, true],
      ]);
    },
  });
  assert.doesNotMatch(up, /warning: enabled|error:/);
  assert.deepEqual(web.certMappings.list(), []);
});

test("examples/remote-uac", async (t) => {
  const value = () => server.registry.get(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy");
  const server = await host(t, { name: "SRV01", quickConfig: false, config: { "service/auth/Basic": true } });
  const fixture = await exampleFixture(t, "remote-uac", { env: { ...ENV, WINRM_PORT: String(portOf(server)) } });
  const up = await runs(fixture, [server], {
    resources: 2,
    applied: async () => {
      assert.deepEqual(value(), { type: "DWORD", data: 1 });
      assert.match(String((await fixture.outputs())["remoteAdministrators"]), /Administrators/);
    },
  });
  assert.match(up, /live on \S+: localAccountTokenFilterPolicy is absent, wanted 1/);
  assert.equal(value(), undefined, "destroy put the absence back");
});

test("examples/group-access", async (t) => {
  const user = (name: string) => ({ name, password: "Nobody-Knows-1", administrator: false });
  const web = await host(t, { accounts: [ADMINISTRATOR, user("deploy"), user("audit")] });
  const fixture = await exampleFixture(t, "group-access", { env: { ...ENV, WINRM_PORT: String(portOf(web)) } });
  const up = await runs(fixture, [web], {
    resources: 2,
    applied: async () => {
      assert.deepEqual((await fixture.outputs())["members"], {
        operators: ["WEB01\\deploy"],
        auditors: ["WEB01\\audit"],
      });
      assert.deepEqual(web.groups.get("Remote Management Users").members, ["WEB01\\deploy"]);
    },
  });
  assert.doesNotMatch(up, /warning:|error:/);
  assert.deepEqual(web.groups.get("Remote Management Users").members, []);
  assert.deepEqual(web.groups.get("Event Log Readers").members, []);
  assert.deepEqual([web.shells.open, web.openEnumerations], [0, 0]);
});

test("examples/baseline", async (t) => {
  const ca = authority();
  const start = (name: string) =>
    host(t, {
      name,
      http: false,
      https: true,
      certificates: { authorities: [ca.certPem] },
      config: { "service/auth/Basic": true, "client/TrustedHosts": "*" },
    });
  const hosts = [await start("WEB01"), await start("WEB02")] as const;
  const fixture = await exampleFixture(t, "baseline", {
    env: { ...ENV, MAPPED_PASSWORD: PASSWORD },
    replace: { "15986": String(hosts[0].https?.port), "25986": String(hosts[1].https?.port) },
    files: {
      "web01.pem": hosts[0].https?.certificatePem ?? "",
      "web02.pem": hosts[1].https?.certificatePem ?? "",
      "ca.pem": ca.certPem,
      "deploy.pem": clientCertificate({ upn: "deploy@localhost" }, ca).certPem,
    },
  });
  const up = await runs(fixture, hosts, {
    resources: 10,
    again: true,
    applied: async () => {
      const { access } = (await fixture.outputs()) as { access: Record<string, { operators: string[] }> };
      for (const { name, config, certMappings, groups, registry } of hosts) {
        assert.equal(config.get("service/auth/Basic"), "false");
        assert.equal(config.get("service/auth/Certificate"), "true");
        assert.equal(config.get("client/TrustedHosts"), "");
        assert.deepEqual(
          certMappings.list().map(({ subject, userName }) => [subject, userName]),
          [["deploy@localhost", ADMINISTRATOR.name]],
        );
        const { members } = groups.get("Remote Management Users");
        assert.deepEqual(members, [`${name}\\${ADMINISTRATOR.name}`]);
        assert.deepEqual(access[name.toLowerCase()]?.operators, members);
        assert.deepEqual(registry.get(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy"), {
          type: "DWORD",
          data: 0,
        });
      }
    },
  });
  assert.doesNotMatch(up, /warning:|error:/);
});

test("examples/digest", async (t) => {
  const [web, management] = [await host(t), await host(t, { name: "MGMT01" })];
  const fixture = await exampleFixture(t, "digest", {
    env: ENV,
    replace: { "15985": String(portOf(web)), "25985": String(portOf(management)) },
  });
  await runs(fixture, [web, management], {
    resources: 2,
    previewed: false,
    destroyed: false,
    applied: async () => {
      assert.deepEqual((await fixture.outputs())["digest"], { mgmt01: true, web01: false });
      assert.deepEqual([putsOf(web), putsOf(management)], [[{ "client/auth/Digest": "false" }], []]);
    },
  });
});
