/** What a person sees when something is wrong, and what state and host hold afterwards. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Declared,
  STACK_LINE,
  connectionTo,
  diagnosticsOf,
  hostFixture,
  printed,
  putsOf,
  startHost,
} from "./support/hosts.js";
import { stopForGood } from "../support/hosts/ports.js";

function auth(name: string, args: Declared["args"]): Declared {
  return { type: "AuthConfig", name, args };
}

test("wrong arguments are one line each, with the property, and no stack trace", async (t) => {
  const host = await startHost(t);
  const connection = connectionTo(host);
  // The engine ends a preview at the first resource that is wrong.
  const cases: readonly (readonly [Declared, ...string[]])[] = [
    [
      auth("web", { connection: { ...connection, port: 70_000 }, service: { basic: "yes", digest: true } }),
      "property connection.port value {<nil>} has a problem: must be a whole number from 1 to 65535, not 70000",
      'property service.basic value {<nil>} has a problem: must be true or false, not "yes"',
      "property service.digest value {<nil>} has a problem: the WinRM service does not support Digest; only the client side has it (client.digest)",
    ],
    [
      { type: "TrustedHosts", name: "web", args: { connection, entries: ["lab-01", "lab 02"] } },
      "property entries[1] value {<nil>} has a problem: ",
    ],
    [auth("web", { service: { basic: false } }), "property connection.host value {<nil>} has a problem: is required"],
  ];
  const fixture = await hostFixture(t, { resources: [] });
  for (const [declared, ...wanted] of cases) {
    fixture.declare([declared]);
    const text = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
    const lines = diagnosticsOf(text)[`${declared.type} (web)`] ?? [];
    const errors = lines.filter((line) => line.startsWith("error: "));
    assert.equal(errors.length, wanted.length, text);
    for (const line of wanted)
      assert.ok(
        errors.some((error) => error.includes(line)),
        `${errors.join("\n")}\ndoes not say\n${line}`,
      );
    assert.doesNotMatch(text, STACK_LINE);
  }
  assert.equal(host.journal.length, 0);
});

test("a wrong password is tried once for each command, however many resources the host has", async (t) => {
  const host = await startHost(t);
  const connection = connectionTo(host);
  const resources: Declared[] = [
    auth("one", { connection, service: { basic: false } }),
    auth("two", { connection, client: { digest: false } }),
    { type: "TrustedHosts", name: "three", args: { connection, entries: ["lab-01"] } },
    { type: "TrustedHosts", name: "four", args: { connection, entries: ["lab-02"] } },
  ];
  const fixture = await hostFixture(t, { resources, env: { WINRM_PASSWORD: "Wrong-Donkey-1" } });
  const preview = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
  assert.equal(host.journal.logonFailures().length, 1);
  assert.match(preview, /error: .*\[WINRM_E_LOGON_DENIED\]/);
  host.journal.clear();
  const up = printed(await fixture.apply({ expectExit: 1 }));
  assert.equal(host.journal.logonFailures().length, 1);
  const reasons = Object.values(diagnosticsOf(up)).flat();
  assert.equal(reasons.filter((line) => /^error: .*\[WINRM_E_LOGON_DENIED\]/.test(line)).length, 1);
  assert.ok(reasons.every((line) => !line.includes("Wrong-Donkey")));
  assert.doesNotMatch(up, STACK_LINE);
  assert.equal(host.journal.requests().length, 0);
});

test("a host that is down: each command says so in a few lines, without a stack trace", async (t) => {
  const host = await startHost(t);
  const fixture = await hostFixture(t, {
    resources: [auth("web", { connection: connectionTo(host), client: { digest: false } })],
  });
  await fixture.apply();
  const before = JSON.stringify(await fixture.state());
  await stopForGood(t, host);
  fixture.declare([auth("web", { connection: connectionTo(host), client: { digest: true } })]);
  for (const command of [
    ["up", "--yes", "--skip-preview"],
    ["refresh", "--yes"],
    ["destroy", "--yes"],
  ]) {
    const text = printed(await fixture.pulumi(command, { expectExit: 1 }));
    const lines = diagnosticsOf(text)["AuthConfig (web)"]?.filter((line) => line.startsWith("error: ")) ?? [];
    assert.equal(lines.length, 1, text);
    assert.match(
      lines[0] ?? "",
      /127\.0\.0\.1:\d+: read winrm\/config \(ntlm as admin over http\): .*\[WINRM_E_CONNECTION_REFUSED\]/,
    );
    assert.match(text, /next: .*winrm enumerate winrm\/config\/listener/);
    assert.doesNotMatch(text, STACK_LINE, command.join(" "));
  }
  assert.equal(JSON.stringify(await fixture.state()), before);
});

test("a failure after the first of two writes is kept in state, and the next up repairs it", async (t) => {
  const host = await startHost(t, { config: { "service/auth/Basic": true } });
  const args = { connection: connectionTo(host), service: { basic: false }, client: { digest: false } };
  const fixture = await hostFixture(t, { resources: [auth("web", args)] });
  host.injectFault({ on: "put", nth: 2, action: "fault", code: 2150858811 });
  const text = printed(await fixture.apply({ expectExit: 1 }));
  assert.match(text, /write winrm\/config\/service\/auth \(Basic\).*2150858811 \(0x8033803B\)/);
  assert.doesNotMatch(text, STACK_LINE);
  assert.deepEqual(putsOf(host), [{ "client/auth/Digest": "false" }]);

  const failed = (await fixture.state()).resource("web");
  assert.match(failed.initErrors?.[0] ?? "", /2150858811/);
  assert.deepEqual(failed.outputs?.["priorValues"], { service: {}, client: { digest: true } });
  assert.deepEqual(failed.outputs["service"], { basic: true });

  host.journal.clear();
  assert.match((await fixture.pulumi(["up", "--yes", "--skip-preview"])).stdout, /~ 1 updated/);
  assert.deepEqual(putsOf(host), [{ "service/auth/Basic": "false" }]);
  const repaired = (await fixture.state()).resource("web");
  assert.equal(repaired.initErrors, undefined);
  assert.deepEqual(repaired.outputs?.["priorValues"], { service: { basic: true }, client: { digest: true } });
  await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
  assert.equal(host.config.get("service/auth/Basic"), "true");
  assert.equal(host.config.get("client/auth/Digest"), "true");
});

test("the import option is refused, and state of a newer release is not touched", async (t) => {
  const host = await startHost(t);
  const web = auth("web", { connection: connectionTo(host), client: { digest: false } });
  const fixture = await hostFixture(t, { resources: [{ ...web, options: '{ import: "x" }' }] });
  const refused = printed(await fixture.pulumi(["preview"], { expectExit: 1 }));
  assert.match(refused, /AuthConfig "web": .*\[WINRM_E_IMPORT\]/);
  assert.match(refused, /next: /);
  assert.doesNotMatch(refused, STACK_LINE);

  fixture.declare([web]);
  await fixture.apply();
  const { stdout } = await fixture.pulumi(["stack", "export"]);
  const newer = stdout.replaceAll('"schemaVersion": 1', '"schemaVersion": 2');
  assert.notEqual(newer, stdout);
  await fixture.pulumi(["stack", "import"], { input: newer });
  host.journal.clear();
  for (const command of [["preview"], ["refresh", "--yes", "--skip-preview"], ["destroy", "--yes", "--skip-preview"]]) {
    const text = printed(await fixture.pulumi(command, { expectExit: 1 }));
    assert.match(text, /\b2\b.*\b1\b \[WINRM_E_SCHEMA\]/);
    assert.match(text, /next: /);
    assert.doesNotMatch(text, STACK_LINE);
  }
  assert.deepEqual(host.journal.writes(), []);
});
