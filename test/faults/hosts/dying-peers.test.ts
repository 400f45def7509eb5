/** Hosts that die at each step of the other methods, and of NTLM over https: nothing hangs, and no proof is shown twice. */
import assert from "node:assert/strict";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { putLeaves, readConfig } from "../../../provider/host/config";
import { type HostOptions, type MisbehaviourRule, SimulatedHost } from "../../../simulator";
import { openWithCertificate } from "../../support/hosts/certificate-session";
import { certificateFor } from "../../support/hosts/certificates";
import { later } from "../../support/cleanup";
import { authority, clientCertificate } from "../../support/hosts/client-certificates";
import { startHttp } from "../../support/hosts/hostile-server";
import { startRelayedHost } from "../../support/hosts/hosts";
import { startRelay } from "../../support/hosts/relay";
import { failure, NEVER, openSession, type TargetParts } from "../../support/hosts/sessions";

const LIMIT = { timeout: 30_000 } as const;
const TRUST = { resource: "client", leaves: new Map([["TrustedHosts", "a"]]) } as const;

/** A host with https whose every socket the test sees, and a session with it. */
async function overTls(t: TestContext, parts: TargetParts, options: HostOptions = {}) {
  const { host, relay } = await startRelayedHost(t, { https: true, ...options });
  const tls = { ca: host.https!.certificatePem };
  return { host, relay, ...openSession(t, relay, { transport: "https", tls, ...parts }) };
}

const logons = (host: SimulatedHost) =>
  host.journal.entries().filter(({ phase, status }) => phase === "handshake" && status === 200).length;

suite("a host that dies on NTLM over https", LIMIT, () => {
  const rows: readonly (readonly [MisbehaviourRule, number, number])[] = [
    [{ on: "handshake-1", action: "reset" }, 2, 1],
    [{ on: "get", action: "reset" }, 2, 2],
    [{ on: "get", action: "truncate" }, 2, 2],
  ];
  for (const [rule, sockets, times] of rows) {
    test(`at ${rule.on} by ${rule.action}: the read is made on a new connection`, async (t) => {
      const { host, relay, client } = await overTls(t, {});
      const fault = host.injectFault(rule);
      assert.ok((await readConfig(client, NEVER)).size > 40);
      assert.ok(fault.fired);
      assert.deepEqual([relay.sockets.total, logons(host)], [sockets, times]);
      assert.equal(host.journal.logonFailures().length, 0);
    });
  }

  test("at the proof: nothing is repeated", async (t) => {
    const { host, relay, client } = await overTls(t, {});
    host.injectFault({ on: "handshake-2", action: "reset" });
    const error = await failure(readConfig(client, NEVER));
    assert.deepEqual([error.code, error.retryable], ["WINRM_E_CONNECTION_LOST", false]);
    assert.equal(relay.sockets.total, 1);
  });

  test("after it carried out a write: it is not sent again", async (t) => {
    const { host, client } = await overTls(t, {});
    host.injectFault({ on: "put", action: "reset-after-apply" });
    const error = await failure(putLeaves(client, TRUST, NEVER));
    assert.deepEqual([error.code, error.context.outcomeUnknown], ["WINRM_E_CONNECTION_LOST", true]);
    assert.equal(host.journal.writes().length, 1);
  });
});

suite("a host that dies on Basic", LIMIT, () => {
  const basic = { method: "basic" } as const;
  const options = { config: { "service/auth/Basic": true } } as const;

  for (const action of ["reset", "truncate", "reset-after-apply"] as const) {
    test(`by ${action} at the first request: the password is not shown again`, async (t) => {
      const { host, relay, client } = await overTls(t, basic, options);
      host.injectFault({ on: "get", action });
      const error = await failure(readConfig(client, NEVER));
      assert.deepEqual([error.code, error.retryable], ["WINRM_E_CONNECTION_LOST", false]);
      assert.equal(relay.sockets.total, 1);
      assert.equal(host.journal.length, 1);
    });

    test(`by ${action} once it has let the account in: the read is made on a new connection`, async (t) => {
      const { host, relay, client } = await overTls(t, basic, options);
      await readConfig(client, NEVER);
      host.injectFault({ on: "get", action });
      assert.ok((await readConfig(client, NEVER)).size > 40);
      assert.equal(relay.sockets.total, 2);
    });
  }

  test("after it carried out a write: it is not sent again", async (t) => {
    const { host, client } = await overTls(t, basic, options);
    await readConfig(client, NEVER);
    host.injectFault({ on: "put", action: "reset-after-apply" });
    assert.equal((await failure(putLeaves(client, TRUST, NEVER))).context.outcomeUnknown, true);
    assert.equal(host.journal.writes().length, 1);
  });
});

suite("a server that dies on Digest", LIMIT, () => {
  const ASK = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256';
  const SOAP = { "Content-Type": "application/soap+xml", "Content-Length": 2 };

  /** Dies at these requests, counted from 1; otherwise asks, and takes every proof. */
  async function dying(t: TestContext, ...at: readonly number[]) {
    const proofs: number[] = [];
    const peer = await startHttp(t, ({ request, response, number }) => {
      const proof = request.headers.authorization !== undefined;
      if (proof) proofs.push(number);
      if (at.includes(number)) request.socket.resetAndDestroy();
      else if (proof) response.writeHead(200, SOAP).end("ok");
      else response.writeHead(401, { "WWW-Authenticate": ASK, "Content-Length": 0 }).end();
    });
    return { peer, proofs, ...openSession(t, peer, { method: "digest" }) };
  }

  test("at its question: that may be asked again, since no proof was sent", async (t) => {
    const { proofs, session } = await dying(t, 1);
    const error = await failure(session.send("x", NEVER));
    assert.deepEqual([error.code, error.retryable], ["WINRM_E_CONNECTION_LOST", true]);
    assert.equal(await session.send("x", NEVER), "ok");
    assert.deepEqual(proofs, [3]);
  });

  test("between its question and the proof: the proof goes nowhere, and a new question is asked", async (t) => {
    const peer = await startHttp(t, ({ request, response, number }) => {
      if (request.headers.authorization !== undefined) response.writeHead(200, SOAP).end("ok");
      else {
        const closes = number === 1 ? { Connection: "close" } : {};
        response.writeHead(401, { "WWW-Authenticate": ASK, "Content-Length": 0, ...closes }).end();
      }
    });
    const { session } = openSession(t, peer, { method: "digest" });
    assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_CONNECTION_LOST");
    assert.equal(await session.send("x", NEVER), "ok");
    assert.equal(peer.requests(), 3);
  });

  test("at the proof: it is not sent again", async (t) => {
    const { peer, proofs, session } = await dying(t, 2);
    const error = await failure(session.send("x", NEVER));
    assert.deepEqual(
      [error.code, error.retryable, error.context.outcomeUnknown],
      ["WINRM_E_CONNECTION_LOST", false, true],
    );
    assert.deepEqual([proofs, peer.requests()], [[2], 2]);
  });

  test("once it has taken a proof: a later break may be tried again", async (t) => {
    const { session } = await dying(t, 3);
    assert.equal(await session.send("x", NEVER), "ok");
    const error = await failure(session.send("x", NEVER));
    assert.deepEqual([error.code, error.retryable], ["WINRM_E_CONNECTION_LOST", true]);
    assert.equal(await session.send("x", NEVER), "ok");
  });
});

suite("a host that dies on a client certificate", LIMIT, () => {
  const SERVER = certificateFor(["127.0.0.1"]);
  const CA = authority();
  const pair = clientCertificate({ upn: "svc-deploy@localhost" }, CA);
  const TLS_HANDSHAKE = 22;
  const TLS_DATA = 23;

  async function start(t: TestContext): Promise<SimulatedHost> {
    const host = await SimulatedHost.start({
      https: { certificate: SERVER },
      certificates: { authorities: [CA.certPem] },
      config: { "service/auth/Certificate": true },
    });
    later(t, () => host.stop());
    return host;
  }

  test("in the TLS handshake", async (t) => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    later(t, () => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const { client } = openWithCertificate(t, port, { pair, tls: { ca: SERVER.certPem } });
    const error = await failure(readConfig(client, NEVER));
    assert.equal(error.code, "WINRM_E_CONNECTION_LOST");
    assert.match(error.message, /\[WINRM_E_CONNECTION_LOST\]/);
  });

  test("in the renegotiation that asks for it: it is not shown again", async (t) => {
    const host = await start(t);
    let cut = 0;
    // The records of a renegotiation are encrypted; their type is not.
    const judge = (chunk: Buffer, sofar: Buffer): number | undefined => {
      if (chunk[0] !== TLS_HANDSHAKE || !recordTypes(sofar).includes(TLS_DATA)) return undefined;
      cut += 1;
      return 0;
    };
    const relay = await startRelay(t, host.https!.port, { judge });
    const { client } = openWithCertificate(t, relay.port, { pair, tls: { ca: SERVER.certPem } });
    const error = await failure(readConfig(client, NEVER));
    assert.deepEqual([error.code, error.retryable], ["WINRM_E_CONNECTION_LOST", false]);
    assert.equal(cut, 1);
    assert.equal(relay.sockets.total, 1);
    assert.equal(host.journal.requests().length, 0);
  });
});

/** The types of the TLS records in a stream. */
function recordTypes(stream: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 5 <= stream.length; at += 5 + stream.readUInt16BE(at + 3)) types.push(stream[at] ?? 0);
  return types;
}
