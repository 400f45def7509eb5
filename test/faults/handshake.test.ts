/** Hosts that break the rules, or off, before anybody is logged on. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { AV_ID } from "../../provider/auth/ntlm/av-pairs";
import { NTLM_FLAGS } from "../../provider/auth/ntlm/flags";
import { encodeChallenge } from "../../simulator/auth/ntlm-messages";
import type { ErrorCode } from "../../provider/errors";
import { putLeaves, readConfig } from "../../provider/host/config";
import { challenge, startHttp, startRaw } from "../support/hosts/hostile-server";
import { startRelayedHost } from "../support/hosts/hosts";
import { ACCOUNT, failure, NEVER, openSession } from "../support/hosts/sessions";
import { assertWording } from "../support/pages/golden";

const LIMIT = { timeout: 30_000 } as const;
const CLOSE = { "Content-Length": 0, Connection: "close" } as const;

suite("a peer that dies before the logon is complete", LIMIT, () => {
  test("right after it accepted the connection", async (t) => {
    for (const end of ["destroy", "resetAndDestroy", "end"] as const) {
      const peer = await startRaw(t, (socket) => socket[end]());
      const error = await failure(openSession(t, peer).session.send("x", NEVER));
      assert.equal(error.code, "WINRM_E_CONNECTION_LOST", end);
      assert.equal(peer.sockets.total, 1);
    }
  });

  for (const moment of ["handshake-1", "handshake-2"] as const) {
    test(`at ${moment}, after which the next request logs on anew`, async (t) => {
      const { host, relay } = await startRelayedHost(t);
      const { session, client } = openSession(t, relay);
      const rule = host.injectFault({ on: moment, action: "reset" });
      const error = await failure(session.send("x", NEVER));
      assert.equal(error.code, "WINRM_E_CONNECTION_LOST");
      assert.ok(rule.fired);
      assert.ok((await readConfig(client, NEVER)).size > 0);
      assert.equal(relay.sockets.total, 2);
      assert.equal(host.journal.logonFailures().length, 0);
    });

    test(`at ${moment} without a word: the caller's signal ends it`, async (t) => {
      for (const [reason, code] of [
        [new DOMException("late", "TimeoutError"), "WINRM_E_TIMEOUT"],
        [new DOMException("stop", "AbortError"), "WINRM_E_CANCELLED"],
      ] as const) {
        const stop = new AbortController();
        let posts = 0;
        const judge = (chunk: Buffer): undefined => {
          posts += chunk.includes("POST ") ? 1 : 0;
          if (posts === Number(moment.at(-1))) stop.abort(reason);
        };
        const { host, relay } = await startRelayedHost(t, {}, { judge });
        host.injectFault({ on: moment, action: "hang" });
        const error = await failure(openSession(t, relay).session.send("x", stop.signal));
        assert.equal(error.code, code);
        assert.equal(error.context.outcomeUnknown, false);
        await relay.sockets.gone();
      }
    });
  }

  test("at handshake-1: a read is repeated by itself", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.injectFault({ on: "handshake-1", action: "reset" });
    assert.ok((await readConfig(openSession(t, relay).client, NEVER)).size > 0);
    assert.equal(relay.sockets.total, 2);
  });

  test("at handshake-1: a write is repeated too, since nothing of it was sent", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.injectFault({ on: "handshake-1", action: "reset" });
    const leaves = new Map([["TrustedHosts", "a"]]);
    await putLeaves(openSession(t, relay).client, { resource: "client", leaves }, NEVER);
    assert.equal(host.config.get("client/TrustedHosts"), "a");
    assert.equal(host.journal.writes().length, 1);
  });

  test("at handshake-2: nothing is repeated, because that may be the host's way to refuse the credential", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.injectFault({ on: "handshake-2", action: "reset" });
    const error = await failure(readConfig(openSession(t, relay).client, NEVER));
    assert.equal(error.code, "WINRM_E_CONNECTION_LOST");
    assert.equal(error.retryable, false);
    assert.equal(relay.sockets.total, 1);
  });
});

suite("an answer in the handshake that is no WinRM", LIMIT, () => {
  const statuses: readonly (readonly [number, ErrorCode])[] = [
    [302, "WINRM_E_HTTP_STATUS"],
    [403, "WINRM_E_HTTP_STATUS"],
    [404, "WINRM_E_NOT_WINRM"],
    [405, "WINRM_E_HTTP_STATUS"],
    [407, "WINRM_E_HTTP_STATUS"],
    [413, "WINRM_E_ENVELOPE_TOO_LARGE"],
    [500, "WINRM_E_HTTP_STATUS"],
    [503, "WINRM_E_HTTP_STATUS"],
  ];
  for (const [status, code] of statuses) {
    test(`HTTP ${status} at either leg is ${code}`, async (t) => {
      for (const moment of ["handshake-1", "handshake-2"] as const) {
        const { host, relay } = await startRelayedHost(t);
        host.injectFault({ on: moment, action: "status", status });
        const error = await failure(openSession(t, relay).session.send("x", NEVER));
        assert.equal(error.code, code, moment);
        assert.equal(error.retryable, status === 503);
      }
    });
  }

  test("200 without any proof, with and without a page", async (t) => {
    for (const body of ["", "<html>welcome</html>"]) {
      const peer = await startHttp(t, ({ response }) => response.writeHead(200).end(body));
      const error = await failure(openSession(t, peer).session.send("x", NEVER));
      assert.equal(error.code, "WINRM_E_HANDSHAKE");
      assert.equal(peer.requests(), 1);
    }
  });

  test("a redirect is not followed", async (t) => {
    const elsewhere = await startHttp(t, ({ response }) => response.writeHead(200).end());
    const location = `http://127.0.0.1:${elsewhere.port}/wsman`;
    const peer = await startHttp(t, ({ response }) => response.writeHead(307, { Location: location }).end());
    assert.equal((await failure(openSession(t, peer).session.send("x", NEVER))).code, "WINRM_E_HTTP_STATUS");
    assert.equal(elsewhere.requests(), 0);
  });

  test("a 401 that offers other methods, or the method without an answer to the token, or nothing", async (t) => {
    const cases: readonly (readonly [string[], ErrorCode])[] = [
      [['Basic realm="WSMAN"', "Kerberos"], "WINRM_E_METHOD_NOT_OFFERED"],
      [["Negotiate", "Kerberos"], "WINRM_E_HANDSHAKE"],
      [["Negotiate !!!"], "WINRM_E_HANDSHAKE"],
      [[], "WINRM_E_HANDSHAKE"],
    ];
    for (const [offers, code] of cases) {
      const peer = await startHttp(t, ({ response }) => response.writeHead(401, { "WWW-Authenticate": offers }).end());
      const { session } = openSession(t, peer);
      assert.equal((await failure(session.send("x", NEVER))).code, code, offers.join());
      assert.equal(
        (await failure(session.send("x", NEVER))).code,
        code,
        "no password was sent, so it may be tried again",
      );
      assert.equal(peer.requests(), 2);
    }
  });

  test("something that is not HTTP, or whose headers never end", async (t) => {
    const greeting = await startRaw(t, (socket) => socket.write("SSH-2.0-OpenSSH_9.9\r\n"));
    assert.equal((await failure(openSession(t, greeting).session.send("x", NEVER))).code, "WINRM_E_NOT_WINRM");
    const endless = await startRaw(t, (socket) => {
      socket.write(`HTTP/1.1 401 \r\n${"X-Filler: 0123456789\r\n".repeat(10_000)}`);
    });
    assert.equal((await failure(openSession(t, endless).session.send("x", NEVER))).code, "WINRM_E_NOT_WINRM");
    assert.equal(greeting.sockets.total + endless.sockets.total, 2);
  });
});

const FLAGS = Object.values(NTLM_FLAGS).reduce((all, flag) => (all | flag) >>> 0, 0);

function challengeWith(flags: number): Buffer {
  const targetInfo = [{ id: AV_ID.MsvAvNbComputerName, value: Buffer.from("WEB01", "utf16le") }];
  return encodeChallenge({ flags, targetName: "WEB01", serverChallenge: Buffer.alloc(8, 7), targetInfo });
}

suite("an NTLM challenge", LIMIT, () => {
  const needed = [
    "NTLMSSP_NEGOTIATE_UNICODE",
    "NTLMSSP_NEGOTIATE_NTLM",
    "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY",
    "NTLMSSP_NEGOTIATE_128",
    "NTLMSSP_NEGOTIATE_TARGET_INFO",
    "NTLMSSP_NEGOTIATE_SIGN",
    "NTLMSSP_NEGOTIATE_SEAL",
    "NTLMSSP_NEGOTIATE_KEY_EXCH",
  ] as const;
  for (const flag of needed) {
    test(`without ${flag} is refused, and no proof of the password is sent`, async (t) => {
      const token = challengeWith((FLAGS & ~NTLM_FLAGS[flag]) >>> 0);
      const peer = await startHttp(t, ({ response }) => {
        challenge(response, token);
      });
      assert.equal((await failure(openSession(t, peer).session.send("x", NEVER))).code, "WINRM_E_HANDSHAKE");
      assert.equal(peer.requests(), 1);
    });
  }

  test("with all of them is answered", async (t) => {
    const peer = await startHttp(t, ({ response, number }) => {
      if (number === 1) challenge(response, challengeWith(FLAGS));
      else response.writeHead(401, { ...CLOSE, "WWW-Authenticate": "Negotiate" }).end();
    });
    assert.equal((await failure(openSession(t, peer).session.send("x", NEVER))).code, "WINRM_E_LOGON_DENIED");
    assert.equal(peer.requests(), 2);
  });

  test("that is malformed is refused", async (t) => {
    const good = challengeWith(FLAGS);
    const outside = Buffer.from(good);
    outside.writeUInt32LE(0xffff_fff0, 44);
    const tokens = [
      Buffer.from("garbage"),
      good.subarray(0, 40),
      good.subarray(0, good.length - 3),
      outside,
      Buffer.alloc(5_000),
    ];
    for (const token of tokens) {
      const peer = await startHttp(t, ({ response }) => {
        challenge(response, token);
      });
      assert.equal((await failure(openSession(t, peer).session.send("x", NEVER))).code, "WINRM_E_HANDSHAKE");
      assert.equal(peer.requests(), 1);
    }
  });

  test("on a connection that is closed with it is refused, because the logon belongs to the connection", async (t) => {
    const header = `Negotiate ${challengeWith(FLAGS).toString("base64")}`;
    const peer = await startHttp(t, ({ response }) =>
      response.writeHead(401, { ...CLOSE, "WWW-Authenticate": header }).end(),
    );
    const error = await failure(openSession(t, peer).session.send("x", NEVER));
    assert.equal(error.code, "WINRM_E_HANDSHAKE");
    assertWording(t, error.message);
  });

  test("after which the proof is refused counts as a rejection, whatever the host then offers", async (t) => {
    for (const offers of [["Negotiate"], ["Kerberos"], []]) {
      const peer = await startHttp(t, ({ response, number }) => {
        if (number % 2 === 1) challenge(response, challengeWith(FLAGS));
        else response.writeHead(401, { ...CLOSE, "WWW-Authenticate": offers }).end();
      });
      const { session } = openSession(t, peer);
      assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_LOGON_DENIED", offers.join());
      assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_LOGON_SUPPRESSED");
      assert.equal(peer.requests(), 2);
    }
  });
});

suite("line breaks in what the user gave", LIMIT, () => {
  const evil = "\r\nX-Evil: 1";
  const cases = [
    { username: `ops${evil}` },
    { username: `CORP${evil}\\ops` },
    { method: "basic", username: `ops${evil}` },
    { method: "basic", password: `secret${evil}` },
    { path: `/wsman${evil}` },
    { path: `/wsman HTTP/1.1${evil}\r\n\r\n` },
    { path: "/ws\u0000man" },
  ] as const;
  for (const [index, parts] of cases.entries()) {
    test(`never reach the wire (${index + 1}: ${Object.keys(parts).join(", ")})`, async (t) => {
      const { host, relay } = await startRelayedHost(t, { config: { "service/auth/Basic": true } });
      const error = await failure(readConfig(openSession(t, relay, parts).client, NEVER));
      assert.equal(error.code, "WINRM_E_ARGUMENT");
      assert.equal(error.context.outcomeUnknown ?? false, false);
      assert.equal(relay.sent().length, 0);
      assert.equal(host.journal.length, 0);
      assert.doesNotMatch(error.message, new RegExp(ACCOUNT.password));
    });
  }

  test("a host name with one is never asked for", async (t) => {
    const { relay } = await startRelayedHost(t);
    const error = await failure(readConfig(openSession(t, relay, { host: `127.0.0.1${evil}` }).client, NEVER));
    assert.equal(relay.sockets.total, 0);
    assert.ok(["WINRM_E_DNS", "WINRM_E_ARGUMENT", "WINRM_E_UNREACHABLE"].includes(error.code), error.code);
  });
});
