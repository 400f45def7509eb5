/** Sessions of our own with Kerberos and Negotiate, in a realm of MIT's KDC, with the simulated host that has the keytab. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { putLeaves, readConfig } from "../../../provider/host/config";
import type { Auth, Connection } from "../../../provider/lifecycle/connection";
import { resolveTarget } from "../../../provider/lifecycle/resolve-target";
import { Settings } from "../../../provider/lifecycle/settings";
import { SessionPool } from "../../../provider/session/session-pool";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { SimulatedHost } from "../../../simulator";
import { failure } from "../../support/sessions";
import { skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, REALM, Realm } from "./realm";

const skip = skipWithoutKerberos();
const ALICE = `alice@${REALM}`;
const LOCAL = { name: "ops", password: "A-local-password-1" };
const SPN = { host: HOST, realm: REALM };
const SIGNAL = new AbortController().signal;

let realm: Realm;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  // libkrb5 reads its settings from the environment of the process; a logon never does more than read it.
  Object.assign(process.env, realm.env());
});
after(async () => {
  if (skip === false) await realm.stop();
});

async function hostFor(t: TestContext, kerberos = true): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({
    accounts: [LOCAL],
    https: true,
    ...(kerberos ? { kerberos: { keytab: realm.keytab } } : {}),
  });
  t.after(() => host.stop());
  return host;
}

function targetFor(host: SimulatedHost, auth: Auth, transport: "http" | "https" = "http") {
  const port = (transport === "http" ? host.http : host.https)?.port ?? 0;
  const tls = transport === "https" ? { tls: { ca: host.https?.certificatePem ?? "" } } : {};
  const connection: Connection = { host: "localhost", port, transport, auth, ...tls };
  return resolveTarget(connection, new Settings(() => undefined, {}));
}

function session(
  t: TestContext,
  host: SimulatedHost,
  auth: Auth,
  transport: "http" | "https" = "http",
): { client: WsmanClient; pool: SessionPool } {
  const { target } = targetFor(host, auth, transport);
  const pool = new SessionPool();
  t.after(() => {
    pool.close();
  });
  return { client: new WsmanClient(pool.session(target)), pool };
}

const password = (value: string): Auth => ({ method: "kerberos", username: ALICE, password: value, kerberos: SPN });

/** Another configuration of the library, until the end of the test. */
function useKrb5Config(t: TestContext, lines: readonly string[]): void {
  const saved = process.env["KRB5_CONFIG"];
  const path = join(realm.folder, "of-one-test.conf");
  writeFileSync(path, lines.join("\n"));
  process.env["KRB5_CONFIG"] = path;
  t.after(() => {
    process.env["KRB5_CONFIG"] = saved;
  });
}

/** Wrong passwords that the KDC has seen. */
function refusedByDomain(): number {
  return realm.log.split("PREAUTH_FAILED").length - 1;
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
    await assert.rejects(readConfig(client, SIGNAL), {
      code: "WINRM_E_LOGON_DENIED",
      message: /1\. auth\.channelBinding is false, and the host's CbtHardeningLevel is Strict/,
    });
  });

  test("takes a keytab, and a ticket cache", async (t) => {
    const host = await hostFor(t);
    const keytab = { method: "kerberos", username: ALICE, kerberos: { ...SPN, keytab: realm.aliceKeytab } } as const;
    assert.ok((await readConfig(session(t, host, keytab).client, SIGNAL)).size > 40);
    const cache = `FILE:${realm.folder}/session-cache`;
    realm.kinit("alice", cache);
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
      assert.match(String(read.reason), /WINRM_E_LOGON_(DENIED|NOT_REPEATED)/);
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
      codes.push(error.code);
      assert.doesNotMatch(error.message, /Not-her-password-3/);
      assert.equal(host.journal.length, 0);
    }
    assert.deepEqual(codes, ["WINRM_E_LOGON_DENIED", "WINRM_E_LOGON_NOT_REPEATED", "WINRM_E_LOGON_NOT_REPEATED"]);
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
    useKrb5Config(t, [
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
      assert.match(late.message, /a domain controller \(KDC\) accepts connections and does not answer/);
      assert.equal(host.journal.length, 0);
    } finally {
      silent.close();
      for (const socket of asked) socket.destroy();
    }
  });

  test("without credentials, where no realm applies to the runner, demands explicit ones", async (t) => {
    const host = await hostFor(t);
    useKrb5Config(t, ["[realms", ""]);
    const { code, message, context } = await failure(
      readConfig(session(t, host, { method: "kerberos" }).client, SIGNAL),
    );
    assert.equal(code, "WINRM_E_CREDENTIALS_REQUIRED");
    assert.match(message, /no credentials are given, and the running account has no tickets here: /);
    assert.match(
      context.next ?? "",
      /^set connection\.auth\.username and password, or WINRM_USERNAME and WINRM_PASSWORD; or for Kerberos: /,
    );
    assert.equal(host.journal.length, 0);
  });

  test("a service that nobody has is explained", async (t) => {
    const host = await hostFor(t);
    const auth = { ...password(PASSWORDS.alice), kerberos: { ...SPN, host: "nobody.winrm.test" } };
    await assert.rejects(readConfig(session(t, host, auth).client, SIGNAL), { code: "WINRM_E_KERBEROS" });
  });
});

suite("a realm whose domain controllers nobody can reach", { skip }, () => {
  /** One that takes connections and hangs up at once; counts them. */
  async function deadKdc(t: TestContext): Promise<() => number> {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on("error", () => undefined);
      socket.destroy();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    useKrb5Config(t, [
      ...["[libdefaults]", " dns_lookup_kdc = false", " udp_preference_limit = 1"],
      ...["[realms]", ` ${REALM} = {`, `  kdc = 127.0.0.1:${port}`, " }", ""],
    ]);
    return () => connections;
  }

  for (const method of ["kerberos", "negotiate"] as const) {
    test(`is asked once for many hosts by ${method}`, async (t) => {
      const pool = new SessionPool();
      t.after(() => {
        pool.close();
      });
      const hosts = await Promise.all(Array.from({ length: 4 }, () => hostFor(t, false)));
      const stranger = { name: `stranger-${method}`, password: PASSWORDS.alice };
      for (const host of hosts) host.accounts.add(stranger);
      const asked = await deadKdc(t);
      const read = (host: SimulatedHost) => {
        const { target } = targetFor(host, {
          ...password(stranger.password),
          method,
          username: `WEB01\\${stranger.name}`,
        });
        return readConfig(new WsmanClient(pool.session(target)), SIGNAL).then(
          ({ size }) => (size > 40 ? "read" : "too little"),
          (error: unknown) => (error as { code?: string }).code,
        );
      };
      const [first, ...others] = hosts;
      assert.ok(first !== undefined);
      const expected = method === "kerberos" ? "WINRM_E_UNREACHABLE" : "read";
      const cost: number[] = [];
      assert.equal(await read(first), expected);
      cost.push(asked());
      assert.deepEqual(
        await Promise.all(others.map(read)),
        others.map(() => expected),
      );
      cost.push(asked());
      assert.ok((cost[0] ?? 0) > 0);
      assert.equal(cost[1], cost[0], "nobody was asked for the other hosts");
      if (method === "negotiate")
        for (const host of hosts)
          assert.deepEqual(
            host.journal.requests().map(({ auth }) => auth),
            ["NTLM"],
          );
    });
  }
});

suite("a host that dies on a session with Kerberos", { skip }, () => {
  const cuts = [
    { on: "handshake-1", action: "reset", logons: 1 },
    { on: "get", action: "reset", logons: 2 },
    { on: "get", action: "truncate", logons: 2 },
  ] as const;
  for (const transport of ["http", "https"] as const) {
    for (const { on, action, logons } of cuts) {
      test(`over ${transport} at ${on} by ${action}: the read is made on a new connection, with the same ticket`, async (t) => {
        const host = await hostFor(t);
        const { client } = session(t, host, password(PASSWORDS.alice), transport);
        const rule = host.misbehave({ on, action });
        const tickets = realm.log.split("TGS_REQ").length;
        assert.ok((await readConfig(client, SIGNAL)).size > 40);
        assert.ok(rule.fired);
        const accepted = host.journal.entries().filter(({ phase, status }) => phase === "handshake" && status === 200);
        assert.equal(accepted.length, logons);
        assert.ok(realm.log.split("TGS_REQ").length - tickets <= 1);
        assert.equal(host.journal.logonFailures().length, 0);
      });
    }
  }

  test("a write that the host carried out and did not answer is not sent again", async (t) => {
    const host = await hostFor(t);
    const { client } = session(t, host, password(PASSWORDS.alice));
    host.misbehave({ on: "put", action: "reset-after-apply" });
    const change = { resource: "client", leaves: new Map([["TrustedHosts", "a"]]) } as const;
    await assert.rejects(putLeaves(client, change, SIGNAL), { code: "WINRM_E_CONNECTION_LOST" });
    assert.equal(host.journal.writes().length, 1);
  });
});

suite("a host that dies on a session with Negotiate, whose Kerberos gave way to NTLM", { skip }, () => {
  async function ntlmInSpnego(t: TestContext) {
    const host = await hostFor(t, false);
    host.accounts.add({ name: "alice", password: PASSWORDS.alice });
    const kerberos = { host: "nobody.winrm.test", realm: REALM };
    return { host, ...session(t, host, { username: "WEB01\\alice", password: PASSWORDS.alice, kerberos }) };
  }

  const seen = (host: SimulatedHost) =>
    host.journal.entries().map(({ connection, phase, auth, status }) => [connection, phase, auth, status]);

  test("at the first token: the read is made on a new connection", async (t) => {
    const { host, client } = await ntlmInSpnego(t);
    host.misbehave({ on: "handshake-1", action: "reset" });
    assert.ok((await readConfig(client, SIGNAL)).size > 40);
    assert.deepEqual(seen(host), [
      [1, "handshake", "NTLM", 0],
      [2, "handshake", "NTLM", 401],
      [2, "handshake", "NTLM", 200],
      [2, "request", "NTLM", 200],
    ]);
  });

  test("at the proof of the password: nothing is repeated", async (t) => {
    const { host, client } = await ntlmInSpnego(t);
    host.misbehave({ on: "handshake-2", action: "reset" });
    await assert.rejects(readConfig(client, SIGNAL), { code: "WINRM_E_CONNECTION_LOST", retryable: false });
    assert.deepEqual(seen(host), [
      [1, "handshake", "NTLM", 401],
      [1, "handshake", "NTLM", 0],
    ]);
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
    const { code, context } = await failure(readConfig(client, SIGNAL));
    assert.equal(code, "WINRM_E_LOGON_DENIED");
    assert.match(context.causes?.[0] ?? "", /auth\.channelBinding is false/);
    assert.match(context.causes?.[1] ?? "", /another account owns the service principal name/);
    assert.match(context.next ?? "", /check the service principal name and the clocks/);
  });

  test("a refusal of NTLM says what kept Kerberos from being used", async (t) => {
    const host = await hostFor(t, false);
    const auth = { ...explicit({ host: "nobody.winrm.test", realm: REALM }), username: "WEB01\\alice" };
    const { client } = session(t, host, auth);
    const { code, context } = await failure(readConfig(client, SIGNAL));
    assert.equal(code, "WINRM_E_LOGON_DENIED");
    assert.match(
      context.causes?.at(-1) ?? "",
      /^Kerberos was tried first and could not be used: No account in the domain owns the service/,
    );
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
