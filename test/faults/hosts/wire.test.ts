/** What somebody on the path can read of NTLM over http: every byte of both directions, recorded by a relay. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { putLeaves, readConfig } from "../../../provider/host/config";
import { startRelayedHost } from "../../support/hosts/hosts";
import { ACCOUNT, failure, NEVER, openSession } from "../../support/hosts/sessions";

const LIMIT = { timeout: 30_000 } as const;

/** Texts that only stand inside messages. */
const SECRETS = [
  "Envelope",
  "cfg:",
  "soap-envelope",
  "MessageID",
  "TrustedHosts",
  "MaxTimeoutms",
  "CbtHardeningLevel",
  "secret-peer.test",
  ACCOUNT.password,
];

function inClear(bytes: Buffer): string[] {
  return SECRETS.filter((text) => bytes.includes(text) || bytes.includes(Buffer.from(text, "utf16le")));
}

/** All bytes but the sealed data: the head of every multipart body is known text, and stays. */
function httpText(bytes: Buffer): string {
  return bytes.toString("latin1");
}

suite("NTLM over http", LIMIT, () => {
  test("shows neither messages nor settings nor the password, in either direction", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { client } = openSession(t, relay);
    await readConfig(client, NEVER);
    await putLeaves(client, { resource: "client", leaves: new Map([["TrustedHosts", "secret-peer.test"]]) }, NEVER);
    await readConfig(client, NEVER);
    assert.equal(host.config.get("client/TrustedHosts"), "secret-peer.test");
    assert.deepEqual(inClear(relay.sent()), []);
    assert.deepEqual(inClear(relay.received()), []);
  });

  test("shows no fault either", async (t) => {
    const { relay } = await startRelayedHost(t, { policy: { "client/TrustedHosts": "secret-peer.test" } });
    const { client } = openSession(t, relay);
    const leaves = new Map([["TrustedHosts", "x"]]);
    assert.equal(
      (await failure(putLeaves(client, { resource: "client", leaves }, NEVER))).code,
      "WINRM_E_POLICY_CONTROLLED",
    );
    assert.deepEqual(inClear(relay.sent()), []);
    assert.deepEqual(inClear(relay.received()), []);
    assert.doesNotMatch(httpText(relay.received()), /WSManFault|policies/);
  });

  test("shows of each message the frame that Windows demands, and of the logon two tokens on empty requests", async (t) => {
    const { relay } = await startRelayedHost(t);
    await readConfig(openSession(t, relay).client, NEVER);
    const sent = httpText(relay.sent());
    assert.equal(sent.match(/^POST \/wsman HTTP\/1\.1\r$/gm)?.length, 3);
    assert.equal(sent.match(/^authorization: Negotiate [A-Za-z0-9+/]+=*\r$/gim)?.length, 2);
    assert.equal(sent.match(/^content-length: 0\r$/gim)?.length, 2);
    assert.equal(
      sent.match(/\r\n--Encrypted Boundary\r\n\tContent-Type: application\/HTTP-SPNEGO-session-encrypted\r\n/g)?.length,
      1,
    );
    assert.equal(sent.match(/\tOriginalContent: type=application\/soap\+xml;charset=UTF-8;Length=\d+\r\n/g)?.length, 1);
    assert.ok(sent.endsWith("--Encrypted Boundary--\r\n"));
    const sealed = relay.received().toString("latin1");
    assert.match(sealed, /multipart\/encrypted/i);
  });

  test("the relay would see the messages if they were not sealed", async (t) => {
    const { relay } = await startRelayedHost(t, {
      config: { "service/auth/Basic": true, "service/AllowUnencrypted": true },
    });
    await readConfig(openSession(t, relay, { method: "basic" }).client, NEVER);
    assert.ok(inClear(relay.sent()).includes("Envelope"));
    assert.ok(inClear(relay.received()).includes("TrustedHosts"));
    const token = Buffer.from(`${ACCOUNT.name}:${ACCOUNT.password}`).toString("base64");
    assert.ok(httpText(relay.sent()).includes(token));
  });
});

suite("https", LIMIT, () => {
  test("shows nothing of logon or messages, with NTLM and with Basic", async (t) => {
    const { host, relay } = await startRelayedHost(t, { https: true, config: { "service/auth/Basic": true } });
    const tls = { ca: host.https!.certificatePem };
    for (const method of ["ntlm", "basic"] as const) {
      await readConfig(openSession(t, relay, { transport: "https", tls, method }).client, NEVER);
    }
    for (const bytes of [relay.sent(), relay.received()]) {
      assert.deepEqual(inClear(bytes), []);
      assert.doesNotMatch(httpText(bytes), /POST|Negotiate|Basic|wsman/i);
    }
    assert.deepEqual(
      host.journal.requests().map(({ auth, sealed }) => [auth, sealed]),
      [
        ["NTLM", false],
        ["Basic", false],
      ],
    );
  });
});
