import { request } from "node:http";
import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { basicAuthorization } from "../../auth/basic";
import { cancelled } from "../diagnosis/socket";
import { dial } from "./dial";
import type { CredentialBreaker } from "../guard/logon-guard";
import { type Proxy, authorityOf } from "./proxy";
import { type TunnelResponse, credentialRefused, proxyFailure, proxyTimeout, tunnelRefused } from "../diagnosis/proxy";
import type { SessionTarget } from "../target";

/** What opening a tunnel works with. */
export interface TunnelOptions {
  /** Sees to it that a proxy's credential that was refused is not shown again. */
  readonly gate: CredentialBreaker;
  readonly signal: AbortSignal;
  /** Time since the epoch at which the time to connect is up, milliseconds. */
  readonly deadline: number;
  /** A socket that already leads to the proxy. Default: one is opened. */
  readonly through?: Socket;
}

/**
 * A socket to the host through its proxy (CONNECT, RFC 9110 §9.3.6). Also for http, since NTLM and Kerberos prove a
 * connection: a proxy that forwards single requests would mix connections up. TLS to the host runs inside, so the proxy
 * sees the host's name, and the channel binding is of the host's own certificate.
 * @throws WinrmError `WINRM_E_PROXY`, `WINRM_E_PROXY_AUTH`, `WINRM_E_LOGON_SUPPRESSED`, `WINRM_E_CANCELLED`.
 */
export async function openTunnel(proxy: Proxy, target: SessionTarget, options: TunnelOptions): Promise<Socket> {
  const ask = async (): Promise<Tunnelled> => {
    const socket = options.through ?? (await connectToProxy(proxy, target, options));
    try {
      const { response, head } = await requestTunnel(socket, proxy, target, options);
      // tinyproxy rejects a wrong password with a 401, which can be no host's, since there is no tunnel yet.
      if (response.status === 407 || response.status === 401) throw credentialRefused(response, proxy);
      return { socket, response, head };
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
  const at = { place: `the proxy ${authorityOf(proxy)}`, signal: options.signal };
  // Any other response means that the proxy took the credential.
  const { socket, response, head } = await (proxy.credential === undefined ? ask() : options.gate.attempt(ask, at));
  if (response.status < 200 || response.status > 299) {
    socket.destroy();
    throw tunnelRefused(response, proxy);
  }
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/**
 * A socket to the proxy itself, before it is asked for a tunnel.
 * @throws WinrmError `WINRM_E_PROXY`, `WINRM_E_CANCELLED`.
 */
export async function connectToProxy(
  proxy: Proxy,
  target: SessionTarget,
  options: Pick<TunnelOptions, "signal" | "deadline">,
): Promise<Socket> {
  const { ca } = target.tls;
  const address = { ...proxy, ca: ca === undefined ? undefined : [...rootCertificates, ca], verified: true };
  try {
    const socket = await dial(address, { signal: options.signal, timeoutMs: remaining(options) });
    // Until the next layer owns the socket, nothing else listens to its errors.
    socket.on("error", () => undefined);
    return socket;
  } catch (error) {
    throw proxyFailure(error, proxy, "connection");
  }
}

interface Tunnelled {
  readonly socket: Socket;
  readonly response: TunnelResponse;
  /** What came after the head of the response. */
  readonly head: Buffer;
}

function requestTunnel(
  socket: Socket,
  proxy: Proxy,
  target: SessionTarget,
  options: TunnelOptions,
): Promise<Omit<Tunnelled, "socket">> {
  const authority = authorityOf(target);
  const { credential } = proxy;
  const authorization =
    credential === undefined
      ? {}
      : { "proxy-authorization": basicAuthorization(credential.username, credential.password) };
  return new Promise((resolve, reject) => {
    const { signal } = options;
    const connect = request({
      method: "CONNECT",
      path: authority,
      createConnection: () => socket,
      headers: { host: authority, "user-agent": "pulumi-winrm", connection: "keep-alive", ...authorization },
    });
    const timer = setTimeout(() => {
      giveUp(proxyTimeout(proxy, target.connectTimeoutMs));
    }, remaining(options));
    const onAbort = () => {
      giveUp(cancelled(signal.reason));
    };
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const giveUp = (error: unknown) => {
      settle();
      reject(proxyFailure(error, proxy, "tunnel"));
      connect.destroy();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    connect.on("error", giveUp);
    connect.on("connect", (response, _socket, head) => {
      settle();
      resolve({ response: { status: response.statusCode ?? 0, headers: response.headers }, head });
    });
    connect.end();
    if (signal.aborted) onAbort();
  });
}

/** Milliseconds until the time to connect is up. */
export function remaining({ deadline }: Pick<TunnelOptions, "deadline">): number {
  return Math.max(1, deadline - Date.now());
}
