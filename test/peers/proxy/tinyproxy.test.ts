/** Sessions with the simulated host through tinyproxy. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { putLeaves, readConfig } from "../../../provider/host/config";
import type { Proxy } from "../../../provider/session/transport/proxy";
import { startHost, startRelayedHost } from "../../support/hosts/hosts";
import { startRelay } from "../../support/hosts/relay";
import { failure, NEVER, openSession, type Peer, type TargetParts } from "../../support/hosts/sessions";
import { assertTold } from "../../support/pages/diagnosis-table";
import { skipWithoutTinyproxy, startTinyproxy, type TinyproxyOptions } from "./tinyproxy";

const CREDENTIAL = { username: "runner", password: "Planted-proxy-5" };
const WRITE = { resource: "client", leaves: new Map([["TrustedHosts", "db01"]]) } as const;

async function through(
  t: TestContext,
  host: Peer,
  parts: TargetParts & { readonly options?: TinyproxyOptions; readonly credential?: Proxy["credential"] } = {},
) {
  const { port } = await startTinyproxy(t, parts.options);
  const proxy: Proxy = { transport: "http", host: "127.0.0.1", port, credential: parts.credential };
  return openSession(t, host, { ...parts, proxy });
}

suite("tinyproxy", { skip: skipWithoutTinyproxy(), timeout: 60_000 }, () => {
  test("carries a sealed session over http: logon, reads and a write on one connection", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    const { client } = await through(t, relay);
    assert.ok((await readConfig(client, NEVER)).size > 0);
    await putLeaves(client, WRITE, NEVER);
    assert.equal((await readConfig(client, NEVER)).get("client/TrustedHosts")?.value, "db01");
    assert.equal(relay.sockets.total, 1);
    assert.ok(host.journal.requests().every(({ sealed, auth }) => sealed && auth === "NTLM"));
    assert.doesNotMatch(relay.sent().toString("latin1"), /Envelope|TrustedHosts|\nvia:/i);
  });

  test("carries a session over https that a host at Strict binds to its own certificate", async (t) => {
    const { host, relay } = await startRelayedHost(t, { https: true });
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const tls = { ca: host.https!.certificatePem };
    const { client } = await through(t, relay, { transport: "https", tls });
    assert.ok((await readConfig(client, NEVER)).size > 0);
    assert.equal(relay.sockets.total, 1);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("reaches a host by its IPv6 address", async (t) => {
    const host = await startHost(t);
    const relay = await startRelay(t, host.http!.port, { address: "::1" });
    const { client } = await through(t, relay, { host: "::1" });
    assert.ok((await readConfig(client, NEVER)).size > 0);
    assert.match(relay.sent().toString("latin1"), new RegExp(`host: \\[::1\\]:${relay.port}`, "i"));
  });

  test("takes a logon of its own, and demands it", async (t) => {
    const { relay } = await startRelayedHost(t);
    const options = { credential: CREDENTIAL };
    assert.ok(
      (await readConfig((await through(t, relay, { options, credential: CREDENTIAL })).client, NEVER)).size > 0,
    );
    const anonymous = await failure(readConfig((await through(t, relay, { options })).client, NEVER));
    assertTold("proxy: 407, no credential given", anonymous);
    const wrong = { ...CREDENTIAL, password: "Planted-proxy-6" };
    const refused = await failure(readConfig((await through(t, relay, { options, credential: wrong })).client, NEVER));
    assertTold("proxy: 407, the credential is refused", refused);
    assert.doesNotMatch(refused.message, /Planted/);
    assert.equal(relay.sockets.total, 1, "without a logon the host hears nothing");
  });

  test("that admits other ports only, or cannot reach the host, is named", async (t) => {
    const { relay } = await startRelayedHost(t);
    const forbidden = await failure(
      readConfig((await through(t, relay, { options: { connectPort: 443 } })).client, NEVER),
    );
    assertTold("proxy: 403", forbidden);
    assert.match(forbidden.message, /\b403\b.*tinyproxy/);
    const nobody = { port: 1, sockets: relay.sockets };
    const down = await failure(readConfig((await through(t, nobody)).client, NEVER));
    assertTold("proxy: 502, 504", down);
    assert.equal(relay.sockets.total, 0);
  });
});
