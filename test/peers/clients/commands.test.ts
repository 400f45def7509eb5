/** Other programs run commands on the simulated host, and see what our resources have written. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../simulator";
import { startHost } from "../../support/hosts/hosts";
import { DeployedResource } from "../../support/processes/provider-calls";
import { startProcess } from "../../support/processes/recorded-process";
import { ACCOUNT } from "../../support/hosts/sessions";
import { ansibleRaw, installWinrmClient, pywinrmCommands, skipWithoutAnsible, winrmClient } from "./command-peers";
import { skipWithoutPywinrm, temporaryFolder } from "./peer";

const LOGON = { username: ACCOUNT.name, password: ACCOUNT.password } as const;
const GROUP = "Remote Management Users";
const KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
const VALUE = "LocalAccountTokenFilterPolicy";
const MEMBERS = ["net", "localgroup", `"${GROUP}"`] as const;
const CONFIG = ["winrm", "get", "winrm/config"] as const;
const POLICY = ["reg", "query", KEY, "/v", VALUE] as const;
const LONG = "svc_with_a_name_of_thirty_lett";

/** A host on which resources of ours have added members, set a list and a registry value. */
async function writtenHost(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const accounts = [ACCOUNT, { name: "ops", password: "x" }, { name: LONG, password: "x" }];
  const host = await startHost(t, { accounts, ...options });
  const { groups, hosts, filter } = startProcess(t);
  const auth = { method: "ntlm", username: `${host.name}\\${LOGON.username}`, password: LOGON.password };
  const connection = { host: "127.0.0.1", transport: "http", port: host.http!.port, auth };
  await made("TrustedHosts").up(hosts, { connection, entries: ["srv1", "srv2"] });
  await made("GroupMembership").up(groups, { connection, group: GROUP, members: ["WEB01\\ops", `WEB01\\${LONG}`] });
  await made("TokenFilterPolicy").up(filter, { connection, localAccountTokenFilterPolicy: 0 });
  assert.deepEqual([host.shells.opened, host.shells.open], [1, 0]);
  return host;
}

function made(type: string): DeployedResource {
  return new DeployedResource(type, `exports.handler=()=>require("pulumi-winrm/runtime").${type};`);
}

/** The members' list, the settings and the registry value as texts of the host. */
function checkWritten([members, config, policy]: readonly (string | undefined)[]): void {
  assert.match(members ?? "", new RegExp(`^-+\\r?\\nops\\r?\\n${LONG}\\r?\\n`, "m"));
  assert.match(config ?? "", /^ {8}TrustedHosts = srv1,srv2\r?$/m);
  assert.match(policy ?? "", new RegExp(`^ {4}${VALUE} {4}REG_DWORD {4}0x0\\r?$`, "m"));
}

/** An https host that takes Basic, and the file with its certificate. */
async function basicHost(t: TestContext, options: HostOptions = {}): Promise<{ host: SimulatedHost; ca: string }> {
  const host = await startHost(t, { https: true, ...options, config: { "service/auth/Basic": true } });
  const ca = join(temporaryFolder(t), "host.pem");
  writeFileSync(ca, host.https!.certificatePem);
  return { host, ca };
}

suite("ansible", { skip: skipWithoutAnsible() }, () => {
  test("sees over sealed NTLM what our resources wrote, and closes its shells", async (t) => {
    const host = await writtenHost(t);
    const seen = host.journal.length;
    const about = { port: host.http!.port, scheme: "http", transport: "ntlm", ...LOGON } as const;
    const results = [];
    for (const command of [MEMBERS, CONFIG, POLICY]) results.push(await ansibleRaw(t, about, command.join(" ")));
    assert.deepEqual(
      results.map(({ exitCode }) => exitCode),
      [0, 0, 0],
    );
    checkWritten(results.map(({ stdout }) => stdout));
    const requests = host.journal
      .entries()
      .slice(seen)
      .filter(({ phase }) => phase === "request");
    assert.ok(requests.length >= 15 && requests.every(({ sealed, auth }) => sealed && auth === "NTLM"));
    assert.equal(host.shells.open, 0);
  });

  test("changes a group with Basic over https, and learns of a failure", async (t) => {
    const { host, ca } = await basicHost(t, { language: "de-DE" });
    const about = { port: host.https!.port, scheme: "https", transport: "basic", ca, ...LOGON } as const;
    const group = "Remoteverwaltungsbenutzer";
    const added = await ansibleRaw(t, about, `net localgroup ${group} ${ACCOUNT.name} /add`);
    assert.deepEqual([added.exitCode, added.stderr], [0, ""]);
    assert.deepEqual(host.groups.get(group).members, [`WEB01\\${ACCOUNT.name}`]);
    const again = await ansibleRaw(t, about, `net localgroup ${group} ${ACCOUNT.name} /add`);
    assert.notEqual(again.exitCode, 0);
    assert.match(again.stderr, /Systemfehler 1378/);
    assert.equal(host.shells.open, 0);
  });
});

suite("pywinrm", { skip: skipWithoutPywinrm() }, () => {
  test("sees over sealed NTLM what our resources wrote, and closes its shell", async (t) => {
    const host = await writtenHost(t, { shellOutput: { bytesPerReceive: 100 } });
    const commands = [MEMBERS, CONFIG, POLICY, ["net", "localgroup", "nix"]];
    const results = await pywinrmCommands(t, { endpoint: host.http!.url, transport: "ntlm", ...LOGON, commands });
    assert.deepEqual(
      results.map(({ exitCode }) => exitCode),
      [0, 0, 0, 2],
    );
    checkWritten(results.map(({ stdout }) => stdout));
    assert.match(results[3]!.stderr, /System error 1376/);
    assert.deepEqual([host.shells.opened, host.shells.open], [2, 0]);
  });

  test("runs a program through the command processor with Basic over https", async (t) => {
    const { host, ca } = await basicHost(t, { language: "de-DE" });
    const commands = [["echo", "Grüße", "&", "hostname"]];
    const about = { endpoint: host.https!.url, transport: "basic", ca, ...LOGON } as const;
    const [result] = await pywinrmCommands(t, { ...about, commands });
    assert.deepEqual(result, { exitCode: 0, stdout: "Grüße \r\nWEB01\r\n", stderr: "" });
    assert.equal(host.shells.open, 0);
  });
});

suite("winrm-client from npm", () => {
  test("sees with Basic over https and with NTLM what our resources wrote, and closes its shells", async (t) => {
    const installed = installWinrmClient(t);
    if ("missing" in installed) {
      t.skip(installed.missing);
      return;
    }
    const host = await writtenHost(t);
    // It cannot seal.
    host.config.set("service/AllowUnencrypted", true);
    host.config.set("service/auth/Basic", true);
    const commands = [MEMBERS, CONFIG, POLICY].map((command) => command.join(" "));
    const about = { host: "127.0.0.1", port: host.http!.port, https: false, ...LOGON, commands };
    checkWritten(await winrmClient(t, installed.folder, about));
    checkWritten(await winrmClient(t, installed.folder, { ...about, username: `WEB01\\${LOGON.username}` }));
    const methods = new Set(host.journal.requests().flatMap(({ auth, sealed }) => (sealed ? [] : [auth])));
    assert.deepEqual([...methods].sort(), ["Basic", "NTLM"]);
    const secure = await basicHost(t);
    const over = { ...about, port: secure.host.https!.port, https: true, ca: secure.ca, commands: ["hostname"] };
    assert.deepEqual(await winrmClient(t, installed.folder, over), ["WEB01"]);
    assert.deepEqual([host.shells.open, secure.host.shells.open], [0, 0]);
  });
});
