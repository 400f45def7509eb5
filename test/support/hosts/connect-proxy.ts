/** An HTTP proxy for tests: it opens the tunnels that the test lets it, and records what was asked. */
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { CertificatePair } from "../../../simulator";
import type { Peer } from "./sessions";
import { listen } from "./sockets";

/** One CONNECT. */
export interface Asked {
  /** `web01.test:5986`, as the client wrote it. */
  readonly authority: string;
  readonly authorization: string | undefined;
  readonly request: IncomingMessage;
}

/** A port on loopback to open the tunnel to, or the whole answer instead of a tunnel; `undefined`: no answer at all. */
export type Route = (asked: Asked) => number | string | undefined;

/** The proxy. */
export interface ConnectProxy extends Peer {
  readonly asked: readonly Asked[];
}

/** Starts it on loopback, over TLS with a certificate. */
export async function startConnectProxy(
  t: TestContext,
  route: Route,
  certificate?: CertificatePair,
): Promise<ConnectProxy> {
  const asked: Asked[] = [];
  const server =
    certificate === undefined
      ? createServer()
      : createTlsServer({ key: certificate.keyPem, cert: certificate.certPem });
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    const one = { authority: request.url ?? "", authorization: request.headers["proxy-authorization"], request };
    asked.push(one);
    const way = route(one);
    client.on("error", () => undefined);
    // An HTTP server leaves its side open when the client goes.
    client.on("end", () => client.end());
    if (typeof way === "string") client.end(way);
    if (typeof way === "number") tunnel(client, way);
    else client.resume();
  });
  return { ...(await listen(t, server)), asked };
}

function tunnel(client: Socket, port: number): void {
  const host = connect(port, "127.0.0.1", () => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    client.pipe(host).pipe(client);
  });
  host.on("error", () => client.destroy());
  client.on("close", () => host.destroy());
  host.on("close", () => client.destroy());
}
