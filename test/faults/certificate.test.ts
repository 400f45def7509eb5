/** Client certificates against the simulated host, which asks for them by renegotiation, and against hosts that break off. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { identify } from "../../provider/host/identify";
import { readConfig } from "../../provider/host/config";
import type { TlsTrust } from "../../provider/session/target";
import { type CertificatePair, type HostOptions, SimulatedHost } from "../../simulator";
import { openWithCertificate } from "../support/hosts/certificate-session";
import { certificateFor } from "../support/hosts/certificates";
import { later } from "../support/cleanup";
import { authority, clientCertificate, thumbprint } from "../support/hosts/client-certificates";
import { failure, NEVER } from "../support/hosts/sessions";

const LIMIT = { timeout: 60_000 } as const;
const SERVER = certificateFor(["127.0.0.1"]);
const CA = authority();
const SVC = { name: "svc-deploy", password: "Autumn-2032!" } as const;
const UPN = "svc-deploy@localhost";
const CLIENT = clientCertificate({ upn: UPN }, CA);

async function start(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({
    accounts: [SVC],
    http: false,
    https: { certificate: SERVER },
    config: { "service/auth/Certificate": true },
    certificates: { authorities: [CA.certPem] },
    certMappings: [{ subject: UPN, issuer: thumbprint(CA.certPem), userName: SVC.name, password: SVC.password }],
    ...options,
  });
  later(t, () => host.stop());
  return host;
}

function open(t: TestContext, port: number, pair: CertificatePair = CLIENT, tls: Partial<TlsTrust> = {}) {
  return openWithCertificate(t, port, { pair, tls: { ca: SERVER.certPem, ...tls } });
}

suite("a client certificate", LIMIT, () => {
  test("reads as the mapped account, without a request before the first", async (t) => {
    const host = await start(t);
    const { session, client } = open(t, host.https!.port);
    assert.ok((await readConfig(client, NEVER)).size > 40);
    await identify(client, NEVER);
    assert.deepEqual(
      host.journal.entries().map(({ auth, account, status }) => [auth, account, status]),
      [
        ["Certificate", SVC.name, 200],
        ["Certificate", SVC.name, 200],
      ],
    );
    assert.equal(session.traffic.requests, 2);
    assert.equal(session.errorContext.identity, `certificate as ${UPN} over https`);
  });

  test("that nobody mapped, or where certificates are off, is refused once", async (t) => {
    for (const [options, pair] of [
      [{}, clientCertificate({ upn: "stranger@localhost" }, CA)],
      [{ config: { "service/auth/Certificate": false } }, CLIENT],
    ] as const) {
      const host = await start(t, options);
      const { client } = open(t, host.https!.port, pair);
      const error = await failure(readConfig(client, NEVER));
      assert.equal(error.code, "WINRM_E_LOGON_DENIED");
      assert.match(error.message, /1\. Certificate .*\n.*2\. .*mapping/);
      const requests = host.journal.entries().length;
      assert.equal((await failure(readConfig(client, NEVER))).code, "WINRM_E_LOGON_SUPPRESSED");
      assert.equal(host.journal.entries().length, requests);
    }
  });

  test("under TLS 1.3 meets a host that breaks off, which is explained and not repeated", async (t) => {
    const host = await start(t);
    const { client } = open(t, host.https!.port, CLIENT, { maxVersion: "TLSv1.3" });
    const error = await failure(readConfig(client, NEVER));
    assert.deepEqual([error.code, error.retryable], ["WINRM_E_CONNECTION_LOST", false]);
    assert.match(error.message, /TLS 1\.3/);
    assert.equal(host.journal.entries().length, 1);
  });

  test("in a session that is old is shown anew on the next connection", async (t) => {
    const host = await start(t);
    const { session, client } = open(t, host.https!.port);
    await identify(client, NEVER);
    host.injectFault({ on: "message", action: "reset" });
    assert.ok((await readConfig(client, NEVER)).size > 40);
    assert.ok(session.traffic.requests >= 3);
  });
});
