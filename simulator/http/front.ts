/** One listener of the host: HTTP as HTTP.sys and the WinRM service speak it. */

import { constants } from "node:crypto";
import { createServer, type IncomingMessage as Request, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { WinrmError } from "../../provider/errors";
import type { CertificatePair } from "../windows/certificate";
import type { Journal } from "../journal";
import { WSMAN_NS } from "../wsman/namespaces";
import { envelopeLimit } from "../wsman/service";
import { headerText, isIdentify, readEnvelope } from "../wsman/soap";
import { readBody, type RequestBody } from "./body";
import {
  type ClientCertificateRequest,
  clientCertificates,
  MUTUAL_PROFILE,
  NoRenegotiation,
} from "./client-certificate";
import {
  afterServing,
  exchange,
  type ExchangeHost,
  insteadOfServing,
  type OutgoingMessage,
  TOO_LARGE,
  TOO_LARGE_REFUSAL,
} from "./exchange";
import { type CertificateEvidence, ConnectionLogon, type LogonHost, offeredSchemes } from "./logon";
import type { Identity, LogonOutcome } from "./outcome";
import { describe, type Draft, finishEntry, note } from "./record";
import { challenge, refusalLines, send, unauthorized, withAnswer } from "./send";

/** What a listener needs of the host. */
export interface FrontHost extends ExchangeHost, LogonHost {
  readonly journal: Journal;
  readonly latencyMs: number;
  /** What a refused logon waits beside that. */
  readonly logonFailureDelayMs: number;
  /** Responses say what time it is. */
  readonly date: boolean;
  /** Milliseconds after which an idle connection is closed. */
  readonly idleTimeoutMs: number;
  /** The next connection's number. */
  nextConnection(): number;
}

/** The transport of a listener; https with its certificate and the channel binding that belongs to it. */
export type FrontTransport =
  | { readonly name: "http" }
  | {
      readonly name: "https";
      readonly certificate: CertificatePair;
      readonly channelBinding: Buffer;
      readonly clientCertificates: ClientCertificateRequest;
    };

interface Connection {
  readonly number: number;
  /** The host as this connection's logons see it. */
  readonly host: FrontHost;
  logon: ConnectionLogon;
  /** Which start of the service the logon is of. */
  starts: number;
  /** The request in hand; a connection serves one after the other. */
  busy: Promise<void>;
}

/** Room for part headers and the signature around a sealed message. */
const SEALING_OVERHEAD = 8192;
const { SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION: NO_RESUMPTION_ON_RENEGOTIATION } = constants;

/** A listener on 127.0.0.1. */
export class HttpListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #stopping = new AbortController();

  constructor(
    private readonly host: FrontHost,
    private readonly transport: FrontTransport,
  ) {
    const handler = (request: Request, response: ServerResponse): void => {
      this.#enqueue(request, response);
    };
    this.#server = transport.name === "http" ? createServer(handler) : createTlsServer(tlsOptions(transport), handler);
    this.#server.keepAliveTimeout = host.idleTimeoutMs;
    host.service.onStop(() => {
      if (host.service.dropsConnections) this.breakConnections();
    });
    host.power.onRestart(() => {
      this.breakConnections();
    });
    this.#server.on("connection", (socket: Socket) => {
      if (host.misbehaviours.cut || (this.#stopped && host.service.dropsConnections)) {
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("clientError", (_error, socket: Socket) => {
      if (socket.writable) socket.end("HTTP/1.1 400 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
  }

  /** @param port 0 takes a free one. @returns the port. @throws WinrmError `WINRM_E_ARGUMENT` for a port that cannot be had. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => {
        reject(portError(port, cause));
      };
      this.#server.once("error", failed);
      this.#server.listen(port, "127.0.0.1", () => {
        this.#server.off("error", failed);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and breaks every connection. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.breakConnections();
    await closed;
  }

  /** Breaks every connection. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get #stopped(): boolean {
    return this.host.service.state !== "running";
  }

  #enqueue(request: Request, response: ServerResponse): void {
    const connection = this.#connectionOf(request.socket);
    connection.busy = connection.busy.then(async () => {
      try {
        await this.#handle(request, response, connection);
      } catch {
        // The peer went away, or the host is stopping: nobody is left to answer.
        request.socket.destroy();
      }
    });
  }

  #connectionOf(socket: Socket): Connection {
    const binding = this.transport.name === "https" ? this.transport.channelBinding : undefined;
    const known = this.#connections.get(socket);
    const { starts, options } = this.host.service;
    if (known !== undefined) {
      if (known.starts !== starts) Object.assign(known, { starts, logon: new ConnectionLogon(known.host, binding) });
      return known;
    }
    const number = this.host.nextConnection();
    const late = options.putCounts === "new-connections" ? { config: this.host.config.copy() } : {};
    const host = { ...this.host, ...late };
    const made: Connection = {
      number,
      host,
      starts,
      logon: new ConnectionLogon(host, binding),
      busy: Promise.resolve(),
    };
    this.#connections.set(socket, made);
    socket.once("close", () => {
      made.logon.end();
    });
    return made;
  }

  async #handle(request: Request, response: ServerResponse, connection: Connection): Promise<void> {
    const body = await readBody(request, envelopeLimit(this.host) + SEALING_OVERHEAD);
    const draft: Draft = { phase: "unauthenticated" };
    const outgoing = await this.#answer(request, body, { connection, draft });
    const failureMs = draft.logonFailure === true ? this.host.logonFailureDelayMs : 0;
    const waitMs = this.host.latencyMs + failureMs + (outgoing.holdMs ?? 0);
    if (waitMs > 0) await delay(waitMs, undefined, { signal: this.#stopping.signal });
    const about = { connection: connection.number, transport: this.transport.name, bytesIn: body.length };
    this.host.journal.add(finishEntry(draft, outgoing, about));
    send(request, response, { ...outgoing, ...(this.host.date ? { at: new Date(this.host.clock.now()) } : {}) });
  }

  async #answer(
    request: Request,
    body: RequestBody,
    at: { connection: Connection; draft: Draft },
  ): Promise<OutgoingMessage> {
    const first = this.host.misbehaviours.at("request");
    if (this.host.misbehaviours.cut || first !== undefined) return { status: 0, instead: "reset" };
    if (this.#stopped) return { status: 503, closes: true };
    if (!isWsman(request.url ?? "/")) return { status: 404, closes: true };
    if (request.method !== "POST") return { status: 405, headers: { Allow: "POST" }, closes: true };
    if (isUnauthenticatedIdentify(request, body)) {
      return this.#serve(request, body.bytes, at);
    }
    let evidence: CertificateEvidence | undefined;
    try {
      evidence = await this.#evidence(request, body, at.connection.host);
    } catch (error) {
      if (!(error instanceof NoRenegotiation)) throw error;
      Object.assign(at.draft, { auth: "Certificate", refusal: "TLS 1.3 cannot ask for a client certificate later on" });
      return { status: 0, instead: "reset" };
    }
    const outcome = await at.connection.logon.judge(request.headers.authorization, evidence);
    describe(outcome, at.draft);
    const wrong = outcome.leg === undefined ? undefined : this.host.misbehaviours.at(`handshake-${outcome.leg}`);
    const instead = wrong === undefined ? undefined : insteadOfServing(wrong);
    if (instead !== undefined) return instead;
    return { ...this.#proceed(request, body, { ...at, outcome }), ...afterServing(wrong) };
  }

  /** Asks for the client's certificate only where the request says that it will count. */
  async #evidence(request: Request, body: RequestBody, host: FrontHost): Promise<CertificateEvidence | undefined> {
    const { transport } = this;
    if (transport.name === "http" || request.headers.authorization?.trim().toLowerCase() !== MUTUAL_PROFILE) {
      return undefined;
    }
    const wanted = host.config.isOn("service/auth/Certificate");
    const chain = wanted ? await clientCertificates(request.socket, transport.clientCertificates) : [];
    return { chain, resourceUri: resourceUriOf(body) };
  }

  #proceed(
    request: Request,
    body: RequestBody,
    { outcome, ...at }: { readonly connection: Connection; readonly draft: Draft; readonly outcome: LogonOutcome },
  ): OutgoingMessage {
    switch (outcome.kind) {
      case "refused":
        return unauthorized(refusalLines(offeredSchemes(at.connection.host), outcome.answer));
      case "challenge":
        return challenge(outcome.answer);
      case "granted":
        return withAnswer(this.#admit(request, body, { ...at, outcome }), outcome.answer);
    }
  }

  #admit(
    request: Request,
    body: RequestBody,
    at: {
      readonly connection: Connection;
      readonly draft: Draft;
      readonly outcome: Extract<LogonOutcome, { kind: "granted" }>;
    },
  ): OutgoingMessage {
    if (body.length === 0)
      return at.outcome.leg === undefined ? this.#withoutMessage(request, at.connection) : { status: 200 };
    if (body.cut) {
      at.draft.refusal = TOO_LARGE_REFUSAL;
      return TOO_LARGE;
    }
    at.draft.phase = "request";
    return this.#serve(request, body.bytes, { ...at, identity: at.outcome.identity });
  }

  /**
   * An empty body outside of a handshake. Assumed (empty-post): without Authorization it asks for the schemes, also on a connection that
   * is logged on, as a Go client (masterzen/winrm) does before each message.
   */
  #withoutMessage({ headers }: Request, { host }: Connection): OutgoingMessage {
    return headers.authorization === undefined ? unauthorized(offeredSchemes(host)) : { status: 400, closes: true };
  }

  #serve(
    request: Request,
    body: Buffer,
    {
      connection,
      draft,
      identity,
    }: { readonly connection: Connection; readonly draft: Draft; readonly identity?: Identity },
  ): OutgoingMessage {
    const result = exchange(
      {
        contentType: request.headers["content-type"] ?? "",
        body,
        transport: this.transport.name,
        unencrypted: connection.host.config.isOn("service/AllowUnencrypted"),
        chunked: request.headers["transfer-encoding"] !== undefined,
        ...(identity === undefined ? {} : { identity }),
      },
      this.host,
    );
    note(result, draft);
    return result.unauthorized === true ? unauthorized(offeredSchemes(connection.host)) : result.outgoing;
  }
}

/**
 * The path in any case, with or without a query, also of a URL with its host. Paths below belong to the service as well:
 * `/wsman/` (microsoft/omi#398), `/wsman/SubscriptionManager/WEC` (Microsoft's pages on event forwarding).
 */
function isWsman(url: string): boolean {
  return url === "/wsman" || /^\/wsman(?:\/|$)/i.test(new URL(url, "http://host").pathname);
}

function portError(port: number, cause: NodeJS.ErrnoException): Error {
  if (cause.code !== "EADDRINUSE" && cause.code !== "EACCES") return cause;
  const why = cause.code === "EADDRINUSE" ? "is in use" : "may not be opened by this user";
  const message = `port ${port} of 127.0.0.1 ${why}: choose another one, or none to take a free one`;
  return new WinrmError("WINRM_E_ARGUMENT", message, { cause });
}

function isUnauthenticatedIdentify(request: Request, body: RequestBody): boolean {
  if (request.headers["wsmanidentify"]?.toString().toLowerCase() !== "unauthenticated") return false;
  try {
    return isIdentify(readEnvelope(body.bytes.toString("utf8")));
  } catch {
    return false;
  }
}

/** HTTP.sys asks for a certificate within the connection; a resumed session would keep OpenSSL from asking. */
function tlsOptions(transport: Extract<FrontTransport, { name: "https" }>): ServerOptions {
  const { keyPem: key, certPem: cert } = transport.certificate;
  const asked = transport.clientCertificates === "handshake" ? { requestCert: true, rejectUnauthorized: false } : {};
  return { key, cert, minVersion: "TLSv1.2", secureOptions: NO_RESUMPTION_ON_RENEGOTIATION, ...asked };
}

/** Empty for a message without one, and for a body that is no message. */
function resourceUriOf(body: RequestBody): string {
  try {
    return headerText(readEnvelope(body.bytes.toString("utf8")), WSMAN_NS, "ResourceURI") ?? "";
  } catch {
    return "";
  }
}
