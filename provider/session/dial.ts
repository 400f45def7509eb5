import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { buildConnector } from "undici";
import { cancelled } from "./connection-errors";
import { following } from "./signals";

/** Opening one socket: to a host, to a proxy, or TLS through a tunnel. */

/** Whom to reach, and how its certificate is judged. */
export interface Address {
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

/**
 * Resolves the name, connects, and for https shakes hands.
 * @throws WinrmError `WINRM_E_CANCELLED` by the signal; else what the socket layer threw, for the caller to name.
 */
export function dial(address: Address, { signal, timeoutMs, through }: DialOptions): Promise<Socket> {
  const { transport, host, port, serverName, ca, verified, tls = {} } = address;
  const name = serverName === undefined ? {} : { servername: serverName };
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelled(signal.reason));
      return;
    }
    const { controller, release } = following(signal);
    controller.signal.addEventListener("abort", () => {
      reject(cancelled(signal.reason));
    });
    const connector = buildConnector({
      timeout: timeoutMs,
      // A resumed TLS session has no peer certificate, and with it channel binding and pinning would vanish.
      maxCachedSessions: 0,
      allowH2: false,
      ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
      ...name,
      ...tls,
      rejectUnauthorized: verified,
      // The signal of the socket itself, so that giving up leaves no connection half open.
      signal: controller.signal,
    });
    connector(
      {
        hostname: host,
        host,
        protocol: `${transport}:`,
        port: String(port),
        ...name,
        ...(through === undefined ? {} : { httpSocket: through }),
      },
      (error: Error | null, socket: Socket | null) => {
        release();
        if (error !== null || socket === null) reject(error ?? new Error("there is no socket"));
        else resolve(socket);
      },
    );
  });
}
