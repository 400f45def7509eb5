import { type Socket, connect as connectTcp, isIP } from "node:net";
import { type ConnectionOptions, type PeerCertificate, checkServerIdentity, connect as connectTls } from "node:tls";
import { cancelled } from "../diagnosis/socket";
import { withoutZone } from "../target";

/** Opening one socket: to a host, to a proxy, or TLS through a tunnel. */

/** Whom to reach, and how its certificate is judged. */
export interface Endpoint {
  readonly transport: "http" | "https";
  /** DNS name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name expected in the certificate and sent as SNI; `undefined`: the host. */
  readonly serverName?: string | undefined;
  /** PEM of the authorities trusted instead of the system's; `undefined`: the system's. */
  readonly ca?: string | readonly string[] | undefined;
  /** Chain and name of the certificate are verified. */
  readonly verified: boolean;
  /** What TLS is told beyond that: a client certificate, the newest version. */
  readonly tls?: Pick<ConnectionOptions, "cert" | "key" | "maxVersion">;
}

/** Limits of one attempt. */
export interface DialOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for name, TCP and TLS together. */
  readonly timeoutMs: number;
  /** A socket that already leads there; only TLS is left to do. */
  readonly through?: Socket;
}

/** A peer that is gone without a word is noticed by the system, milliseconds of silence. */
const KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * Resolves the name, connects, and for https shakes hands.
 * @throws WinrmError `WINRM_E_CANCELLED` by the signal; else what the socket layer threw, for the caller to name: `ETIMEDOUT`
 * also where the time is up.
 */
export function dial(address: Endpoint, { signal, timeoutMs, through }: DialOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelled(signal.reason));
      return;
    }
    const socket =
      address.transport === "https"
        ? tlsSocket(address, through)
        : connectTcp({ host: address.host, port: address.port });
    const fail = (error: Error) => {
      settle();
      // Nobody listens from here on, and a socket that is given up may still say something.
      socket.on("error", () => undefined);
      socket.destroy();
      reject(error);
    };
    const onAbort = () => {
      fail(cancelled(signal.reason));
    };
    const timer = setTimeout(() => {
      fail(Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: "ETIMEDOUT" }));
    }, timeoutMs);
    const onReady = () => {
      settle();
      socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
      resolve(socket);
    };
    const ready = address.transport === "https" ? "secureConnect" : "connect";
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("error", fail).off(ready, onReady);
    };
    signal.addEventListener("abort", onAbort);
    socket.on("error", fail).once(ready, onReady).setNoDelay(true);
  });
}

/** Without a session to resume: a resumed one has no peer certificate, and with it channel binding and pinning would vanish. */
function tlsSocket({ host, port, serverName, ca, verified, tls }: Endpoint, through: Socket | undefined): Socket {
  // SNI holds names only (RFC 6066 §3); the certificate of an address is judged by the host.
  const servername = serverName ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({
    host,
    port,
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: verified,
    ...(servername === undefined ? {} : { servername }),
    // A certificate names an address without a zone.
    ...(host.includes("%") && servername === undefined
      ? {
          checkServerIdentity: (_host: string, shown: PeerCertificate) => checkServerIdentity(withoutZone(host), shown),
        }
      : {}),
    ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
    ...(through === undefined ? {} : { socket: through }),
    ...tls,
  });
}
