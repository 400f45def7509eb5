/** Client programs with tickets of a Kerberos domain against the simulated host, which has the keytab. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { selfSignedCertificate } from "../../../simulator/certificate";
import { skipWithoutKerberos } from "../kerberos/client-process";
import { HOST, Realm, REALM, type RealmEnv, SPN } from "../kerberos/realm";
import { getMessage } from "./messages";
import {
  curl,
  type CurlAnswer,
  curlHas,
  pywinrm,
  skipWithoutCurl,
  skipWithoutPywinrmKerberos,
  temporaryFolder,
} from "./peer";

const ALICE = `alice@${REALM}`;
const skip = skipWithoutKerberos();
const skipCurl = skipWithoutCurl();
const withoutCurl = skipCurl !== false ? skipCurl : curlHas("SPNEGO") ? false : "this curl is built without SPNEGO";

let realm: Realm;
let withTicket: RealmEnv;
let certificate: { keyPem: string; certPem: string };
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  const cache = `FILE:${realm.folder}/cache`;
  realm.kinit("alice", cache);
  withTicket = realm.env({ cache });
  certificate = await selfSignedCertificate(HOST);
  // This process is the host, and libkrb5 reads its settings from the environment.
  Object.assign(process.env, realm.env());
});
after(async () => {
  if (skip === false) await realm.stop();
});

async function start(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const kerberos = { keytab: realm.keytab, principal: `${SPN}@${REALM}` };
  const host = await SimulatedHost.start({ kerberos, https: { certificate }, ...options });
  t.after(() => host.stop());
  return host;
}

function certificateFile(t: TestContext): string {
  const file = join(temporaryFolder(t), "host.pem");
  writeFileSync(file, certificate.certPem);
  return file;
}

/** What the host offers to somebody without credentials. */
async function offered(host: SimulatedHost): Promise<string | null> {
  return (await fetch(host.http!.url, { method: "POST" })).headers.get("www-authenticate");
}

suite("a simulated host with a keytab", { skip }, () => {
  test("offers Kerberos as it is configured", async (t) => {
    const host = await start(t);
    assert.equal(await offered(host), "Negotiate, Kerberos");
    host.config.set("service/auth/Kerberos", false);
    assert.equal(await offered(host), "Negotiate");
  });

  test("does not start with a keytab that is not there", async () => {
    const kerberos = { keytab: join(realm.folder, "nowhere") };
    await assert.rejects(SimulatedHost.start({ kerberos }), { code: "WINRM_E_ARGUMENT" });
  });
});

suite("curl with a ticket", { skip: skip === false ? withoutCurl : skip }, () => {
  function get(t: TestContext, host: SimulatedHost, name = HOST): Promise<CurlAnswer> {
    const { port } = host.https!;
    const url = `https://${name}:${port}/wsman`;
    const trust = name === HOST ? `cacert = "${certificateFile(t)}"` : "insecure";
    const config = ["negotiate", 'user = ":"', trust, `resolve = "${name}:${port}:127.0.0.1"`];
    return curl(t, { url, body: getMessage("/service/auth"), config, env: withTicket });
  }

  test("reads over https in the one request that logs it on", async (t) => {
    const host = await start(t);
    const answer = await get(t, host);
    assert.equal(answer.status, 200);
    assert.match(answer.body, /<cfg:Kerberos>true</);
    assert.deepEqual(
      host.journal.entries().map(({ phase, auth, account, status }) => [phase, auth, account, status]),
      [["request", "Kerberos", ALICE, 200]],
    );
  });

  test("is let in or refused as an administrator by its principal", async (t) => {
    const kerberos = { keytab: realm.keytab };
    const nobody = await start(t, { kerberos: { ...kerberos, accounts: { "bob@WINRM.TEST": true } } });
    const denied = await get(t, nobody);
    assert.equal(denied.status, 500);
    assert.match(denied.body, /Code="5"/);
    const named = await start(t, { kerberos: { ...kerberos, accounts: (principal) => principal === ALICE } });
    assert.equal((await get(t, named)).status, 200);
  });

  test("is refused by Strict, because it sends no channel binding", async (t) => {
    const host = await start(t, { config: { "service/auth/CbtHardeningLevel": "Strict" } });
    assert.deepEqual(await get(t, host), { status: 401, body: "" });
    assert.equal(host.journal.logonFailures().length, 0);
    host.config.set("service/auth/CbtHardeningLevel", "Relaxed");
    assert.equal((await get(t, host)).status, 200);
  });

  test("is refused with a ticket for another service, and the journal names Kerberos", async (t) => {
    const host = await start(t);
    assert.deepEqual(await get(t, host, "other.winrm.test"), { status: 401, body: "" });
    assert.deepEqual(
      host.journal.entries().map(({ auth, status, account }) => [auth, status, account]),
      [["Kerberos", 401, undefined]],
    );
  });
});

suite("pywinrm with a ticket", { skip: skip === false ? skipWithoutPywinrmKerberos() : skip }, () => {
  test("reads over https, and goes on with the session", async (t) => {
    const host = await start(t);
    const job = {
      endpoint: host.https!.url,
      transport: "kerberos",
      encryption: "never",
      validation: "ignore",
    } as const;
    const account = { username: ALICE, password: "", kerberosHost: HOST };
    const messages = [getMessage(), getMessage("/service/auth")];
    const [first, second] = await pywinrm(t, { ...job, ...account, messages, env: withTicket });
    assert.match(first!.xml, /<cfg:Config /);
    assert.match(second!.xml, /<cfg:Kerberos>true</);
    assert.deepEqual(
      host.journal.requests().map(({ auth, account: who, connection }) => [auth, who, connection]),
      Array(2).fill(["Kerberos", ALICE, 1]),
    );
  });
});
