/** The end of our processes in a realm whose domain controllers accept connections and do not answer. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { projectRoot } from "../../../../tools/pulumi-cli/locations";
import { runCommand } from "../../../../tools/pulumi-cli/run-command";
import { SimulatedHost } from "../../../../simulator";
import { reportOf, stepOf, verdictsOf } from "../../../support/processes/doctor";
import { skipWithoutKerberos } from "../client-process";
import { Realm } from "../realm";

const skip = skipWithoutKerberos();

/** Domain controllers that say nothing, and the krb5.conf of their realm. `asked` are the connections to any of them. */
async function silentControllers(t: TestContext, count: number) {
  const asked: Socket[] = [];
  const first = new EventEmitter();
  const controllers: string[] = [];
  for (let index = 0; index < count; index++) {
    const server = createServer((socket) => {
      asked.push(socket);
      first.emit("asked");
      socket.on("error", () => undefined);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => server.close());
    controllers.push(`  kdc = 127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  t.after(() => {
    for (const socket of asked) socket.destroy();
  });
  const settings = [
    ...["[libdefaults]", " dns_lookup_kdc = false", " dns_canonicalize_hostname = false", " rdns = false"],
    ...[" udp_preference_limit = 1", "[realms]", " SILENT.TEST = {", ...controllers, " }", ""],
  ];
  return { asked, first, settings: settings.join("\n") };
}

test("doctor ends when it has said that no ticket came, and does not wait for the other domain controllers", {
  skip,
}, async (t) => {
  const realm = await Realm.start();
  t.after(() => realm.stop());
  const saved = { ...process.env };
  // This process is the host, and libkrb5 reads its settings from the environment.
  Object.assign(process.env, realm.env());
  t.after(() => {
    process.env = saved;
  });
  const host = await SimulatedHost.start({ kerberos: { keytab: realm.keytab } });
  t.after(() => host.stop());
  const { asked, settings } = await silentControllers(t, 3);
  const config = join(realm.folder, "silent.conf");
  writeFileSync(config, settings);
  const main = join(projectRoot, "dist/provider/cli/main.js");
  const words = ["localhost", "--transport", "http", "--port", String(host.http?.port), "--method", "kerberos"];
  const result = await runCommand(
    process.execPath,
    [main, "doctor", ...words, "--username", "ops@SILENT.TEST", "--json"],
    {
      // libkrb5 turns to the next domain controller after 10 seconds; doctor gives up long before.
      env: { ...saved, KRB5_CONFIG: config, WINRM_PASSWORD: "made-up", WINRM_OPERATION_SECONDS: "3", NO_COLOR: "1" },
      timeoutMs: 120_000,
    },
  );
  assert.equal(result.code, 1, result.stderr);
  assert.equal(result.stderr, "");
  const report = reportOf(result);
  // The logon's seconds are no difference between the clocks.
  const verdicts = "name ok, tcp ok, offers ok, method ok, logon failed, rights skipped, config skipped, clock ok";
  assert.equal(verdictsOf(report), verdicts);
  assert.match(stepOf(report, "logon").detail, /\[WINRM_E_TIMEOUT\]$/);
  assert.equal(asked.length, 1);
  assert.equal(host.journal.logonFailures().length, 0);
});

test("a provider process ends with the engine's signal, and does not wait for the other domain controllers", {
  skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "silent-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const { asked, first, settings } = await silentControllers(t, 3);
  const config = join(folder, "krb5.conf");
  writeFileSync(config, settings);
  const engine = createServer((socket) => socket.on("error", () => undefined));
  await once(engine.listen(0, "127.0.0.1"), "listening");
  t.after(() => engine.close());
  const script = `
    const { ProviderProcess } = require("./dist/provider/engine/process.js");
    const { createKerberosContext } = require("./dist/provider/auth/kerberos/client.js");
    new ProviderProcess();
    const credential = { kind: "password", principal: "ops@SILENT.TEST", password: "made-up" };
    createKerberosContext({ host: "web01.test", credential }).step();`;
  const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const provider = spawn(process.execPath, ["-e", script, "--", "/cmd/dynamic-provider", address], {
    cwd: projectRoot,
    env: { ...process.env, KRB5_CONFIG: config },
    stdio: ["ignore", "ignore", "inherit"],
  });
  t.after(() => provider.kill("SIGKILL"));
  const ended = once(provider, "exit");
  await once(first, "asked");
  provider.kill("SIGINT");
  assert.deepEqual(await ended, [0, null]);
  assert.equal(asked.length, 1);
});
