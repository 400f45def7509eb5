/** The hooks that the package has ready, under the real CLI. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineFixture } from "../support/harness.js";
import { CREDENTIAL, connectionTo, printed, startHost } from "../support/hosts.js";

test("a closed change window refuses before anything is sent; a logon that fails after a change fails the deployment", async (t) => {
  const host = await startHost(t, { config: { "service/auth/Basic": true } });
  const program = (hooks: string) => `
    const { AuthConfig, changeWindow, confirmLogon } = require("pulumi-winrm");
    const connection = ${JSON.stringify(connectionTo(host))};
    for (const name of ["a", "b"]) {
      new AuthConfig(name, { connection, service: { basic: name === "b" } }, { hooks: ${hooks}, dependsOn: [] });
      break;
    }`;
  const now = new Date();
  const closed = { from: hourAfter(now, 3), to: hourAfter(now, 4), timeZone: "UTC" };
  const opened = { from: hourAfter(now, -1), to: hourAfter(now, 2), timeZone: "UTC" };
  const fixture = await engineFixture(t, {
    program: { "index.js": program(`changeWindow(${JSON.stringify(closed)})`) },
    env: CREDENTIAL,
  });
  await fixture.pulumi(["preview"]);
  const refused = printed(await fixture.pulumi(["up", "--yes", "--skip-preview"], { expectExit: "any" }));
  assert.match(refused, /WINRM_E_CHANGE_WINDOW/);
  assert.deepEqual(host.journal.writes(), []);

  fixture.write({ "index.js": program(`{ ...changeWindow(${JSON.stringify(opened)}), ...confirmLogon() }`) });
  const logons = host.journal.requests().length;
  await fixture.pulumi(["up", "--yes", "--skip-preview"]);
  assert.equal(host.config.get("service/auth/Basic"), "false");
  assert.ok(host.journal.requests().length > logons);
});

function hourAfter(moment: Date, hours: number): string {
  return new Date(moment.getTime() + hours * 3_600_000).toISOString().slice(11, 16);
}
