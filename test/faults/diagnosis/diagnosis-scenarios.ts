/** What brings a failure of docs/diagnosis.md about: peers that answer so, and the code that makes the error. */
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import type { WinrmError } from "../../../provider/errors";
import { readConfig } from "../../../provider/host/config";
import type { Connection } from "../../../provider/contract/connection/connection";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { LogonGuard } from "../../../provider/session/guard/logon-guard";
import type { Proxy } from "../../../provider/session/transport/proxy";
import { Session } from "../../../provider/session/session";
import type { SessionTarget } from "../../../provider/session/target";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { type ServerCertificate, certificateFor } from "../../support/hosts/certificates";
import { later } from "../../support/cleanup";
import { startConnectProxy } from "../../support/hosts/connect-proxy";
import { answer, startHttp, startRaw } from "../../support/hosts/hostile-server";
import { startHost } from "../../support/hosts/hosts";
import { failure, NEVER, targetOf, type TargetParts } from "../../support/hosts/sessions";

/** Brings one failure about. */
export type Scenario = (t: TestContext) => Promise<WinrmError>;

/** How HTTP.sys names itself. */
export const HTTPAPI = { Server: "Microsoft-HTTPAPI/2.0" };
/** The certificate of hosts that have a good one. */
export const GOOD = certificateFor(["127.0.0.1"]);

/** Reads from the host, which fails. */
export function attempt(t: TestContext, target: SessionTarget): Promise<WinrmError> {
  const session = new Session(target, new LogonGuard());
  later(t, () => {
    session.close();
  });
  return failure(readConfig(new WsmanClient(session), NEVER));
}

/** The same with the usual target at this port. */
export function read(t: TestContext, port: number, parts: TargetParts = {}): Promise<WinrmError> {
  return attempt(t, targetOf(port, parts));
}

/** A server that answers the requests with these in turn, again and again. */
export function answeringInTurn(
  turns: readonly { readonly status: number; readonly headers: Readonly<Record<string, string | string[]>> }[],
  parts: TargetParts = {},
): Scenario {
  return async (t) => {
    const { port } = await startHttp(t, ({ response, number }) => {
      const { status, headers } = turns[(number - 1) % turns.length]!;
      response.writeHead(status, { "Content-Length": 0, ...headers }).end();
    });
    return await read(t, port, parts);
  };
}

/** A server that answers every request with this. */
export function answering(
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
export function offering(list: string[], parts: TargetParts = {}): Scenario {
  return answering(401, { ...HTTPAPI, "WWW-Authenticate": list }, parts);
}

/** A simulated host that refuses the password, or the logon for another reason. */
export function refusing(
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
export function fault(code: number, parts: TargetParts = {}): Scenario {
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

/** What is refused before anything is sent. */
export function resolving(connection: Partial<Connection>): Scenario {
  const auth = { username: "WEB01\\ops", password: "for the test" };
  return () => thrown(() => resolveTarget({ host: "web01", auth, ...connection }, new Settings(() => undefined, {})));
}

/** A peer on a plain socket. */
export function raw(parts: TargetParts, onData: (socket: Socket) => void): Scenario {
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
export function certified(
  names: readonly string[],
  about: ServerCertificate,
  tls: TargetParts["tls"] | "own",
): Scenario {
  return async (t) => {
    const certificate = certificateFor(names, about);
    const host = await startHost(t, { https: { certificate } });
    const trust = tls === "own" ? { ca: certificate.certPem } : tls;
    return await read(t, host.https!.port, { transport: "https", ...(trust === undefined ? {} : { tls: trust }) });
  };
}

/** The parts of a target behind this proxy. */
export function behind(port: number, proxy: Partial<Proxy> = {}): TargetParts {
  const whole: Proxy = { transport: "http", host: "127.0.0.1", port, credential: undefined, ...proxy };
  return { host: "web01.test", proxy: whole, connectTimeoutMs: 1_000 };
}

/** A proxy that answers CONNECT so; `undefined`: it never does. */
export function proxied(
  line: string | undefined,
  headers: readonly string[] = [],
  credential?: Proxy["credential"],
): Scenario {
  return async (t) => {
    const text =
      line === undefined ? undefined : [`HTTP/1.1 ${line}`, ...headers, "Content-Length: 0", "", ""].join("\r\n");
    const { port } = await startConnectProxy(t, () => text);
    return await read(t, 5985, behind(port, { credential }));
  };
}

/** The error of something that throws or rejects. */
export function thrown(act: () => unknown): Promise<WinrmError> {
  return failure(Promise.resolve().then(act));
}
