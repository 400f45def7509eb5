/** The live pre-flight of a preview: every conflict of every host is shown, and nothing is written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedHost } from "../../simulator/index.js";
import { runCommand } from "../../tools/pulumi-cli/run-command";
import { engineFixture } from "./support/harness.js";
import {
  byCode,
  CREDENTIAL,
  type Declared,
  STACK_LINE,
  connectionTo,
  diagnosticsOf,
  hostFixture,
  printed,
  putsOf,
  startHost,
} from "./support/hosts.js";
import { certificateFor } from "../support/hosts/certificates.js";
import { stopForGood } from "../support/hosts/ports.js";
import { startTlsRelay } from "../support/hosts/tls-relay.js";

const CONFLICT =
  /^service\.basic: on 127\.0\.0\.1:(\d+) Group Policy fixes winrm\/config\/service\/auth Basic to true .* \[WINRM_E_POLICY_CONFLICT\]$/;

function withoutBasic(name: string, host: SimulatedHost, more: object = {}): Declared {
  return {
    type: "AuthConfig",
    name,
    args: { connection: connectionTo(host), service: { basic: false }, client: { digest: false }, ...more },
  };
}

/** What a resource's section of the diagnostics holds of one severity. */
function findings(text: string, severity: "error" | "warning", resource: string): string[] {
  const lines = diagnosticsOf(text)[`AuthConfig (${resource})`] ?? [];
  return lines.flatMap((line) => (line.startsWith(`${severity}: `) ? [line.slice(severity.length + 2)] : []));
}

test("two Group Policy conflicts, a healthy host and one that is down", async (t) => {
  const policy = { "service/auth/Basic": true };
  const one = await startHost(t, { name: "ONE", policy });
  const two = await startHost(t, { name: "TWO", policy });
  const healthy = await startHost(t, { name: "HEALTHY", config: { "service/auth/Basic": true } });
  const down = await startHost(t, { name: "DOWN" });
  await stopForGood(t, down);
  const hosts = [one, two, healthy];
  const reachable = (more: object = {}) => [
    withoutBasic("one", one, more),
    withoutBasic("two", two, more),
    withoutBasic("healthy", healthy, more),
  ];
  const fixture = await hostFixture(t, { resources: [...reachable(), withoutBasic("down", down)] });
  const noteHosts = () => hosts.map((host) => host.journal.length);

  await t.test(
    "the preview fails, shows both under their resources, and names the host that is down once",
    async () => {
      const text = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
      for (const [name, host] of Object.entries({ one, two })) {
        const [line = "", ...others] = findings(text, "error", name);
        assert.equal(CONFLICT.exec(line)?.[1], String(host.http!.port));
        assert.deepEqual(others, []);
      }
      assert.deepEqual(findings(text, "error", "healthy"), []);
      const stack = diagnosticsOf(text)["Stack (proj-dev)"] ?? [];
      const lines = stack.filter((line) => /^(warning|error): |^- /.test(line)).sort();
      assert.deepEqual(
        byCode(lines).map((line) => line.replace(/(?<=pre-flight: \d+) .*/, "")),
        [
          `- 127.0.0.1:${down.http!.port} [WINRM_E_CONNECTION_REFUSED]`,
          "error: pre-flight: 2",
          "warning: pre-flight: 1",
        ],
      );
      assert.doesNotMatch(text, STACK_LINE);
    },
  );

  await t.test("up does not start the update", async () => {
    const text = printed(await fixture.pulumi(["up", "--yes"], { expectExit: 1 }));
    assert.match(text, /2 problems found/);
    assert.doesNotMatch(text, /Updating|created/);
    assert.deepEqual(hosts.flatMap(putsOf), []);
    assert.deepEqual(
      (await fixture.state()).resources.filter(({ type }) => type.includes("winrm")),
      [],
    );
  });

  await t.test("without a preview the update refuses each conflict and writes nothing to those hosts", async () => {
    // The first failure would keep what has not begun from beginning.
    const command = ["up", "--yes", "--skip-preview", "--continue-on-error"];
    const text = printed(await fixture.pulumi(command, { expectExit: 1 }));
    for (const name of ["one", "two"])
      assert.match(findings(text, "error", name).join("\n"), /WINRM_E_POLICY_CONFLICT/);
    assert.deepEqual([one, two].flatMap(putsOf), []);
    assert.doesNotMatch(text, STACK_LINE);
  });

  await t.test("winrm:preflight warn, from configuration, reports and goes on", async () => {
    await fixture.config.set("winrm:preflight", "warn");
    const text = printed(await fixture.pulumi(["preview"]));
    for (const name of ["one", "two"]) assert.match(findings(text, "warning", name).join("\n"), CONFLICT);
    assert.doesNotMatch(text, /error/);
  });

  await t.test(
    "off, from configuration or from the environment, reads no host; configuration comes first",
    async () => {
      await fixture.config.set("winrm:preflight", "off");
      const before = noteHosts();
      await fixture.pulumi(["preview"]);
      assert.deepEqual(noteHosts(), before);
      await fixture.config.set("winrm:preflight", "warn");
      await fixture.pulumi(["preview"], { env: { WINRM_PREFLIGHT: "off" } });
      assert.ok(noteHosts().every((count, index) => count > before[index]!));
      await fixture.pulumi(["config", "rm", "winrm:preflight"]);
      const unchanged = noteHosts();
      await fixture.pulumi(["preview"], { env: { WINRM_PREFLIGHT: "off" } });
      assert.deepEqual(noteHosts(), unchanged);
    },
  );

  await t.test(
    'with onPolicyConflict "warn" the setting is left, the rest is written, and nothing drifts',
    async () => {
      fixture.declare(reachable({ onPolicyConflict: "warn" }));
      const text = printed(await fixture.pulumi(["up", "--yes"]));
      for (const name of ["one", "two"])
        assert.match(findings(text, "warning", name).join("\n"), /WINRM_E_POLICY_CONFLICT/);
      assert.deepEqual(putsOf(one), [{ "client/auth/Digest": "false" }]);
      assert.deepEqual(putsOf(two), [{ "client/auth/Digest": "false" }]);
      assert.equal(healthy.config.get("service/auth/Basic"), "false");
      assert.match((await fixture.pulumi(["refresh", "--yes", "--skip-preview"])).stdout, /4 unchanged/);
      const puts = hosts.flatMap(putsOf).length;
      assert.match((await fixture.apply()).stdout, /4 unchanged/);
      assert.equal(hosts.flatMap(putsOf).length, puts);
    },
  );
});

test("L3, L5: changes that would lock a connection out are refused at preview and at apply, unless it is accepted", async (t) => {
  const host = await startHost(t);
  const config = { "service/auth/Basic": true, "service/auth/CbtHardeningLevel": "None" };
  const second = await startHost(t, { https: true, config });
  const middle = certificateFor(["127.0.0.1"]);
  const relay = await startTlsRelay(t, middle, second.https!.port);
  const over = (name: string, connection: object, service: object): Declared => ({
    type: "AuthConfig",
    name,
    args: { connection: { transport: "https", ...connection }, service },
  });
  const tls = { ca: second.https!.certificatePem };
  const refused = [
    over(
      "byBasic",
      { host: "127.0.0.1", port: second.https!.port, tls, auth: { method: "basic" } },
      { negotiate: false },
    ),
    over("byNtlm", { host: "localhost", port: second.https!.port, tls, auth: { method: "ntlm" } }, { basic: false }),
    over(
      "throughMiddle",
      { host: "127.0.0.1", port: relay.port, tls: { ca: middle.certPem } },
      { cbtHardeningLevel: "Strict" },
    ),
  ];
  const findingsOf = {
    byBasic: /service\.negotiate: .*\[WINRM_E_LOCKOUT\]/,
    byNtlm: /service\.basic: .*\[WINRM_E_LOCKOUT\]/,
    throughMiddle: /service\.cbtHardeningLevel: .*\[WINRM_E_LOCKOUT\]/,
  };
  const risky = (more: object = {}): Declared => ({
    type: "AuthConfig",
    name: "risky",
    args: { connection: connectionTo(host), service: { negotiate: false }, ...more },
  });
  const fixture = await hostFixture(t, { resources: [risky(), ...refused] });
  const hazard = /service\.negotiate: .* \[WINRM_E_LOCKOUT\]/;

  const preview = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
  assert.match(findings(preview, "error", "risky").join("\n"), hazard);
  const command = ["up", "--yes", "--skip-preview", "--continue-on-error"];
  const apply = printed(await fixture.pulumi(command, { expectExit: 1 }));
  assert.match(findings(apply, "error", "risky").join("\n"), hazard);
  for (const [name, finding] of Object.entries(findingsOf)) {
    assert.match(findings(preview, "error", name).join("\n"), finding);
    assert.match(findings(apply, "error", name).join("\n"), finding);
  }
  assert.doesNotMatch(preview + apply, STACK_LINE);
  assert.deepEqual([host, second].flatMap(putsOf), []);

  fixture.declare([risky({ acceptLockout: true, confirm: false })]);
  const accepted = printed(await fixture.pulumi(["up", "--yes"]));
  assert.match(findings(accepted, "warning", "risky").join("\n"), hazard);
  assert.deepEqual(putsOf(host), [{ "service/auth/Negotiate": "false" }]);
  assert.equal(host.config.get("service/auth/Negotiate"), "false");
});

/** Runs in a process of its own, as a user's does: a test runner would take the SDK's unhandled rejection for its own. */
const DRIVER = `
const { LocalWorkspace, PulumiCommand } = require("@pulumi/pulumi/automation");
const { AuthConfig } = require("pulumi-winrm");
const { SimulatedHost } = require("pulumi-winrm/simulator");
(async () => {
  const accounts = [{ name: process.env.WINRM_USERNAME, password: process.env.WINRM_PASSWORD }];
  const policy = { "service/auth/Basic": true };
  const hosts = {};
  for (const name of ["one", "two"]) hosts[name] = await SimulatedHost.start({ name, accounts, policy });
  const program = async () => {
    for (const [name, { http }] of Object.entries(hosts)) {
      const connection = { host: "127.0.0.1", transport: "http", port: http.port };
      new AuthConfig(name, { connection, service: { basic: false } });
    }
  };
  const stack = await LocalWorkspace.selectStack(
    { stackName: "dev", projectName: "proj", program },
    { pulumiCommand: await PulumiCommand.get({ skipVersionCheck: true }), workDir: process.cwd() },
  );
  const report = { first: "", refused: "" };
  await stack.preview({ onOutput: (text) => { report.first += text; } }).catch((error) => { report.refused = error.message; });
  for (const { policy, config } of Object.values(hosts)) {
    policy.clear("service/auth/Basic");
    config.set("service/auth/Basic", true);
  }
  const second = await stack.preview();
  report.second = second.stdout;
  report.changes = second.changeSummary;
  await stack.up();
  report.writes = Object.values(hosts).map(({ journal }) => journal.writes().filter(({ action }) => !action.endsWith("/SetStringValue")).map(({ leaves }) => leaves));
  await stack.destroy();
  report.exitCode = process.exitCode ?? 0;
  for (const host of Object.values(hosts)) await host.stop();
  console.log(JSON.stringify(report));
})();
`;

test("inline programs in one process: each run reads the hosts anew", async (t) => {
  const fixture = await engineFixture(t, { program: { "driver.js": DRIVER }, env: CREDENTIAL });
  const { code, stdout, stderr } = await runCommand(process.execPath, ["driver.js"], {
    cwd: fixture.directory,
    env: fixture.env,
    timeoutMs: 180_000,
  });
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  const report = JSON.parse(stdout) as {
    readonly first: string;
    readonly refused: string;
    readonly second: string;
    readonly changes: object;
    readonly writes: readonly (readonly object[])[];
    readonly exitCode: number;
  };
  assert.match(report.refused, /pre-flight: 2 problems found/);
  for (const name of ["one", "two"]) assert.match(findings(report.first, "error", name).join("\n"), CONFLICT);
  assert.match(report.second, /live on .*: service\.basic is true, wanted false/);
  assert.doesNotMatch(report.second, /Group Policy/);
  assert.deepEqual(report.changes, { create: 3 });
  assert.deepEqual(report.writes, [[{ "service/auth/Basic": "false" }], [{ "service/auth/Basic": "false" }]]);
  assert.equal(report.exitCode, 0);
});
