/** Sessions of our own with Kerberos and Negotiate, in a realm of MIT's KDC, with the simulated host that has the keytab. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { putLeaves, readConfig } from "../../../provider/host/config";
import type { Auth } from "../../../provider/contract/connection/connection";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { SessionPool } from "../../../provider/session/session-pool";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { certificateFor } from "../../support/hosts/certificates";
import { assertTold } from "../../support/pages/diagnosis-table";
import { failure } from "../../support/hosts/sessions";
import { startTlsRelay } from "../../support/hosts/tls-relay";
import { skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, REALM } from "./realm";
import { hostIn, realmOfFile, session, targetFor, useKrb5Config } from "./sessions";

const skip = skipWithoutKerberos();
const ALICE = `alice@${REALM}`;
const SPN = { host: HOST, realm: REALM };
const SIGNAL = new AbortController().signal;

const realm = realmOfFile(skip);

const hostFor = (t: TestContext, kerberos = true) => hostIn(t, kerberos ? realm() : undefined);

const password = (value: string): Auth => ({ method: "kerberos", username: ALICE, password: value, kerberos: SPN });

/** Wrong passwords that the KDC has seen. */
function refusedByDomain(): number {
  return realm().log.split("PREAUTH_FAILED").length - 1;
}

suite("a session with Kerberos", { skip }, () => {
  test("over http logs on in one leg, and every message is sealed", async (t) => {
    const host = await hostFor(t);
    const { client, pool } = session(t, host, password(PASSWORDS.alice));
    assert.ok((await readConfig(client, SIGNAL)).size > 40);
    assert.equal(pool.traffic.requests, 2);
    await putLeaves(client, { resource: "client", leaves: new Map([["TrustedHosts", "a"]]) }, SIGNAL);
    assert.equal(host.config.get("client/TrustedHosts"), "a");
    const [logon, ...messages] = host.journal.entries();
    assert.deepEqual([logon?.phase, logon?.status, logon?.auth], ["handshake", 200, "Kerberos"]);
    assert.ok(messages.every(({ sealed, account }) => sealed && account?.toLowerCase() === ALICE.toLowerCase()));
  });

  for (const level of ["None", "Relaxed", "Strict"] as const) {
    test(`over https is bound to the channel: a host at ${level} lets it in`, async (t) => {
      const host = await hostFor(t);
      host.config.set("service/auth/CbtHardeningLevel", level);
      const { client } = session(t, host, password(PASSWORDS.alice), "https");
      assert.ok((await readConfig(client, SIGNAL)).size > 40);
      assert.ok(host.journal.requests().every(({ sealed }) => !sealed));
    });
  }

  test("over https without channel binding is refused at Strict", async (t) => {
    const host = await hostFor(t);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const { client } = session(t, host, { ...password(PASSWORDS.alice), channelBinding: false }, "https");
    assertTold("401 to a ticket over https, auth.channelBinding false", await failure(readConfig(client, SIGNAL)));
  });

  test("over https with somebody on the way who ends TLS is refused, for the ticket is bound to his certificate", async (t) => {
    const host = await hostFor(t);
    const his = certificateFor(["localhost"]);
    const { port } = await startTlsRelay(t, his, host.https?.port ?? 0);
    const auth = password(PASSWORDS.alice);
    const connection = { host: "localhost", port, transport: "https", auth, tls: { ca: his.certPem } } as const;
    const pool = new SessionPool();
    t.after(() => {
      pool.close();
    });
    const { target } = resolveTarget(connection, new Settings(() => undefined, {}));
    assertTold("401 to a ticket", await failure(readConfig(new WsmanClient(pool.session(target)), SIGNAL)));
  });

  test("takes a keytab, and a ticket cache", async (t) => {
    const host = await hostFor(t);
    const keytab = { method: "kerberos", username: ALICE, kerberos: { ...SPN, keytab: realm().aliceKeytab } } as const;
    assert.ok((await readConfig(session(t, host, keytab).client, SIGNAL)).size > 40);
    const cache = `FILE:${realm().folder}/session-cache`;
    realm().kinit("alice", cache);
    const ticket = { method: "kerberos", kerberos: { ...SPN, cache } } as const;
    assert.ok((await readConfig(session(t, host, ticket).client, SIGNAL)).size > 40);
  });

  test("a wrong password is one refusal at the domain, however often it is asked for, and none at the host", async (t) => {
    const host = await hostFor(t);
    const before = refusedByDomain();
    const { client } = session(t, host, password("Not-her-password-1"));
    const reads = await Promise.allSettled(Array.from({ length: 4 }, () => readConfig(client, SIGNAL)));
    for (const read of reads) {
      assert.equal(read.status, "rejected");
      assert.doesNotMatch(String(read.reason), /Not-her-password-1/);
      assert.match(String(read.reason), /WINRM_E_LOGON_(DENIED|SUPPRESSED)/);
    }
    assert.equal(refusedByDomain() - before, 1);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("a wrong password is one refusal at the domain for hosts one after the other, and they are told why", async (t) => {
    const before = refusedByDomain();
    const pool = new SessionPool();
    t.after(() => {
      pool.close();
    });
    const codes: string[] = [];
    for (let nth = 0; nth < 3; nth++) {
      const host = await hostFor(t);
      const { target } = targetFor(host, password("Not-her-password-3"));
      const error = await failure(readConfig(new WsmanClient(pool.session(target)), SIGNAL));
      if (nth > 0) assertTold("Kerberos: the domain refused the credential before", error);
      codes.push(error.code);
      assert.doesNotMatch(error.message, /Not-her-password-3/);
      assert.equal(host.journal.length, 0);
    }
    assert.deepEqual(codes, ["WINRM_E_LOGON_DENIED", "WINRM_E_LOGON_SUPPRESSED", "WINRM_E_LOGON_SUPPRESSED"]);
    assert.equal(refusedByDomain() - before, 1);
  });

  test("a domain controller that accepts and stays silent ends with the caller's signal, and with the time limit", async (t) => {
    const host = await hostFor(t);
    const stop = new AbortController();
    const asked: Socket[] = [];
    const silent = createServer((socket) => {
      asked.push(socket);
      socket.on("error", () => undefined);
      if (asked.length === 1) stop.abort(new DOMException("stop", "AbortError"));
    });
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const { port } = silent.address() as AddressInfo;
    useKrb5Config(t, realm(), [
      ...["[libdefaults]", " dns_lookup_kdc = false", " udp_preference_limit = 1"],
      ...["[realms]", ` ${REALM} = {`, `  kdc = 127.0.0.1:${port}`, " }", ""],
    ]);
    try {
      const { target } = targetFor(host, { ...password(PASSWORDS.alice), username: `carol@${REALM}` });
      const cancelled = await failure(readConfig(new WsmanClient(new SessionPool().session(target)), stop.signal));
      assert.equal(cancelled.code, "WINRM_E_CANCELLED");
      const short = { ...target, operationTimeoutMs: 200 };
      const late = await failure(readConfig(new WsmanClient(new SessionPool().session(short)), SIGNAL));
      assert.equal(late.code, "WINRM_E_TIMEOUT");
      assertTold("Kerberos: no ticket in time", late);
      assert.equal(host.journal.length, 0);
    } finally {
      silent.close();
      for (const socket of asked) socket.destroy();
    }
  });

  test("without credentials, where no realm applies to the runner, demands explicit ones", async (t) => {
    const host = await hostFor(t);
    useKrb5Config(t, realm(), ["[realms", ""]);
    const { code, context } = await failure(readConfig(session(t, host, { method: "kerberos" }).client, SIGNAL));
    assert.equal(code, "WINRM_E_CREDENTIALS_REQUIRED");
    assert.match(context.remedy ?? "", /connection\.auth\.username.*WINRM_USERNAME.*WINRM_PASSWORD/);
    assert.equal(host.journal.length, 0);
  });

  test("a service that nobody has is explained", async (t) => {
    const host = await hostFor(t);
    const auth = { ...password(PASSWORDS.alice), kerberos: { ...SPN, host: "nobody.winrm.test" } };
    const error = await failure(readConfig(session(t, host, auth).client, SIGNAL));
    assertTold("Kerberos: unknown SPN (7)", error, `HTTP/nobody.winrm.test@${REALM}`);
  });

  test("a service of another account is explained by the host's own word", async (t) => {
    const host = await hostFor(t);
    const auth = { ...password(PASSWORDS.alice), kerberos: { ...SPN, host: "other.winrm.test" } };
    const error = await failure(readConfig(session(t, host, auth).client, SIGNAL));
    assertTold("Kerberos: SPN of another account (41)", error, `HTTP/other.winrm.test@${REALM}`);
  });
});

suite("a session with Negotiate", { skip }, () => {
  const explicit = (kerberos: NonNullable<Auth["kerberos"]> = SPN): Auth => ({
    username: ALICE,
    password: PASSWORDS.alice,
    kerberos,
  });

  test("picks Kerberos for a domain account, sealed", async (t) => {
    const host = await hostFor(t);
    const { client, pool } = session(t, host, explicit());
    assert.ok((await readConfig(client, SIGNAL)).size > 40);
    assert.equal(pool.traffic.requests, 2);
    assert.ok(host.journal.entries().every(({ auth }) => auth === "Kerberos"));
    assert.ok(host.journal.requests().at(-1)?.sealed);
  });

  test("picks NTLM where the host has no Kerberos key, sealed, without asking for a password twice", async (t) => {
    const host = await hostFor(t, false);
    host.accounts.add({ name: "alice", password: PASSWORDS.alice });
    const before = refusedByDomain();
    const auth = { ...explicit({ host: "nobody.winrm.test", realm: REALM }), username: "WEB01\\alice" };
    const { client } = session(t, host, auth);
    assert.ok((await readConfig(client, SIGNAL)).size > 40);
    assert.deepEqual(
      host.journal.requests().map(({ auth: by, sealed }) => [by, sealed]),
      [["NTLM", true]],
    );
    assert.equal(host.journal.logonFailures().length, 0);
    assert.equal(refusedByDomain(), before);
  });

  test("over https is bound to the channel with either mechanism, and messages are not sealed again", async (t) => {
    const unknown = { ...explicit({ host: "nobody.winrm.test", realm: REALM }), username: "WEB01\\alice" };
    for (const [by, auth] of [
      ["Kerberos", explicit()],
      ["NTLM", unknown],
    ] as const) {
      const host = await hostFor(t, by === "Kerberos");
      host.accounts.add({ name: "alice", password: PASSWORDS.alice });
      host.config.set("service/auth/CbtHardeningLevel", "Strict");
      assert.ok((await readConfig(session(t, host, auth, "https").client, SIGNAL)).size > 40);
      assert.deepEqual(
        host.journal.requests().map((one) => [one.auth, one.sealed]),
        [[by, false]],
      );
    }
  });

  test("over http never goes on with NTLM to a host that is not in the trusted list", async (t) => {
    const host = await hostFor(t, false);
    const { target } = targetFor(host, explicit({ host: "nobody.winrm.test", realm: REALM }));
    const { auth } = target;
    assert.ok(auth.method === "negotiate");
    const pool = new SessionPool();
    const untrusted = { ...target, auth: { ...auth, allowNtlm: false } };
    const error = await failure(readConfig(new WsmanClient(pool.session(untrusted)), SIGNAL));
    assert.equal(error.code, "WINRM_E_KERBEROS");
    assert.equal(host.journal.length, 0);
  });

  test("a ticket that the host refuses is explained as a ticket, not as NTLM", async (t) => {
    const host = await hostFor(t);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const { client } = session(t, host, { ...explicit(), channelBinding: false }, "https");
    assertTold("401 to a ticket over https, auth.channelBinding false", await failure(readConfig(client, SIGNAL)));
  });

  test("a refusal of NTLM says what kept Kerberos from being used", async (t) => {
    const host = await hostFor(t, false);
    const auth = { ...explicit({ host: "nobody.winrm.test", realm: REALM }), username: "WEB01\\alice" };
    const { client } = session(t, host, auth);
    const { code, context } = await failure(readConfig(client, SIGNAL));
    assert.equal(code, "WINRM_E_LOGON_DENIED");
    assert.match(context.causes?.at(-1) ?? "", /Kerberos.*HTTP\/nobody\.winrm\.test/);
    assert.equal(host.journal.logonFailures().length, 1);
  });

  test("a wrong password of a domain account is never tried with NTLM", async (t) => {
    const host = await hostFor(t);
    const before = refusedByDomain();
    const { client } = session(t, host, { ...explicit(), password: "Not-her-password-2" });
    await assert.rejects(readConfig(client, SIGNAL), { code: "WINRM_E_LOGON_DENIED" });
    assert.equal(refusedByDomain() - before, 1);
    assert.equal(host.journal.length, 0);
  });
});
