/** The sockets that a test server has accepted, and proof that the client under test ended them. */
import type { AddressInfo, Server, Socket } from "node:net";
import type { TestContext } from "node:test";
import { later } from "../cleanup";

const PATIENCE_MS = 10_000;

/** Keeps count of a server's sockets. */
export class Sockets {
  readonly #open = new Set<Socket>();
  #waiting: (() => void)[] = [];
  /** Sockets accepted so far. */
  total = 0;

  /** Takes note of an accepted socket; its errors are of no interest. */
  add(socket: Socket): void {
    this.total += 1;
    this.#open.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.#open.delete(socket);
      if (this.#open.size > 0) return;
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  get open(): number {
    return this.#open.size;
  }

  /** Breaks every connection. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Ends every connection in the orderly way, as an idle limit does. */
  end(): void {
    for (const socket of this.#open) socket.end();
  }

  /** Resolves when no connection is left; rejects if the client keeps one. */
  async gone(): Promise<void> {
    if (this.#open.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the client left ${this.#open.size} sockets open`));
      }, PATIENCE_MS);
    });
    const empty = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await Promise.race([empty, late]).finally(() => {
      clearTimeout(timer);
    });
  }
}

/** Listens on a free port of loopback; the test's end breaks what is still open. */
export async function listen(
  t: TestContext,
  server: Server,
): Promise<{ readonly port: number; readonly sockets: Sockets }> {
  const sockets = new Sockets();
  server.on("connection", (socket) => {
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  later(t, () => {
    sockets.destroy();
    return new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}
