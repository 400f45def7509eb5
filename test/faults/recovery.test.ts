/** What a session does after something went wrong, how often it asks, and how often it logs on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { putLeaves, readConfig } from "../../provider/host/config";
import { identify } from "../../provider/host/identify";
import { LogonGuard } from "../../provider/session/guard/logon-guard";
import { SessionPool } from "../../provider/session/session-pool";
import { WsmanClient } from "../../provider/session/wsman-client";
import { later } from "../support/cleanup";
import { answer, configAnswer, sealedFrame, startHttp, startSealed } from "../support/hosts/hostile-server";
import { startHost, startRelayedHost } from "../support/hosts/hosts";
import { ACCOUNT, failure, NEVER, openSession, targetOf } from "../support/hosts/sessions";
import { assertWording } from "../support/pages/golden";

const LIMIT = { timeout: 30_000 } as const;
const TRUST = { resource: "client", leaves: new Map([["TrustedHosts", "a"]]) } as const;

suite("the number of requests", LIMIT, () => {
  test("over http with NTLM: two legs and a Get at first, then one each", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { session, client } = openSession(t, relay);
    await readConfig(client, NEVER);
    assert.deepEqual(
      host.journal.entries().map(({ phase }) => phase),
      ["handshake", "handshake", "request"],
    );
    await readConfig(client, NEVER);
    assert.equal(host.journal.length, 4);
    await putLeaves(client, TRUST, NEVER);
    await readConfig(client, NEVER);
    assert.deepEqual(
      host.journal
        .entries()
        .slice(4)
        .map(({ action }) => action?.split("/").at(-1)),
      ["Put", "Get"],
    );
    assert.ok(host.journal.requests().every(({ sealed }) => sealed));
    assert.equal(relay.sockets.total, 1);
    assert.equal(session.traffic.requests, host.journal.length);
    session.close();
    assert.equal(session.traffic.requests, host.journal.length, "a closed session remembers");
  });

  test("over https with Basic: one each, from the first on", async (t) => {
    const { host, relay } = await startRelayedHost(t, { https: true, config: { "service/auth/Basic": true } });
    const tls = { ca: host.https!.certificatePem };
    const { client } = openSession(t, relay, { transport: "https", method: "basic", tls });
    await readConfig(client, NEVER);
    await identify(client, NEVER);
    assert.deepEqual(
      host.journal.entries().map(({ phase, auth }) => [phase, auth]),
      [
        ["request", "Basic"],
        ["request", "Basic"],
      ],
    );
    assert.equal(relay.sockets.total, 1);
  });

  test("of many callers at once is one after the other on one connection", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { client } = openSession(t, relay);
    await Promise.all(Array.from({ length: 10 }, () => readConfig(client, NEVER)));
    assert.equal(host.journal.length, 12);
    assert.equal(relay.sockets.total, 1);
  });
});

suite("a connection that the host closed while it was idle", LIMIT, () => {
  for (const how of ["end", "destroy"] as const) {
    test(`by ${how} is replaced, with one logon, and the request is made once`, async (t) => {
      const { host, relay } = await startRelayedHost(t);
      const { client } = openSession(t, relay);
      await readConfig(client, NEVER);
      relay.sockets[how]();
      await relay.sockets.gone();
      host.journal.clear();
      await putLeaves(client, TRUST, NEVER);
      assert.deepEqual(
        host.journal.entries().map(({ phase }) => phase),
        ["handshake", "handshake", "request"],
      );
      assert.equal(relay.sockets.total, 2);
      assert.equal(host.config.get("client/TrustedHosts"), "a");
    });
  }

  test("is not waited for: one that was idle for 90 s is replaced before the next request", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { client } = openSession(t, relay);
    // The clock alone: the sockets stay open.
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    await readConfig(client, NEVER);
    t.mock.timers.setTime(Date.now() + 89_999);
    await readConfig(client, NEVER);
    assert.equal(relay.sockets.total, 1);
    t.mock.timers.setTime(Date.now() + 90_000);
    await readConfig(client, NEVER);
    assert.equal(relay.sockets.total, 2);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("after an answer that announces it is replaced without an error", async (t) => {
    const peer = await startSealed(t, ({ response, protection, soap }) => {
      response.setHeader("Connection", "close");
      answer(response, sealedFrame(protection, configAnswer(soap)));
    });
    const { client } = openSession(t, peer);
    for (let count = 1; count <= 3; count += 1) {
      assert.ok((await readConfig(client, NEVER)).size > 0);
      assert.equal(peer.sockets.total, count);
    }
  });
});

suite("a 401 in the middle of a session", LIMIT, () => {
  test("is answered with one new logon, and the message is sent again", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { client } = openSession(t, relay);
    await readConfig(client, NEVER);
    host.journal.clear();
    host.injectFault({ on: "put", action: "status", status: 401 });
    await putLeaves(client, TRUST, NEVER);
    assert.deepEqual(
      host.journal.entries().map(({ phase, status }) => [phase, status]),
      [
        ["request", 401],
        ["handshake", 401],
        ["handshake", 200],
        ["request", 200],
      ],
    );
    assert.equal(host.config.get("client/TrustedHosts"), "a");
  });

  test("that comes again is an error, after exactly one new logon", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { client } = openSession(t, relay);
    await readConfig(client, NEVER);
    host.journal.clear();
    for (const nth of [1, 2]) host.injectFault({ on: "get", nth, action: "status", status: 401 });
    assert.equal((await failure(readConfig(client, NEVER))).code, "WINRM_E_LOGON_DENIED");
    assert.equal(host.journal.length, 4);
    assert.ok((await readConfig(client, NEVER)).size > 0, "the account itself was never refused");
  });

  test("on the first message of a connection is an error at once", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.injectFault({ on: "get", action: "status", status: 401 });
    assert.equal((await failure(readConfig(openSession(t, relay).client, NEVER))).code, "WINRM_E_LOGON_DENIED");
    assert.equal(host.journal.length, 3);
  });

  test("because the password was changed costs one refused logon", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { client } = openSession(t, relay);
    await readConfig(client, NEVER);
    host.accounts.setPassword(ACCOUNT.name, "Another-2032!");
    host.injectFault({ on: "get", action: "status", status: 401 });
    const errors = await Promise.all([1, 2, 3].map(() => failure(readConfig(client, NEVER))));
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["WINRM_E_LOGON_DENIED", "WINRM_E_LOGON_SUPPRESSED", "WINRM_E_LOGON_SUPPRESSED"],
    );
    assert.equal(host.journal.logonFailures().length, 1);
  });
});

suite("a wrong password", LIMIT, () => {
  for (const method of ["ntlm", "basic"] as const) {
    test(`is tried once with ${method}, however many ask, over all sessions of a run, now and later`, async (t) => {
      const host = await startHost(t, {
        https: true,
        config: { "service/auth/Basic": true, "service/AllowUnencrypted": true },
      });
      const pool = new SessionPool();
      later(t, () => {
        pool.close();
      });
      const open = (timeoutMs: number) =>
        new WsmanClient(
          pool.session(targetOf(host.http!.port, { method, password: "wrong-word", operationTimeoutMs: timeoutMs })),
        );
      const clients = [open(20_000), open(21_000), open(22_000)];
      const calls = clients.flatMap((client) => [1, 2, 3, 4].map(() => failure(readConfig(client, NEVER))));
      const codes = (await Promise.all(calls)).map(({ code }) => code);
      codes.push((await failure(readConfig(clients[0]!, NEVER))).code);
      codes.push((await failure(readConfig(open(23_000), NEVER))).code);
      assert.equal(host.journal.logonFailures().length, 1);
      assert.equal(codes.filter((code) => code === "WINRM_E_LOGON_DENIED").length, 1);
      assert.equal(codes.filter((code) => code === "WINRM_E_LOGON_SUPPRESSED").length, codes.length - 1);
      assert.deepEqual(pool.secrets(), ["wrong-word"]);
    });
  }

  test("waits for its 401 where the host does so, and holds up no other logon", async (t) => {
    const { host, relay } = await startRelayedHost(t, { logonFailureDelayMs: 300 });
    const order: string[] = [];
    const wrong = failure(readConfig(openSession(t, relay, { password: "wrong-word" }).client, NEVER));
    const refused = wrong.then(({ code }) => order.push(code));
    await readConfig(openSession(t, relay).client, NEVER).then(() => order.push("read"));
    await refused;
    assert.deepEqual(order, ["read", "WINRM_E_LOGON_DENIED"]);
    assert.equal(host.journal.logonFailures().length, 1);
  });

  test("does not show in the error, nor does the right one", async (t) => {
    const { relay } = await startRelayedHost(t);
    const error = await failure(readConfig(openSession(t, relay, { password: "wrong-word" }).client, NEVER));
    assert.match(error.message, /ntlm as Administrator over http/);
    assert.doesNotMatch(`${error.message}${error.stack ?? ""}${JSON.stringify(error)}`, /wrong-word/);
  });

  test("in one account does not keep another from logging on", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.accounts.add({ name: "ops", password: "Other-2031!" });
    await failure(readConfig(openSession(t, relay, { password: "wrong-word" }).client, NEVER));
    const { client } = openSession(t, relay, { username: "ops", password: "Other-2031!" });
    assert.ok((await readConfig(client, NEVER)).size > 0);
  });

  test("is not tried when the method is off, and may be tried once it is on", async (t) => {
    const { host, relay } = await startRelayedHost(t, { config: { "service/AllowUnencrypted": true } });
    const guard = new LogonGuard();
    const { client } = openSession(t, relay, { method: "basic", guard });
    assert.equal((await failure(readConfig(client, NEVER))).code, "WINRM_E_METHOD_NOT_OFFERED");
    host.config.set("service/auth/Basic", true);
    assert.ok((await readConfig(client, NEVER)).size > 0);
    assert.equal(host.journal.logonFailures().length, 0);
  });
});

suite("plain messages", LIMIT, () => {
  test("that the host refuses because they are not encrypted are named so", async (t) => {
    const { relay } = await startRelayedHost(t, { config: { "service/auth/Basic": true } });
    const error = await failure(putLeaves(openSession(t, relay, { method: "basic" }).client, TRUST, NEVER));
    assert.equal(error.code, "WINRM_E_UNENCRYPTED_DISABLED");
    assert.equal(error.context.outcomeUnknown ?? false, false);
  });

  test("under TLS are judged like sealed ones", async (t) => {
    const { host, relay } = await startRelayedHost(t, { https: true });
    const tls = { ca: host.https!.certificatePem };
    const cases = [
      ["html", "WINRM_E_NOT_WINRM"],
      ["wrong-relates-to", "WINRM_E_PROTOCOL"],
      ["reset-after-apply", "WINRM_E_CONNECTION_LOST"],
      ["truncate", "WINRM_E_CONNECTION_LOST"],
    ] as const;
    for (const [action, code] of cases) {
      host.injectFault({ on: "put", action });
      const error = await failure(putLeaves(openSession(t, relay, { transport: "https", tls }).client, TRUST, NEVER));
      assert.equal(error.code, code, action);
      assert.equal(error.context.outcomeUnknown, true, action);
    }
    host.injectFault({ on: "put", action: "status", status: 500 });
    const error = await failure(putLeaves(openSession(t, relay, { transport: "https", tls }).client, TRUST, NEVER));
    assert.equal(error.code, "WINRM_E_HTTP_STATUS");
    assert.equal(error.context.outcomeUnknown, true);
  });
});

suite("an end from this side", LIMIT, () => {
  test("closing a session ends its socket, and it opens no other", async (t) => {
    const { relay } = await startRelayedHost(t);
    const { session, client } = openSession(t, relay);
    await readConfig(client, NEVER);
    assert.equal(relay.sockets.open, 1);
    session.close();
    await relay.sockets.gone();
    const closed = await failure(readConfig(client, NEVER));
    assert.equal(closed.code, "WINRM_E_CANCELLED");
    assertWording(t, closed.message);
    session.close();
    assert.equal(relay.sockets.total, 1);
  });

  test("closing a session in the middle of its logon leaves nothing behind", async (t) => {
    const peer = await startHttp(t, () => {
      session.close();
    });
    const { session } = openSession(t, peer);
    assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_CANCELLED");
    await peer.sockets.gone();
    assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_CANCELLED");
    assert.equal(peer.sockets.total, 1);
  });

  test("closing a session in the middle of a read fails it for good", async (t) => {
    const peer = await startSealed(t, () => {
      session.close();
    });
    const { session, client } = openSession(t, peer);
    assert.equal((await failure(readConfig(client, NEVER))).code, "WINRM_E_CANCELLED");
    await peer.sockets.gone();
    assert.equal(peer.sockets.total, 1);
  });

  test("a signal that is aborted before the first byte costs no connection", async (t) => {
    const { relay } = await startRelayedHost(t);
    const { client } = openSession(t, relay);
    const error = await failure(putLeaves(client, TRUST, AbortSignal.abort()));
    assert.equal(error.code, "WINRM_E_CANCELLED");
    assert.equal(error.context.outcomeUnknown ?? false, false);
    assert.equal(relay.sockets.total, 0);
  });

  test("a request given up while it waits for its turn leaves the others alone", async (t) => {
    const held: (() => void)[] = [];
    const arrived = new EventTarget();
    const peer = await startSealed(t, ({ response, protection, soap, nth }) => {
      const reply = () => {
        answer(response, sealedFrame(protection, configAnswer(soap)));
      };
      if (nth > 1) {
        reply();
        return;
      }
      held.push(reply);
      arrived.dispatchEvent(new Event("first"));
    });
    const { client } = openSession(t, peer);
    const stop = new AbortController();
    const waiting = once(arrived, "first");
    const first = readConfig(client, NEVER);
    const second = failure(readConfig(client, stop.signal));
    const third = readConfig(client, NEVER);
    await waiting;
    stop.abort();
    held[0]?.();
    assert.ok((await first).size > 0);
    assert.equal((await second).code, "WINRM_E_CANCELLED");
    assert.ok((await third).size > 0);
    assert.equal(peer.sockets.total, 1);
    assert.equal(peer.requests(), 4);
  });
});
