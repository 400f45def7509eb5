/** Certificates and TLS that are not what they should be, and ways to a host that do not exist. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { readConfig } from "../../provider/host/config";
import type { CertificatePair } from "../../simulator";
import { certificateFor } from "../support/hosts/certificates";
import { startRaw } from "../support/hosts/hostile-server";
import { startHost, startRelayedHost } from "../support/hosts/hosts";
import { startRelay } from "../support/hosts/relay";
import { startTlsRelay } from "../support/hosts/tls-relay";
import { failure, NEVER, openSession, type TargetParts } from "../support/hosts/sessions";
import { vacantPort } from "../support/hosts/ports";

const LIMIT = { timeout: 30_000 } as const;
const GOOD = certificateFor(["127.0.0.1", "web01.test"]);

async function secureHost(t: TestContext, certificate: CertificatePair = GOOD) {
  const { host, relay } = await startRelayedHost(t, { https: { certificate } });
  const https = host.https!;
  const open = (tls: TargetParts["tls"] = {}) => openSession(t, relay, { transport: "https", tls });
  return { host, relay, https, open };
}

suite("a certificate", LIMIT, () => {
  test("of the given authority, for the right name, in its time, is taken, and the logon is bound to it", async (t) => {
    const { host, open } = await secureHost(t);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    assert.ok((await readConfig(open({ ca: GOOD.certPem }).client, NEVER)).size > 0);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  const refusals: readonly (readonly [string, CertificatePair, TargetParts["tls"], ErrorCode])[] = [
    ["of an unknown authority", GOOD, {}, "WINRM_E_TLS_UNTRUSTED"],
    ["of another authority", GOOD, { ca: certificateFor(["other"]).certPem }, "WINRM_E_TLS_UNTRUSTED"],
    ["for another name", certificateFor(["web02.test"]), {}, "WINRM_E_TLS_NAME"],
    [
      "for the address, where a name is expected",
      certificateFor(["127.0.0.1"]),
      { serverName: "web01.test" },
      "WINRM_E_TLS_NAME",
    ],
    ["that is expired", certificateFor(["127.0.0.1"], { days: [-30, -1] }), {}, "WINRM_E_TLS_EXPIRED"],
    ["that is not valid yet", certificateFor(["127.0.0.1"], { days: [1, 30] }), {}, "WINRM_E_TLS_EXPIRED"],
    ["that is not the pinned one", GOOD, { pinnedSha256: "0".repeat(64) }, "WINRM_E_TLS_PIN"],
    [
      "that is not the pinned one, of a trusted authority",
      GOOD,
      { ca: GOOD.certPem, pinnedSha256: "a".repeat(64) },
      "WINRM_E_TLS_PIN",
    ],
  ];
  for (const [name, certificate, tls, code] of refusals) {
    test(`${name} is ${code}, and no request is made`, async (t) => {
      const { host, relay, open } = await secureHost(t, certificate);
      const trusted = code === "WINRM_E_TLS_UNTRUSTED" || code === "WINRM_E_TLS_PIN" ? {} : { ca: certificate.certPem };
      const error = await failure(readConfig(open({ ...trusted, ...tls }).client, NEVER));
      assert.equal(error.code, code);
      assert.equal(error.retryable, false);
      assert.equal(error.context.outcomeUnknown ?? false, false);
      assert.equal(host.journal.length, 0);
      assert.equal(relay.sockets.total, 1, "it is not tried again");
      await relay.sockets.gone();
    });
  }

  test("that is pinned is taken whatever its name, time and issuer, and the logon is bound to it", async (t) => {
    const certificate = certificateFor(["elsewhere"], { days: [-30, -1] });
    const { host, https, open } = await secureHost(t, certificate);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    assert.ok((await readConfig(open({ pinnedSha256: https.fingerprintSha256 }).client, NEVER)).size > 0);
  });

  test("is taken under another name if that is the one expected", async (t) => {
    const { open } = await secureHost(t, certificateFor(["web01.test"]));
    const ca = certificateFor(["web01.test"]).certPem;
    const error = await failure(readConfig(open({ ca, serverName: "web03.test" }).client, NEVER));
    assert.match(error.code, /^WINRM_E_TLS/);
    const host = await secureHost(t, GOOD);
    assert.ok((await readConfig(host.open({ ca: GOOD.certPem, serverName: "web01.test" }).client, NEVER)).size > 0);
  });

  test("is not looked at only if that is said", async (t) => {
    const { open } = await secureHost(t, certificateFor(["elsewhere"], { days: [-30, -1] }));
    assert.ok((await readConfig(open({ insecureSkipVerify: true }).client, NEVER)).size > 0);
  });

  test("of somebody between who ends TLS himself spoils a bound logon", async (t) => {
    const { host, relay } = await secureHost(t);
    const between = await startTlsRelay(t, certificateFor(["127.0.0.1"]), relay.port);
    const { client } = openSession(t, between, { transport: "https", tls: { insecureSkipVerify: true } });
    const error = await failure(readConfig(client, NEVER));
    assert.equal(error.code, "WINRM_E_LOGON_DENIED");
    assert.match(error.message, /channel binding/);
    assert.equal(host.journal.at(-1)?.refusal, "bad-binding");
  });
});

suite("a port", LIMIT, () => {
  test("that speaks http, asked over https, is no TLS", async (t) => {
    const { relay } = await startRelayedHost(t);
    const error = await failure(readConfig(openSession(t, relay, { transport: "https" }).client, NEVER));
    assert.equal(error.code, "WINRM_E_TLS");
    assert.match(error.message, /TLS/);
  });

  test("that speaks https, asked over http, is no WinRM, and no name or password goes there", async (t) => {
    const { host, relay } = await secureHost(t);
    const error = await failure(openSession(t, relay).session.send("x", NEVER));
    assert.ok(["WINRM_E_NOT_WINRM", "WINRM_E_CONNECTION_LOST"].includes(error.code), error.code);
    assert.match(error.message, /http .*TLS/);
    assert.equal(host.journal.logonFailures().length, 0);
    assert.doesNotMatch(relay.sent().toString("latin1"), /Administrator|A\0d\0m\0i\0n/);
  });

  test("that nobody listens at is refused", async (t) => {
    const port = await vacantPort(t);
    const peer = await startRaw(t, () => undefined);
    const error = await failure(readConfig(openSession(t, { ...peer, port }).client, NEVER));
    assert.equal(error.code, "WINRM_E_CONNECTION_REFUSED");
    assert.match(
      error.message,
      new RegExp(`^127\\.0\\.0\\.1:${port}: read winrm/config \\(ntlm as Administrator over http\\)`),
    );
  });

  test("of a name that does not exist is a matter of DNS", async (t) => {
    const peer = await startRaw(t, () => undefined);
    const error = await failure(readConfig(openSession(t, peer, { host: "does-not-exist.invalid" }).client, NEVER));
    assert.equal(error.code, "WINRM_E_DNS");
  });

  test("on an IPv6 address works", async (t) => {
    const host = await startHost(t);
    const relay = await startRelay(t, host.http!.port, { address: "::1" });
    const { client } = openSession(t, relay, { host: "::1" });
    assert.ok((await readConfig(client, NEVER)).size > 0);
    assert.match(relay.sent().toString("latin1"), new RegExp(`host: \\[::1\\]:${relay.port}`, "i"));
  });
});

suite("a TLS handshake that stands still", LIMIT, () => {
  test("ends when the time to connect is up, and leaves no socket", async (t) => {
    const peer = await startRaw(t, () => undefined);
    const error = await failure(
      openSession(t, peer, { transport: "https", connectTimeoutMs: 50 }).session.send("x", NEVER),
    );
    assert.equal(error.code, "WINRM_E_CONNECT_TIMEOUT");
    await peer.sockets.gone();
  });

  test("ends with the caller's signal at once, and leaves no socket", async (t) => {
    const stop = new AbortController();
    const peer = await startRaw(t, (socket) => {
      socket.once("data", () => {
        stop.abort();
      });
    });
    const error = await failure(
      openSession(t, peer, { transport: "https", connectTimeoutMs: 25_000 }).session.send("x", stop.signal),
    );
    assert.equal(error.code, "WINRM_E_CANCELLED");
    assert.equal(error.context.outcomeUnknown, false);
    await peer.sockets.gone();
  });

  test("ends when the session is closed, and leaves no socket", async (t) => {
    const peer = await startRaw(t, (socket) => {
      socket.once("data", () => {
        session.close();
      });
    });
    const { session } = openSession(t, peer, { transport: "https", connectTimeoutMs: 25_000 });
    assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_CANCELLED");
    await peer.sockets.gone();
  });

  test("that the peer breaks off is a failure of TLS or of the connection", async (t) => {
    const peer = await startRaw(t, (socket) => {
      socket.once("data", () => socket.destroy());
    });
    const error = await failure(openSession(t, peer, { transport: "https" }).session.send("x", NEVER));
    assert.equal(error.code, "WINRM_E_CONNECTION_LOST");
    assert.equal(error.context.outcomeUnknown, false);
  });

  test("that the peer answers with rubbish is a failure of TLS", async (t) => {
    const peer = await startRaw(t, (socket) => {
      socket.once("data", () => socket.end(Buffer.from("15030300020228", "hex")));
    });
    const error = await failure(openSession(t, peer, { transport: "https" }).session.send("x", NEVER));
    assert.equal(error.code, "WINRM_E_TLS");
  });
});
