/** A TCP relay between the client under test and a host: it records every byte, and can cut the line. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { later } from "../cleanup";
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

/** What a relay does beside passing bytes on. */
interface RelayOptions {
  readonly address?: string;
  readonly judge?: Judge;
  readonly hold?: () => Promise<void>;
  readonly alter?: (chunk: Buffer) => Buffer;
}

/**
 * Starts a relay on loopback.
 * @param options `address`: where to listen, default 127.0.0.1; `judge`: decides about the client's bytes;
 * `hold`: each piece of them goes on when it resolves; `alter`: changes the host's.
 */
export async function startRelay(t: TestContext, hostPort: number, options: RelayOptions = {}): Promise<Relay> {
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
    forward(client, host, { ...options, sent });
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

function forward(
  client: Socket,
  host: Socket,
  { sent, judge, hold }: Pick<RelayOptions, "judge" | "hold"> & { readonly sent: Buffer[] },
): void {
  let sofar = Buffer.alloc(0);
  let held = Promise.resolve();
  client.on("data", (chunk: Buffer) => {
    sent.push(chunk);
    const passing = judge?.(chunk, sofar);
    sofar = Buffer.concat([sofar, chunk]);
    const bytes = passing === undefined ? chunk : chunk.subarray(0, passing);
    if (hold === undefined) host.write(bytes);
    else held = held.then(hold).then(() => void host.write(bytes));
    if (passing !== undefined) client.resetAndDestroy();
  });
  client.on("end", () => host.end());
}
