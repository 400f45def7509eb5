/** A TCP relay between the client under test and a host: it records every byte, and can cut the line. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { later } from "./cleanup";
import { Sockets } from "./sockets";

/** What the relay does with a chunk that the client sent: how many of its bytes pass before the line is cut. */
export type Judge = (chunk: Buffer, sofar: Buffer) => number | undefined;

/** The relay. */
export interface Relay {
  readonly port: number;
  readonly sockets: Sockets;
  /** Everything the client sent, on all connections, in order. */
  readonly sent: () => Buffer;
  /** Everything the host sent. */
  readonly received: () => Buffer;
}

/**
 * Starts a relay on loopback.
 * @param options `address`: where to listen, default 127.0.0.1; `judge`: decides about the client's bytes;
 * `alter`: changes the host's.
 */
export async function startRelay(
  t: TestContext,
  hostPort: number,
  options: { readonly address?: string; readonly judge?: Judge; readonly alter?: (chunk: Buffer) => Buffer } = {},
): Promise<Relay> {
  const sockets = new Sockets();
  const sent: Buffer[] = [];
  const received: Buffer[] = [];
  const server = createServer((client) => {
    sockets.add(client);
    const host = connect(hostPort, "127.0.0.1");
    host.on("error", () => client.destroy());
    host.on("data", (chunk: Buffer) => {
      received.push(chunk);
      client.write(options.alter?.(chunk) ?? chunk);
    });
    host.on("end", () => client.end());
    host.on("close", () => client.destroy());
    client.on("close", () => host.destroy());
    forward(client, host, { sent, judge: options.judge });
  });
  await new Promise<void>((resolve) => server.listen(0, options.address ?? "127.0.0.1", resolve));
  later(t, () => {
    sockets.destroy();
    return new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    sent: () => Buffer.concat(sent),
    received: () => Buffer.concat(received),
  };
}

function forward(client: Socket, host: Socket, about: { sent: Buffer[]; judge: Judge | undefined }): void {
  let sofar = Buffer.alloc(0);
  client.on("data", (chunk: Buffer) => {
    about.sent.push(chunk);
    const passing = about.judge?.(chunk, sofar);
    sofar = Buffer.concat([sofar, chunk]);
    host.write(passing === undefined ? chunk : chunk.subarray(0, passing));
    if (passing !== undefined) client.resetAndDestroy();
  });
  client.on("end", () => host.end());
}
