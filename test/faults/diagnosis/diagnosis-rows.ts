/** Every failure of docs/diagnosis.md, brought about on real code: a peer that answers so, or the numbers of a library. */
import crypto from "node:crypto";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createNtlmContext } from "../../../provider/auth/ntlm/client";
import { AV_ID } from "../../../provider/auth/ntlm/av-pairs";
import { NTLM_FLAGS } from "../../../provider/auth/ntlm/flags";
import { encodeChallenge } from "../../../simulator/auth/ntlm-messages";
import { createNegotiateContext, MECHANISMS } from "../../../provider/auth/spnego/negotiate";
import { encodeNegTokenResp, type NegTokenResp } from "../../../provider/auth/spnego/tokens";
import { domainGate, LogonGuard, type SharedGates } from "../../../provider/session/guard/logon-guard";
import { Session } from "../../../provider/session/session";
import { later } from "../../support/cleanup";
import { authority, clientCertificate } from "../../support/hosts/client-certificates";
import { startConnectProxy } from "../../support/hosts/connect-proxy";
import { startRaw, startSealed } from "../../support/hosts/hostile-server";
import { startHost } from "../../support/hosts/hosts";
import { ACCOUNT, failure, NEVER, targetOf, type TargetParts } from "../../support/hosts/sessions";
import { Sockets } from "../../support/hosts/sockets";
import { CERTIFICATE_SCENARIOS, newTlsOnly } from "./diagnosis-certificates";
import { KERBEROS_SCENARIOS, TICKET_SCENARIOS } from "./diagnosis-kerberos";
import {
  answering,
  answeringInTurn,
  attempt,
  behind,
  certified,
  fault,
  GOOD,
  HTTPAPI,
  offering,
  proxied,
  raw,
  read,
  refusing,
  resolving,
  type Scenario,
  thrown,
} from "./diagnosis-scenarios";

/** A TLS server that demands a client certificate. */
const demandingCertificate: Scenario = async (t) => {
  const sockets = new Sockets();
  const options = { key: GOOD.keyPem, cert: GOOD.certPem, requestCert: true, rejectUnauthorized: true };
  const server = createTlsServer({ ...options, minVersion: "TLSv1.3" });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  later(t, () => {
    sockets.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return await read(t, port, { transport: "https", tls: { ca: GOOD.certPem } });
};

const OLD_TLS = Buffer.from("15030100020246", "hex");
const HTTPS = { transport: "https", tls: { ca: GOOD.certPem } } as const;
const LOCAL = { username: ".\\ops" } as const;
const DIGEST = 'Digest realm="x", nonce="n", qop="auth"';
const CREDENTIAL = { username: "ops", password: "for the test" };
const PAIR = clientCertificate({ upn: "ops@localhost" }, authority());
const ALL_FLAGS = Object.values(NTLM_FLAGS).reduce((all, flag) => (all | flag) >>> 0, 0);

/** A host's NTLM challenge with these flags. */
function challengeWith(flags: number): Buffer {
  const targetInfo = [{ id: AV_ID.MsvAvNbComputerName, value: Buffer.from("WEB01", "utf16le") }];
  return encodeChallenge({ flags, targetName: "WEB01", serverChallenge: Buffer.alloc(8, 7), targetInfo });
}

/** The host's first answer to SPNEGO with NTLM alone. */
function negotiating(answer: NegTokenResp): Scenario {
  return async () => {
    const ntlm = { account: "ops", password: "for the test", spn: "HTTP/web01", requireSealing: true };
    const context = createNegotiateContext({ mechs: [{ ...MECHANISMS.ntlm, context: createNtlmContext(ntlm) }] });
    await context.step();
    return await thrown(() => context.step(encodeNegTokenResp(answer)));
  };
}

/** A credential that is refused, and then tried again with the same gates. */
function repeating(shared: Partial<SharedGates>, parts: TargetParts): Scenario {
  return async (t) => {
    const target = targetOf((await startHost(t)).http!.port, { ...parts, password: "Wrong-1!password" });
    const gates = { host: "web01", domain: undefined, tickets: undefined, ...shared };
    const send = (host: string) => {
      const session = new Session(target, guards(host));
      later(t, () => {
        session.close();
      });
      return failure(session.send("x", NEVER));
    };
    const one = new LogonGuard(gates);
    const guards = (host: string) => (gates.domain === undefined ? one : new LogonGuard({ ...gates, host }));
    await send("web01");
    return await send("web02");
  };
}

const UNNUMBERED_FAULT =
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code>' +
  "<s:Reason><s:Text>no</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";

/** The tables of the page by the name in their markers, in order; each row by what is seen, its first column. */
export const SCENARIOS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  network: {
    "the name is unknown": (t) => read(t, 5985, { host: "web01.invalid" }),
    "connection refused": (t) => read(t, 1),
    "no response to the connection": async (t) => {
      const { port } = await startRaw(t, () => undefined);
      return await read(t, port, { transport: "https", connectTimeoutMs: 500 });
    },
    "no route to the host": (t) => read(t, 5985, { host: "127.255.255.255" }),
    "connected, no response": async (t) => {
      const { port } = await startRaw(t, () => undefined);
      const target = { ...targetOf(port), operationTimeoutMs: -9_500 };
      return await attempt(t, target);
    },
    "http to a TLS port": async (t) => {
      const host = await startHost(t, { https: { certificate: GOOD } });
      return await read(t, host.https!.port);
    },
    "https to an http port": async (t) => await read(t, (await startHost(t)).http!.port, HTTPS),
    "TLS breaks off": raw(HTTPS, (socket) => socket.destroy()),
    "only old TLS": raw(HTTPS, (socket) => socket.end(OLD_TLS)),
    "the connection breaks during a request": async (t) => {
      const { port } = await startSealed(t, ({ response }) => response.destroy());
      return await read(t, port);
    },
    "the host closes the connection in the middle of the logon": answering(401, {
      Connection: "close",
      "WWW-Authenticate": `Negotiate ${challengeWith(ALL_FLAGS).toString("base64")}`,
    }),
    "the host closes the connection after the logon": answeringInTurn([
      { status: 401, headers: { "WWW-Authenticate": `Negotiate ${challengeWith(ALL_FLAGS).toString("base64")}` } },
      { status: 200, headers: { Connection: "close" } },
    ]),
    "a client certificate is demanded in the TLS handshake": demandingCertificate,
    "an SSH or other banner": raw({}, (socket) => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n")),
    "headers without end": answering(200, { "X-Filler": "x".repeat(20_000) }),
  },
  certificate: {
    "self-signed or private certificate": certified(["127.0.0.1"], { days: [-1, 30] }, undefined),
    "certificate for another name": certified(["web02.test"], { days: [-1, 30] }, "own"),
    "certificate expired": certified(["127.0.0.1"], { days: [-30, -1] }, "own"),
    "certificate that is not for TLS servers": certified(["127.0.0.1"], { usage: "clientAuth" }, "own"),
    "certificate is not the pinned one": certified(["127.0.0.1"], { days: [-1, 30] }, { pinnedSha256: "0".repeat(64) }),
    "tls.maxVersion is TLSv1.2, and the host has TLS 1.3 only": newTlsOnly,
  },
  proxy: {
    "proxy: 403": proxied("403 Forbidden"),
    "proxy: 407, no credential given": proxied("407 x", ["Proxy-Authenticate: Basic realm=x"]),
    "proxy: 407, the credential is refused": proxied("407 x", ["Proxy-Authenticate: Basic realm=x"], CREDENTIAL),
    "proxy: 407, it does not take Basic": proxied("407 x", ["Proxy-Authenticate: Negotiate"], CREDENTIAL),
    "proxy: it refused the credential before": async (t) => {
      const text = "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n";
      const { port } = await startConnectProxy(t, () => text);
      const session = new Session(targetOf(5985, behind(port, { credential: CREDENTIAL })), new LogonGuard());
      later(t, () => {
        session.close();
      });
      await failure(session.send("x", NEVER));
      return await failure(session.send("x", NEVER));
    },
    "proxy: 502, 504": proxied("502 Bad Gateway"),
    "proxy: no response": proxied(undefined),
    "proxy: no CONNECT": proxied("405 x"),
    "proxy: another response": proxied("418 x"),
    "proxy: an SSH or other banner": async (t) => {
      const { port } = await startRaw(t, (socket) => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n"));
      return await read(t, 5985, behind(port));
    },
    "proxy: nothing listens": (t) => read(t, 5985, behind(1)),
    "proxy: its name is unknown": (t) => read(t, 5985, behind(3128, { host: "proxy.invalid" })),
    "proxy: no response to the connection": async (t) => {
      const { port } = await startRaw(t, () => undefined);
      return await read(t, 5985, { ...behind(port, { transport: "https" }), connectTimeoutMs: 500 });
    },
    "proxy: hangs up": async (t) => {
      const { port } = await startRaw(t, (socket) => socket.destroy());
      return await read(t, 5985, behind(port));
    },
    "proxy: its certificate is of a private authority": async (t) => {
      const { port } = await startConnectProxy(t, () => undefined, GOOD);
      return await read(t, 5985, behind(port, { transport: "https" }));
    },
    "proxy: an https URL, and it speaks plain HTTP": async (t) => {
      const { port } = await startConnectProxy(t, () => undefined);
      return await read(t, 5985, behind(port, { transport: "https" }));
    },
  },
  http: {
    "400": answering(400),
    "413": answering(413),
    "503": answering(503),
    "a page of HTML": answering(200, { "Content-Type": "text/html" }, { method: "basic", body: "<html></html>" }),
    "404 or 405 of nginx": answering(405, { Server: "nginx/1.24.0" }),
    "404 of HTTP.sys": answering(404),
    "405 of HTTP.sys": answering(405),
    "407 from a proxy you did not configure": answering(407, {}),
    "407 of a proxy that names itself": answering(407, { Server: "squid" }),
    redirect: answering(301, { Location: "https://portal.test/" }),
    "500, empty, over http in cleartext": answering(500, HTTPAPI, { method: "basic" }),
    "another status": answering(403),
  },
  logon: {
    "401: the list lacks Basic": offering(["Negotiate", "Kerberos"], { method: "basic" }),
    "401: the list has only Kerberos": offering(["Kerberos"]),
    "401: the list lacks Kerberos": TICKET_SCENARIOS["401: the list lacks Kerberos"],
    "401 without WWW-Authenticate": answering(401),
    "401 to a ticket": TICKET_SCENARIOS["401 to a ticket"],
    "401 to a ticket over https, auth.channelBinding false":
      TICKET_SCENARIOS["401 to a ticket over https, auth.channelBinding false"],
    "401 to Basic": offering(['Basic realm="WSMAN"'], { method: "basic" }),
    "401 to Digest": answering(401, { "WWW-Authenticate": DIGEST }, { method: "digest" }),
    "401: the list lacks Digest": offering(['Basic realm="x"'], { method: "digest" }),
    "Digest, to a WinRM service": offering(["Negotiate", 'Basic realm="WSMAN"'], { method: "digest" }),
    "Digest: none that is safe": answering(
      401,
      { "WWW-Authenticate": 'Digest realm="x", nonce="n"' },
      { method: "digest" },
    ),
    "Digest: the server asks for no proof": answering(200, {}, { method: "digest" }),
    "Digest: the server's own proof is wrong": answeringInTurn(
      [
        { status: 401, headers: { "WWW-Authenticate": DIGEST } },
        { status: 200, headers: { "Authentication-Info": 'rspauth="0"' } },
      ],
      { method: "digest" },
    ),
    "Digest: each nonce is stale": answering(
      401,
      { "WWW-Authenticate": `${DIGEST}, stale=true` },
      { method: "digest" },
    ),
    "401 to the first token, method offered": offering(["Negotiate"]),
    "401 to NTLM over http, bare name": refusing(),
    "401 to NTLM over http, local account": refusing({ username: "WEB01\\ops" }),
    "401 to NTLM over http, .\\user": refusing(LOCAL),
    "401 to NTLM over http, unknown account": refusing({ username: "WEB01\\nobody", password: ACCOUNT.password }),
    "401 to NTLM over https, domain account": refusing({ transport: "https", username: "ops@corp.test" }),
    "401 to NTLM over https, Strict and auth.channelBinding false": refusing(
      { transport: "https", password: ACCOUNT.password },
      { strict: true, channelBinding: false },
    ),
    "NTLM: the challenge offers too little": answering(401, {
      "WWW-Authenticate": `Negotiate ${challengeWith(0).toString("base64")}`,
    }),
    "NTLM: Node in FIPS mode": async (t) => {
      t.mock.method(crypto, "hash", () => {
        throw new Error("unsupported");
      });
      return await read(t, (await startHost(t)).http!.port);
    },
    "Negotiate: the host rejects": negotiating({ negState: "reject" }),
    "Negotiate: the host breaks the rules": negotiating({ negState: "accept-completed" }),
    "a response that breaks the rules of the logon": answering(401, { "WWW-Authenticate": "Negotiate Z2FyYmFnZQ==" }),
    "the host refused the credential before": repeating({}, LOCAL),
    "another host refused the domain account before": repeating(
      { host: "web02", domain: domainGate(), tickets: undefined },
      { username: "ops@corp.test" },
    ),
    ...CERTIFICATE_SCENARIOS,
  },
  arguments: {
    "NTLM over http, host not in winrm:trustedHosts": resolving({ transport: "http" }),
    "Basic over http": resolving({ transport: "http", auth: { method: "basic", username: "ops", password: "x" } }),
    "Digest over http": resolving({ transport: "http", auth: { method: "digest", username: "ops", password: "x" } }),
    "a client certificate over http": resolving({
      transport: "http",
      auth: { method: "certificate", certificatePem: PAIR.certPem, privateKeyPem: PAIR.keyPem },
    }),
    "Kerberos to an address": resolving({ host: "10.0.0.7", auth: { method: "kerberos" } }),
    "Kerberos with a local account": resolving({ auth: { method: "kerberos", username: ".\\ops", password: "x" } }),
    "no credentials": resolving({ auth: { method: "ntlm" } }),
    "no client certificate": resolving({ auth: { method: "certificate" } }),
    "a password and a client certificate": resolving({
      auth: { password: "x", certificatePem: "x", privateKeyPem: "x" },
    }),
    "a secret's environment variable is not set": resolving({
      auth: { method: "ntlm", username: "ops", password: { env: "WINRM_TEST_UNSET" } },
    }),
    "a secret's file cannot be read": resolving({
      auth: { method: "ntlm", username: "ops", password: { file: "/no/such/file" } },
    }),
    "connection.path cannot be written as HTTP": async (t) =>
      await read(t, (await startHost(t)).http!.port, { path: "/ws\nman" }),
  },
  faults: {
    "fault 5, local account": fault(5, LOCAL),
    "fault 5, domain account": fault(5, { username: "ops@corp.test" }),
    "fault 5, the built-in Administrator": fault(5, { username: "Administrator" }),
    "fault 5, the host is named by its address": fault(5, { username: "WEB01\\ops" }),
    "fault 0x80338029": fault(2150858793),
    "fault 0x803381A5 and other quotas": fault(2150859173),
    "fault 0x80338026": fault(2150858790),
    "fault 0x8033808A": fault(2150858890),
    "fault 0x80338169": fault(2150859113),
    "fault 0x803381AC": fault(2150859180),
    "a fault without a number of Windows": answering(
      500,
      { ...HTTPAPI, "Content-Type": "application/soap+xml" },
      { method: "basic", body: UNNUMBERED_FAULT },
    ),
    "another fault": fault(2150858817),
  },
  responses: {
    "a response that is not the message asked for": answering(
      200,
      { ...HTTPAPI, "Content-Type": "application/soap+xml" },
      { method: "basic", body: "<s:Envelope/>" },
    ),
    "a response above 2 MiB": answering(200, HTTPAPI, { method: "basic", body: "x".repeat(2 * 1024 * 1024 + 1) }),
    "a sealed response that was changed": async (t) => {
      const host = await startHost(t);
      host.injectFault({ on: "get", action: "tamper-signature" });
      return await read(t, host.http!.port);
    },
    "a response in cleartext over http": async (t) => {
      const { port } = await startSealed(t, ({ response }) =>
        response.writeHead(200, { "Content-Length": 2 }).end("ok"),
      );
      return await read(t, port);
    },
  },
  ...KERBEROS_SCENARIOS,
};
