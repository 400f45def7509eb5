/** A TCP relay to a port of this machine that counts HTTP requests and bytes. */
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** What went over the relay, headers included. */
export interface Counts {
  readonly requests: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** A running relay. */
export interface CountingRelay {
  readonly port: number;
  /** Everything since the last call. */
  readonly take: () => Counts;
  readonly stop: () => Promise<void>;
}

const REQUEST_LINE = "POST /wsman HTTP/1.1\r\n";

/** Starts a relay. */
export async function startCountingRelay(hostPort: number): Promise<CountingRelay> {
  const sockets = new Set<Socket>();
  let sent: Buffer[] = [];
  let bytesIn = 0;
  const server = createServer((client) => {
    const host = connect(hostPort, "127.0.0.1");
    for (const socket of [client, host]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        host.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => {
      sent.push(chunk);
      host.write(chunk);
    });
    host.on("data", (chunk: Buffer) => {
      bytesIn += chunk.length;
      client.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    take: () => {
      const out = Buffer.concat(sent);
      const counts = { requests: out.toString("latin1").split(REQUEST_LINE).length - 1, bytesOut: out.length, bytesIn };
      sent = [];
      bytesIn = 0;
      return counts;
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
