/** Sessions through a proxy, and proxies that refuse, break off, stand still or talk rubbish. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { readConfig } from "../../provider/host/config";
import type { Proxy } from "../../provider/session/transport/proxy";
import { SessionPool } from "../../provider/session/session-pool";
import { WsmanClient } from "../../provider/session/wsman-client";
import { certificateFor } from "../support/hosts/certificates";
import { later } from "../support/cleanup";
import { type ConnectProxy, startConnectProxy } from "../support/hosts/connect-proxy";
import { startRaw } from "../support/hosts/hostile-server";
import { startHost, startRelayedHost } from "../support/hosts/hosts";
import { failure, NEVER, openSession, targetOf, type TargetParts } from "../support/hosts/sessions";
import { assertWording } from "../support/pages/golden";

const LIMIT = { timeout: 30_000 } as const;
const CERTIFICATE = certificateFor(["web01.test"]);
const PROXY_SECRET = "Planted-proxy-7";
const CREDENTIAL = { username: "runner", password: PROXY_SECRET };

function proxyAt(port: number, parts: Partial<Proxy> = {}): Proxy {
  return { transport: "http", host: "127.0.0.1", port, credential: undefined, ...parts };
}

/** A session with `web01.test`, a name that only the proxy can resolve. */
function through(t: TestContext, proxy: ConnectProxy, parts: TargetParts & { readonly via?: Partial<Proxy> } = {}) {
  return openSession(t, proxy, { host: "web01.test", proxy: proxyAt(proxy.port, parts.via), ...parts });
}

function answered(status: number, headers: readonly string[] = [], body = ""): string {
  return [`HTTP/1.1 ${status} x`, ...headers, `Content-Length: ${body.length}`, "", body].join("\r\n");
}

suite("a session through a proxy", LIMIT, () => {
  test("over http asks for a tunnel by name, and seals every message in it", async (t) => {
    const { relay } = await startRelayedHost(t);
    const proxy = await startConnectProxy(t, () => relay.port);
    const { client, session } = through(t, proxy);
    assert.ok((await readConfig(client, NEVER)).size > 0);
    assert.ok((await readConfig(client, NEVER)).size > 0);
    assert.deepEqual(
      proxy.asked.map(({ authority }) => authority),
      [`web01.test:${proxy.port}`],
    );
    const wire = relay.sent().toString("latin1");
    assert.match(wire, /^POST \/wsman HTTP\/1\.1\r\n/, "the host sees no proxy's form of a request");
    assert.match(wire, /multipart\/encrypted/);
    assert.doesNotMatch(wire, /proxy-authorization|Envelope/i);
    session.close();
    await proxy.sockets.gone();
    await relay.sockets.gone();
  });

  test("over https judges the host's own certificate, and binds the logon to it", async (t) => {
    const host = await startHost(t, { https: { certificate: CERTIFICATE } });
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const proxy = await startConnectProxy(t, () => host.https!.port);
    const tls = { ca: CERTIFICATE.certPem };
    assert.ok((await readConfig(through(t, proxy, { transport: "https", tls }).client, NEVER)).size > 0);
    const error = await failure(readConfig(through(t, proxy, { transport: "https" }).client, NEVER));
    assert.equal(error.code, "WINRM_E_TLS_UNTRUSTED");
    assert.match(error.message, /through 127\.0\.0\.1:\d+\)/);
    const other = through(t, proxy, { transport: "https", tls, host: "web02.test" });
    assert.equal((await failure(readConfig(other.client, NEVER))).code, "WINRM_E_TLS_NAME");
  });

  test("that intercepts TLS fails on the certificate", async (t) => {
    const other = certificateFor(["web01.test"]);
    const middle = await startHost(t, { https: { certificate: other } });
    const proxy = await startConnectProxy(t, () => middle.https!.port);
    const { client } = through(t, proxy, { transport: "https", tls: { pinnedSha256: "0".repeat(64) } });
    assert.equal((await failure(readConfig(client, NEVER))).code, "WINRM_E_TLS_PIN");
    assert.equal(middle.journal.entries().length, 0, "no request is made");
  });

  test("that itself speaks TLS works for both transports, where its certificate is trusted", async (t) => {
    const certificate = certificateFor(["127.0.0.1", "web01.test"]);
    const host = await startHost(t, { https: { certificate } });
    const via = { transport: "https" } as const;
    const tls = { ca: certificate.certPem };
    for (const [transport, port] of [
      ["https", host.https!.port],
      ["http", host.http!.port],
    ] as const) {
      const proxy = await startConnectProxy(t, () => port, certificate);
      assert.ok((await readConfig(through(t, proxy, { transport, via, tls }).client, NEVER)).size > 0, transport);
      const error = await failure(readConfig(through(t, proxy, { transport, via }).client, NEVER));
      assert.equal(error.code, "WINRM_E_PROXY");
      assert.match(error.message, /DEPTH_ZERO_SELF_SIGNED_CERT/);
      assert.equal(proxy.asked.length, 1, "a proxy that is not trusted is asked for nothing");
    }
  });

  test("to an IPv6 address writes it in brackets", async (t) => {
    const host = await startHost(t);
    const proxy = await startConnectProxy(t, () => host.http!.port);
    assert.ok((await readConfig(through(t, proxy, { host: "2001:db8::7" }).client, NEVER)).size > 0);
    assert.deepEqual(
      proxy.asked.map(({ authority, request }) => [authority, request.headers.host]),
      [[`[2001:db8::7]:${proxy.port}`, `[2001:db8::7]:${proxy.port}`]],
    );
  });

  test("replaces a tunnel that was cut, and logs on anew in the new one", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const proxy = await startConnectProxy(t, () => relay.port);
    const { client } = through(t, proxy);
    await readConfig(client, NEVER);
    relay.sockets.destroy();
    await relay.sockets.gone();
    assert.ok((await readConfig(client, NEVER)).size > 0);
    assert.equal(proxy.asked.length, 2);
    assert.equal(host.journal.logonFailures().length, 0);
  });
});

suite("a proxy that wants a logon", LIMIT, () => {
  const demand = answered(407, ['Proxy-Authenticate: Basic realm="runners"'], "<html>");
  const wanted = `Basic ${Buffer.from(`runner:${PROXY_SECRET}`).toString("base64")}`;

  test("gets it with the first request, and the host does not see it", async (t) => {
    const { relay } = await startRelayedHost(t);
    const proxy = await startConnectProxy(t, ({ authorization }) => (authorization === wanted ? relay.port : demand));
    assert.ok((await readConfig(through(t, proxy, { via: { credential: CREDENTIAL } }).client, NEVER)).size > 0);
    assert.equal(proxy.asked.length, 1);
    assert.doesNotMatch(relay.sent().toString("latin1"), new RegExp(wanted));
  });

  test("and gets none, says so", async (t) => {
    const proxy = await startConnectProxy(t, () => demand);
    const error = await failure(readConfig(through(t, proxy).client, NEVER));
    assert.equal(error.code, "WINRM_E_PROXY_AUTH");
    assert.match(error.message, /Basic[\s\S]*\{ env: /);
  });

  test("by another method than Basic, says so", async (t) => {
    const answer = answered(407, ["Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM"]);
    const proxy = await startConnectProxy(t, () => answer);
    const error = await failure(readConfig(through(t, proxy, { via: { credential: CREDENTIAL } }).client, NEVER));
    assert.equal(error.code, "WINRM_E_PROXY_AUTH");
    assert.match(error.message, /Negotiate, NTLM/);
  });

  test("and refuses it, is asked once by all sessions of a run, and the password stands nowhere", async (t) => {
    const proxy = await startConnectProxy(t, () => demand);
    const pool = new SessionPool();
    later(t, () => {
      pool.close();
    });
    const read = (number: number) => {
      const via = proxyAt(proxy.port, { credential: CREDENTIAL });
      const target = targetOf(5985, { host: `web${number}.test`, proxy: via, username: `user${number}` });
      return failure(readConfig(new WsmanClient(pool.session(target)), NEVER));
    };
    const errors = await Promise.all([1, 2, 3, 4, 5].map(read));
    assert.equal(proxy.asked.length, 1);
    const codes: ErrorCode[] = errors.map(({ code }) => code);
    assert.deepEqual(codes.sort(), [...Array<ErrorCode>(4).fill("WINRM_E_LOGON_SUPPRESSED"), "WINRM_E_PROXY_AUTH"]);
    for (const error of errors) {
      assert.match(error.message, new RegExp(`the proxy 127\\.0\\.0\\.1:${proxy.port}`));
      assert.doesNotMatch(`${error.message}${error.stack ?? ""}${JSON.stringify(error)}`, /Planted|cnVubmVy/);
    }
    assert.ok(pool.secrets().includes(PROXY_SECRET), "the boundary takes it out of what leaves the process");
    assert.doesNotMatch(JSON.stringify(pool), /Planted/);
  });

  test("and cannot reach one host, has still taken it", async (t) => {
    const { relay } = await startRelayedHost(t);
    const proxy = await startConnectProxy(t, ({ authority }) =>
      authority.startsWith("down") ? answered(502) : relay.port,
    );
    const pool = new SessionPool();
    later(t, () => {
      pool.close();
    });
    const clientOf = (host: string) =>
      new WsmanClient(pool.session(targetOf(5985, { host, proxy: proxyAt(proxy.port, { credential: CREDENTIAL }) })));
    const [down, up] = await Promise.all([
      failure(readConfig(clientOf("down.test"), NEVER)),
      readConfig(clientOf("up.test"), NEVER),
    ]);
    assert.equal(down.code, "WINRM_E_PROXY");
    assert.ok(up.size > 0);
  });
});

suite("a proxy that opens no tunnel", LIMIT, () => {
  const rows: readonly (readonly [string, string])[] = [
    ["403", answered(403, ["Via: 1.1 squid"], "<html>")],
    ["405", answered(405, ["Server: nginx"])],
    ["500", answered(500)],
    ["502", answered(502)],
    ["503", answered(503)],
    ["504", answered(504)],
    ["302", answered(302, ["Location: http://portal.test/"])],
    ["418", answered(418)],
  ];
  for (const [name, answer] of rows) {
    test(`but answers ${name} is named, and nothing is sent to the host`, async (t) => {
      const proxy = await startConnectProxy(t, () => answer);
      const { session } = through(t, proxy, { via: { credential: CREDENTIAL } });
      const error = await failure(session.send("x", NEVER));
      assert.equal(error.code, "WINRM_E_PROXY");
      assert.match(error.message, new RegExp(`HTTP ${name} `));
      assertWording(t, error.message);
      assert.equal(error.retryable, name === "503");
      assert.equal(error.context.outcomeUnknown ?? false, false);
      await proxy.sockets.gone();
    });
  }

  const hostile: readonly (readonly [string, string | undefined, RegExp])[] = [
    ["hangs up", undefined, /ECONNRESET/],
    ["talks SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", /HTTP proxy/],
    ["talks TLS", "\u0015\u0003\u0001\u0000\u0002\u0002F", /HTTP proxy/],
    ["sends headers without end", `HTTP/1.1 200 ok\r\nX: ${"x".repeat(100_000)}`, /HTTP proxy/],
    ["injects a header", "HTTP/1.1 200 ok\r\nA: b\u0000c\r\n\r\n", /HTTP proxy/],
  ];
  for (const [name, bytes, message] of hostile) {
    test(`because it ${name} is named`, async (t) => {
      const peer = await startRaw(t, (socket) => {
        socket.once("data", () =>
          bytes === undefined ? socket.destroy() : socket.write(Buffer.from(bytes, "latin1")),
        );
      });
      const parts = { host: "web01.test", proxy: proxyAt(peer.port) };
      const error = await failure(openSession(t, peer, parts).session.send("x", NEVER));
      assert.equal(error.code, "WINRM_E_PROXY");
      assert.match(error.message, message);
      await peer.sockets.gone();
    });
  }

  test("because nothing listens there, or its name is unknown, is named", async (t) => {
    const peer = await startRaw(t, (socket) => socket.destroy());
    const at = (proxy: Proxy) => failure(openSession(t, peer, { host: "web01.test", proxy }).session.send("x", NEVER));
    const refused = await at(proxyAt(1));
    assert.equal(refused.code, "WINRM_E_PROXY");
    assert.match(refused.message, /127\.0\.0\.1:1: .*\(ECONNREFUSED\)[\s\S]*NO_PROXY/);
    const unknown = await at(proxyAt(3128, { host: "proxy.invalid" }));
    assert.equal(unknown.code, "WINRM_E_PROXY");
    assert.match(unknown.message, /proxy\.invalid:3128/);
  });

  test("because it stands still is named with the limit, and leaves no socket", async (t) => {
    const proxy = await startConnectProxy(t, () => undefined);
    const error = await failure(through(t, proxy, { connectTimeoutMs: 1_000 }).session.send("x", NEVER));
    assert.equal(error.code, "WINRM_E_PROXY");
    assert.match(error.message, /1 s \(timeouts\.connectSeconds\)/);
    await proxy.sockets.gone();
  });

  test("because the caller stops leaves no socket", async (t) => {
    const stop = new AbortController();
    const proxy = await startConnectProxy(t, () => {
      stop.abort();
      return undefined;
    });
    const error = await failure(through(t, proxy).session.send("x", stop.signal));
    assert.equal(error.code, "WINRM_E_CANCELLED");
    await proxy.sockets.gone();
  });

  test("to a host that talks no TLS, or stands still in it, is the host's failure", async (t) => {
    const still = await startRaw(t, () => undefined);
    const rubbish = await startRaw(t, (socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const to = async (port: number) => {
      const proxy = await startConnectProxy(t, () => port);
      return failure(through(t, proxy, { transport: "https", connectTimeoutMs: 1_500 }).session.send("x", NEVER));
    };
    assert.equal((await to(still.port)).code, "WINRM_E_CONNECT_TIMEOUT");
    assert.equal((await to(rubbish.port)).code, "WINRM_E_TLS");
    await still.sockets.gone();
  });
});
