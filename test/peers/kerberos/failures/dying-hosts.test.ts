/** Hosts that die, and domain controllers that nobody can reach, for sessions of our own in a realm of MIT's KDC. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { putLeaves, readConfig } from "../../../../provider/host/config";
import type { Auth } from "../../../../provider/contract/connection/connection";
import { SessionPool } from "../../../../provider/session/session-pool";
import { WsmanClient } from "../../../../provider/session/wsman-client";
import type { SimulatedHost } from "../../../../simulator";
import { skipWithoutKerberos } from "../client-process";
import { HOST, PASSWORDS, REALM } from "../realm";
import { hostIn, realmOfFile, session, targetFor, useKrb5Config } from "../sessions";

const skip = skipWithoutKerberos();
const SPN = { host: HOST, realm: REALM };
const SIGNAL = new AbortController().signal;

const realm = realmOfFile(skip);

const hostFor = (t: TestContext, kerberos = true) => hostIn(t, kerberos ? realm() : undefined);
const password = (value: string): Auth => ({
  method: "kerberos",
  username: `alice@${REALM}`,
  password: value,
  kerberos: SPN,
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
    useKrb5Config(t, realm(), [
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
        const rule = host.injectFault({ on, action });
        const tickets = realm().log.split("TGS_REQ").length;
        assert.ok((await readConfig(client, SIGNAL)).size > 40);
        assert.ok(rule.fired);
        const accepted = host.journal.entries().filter(({ phase, status }) => phase === "handshake" && status === 200);
        assert.equal(accepted.length, logons);
        assert.ok(realm().log.split("TGS_REQ").length - tickets <= 1);
        assert.equal(host.journal.logonFailures().length, 0);
      });
    }
  }

  test("a write that the host carried out and did not answer is not sent again", async (t) => {
    const host = await hostFor(t);
    const { client } = session(t, host, password(PASSWORDS.alice));
    host.injectFault({ on: "put", action: "reset-after-apply" });
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
    host.injectFault({ on: "handshake-1", action: "reset" });
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
    host.injectFault({ on: "handshake-2", action: "reset" });
    await assert.rejects(readConfig(client, SIGNAL), { code: "WINRM_E_CONNECTION_LOST", retryable: false });
    assert.deepEqual(seen(host), [
      [1, "handshake", "NTLM", 401],
      [1, "handshake", "NTLM", 0],
    ]);
  });
});

suite("a host that dies after it changed from Kerberos to NTLM", { skip }, () => {
  /** It takes three tokens: a ticket, and NTLM's two. */
  async function changing(t: TestContext) {
    const host = await hostFor(t, false);
    host.accounts.add({ name: "alice", password: PASSWORDS.alice });
    return { host, ...session(t, host, { username: "WEB01\\alice", password: PASSWORDS.alice, kerberos: SPN }) };
  }

  const answers = (host: SimulatedHost) => host.journal.entries().map(({ phase, status }) => [phase, status]);

  test("without a death three tokens log on, and messages are sealed", async (t) => {
    const { host, client } = await changing(t);
    assert.ok((await readConfig(client, SIGNAL)).size > 40);
    assert.deepEqual(answers(host), [
      ["handshake", 401],
      ["handshake", 401],
      ["handshake", 200],
      ["request", 200],
    ]);
    assert.ok(host.journal.requests().every(({ auth, sealed }) => auth === "NTLM" && sealed));
  });

  for (const nth of [1, 2]) {
    test(`at token ${nth + 1}: nothing is repeated`, async (t) => {
      const { host, client } = await changing(t);
      const rule = host.injectFault({ on: "handshake-2", nth, action: "reset" });
      await assert.rejects(readConfig(client, SIGNAL), { code: "WINRM_E_CONNECTION_LOST", retryable: false });
      assert.ok(rule.fired);
      assert.equal(host.journal.length, nth + 1);
      assert.equal(host.journal.logonFailures().length, 0);
    });
  }

  test("by a redirect at each token: it is not followed", async (t) => {
    for (const [on, nth] of [
      ["handshake-1", 1],
      ["handshake-2", 1],
      ["handshake-2", 2],
    ] as const) {
      const { host, client } = await changing(t);
      host.injectFault({ on, nth, action: "status", status: 302 });
      await assert.rejects(readConfig(client, SIGNAL), { code: "WINRM_E_HTTP_STATUS" });
    }
  });
});
