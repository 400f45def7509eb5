/** A port on which nobody listens, and which the system gives to nobody else. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { TestContext } from "node:test";
import { later } from "./cleanup";

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
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
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
