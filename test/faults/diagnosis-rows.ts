/** Every failure of docs/diagnosis.md, brought about on real code: a peer that answers so, or the numbers of a library. */
import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import { KerberosError, reasonOf } from "../../provider/auth/kerberos/errors";
import { type WinrmError, isWinrmError } from "../../provider/errors";
import { readConfig } from "../../provider/host/config";
import { resolveTarget } from "../../provider/lifecycle/resolve-target";
import { Settings } from "../../provider/lifecycle/settings";
import type { Connection } from "../../provider/lifecycle/connection";
import { logonError } from "../../provider/session/http-failure";
import { LogonGuard } from "../../provider/session/logon-guard";
import { Session } from "../../provider/session/session";
import type { SessionTarget } from "../../provider/session/target";
import { WsmanClient } from "../../provider/session/wsman-client";
import { certificateFor } from "../support/certificates";
import { CERTIFICATE_SCENARIOS } from "./diagnosis-certificates";
import { later } from "../support/cleanup";
import { startConnectProxy } from "../support/connect-proxy";
import { answer, startHttp, startRaw, startSealed } from "../support/hostile-server";
import { startHost } from "../support/hosts";
import { ACCOUNT, failure, NEVER, targetOf, type TargetParts } from "../support/sessions";
import { Sockets } from "../support/sockets";

/** Brings one failure about. */
export type Scenario = (t: TestContext) => Promise<WinrmError>;

const HTTPAPI = { Server: "Microsoft-HTTPAPI/2.0" };
const GOOD = certificateFor(["127.0.0.1"]);
const KRB5 = 0x96c73a00;

function attempt(t: TestContext, target: SessionTarget): Promise<WinrmError> {
  const session = new Session(target, new LogonGuard());
  later(t, () => {
    session.close();
  });
  return failure(readConfig(new WsmanClient(session), NEVER));
}

function read(t: TestContext, port: number, parts: TargetParts = {}): Promise<WinrmError> {
  return attempt(t, targetOf(port, parts));
}

/** A server that answers every request with this. */
function answering(
  status: number,
  headers: Readonly<Record<string, string | string[]>> = HTTPAPI,
  parts: TargetParts & { readonly body?: string } = {},
): Scenario {
  return async (t) => {
    const { port } = await startHttp(t, ({ response }) => {
      response.writeHead(status, { "Content-Length": (parts.body ?? "").length, ...headers }).end(parts.body ?? "");
    });
    return await read(t, port, parts);
  };
}

/** A 401 with this list. */
function offering(list: string[], parts: TargetParts = {}): Scenario {
  return answering(401, { ...HTTPAPI, "WWW-Authenticate": list }, parts);
}

/** A simulated host that refuses the password, or the logon for another reason. */
function refusing(
  parts: TargetParts = {},
  over: { readonly strict?: boolean; readonly channelBinding?: boolean } = {},
): Scenario {
  return async (t) => {
    const https = parts.transport === "https";
    const host = await startHost(t, https ? { https: { certificate: GOOD } } : {});
    if (over.strict === true) host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const port = https ? host.https!.port : host.http!.port;
    const target = targetOf(port, { password: "Wrong-1!password", tls: { ca: GOOD.certPem }, ...parts });
    const { channelBinding = true } = over;
    return await attempt(t, { ...target, auth: { ...target.auth, channelBinding } });
  };
}

/** A host that lets the account in and answers with a fault. */
function fault(code: number, parts: TargetParts = {}): Scenario {
  const xml =
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code>` +
    `<s:Reason><s:Text>x</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="${code}">` +
    `<f:Message>x</f:Message></f:WSManFault></s:Detail></s:Fault></s:Body></s:Envelope>`;
  return async (t) => {
    const { port } = await startHttp(t, ({ response }) => {
      answer(response, { status: 500, contentType: "application/soap+xml;charset=UTF-8", body: Buffer.from(xml) });
    });
    return await read(t, port, { method: "basic", ...parts });
  };
}

/** What Kerberos reports with this number. */
function kerberos(number: number): Scenario {
  return () => {
    const status = { major: 0x000d0000, minor: KRB5 + number, text: "" };
    const names = { spn: "HTTP/web01.corp.test", principal: "ops@CORP.TEST" };
    return Promise.resolve(new KerberosError(reasonOf(status), names, status));
  };
}

/** What is refused before anything is sent. */
function resolving(connection: Partial<Connection>): Scenario {
  const auth = { username: "WEB01\\ops", password: "for the test" };
  return () => {
    try {
      resolveTarget({ host: "web01", auth, ...connection }, new Settings(() => undefined, {}));
    } catch (error) {
      if (isWinrmError(error)) return Promise.resolve(error);
    }
    throw new Error("the connection was accepted");
  };
}

/** A peer on a plain socket. */
function raw(parts: TargetParts, onData: (socket: Socket) => void): Scenario {
  return async (t) => {
    const { port } = await startRaw(t, (socket) => {
      socket.once("data", () => {
        onData(socket);
      });
    });
    return await read(t, port, parts);
  };
}

/** A host with this certificate, judged by the target's trust. */
function certified(
  names: readonly string[],
  days: readonly [number, number],
  tls: TargetParts["tls"] | "own",
): Scenario {
  return async (t) => {
    const certificate = certificateFor(names, { days });
    const host = await startHost(t, { https: { certificate } });
    const trust = tls === "own" ? { ca: certificate.certPem } : tls;
    return await read(t, host.https!.port, { transport: "https", ...(trust === undefined ? {} : { tls: trust }) });
  };
}

/** A proxy that answers CONNECT so; `undefined`: it never does. */
function proxied(line: string | undefined, headers: readonly string[] = []): Scenario {
  return async (t) => {
    const text =
      line === undefined ? undefined : [`HTTP/1.1 ${line}`, ...headers, "Content-Length: 0", "", ""].join("\r\n");
    const { port } = await startConnectProxy(t, () => text);
    const proxy = { transport: "http", host: "127.0.0.1", port, credential: undefined } as const;
    return await read(t, 5985, { host: "web01.test", proxy, connectTimeoutMs: 1_000 });
  };
}

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

/** The 401 to a Kerberos logon; the ticket itself needs a domain. */
function ticketRefused(list: string[], channelBinding = true): WinrmError {
  const target: SessionTarget = {
    ...targetOf(5986, { transport: "https" }),
    auth: { method: "kerberos", kerberos: { credential: { kind: "default" }, spn: {} }, channelBinding },
  };
  const headers = { "www-authenticate": list };
  return logonError(target, { status: 401, headers, body: Buffer.alloc(0) });
}

const OLD_TLS = Buffer.from("15030100020246", "hex");
const HTTPS = { transport: "https", tls: { ca: GOOD.certPem } } as const;
const LOCAL = { username: ".\\ops" } as const;

/** By the first column of the table. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "the name is unknown": (t) => read(t, 5985, { host: "web01.invalid" }),
  "connection refused": (t) => read(t, 1),
  "no answer to the connection": async (t) => {
    const { port } = await startRaw(t, () => undefined);
    return await read(t, port, { transport: "https", connectTimeoutMs: 500 });
  },
  "connected, no answer": async (t) => {
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
  "a client certificate is demanded in the TLS handshake": demandingCertificate,
  "an SSH or other banner": raw({}, (socket) => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n")),
  "self-signed or private certificate": certified(["127.0.0.1"], [-1, 30], undefined),
  "certificate for another name": certified(["web02.test"], [-1, 30], "own"),
  "certificate expired": certified(["127.0.0.1"], [-30, -1], "own"),
  "certificate is not the pinned one": certified(["127.0.0.1"], [-1, 30], { pinnedSha256: "0".repeat(64) }),
  "proxy: 403": proxied("403 Forbidden"),
  "proxy: 407, no credential given": proxied("407 x", ["Proxy-Authenticate: Basic realm=x"]),
  "proxy: 502, 504": proxied("502 Bad Gateway"),
  "proxy: no answer": proxied(undefined),
  "proxy: no CONNECT": proxied("405 x"),
  "proxy: nothing listens": (t) =>
    read(t, 5985, { proxy: { transport: "http", host: "127.0.0.1", port: 1, credential: undefined } }),
  "a page of HTML": answering(200, { "Content-Type": "text/html" }, { method: "basic", body: "<html></html>" }),
  "404 or 405 of nginx": answering(405, { Server: "nginx/1.24.0" }),
  "404 of HTTP.sys": answering(404),
  "405 of HTTP.sys": answering(405),
  "400": answering(400),
  "407 without a proxy of ours": answering(407, {}),
  "503": answering(503),
  redirect: answering(301, { Location: "https://portal.test/" }),
  "413": answering(413),
  "500, empty, over http in clear": answering(500, HTTPAPI, { method: "basic" }),
  "401: the list lacks Basic": offering(["Negotiate", "Kerberos"], { method: "basic" }),
  "401: the list has only Kerberos": offering(["Kerberos"]),
  "401: the list lacks Kerberos": () => Promise.resolve(ticketRefused(["Negotiate"])),
  "401 to a ticket": () => Promise.resolve(ticketRefused(["Kerberos"])),
  "401 to a ticket over https, auth.channelBinding false": () => Promise.resolve(ticketRefused(["Kerberos"], false)),
  "401 to Basic": offering(['Basic realm="WSMAN"'], { method: "basic" }),
  "401 to the first token, method offered": offering(["Negotiate"]),
  "401 to NTLM over http, bare name": refusing(),
  "401 to NTLM over http, local account": refusing(LOCAL),
  "401 to NTLM over https, domain account": refusing({ transport: "https", username: "ops@corp.test" }),
  "401 to NTLM over https, Strict and auth.channelBinding false": refusing(
    { transport: "https", password: ACCOUNT.password },
    { strict: true, channelBinding: false },
  ),
  ...CERTIFICATE_SCENARIOS,
  "NTLM over http, host not in winrm:trustedHosts": resolving({ transport: "http" }),
  "Basic over http": resolving({ transport: "http", auth: { method: "basic", username: "ops", password: "x" } }),
  "Kerberos to an address": resolving({ host: "10.0.0.7", auth: { method: "kerberos" } }),
  "no credentials": resolving({ auth: { method: "ntlm" } }),
  "Kerberos: wrong password (24)": kerberos(24),
  "Kerberos: account locked, disabled or expired (18)": kerberos(18),
  "Kerberos: account expired (1)": kerberos(1),
  "Kerberos: password expired (23)": kerberos(23),
  "Kerberos: clock skew (37)": kerberos(37),
  "Kerberos: unknown SPN (7)": kerberos(7),
  "Kerberos: SPN of another account (41)": kerberos(41),
  "Kerberos: no ticket (141)": kerberos(141),
  "Kerberos: ticket expired (32)": kerberos(32),
  "Kerberos: no KDC answers (156)": kerberos(156),
  "Kerberos: unknown realm (154)": kerberos(154),
  "fault 5, local account": fault(5, LOCAL),
  "fault 5, domain account": fault(5, { username: "ops@corp.test" }),
  "fault 5, the host is named by its address": fault(5, { username: "WEB01\\ops" }),
  "fault 0x80338029": fault(2150858793),
  "fault 0x803381A5 and other quotas": fault(2150859173),
  "fault 0x80338026": fault(2150858790),
  "fault 0x8033808A": fault(2150858890),
};
