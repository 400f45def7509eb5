/** Client programs with tickets of a Kerberos domain against the simulated host, which has the keytab. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { tlsServerEndPoint } from "../../../provider/auth/channel-binding";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { selfSignedCertificate } from "../../../simulator/windows/certificate";
import { frame, headerLines, sealedType, unframe, type Wire, wireTo } from "../../unit/simulator/wire";
import { GssPeer, skipWithoutKerberos } from "../kerberos/client-process";
import { skipWithoutGssNtlm } from "../ntlm/installed";
import { HOST, Realm, REALM, type RealmEnv, SPN } from "../kerberos/realm";
import { getMessage } from "./messages";
import {
  curl,
  type CurlAnswer,
  pywinrm,
  skipWithoutCurlFor,
  skipWithoutPywinrmKerberos,
  temporaryFolder,
} from "./peer";

const ALICE = `alice@${REALM}`;
const skip = skipWithoutKerberos();
const withoutNtlm = skipWithoutGssNtlm();
const withoutCurl = skipWithoutCurlFor("SPNEGO");

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
  function get(
    t: TestContext,
    host: SimulatedHost,
    { name = HOST, env = withTicket }: { name?: string; env?: RealmEnv } = {},
  ): Promise<CurlAnswer> {
    const { port } = host.https!;
    const url = `https://${name}:${port}/wsman`;
    const trust = name === HOST ? `cacert = "${certificateFile(t)}"` : "insecure";
    const config = ["negotiate", 'user = ":"', trust, `resolve = "${name}:${port}:127.0.0.1"`];
    return curl(t, { url, body: getMessage("/service/auth"), config, env });
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

  test("falls back to NTLM, in one connection, on a host that is in no domain", { skip: withoutNtlm }, async (t) => {
    const account = { name: "ops", password: "Winter-2031!" };
    const host = await SimulatedHost.start({ accounts: [account], https: { certificate } });
    t.after(() => host.stop());
    const credentials = join(temporaryFolder(t), "ntlm");
    writeFileSync(credentials, `WEB01:${account.name}:${account.password}\n`, { mode: 0o600 });
    const answer = await get(t, host, { env: { ...withTicket, NTLM_USER_FILE: credentials } });
    assert.equal(answer.status, 200);
    assert.deepEqual(
      host.journal.requests().map(({ auth, account: who, connection }) => [auth, who, connection]),
      [["NTLM", account.name, 1]],
    );
    assert.ok(host.journal.entries().filter(({ phase }) => phase === "handshake").length >= 2);
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
    assert.deepEqual(await get(t, host, { name: "other.winrm.test" }), { status: 401, body: "" });
    assert.deepEqual(
      host.journal.entries().map(({ auth, status, account }) => [auth, status, account]),
      [["Kerberos", 401, undefined]],
    );
  });
});

const SPNEGO_MESSAGES = "application/HTTP-SPNEGO-session-encrypted";
const FORMS = [
  { scheme: "Kerberos", mech: "krb5", protocol: "application/HTTP-Kerberos-session-encrypted" },
  { scheme: "Negotiate", mech: "krb5", protocol: SPNEGO_MESSAGES },
  { scheme: "Negotiate", mech: "spnego", protocol: SPNEGO_MESSAGES },
] as const;

interface LogOn {
  readonly scheme?: "Kerberos" | "Negotiate";
  readonly mech?: "krb5" | "spnego";
  readonly bindings?: Buffer;
  readonly name?: string;
  /** Goes with the token. */
  readonly body?: string;
}

/** The first leg, and the token that comes back. */
async function logOn(t: TestContext, wire: Wire, about: LogOn = {}) {
  const { scheme = "Kerberos", mech = "krb5", bindings, name = HOST, body = "" } = about;
  const options = { mechs: [mech], host: name, ...(bindings && { bindings }) };
  const peer = await GssPeer.start("initiate", withTicket, options);
  t.after(() => peer.stop());
  const { token } = await peer.step();
  const answer = await wire.send(body, { Authorization: `${scheme} ${token!.toString("base64")}` });
  const [line = ""] = headerLines(answer, "WWW-Authenticate").filter((text) => text.startsWith(`${scheme} `));
  return { peer, answer, token: Buffer.from(line.slice(scheme.length + 1), "base64") };
}

suite("MIT's initiator", { skip }, () => {
  for (const { scheme, mech, protocol } of FORMS) {
    test(`logs on with a token of ${mech} under ${scheme}, and messages pass sealed over http`, async (t) => {
      const host = await start(t);
      const wire = wireTo(t, host.http!.url);
      const { peer, answer, token } = await logOn(t, wire, { scheme, mech });
      assert.deepEqual([answer.status, answer.body.length, answer.headers["connection"]], [200, 0, undefined]);
      assert.equal((await peer.step(token)).done, true);
      for (const text of ["<cfg:Config ", "<cfg:Config "]) {
        const body = frame(await peer.seal(Buffer.from(getMessage())), { protocol });
        const sealed = await wire.send(body, { "Content-Type": sealedType(protocol) });
        assert.deepEqual([sealed.status, sealed.headers["content-type"]], [200, sealedType(protocol)]);
        assert.ok(sealed.body.includes(`\tContent-Type: ${protocol}\r\n`));
        assert.ok((await peer.unseal(unframe(sealed.body))).toString().includes(text));
      }
      assert.deepEqual(
        host.journal.entries().map(({ phase, auth, account, sealed }) => [phase, auth, account, sealed]),
        [
          ["handshake", "Kerberos", ALICE, false],
          ["request", "Kerberos", ALICE, true],
          ["request", "Kerberos", ALICE, true],
        ],
      );
    });
  }

  test("is refused when its messages name the protocol of another scheme", async (t) => {
    const host = await start(t);
    const wire = wireTo(t, host.http!.url);
    const { peer, token } = await logOn(t, wire);
    await peer.step(token);
    const body = frame(await peer.seal(Buffer.from(getMessage())), { protocol: SPNEGO_MESSAGES });
    assert.equal((await wire.send(body, { "Content-Type": sealedType(SPNEGO_MESSAGES) })).status, 400);
  });

  test("learns from the 401 why its ticket was refused", async (t) => {
    const host = await start(t);
    for (const { scheme, mech } of FORMS) {
      const wire = wireTo(t, host.http!.url);
      const { peer, answer, token } = await logOn(t, wire, { scheme, mech, name: "other.winrm.test" });
      assert.deepEqual([answer.status, answer.headers["connection"]], [401, "close"]);
      await assert.rejects(peer.step(token), /ticket isn't for us/);
    }
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("is refused under a scheme that is switched off", async (t) => {
    const host = await start(t, { config: { "service/auth/Kerberos": false } });
    const { answer } = await logOn(t, wireTo(t, host.http!.url));
    assert.deepEqual([answer.status, headerLines(answer, "WWW-Authenticate")], [401, ["Negotiate"]]);
    host.config.set("service/auth/Kerberos", true);
    assert.equal((await logOn(t, wireTo(t, host.http!.url))).answer.status, 200);
  });

  test("gets the proof of the host with the answer to a message over https", async (t) => {
    const host = await start(t);
    const wire = wireTo(t, host.https!.url, certificate.certPem);
    const { peer, answer, token } = await logOn(t, wire, { body: getMessage() });
    assert.equal(answer.status, 200);
    assert.match(answer.text, /<cfg:Config /);
    assert.equal((await peer.step(token)).done, true);
    assert.equal((await wire.send(getMessage())).status, 200);
  });

  const levels = [
    ["None", "wrong", 200],
    ["Relaxed", "absent", 200],
    ["Relaxed", "wrong", 401],
    ["Relaxed", "right", 200],
    ["Strict", "absent", 401],
    ["Strict", "wrong", 401],
    ["Strict", "right", 200],
  ] as const;
  for (const [level, sent, status] of levels) {
    test(`gets ${status} over https when its channel binding is ${sent} and the level ${level}`, async (t) => {
      const host = await start(t, { config: { "service/auth/CbtHardeningLevel": level } });
      const right = tlsServerEndPoint(new X509Certificate(certificate.certPem).raw);
      const bindings = { right, wrong: Buffer.from("tls-server-end-point:another"), absent: undefined }[sent];
      const wire = wireTo(t, host.https!.url, certificate.certPem);
      assert.equal((await logOn(t, wire, bindings && { bindings })).answer.status, status);
    });
  }
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
