/** The trace: what it tells to those who listen, and that no secret is in it. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { suite, test, type TestContext } from "node:test";
import { createCertMapping } from "../../provider/host/cert-mappings";
import { putLeaves, readConfig } from "../../provider/host/config";
import { type TraceTopic, TRACE_TOPICS, printTrace, topicsOf, trace } from "../../provider/trace";
import { clientCertificate, thumbprint } from "../support/hosts/client-certificates";
import { openWithCertificate } from "../support/hosts/certificate-session";
import { startHttp } from "../support/hosts/hostile-server";
import { startRelayedHost } from "../support/hosts/hosts";
import { DeployedResource } from "../support/processes/provider-calls";
import { ADMIN, startHost as startNamedHost, startProcess } from "../support/processes/recorded-process";
import { ACCOUNT, NEVER, failure, openSession } from "../support/hosts/sessions";

/** Every line while the test runs. */
function listen(t: TestContext): string[] {
  const lines: string[] = [];
  const stop = printTrace(TRACE_TOPICS, (line) => lines.push(line));
  t.after(stop);
  return lines;
}

function topicsIn(lines: readonly string[]): Set<string> {
  return new Set(lines.map((line) => line.split(" ")[1] ?? ""));
}

suite("the trace", { timeout: 120_000 }, () => {
  test("has an event for each connection, leg of a logon, message, retry, plan and write", async (t) => {
    const lines = listen(t);
    const host = await startNamedHost(t);
    const { auth } = startProcess(t, {});
    host.injectFault({ on: "get", action: "status", status: 503 });
    const connection = {
      host: "127.0.0.1",
      transport: "http",
      port: host.http!.port,
      auth: { username: `WEB01\\${ADMIN.name}`, password: ADMIN.password },
    };
    await new DeployedResource("a").up(auth, { connection, service: { certificate: true } });
    assert.deepEqual([...topicsIn(lines)].sort(), [...TRACE_TOPICS].sort());
    for (const line of lines) assert.match(line, /^winrm [a-z]+ host="[^\n]*\n$/);
    assert.ok(lines.some((line) => line.includes("winrm write") && line.includes('outcome="done"')));
  });

  test("has no planted secret in it: NTLM, Basic, Digest, a certificate, the password of a mapping", async (t) => {
    const lines = listen(t);
    const own = clientCertificate({ upn: "own@localhost" });
    const certificates = { authorities: [own.certPem] };
    const mapping = { subject: "own@localhost", issuer: thumbprint(own.certPem), uri: "*" };
    const sealed = await startRelayedHost(t, { certificates });
    const { client } = openSession(t, sealed.relay);
    const values = { enabled: true, credentials: { userName: ACCOUNT.name, password: ACCOUNT.password } };
    await createCertMapping(client, { key: mapping, values }, NEVER);
    await putLeaves(client, { resource: "client", leaves: new Map([["client/TrustedHosts", "a.test"]]) }, NEVER);

    const config = { "service/auth/Basic": true, "service/auth/Certificate": true };
    const tlsHost = await startRelayedHost(t, { https: true, config, certificates });
    const tls = { ca: tlsHost.host.https!.certificatePem };
    await readConfig(openSession(t, tlsHost.relay, { transport: "https", method: "basic", tls }).client, NEVER);
    await failure(readConfig(openWithCertificate(t, tlsHost.relay.port, { pair: own, tls }).client, NEVER));

    // It repeats whatever it is shown.
    const challenge = `Digest realm="x", qop="auth", nonce="${ACCOUNT.password}", algorithm=SHA-256`;
    const digest = await startHttp(t, ({ request, response }) => {
      const shown = request.headers.authorization ?? "";
      response.writeHead(shown === "" ? 401 : 500, { "WWW-Authenticate": challenge, Server: shown }).end(shown);
    });
    await failure(readConfig(openSession(t, digest, { method: "digest" }).client, NEVER));
    await failure(readConfig(openSession(t, digest, { method: "basic" }).client, NEVER));

    assert.ok(lines.length > 15, String(lines.length));
    for (const method of ["ntlm", "basic", "digest", "certificate"])
      assert.ok(
        lines.some((line) => line.includes(`method="${method}"`)),
        method,
      );
    const basic = Buffer.from(`${ACCOUNT.name}:${ACCOUNT.password}`).toString("base64");
    const forms = [ACCOUNT.password, basic, Buffer.from(ACCOUNT.password).toString("base64"), "PRIVATE KEY", "a.test"];
    for (const line of lines) for (const form of forms) assert.equal(line.includes(form), false, line);
  });

  test("makes nothing up while nobody listens, and reaches whoever subscribes to a channel", () => {
    const event = { host: "h", transport: "http" };
    trace("connect", () => assert.fail("nobody listens"));
    const heard: unknown[] = [];
    const hear = (message: unknown) => heard.push(message);
    subscribe("pulumi-winrm:connect", hear);
    trace("connect", () => event);
    unsubscribe("pulumi-winrm:connect", hear);
    assert.deepEqual(heard, [event]);
  });

  test("is chosen by topics, by wire, and by all", () => {
    const table: Readonly<Record<string, readonly TraceTopic[]>> = {
      "": [],
      "logon, WRITE": ["logon", "write"],
      wire: ["connect", "message"],
      all: TRACE_TOPICS,
      "no-topic,1": [],
    };
    for (const [list, topics] of Object.entries(table)) assert.deepEqual(topicsOf(list), topics);
  });
});
