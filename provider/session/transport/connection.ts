import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Client, type buildConnector } from "undici";
import { WinrmError } from "../../errors";
import { trace, traceCode } from "../../trace";
import { responseTimeout, cancelled, connectionError } from "../diagnosis/socket";
import { type DialOptions, dial } from "./dial";
import { type CredentialBreaker, proxyGate } from "../guard/logon-guard";
import type { HttpResponse } from "./http-response";
import { type TunnelOptions, connectToProxy, openTunnel, remaining } from "./proxy-tunnel";
import { type SessionTarget, displayHost, originOf } from "../target";
import { tlsFailure, tlsOptions } from "./tls-options";

/** Counts of one connection, for tests and benches. */
export interface Traffic {
  requests: number;
  bytesOut: number;
  bytesIn: number;
}

/** The sum of several counts. */
export function totalTraffic(parts: Iterable<Traffic>): Traffic {
  const sum = { requests: 0, bytesOut: 0, bytesIn: 0 };
  for (const { requests, bytesOut, bytesIn } of parts) {
    sum.requests += requests;
    sum.bytesOut += bytesOut;
    sum.bytesIn += bytesIn;
  }
  return sum;
}

/** http.sys closes idle connections after 120 s; ours are given up earlier so that no request meets the close. */
export const IDLE_LIMIT_MS = 90_000;
/** Requests ask for at most 150 KB (MaxEnvelopeSize), which hosts obey. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** The service may use its whole operation timeout and then needs time to respond (Windows' NetworkDelayms is 5 s). */
const ANSWER_GRACE_MS = 10_000;
const COMMON_HEADERS = { "user-agent": "pulumi-winrm", "accept-encoding": "identity" } as const;
/** One for all: whoever waits is told by the connection why it was closed. */
const CLOSED = new Error("the connection was closed");

/**
 * Exactly one socket, with the HTTP client on it. NTLM and Kerberos authenticate the connection, so a connection never
 * reconnects: once its socket is gone every request fails, and the session opens a new one.
 */
export class Connection {
  readonly traffic: Traffic = totalTraffic([]);
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #target: SessionTarget;
  /** DER of the host's certificate as seen on this socket; `undefined` over http. */
  readonly certificate: Buffer | undefined;
  #lastUse = Date.now();
  /** What the socket itself said first: of a TLS alert the HTTP client only says that the socket closed. */
  #socketError: unknown;

  private constructor(target: SessionTarget, socket: Socket, certificate: Buffer | undefined) {
    this.#target = target;
    this.#socket = socket;
    this.certificate = certificate;
    // The HTTP client reports errors of the socket once it owns it; until then nothing else does.
    socket.on("error", (error) => (this.#socketError ??= error));
    let handedOver = false;
    this.#client = new Client(originOf(target), {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_LIMIT_MS,
      keepAliveMaxTimeout: IDLE_LIMIT_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: (_options: unknown, callback: buildConnector.Callback) => {
        if (handedOver || socket.destroyed) {
          callback(new WinrmError("WINRM_E_CONNECTION_LOST", "the connection was closed", { retryable: true }), null);
          return;
        }
        handedOver = true;
        // The client cannot take the socket in the same turn in which it asks for it.
        queueMicrotask(() => {
          callback(null, socket);
        });
      },
    });
  }

  /**
   * Resolves the name, connects, through the target's proxy if it has one, and over https verifies the certificate.
   * @param gate Guards the proxy's credential; the one of all connections through it.
   * @throws WinrmError `WINRM_E_DNS`, `_REFUSED`, `_UNREACHABLE`, `_CONNECT_TIMEOUT`, `_TLS_*`, `_PROXY`, `_PROXY_AUTH`,
   * `_CANCELLED`.
   */
  static async open(target: SessionTarget, signal: AbortSignal, gate = proxyGate()): Promise<Connection> {
    return await Connection.#on(connect(target, gate, signal), target);
  }

  /** The same where the way to the host is open already, so that only TLS is left to do; a failure closes the socket. */
  static async onSocket(
    socket: Socket,
    target: SessionTarget,
    options: Omit<DialOptions, "through">,
  ): Promise<Connection> {
    return await Connection.#on(upgradeToTls(socket, target, options), target);
  }

  static async #on(opening: Promise<Socket>, target: SessionTarget): Promise<Connection> {
    const { transport } = target;
    let socket: Socket | undefined;
    try {
      socket = await opening;
      // To be asked once for each socket: Node 20 gives the certificate to the first who asks only.
      const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
      checkPin(target, certificate);
      const connection = new Connection(target, socket, certificate);
      const { tlsVersion: tls } = connection;
      trace("connect", () => ({ host: displayHost(target), transport, ...(tls === undefined ? {} : { tls }) }));
      return connection;
    } catch (error) {
      trace("connect", () => ({ host: displayHost(target), transport, ...traceCode(error) }));
      socket?.destroy();
      throw error;
    }
  }

  /** `TLSv1.3`; `undefined` over http. */
  get tlsVersion(): string | undefined {
    return this.#socket instanceof TLSSocket ? (this.#socket.getProtocol() ?? undefined) : undefined;
  }

  /** The socket is open and not idle for so long that the host may close it under the next request. */
  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && Date.now() - this.#lastUse < IDLE_LIMIT_MS;
  }

  /**
   * One POST on this socket; the response is read whole, since the next one must not start before. An empty body is a leg
   * of the handshake.
   * @throws WinrmError of a lost connection or a timeout, marked `uncertain` if a message was sent.
   */
  async post(headers: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal): Promise<HttpResponse> {
    const limitMs = this.#target.operationTimeoutMs + ANSWER_GRACE_MS;
    let givenUp: { readonly reason: unknown } | undefined;
    const giveUp = (reason: unknown) => {
      givenUp ??= { reason };
      this.close();
    };
    const onAbort = () => {
      giveUp(signal.reason);
    };
    // One limit for the whole response: a peer that sends a byte now and then never trips a limit on silence.
    const timer = setTimeout(() => {
      giveUp(responseTimeout(this.#target.operationTimeoutMs, limitMs));
    }, limitMs);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    this.traffic.requests += 1;
    this.traffic.bytesOut += body.length;
    try {
      const response = await this.#exchange(headers, body);
      this.traffic.bytesIn += response.body.length;
      return response;
    } catch (thrown) {
      this.close();
      const stage = body.length === 0 ? "handshake" : "exchange";
      if (givenUp !== undefined) throw cancelled(givenUp.reason, stage === "exchange");
      const cause = this.#socketError ?? thrown;
      throw tlsFailure(cause, this.#target) ?? connectionError(cause, stage);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#lastUse = Date.now();
    }
  }

  /** Through the client's dispatcher: its `request` makes a stream of each body, which costs as much as the rest. */
  #exchange(headers: Readonly<Record<string, string>>, body: Buffer): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let head: Pick<HttpResponse, "status" | "headers"> | undefined;
      this.#client.dispatch(
        {
          method: "POST",
          path: this.#target.path,
          headers: { ...COMMON_HEADERS, ...headers },
          body,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        {
          onRequestStart: nothing,
          onResponseStart: (_controller, status, received) => {
            // 1xx responses come before the one that counts.
            if (status >= 200) head = { status, headers: received };
          },
          onResponseData: (_controller, chunk) => {
            chunks.push(chunk);
          },
          onResponseEnd: () => {
            if (head === undefined) reject(new Error("the response has no status"));
            else resolve({ ...head, body: Buffer.concat(chunks) });
          },
          onResponseError: (_controller, error) => {
            reject(error);
          },
        },
      );
    });
  }

  /** Closes the socket at once; a running request fails. */
  close(): void {
    this.#socket.destroy();
    void this.#client.destroy(CLOSED).catch(nothing);
  }
}

function nothing(): void {
  // There is nothing to do.
}

/** One limit for name, TCP, tunnel and TLS. */
async function connect(target: SessionTarget, gate: CredentialBreaker, signal: AbortSignal): Promise<Socket> {
  const { proxy, connectTimeoutMs: timeoutMs } = target;
  if (proxy === undefined) return await dialHost(target, { signal, timeoutMs });
  const deadline = Date.now() + timeoutMs;
  const tunnel = await openTunnel(proxy, target, { gate, signal, deadline });
  return await upgradeToTls(tunnel, target, { signal, timeoutMs: remaining({ deadline }) });
}

async function upgradeToTls(socket: Socket, target: SessionTarget, options: DialOptions): Promise<Socket> {
  if (target.transport === "http") return socket;
  try {
    return await dialHost(target, { ...options, through: socket });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * The first socket on the way to a host, to the proxy if there is one, for who wants to see the steps that
 * `Connection.open` takes as one: this one, then `openTunnel` through it, then `Connection.onSocket`.
 * @throws WinrmError `WINRM_E_DNS`, `_REFUSED`, `_UNREACHABLE`, `_CONNECT_TIMEOUT`, `_PROXY`, `_CANCELLED`.
 */
export async function connectFirstHop(
  target: SessionTarget,
  options: Pick<TunnelOptions, "signal" | "deadline">,
): Promise<Socket> {
  if (target.proxy !== undefined) return await connectToProxy(target.proxy, target, options);
  const timeoutMs = remaining(options);
  const socket = await dialHost({ ...target, transport: "http" }, { signal: options.signal, timeoutMs });
  // Until the next layer owns the socket, nothing else listens to its errors.
  return socket.on("error", nothing);
}

async function dialHost(target: SessionTarget, options: DialOptions): Promise<Socket> {
  const { transport, host, port, tls } = target;
  const verified = !tls.insecureSkipVerify && tls.pinnedSha256 === undefined;
  const address = { transport, host, port, serverName: tls.serverName, ca: tls.ca, verified, tls: tlsOptions(target) };
  try {
    return await dial(address, options);
  } catch (error) {
    throw tlsFailure(error, target) ?? connectionError(error, "connect");
  }
}

function checkPin(target: SessionTarget, certificate: Buffer | undefined): void {
  const wanted = target.tls.pinnedSha256;
  if (wanted === undefined || target.transport === "http") return;
  const found = certificate === undefined ? "none" : createHash("sha256").update(certificate).digest("hex");
  if (found === wanted) return;
  throw new WinrmError(
    "WINRM_E_TLS_PIN",
    `the host's certificate has the SHA-256 fingerprint ${found}, not the pinned one`,
    {
      causes: ["the certificate was renewed", "a middlebox on the path terminates TLS"],
      remedy: "compare the fingerprint on the host itself before you change tls.pinnedSha256",
    },
  );
}
