/** Ports of 127.0.0.1 that nobody else gets: for servers that take no port 0, and for servers that are not there. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { TestContext } from "node:test";
import { later } from "../cleanup";

/**
 * Keeps a port of 127.0.0.1 taken until the end of the test, without listening on it: an outgoing connection has it as
 * its own port. Whoever connects to it is refused.
 */
export async function holdPort(t: TestContext, port: number): Promise<void> {
  const far = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resume();
  });
  far.listen(0, "127.0.0.1");
  await once(far, "listening");
  const host = "127.0.0.1";
  const holder = connect({ host, port: (far.address() as AddressInfo).port, localAddress: host, localPort: port });
  later(t, () => {
    holder.destroy();
    far.close();
  });
  await once(holder, "connect");
}

/** A port on which nobody listens. */
export async function vacantPort(t: TestContext): Promise<number> {
  const { port, release } = await reservePort();
  await release();
  await holdPort(t, port);
  return port;
}

/** Stops a simulated host whose http port stays unused until the end of the test. */
export async function stopForGood(
  t: TestContext,
  host: { readonly http?: { readonly port: number } | undefined; readonly stop: () => Promise<void> },
): Promise<void> {
  await host.stop();
  if (host.http === undefined) throw new Error("the host had no http listener");
  await holdPort(t, host.http.port);
}

/** A port that nobody else gets before it is given back. */
export interface ReservedPort {
  readonly port: number;
  readonly release: () => Promise<void>;
}

/** For a server that takes no port 0: a port that is held while the server is made ready, and given back just before. */
export async function reservePort(): Promise<ReservedPort> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const release = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  return { port, release };
}

/** Whether somebody accepts connections there: a port of 127.0.0.1, or the path of a socket. */
export function accepts(at: number | string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof at === "number" ? connect(at, "127.0.0.1") : connect(at);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
