/**
 * The same exchange with nothing around it: a TCP socket, NTLM's three tokens, and a message sealed beforehand, whose response
 * is neither opened nor read. What it takes is the host, the system and the handshake; no client here can go below it.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { MessageProtection } from "../../provider/auth/auth-context";
import { createNtlmContext } from "../../provider/auth/ntlm/client";
import { encodeEncrypted } from "../../provider/session/logon/message-encryption";
import { closed } from "./closed";
import type { SessionKind, Timing } from "./pywinrm";

const PROTOCOL = "application/HTTP-SPNEGO-session-encrypted";
const SOAP_TYPE = "application/soap+xml;charset=UTF-8";

/** What the bare socket logs in with and sends. */
export interface BareSocketOptions {
  readonly username: string;
  readonly password: string;
  /** The SOAP message. */
  readonly message: string;
  readonly port: number;
}

interface Opened {
  readonly socket: Socket;
  readonly messages: MessageProtection;
}

/** One socket at a time. */
export class BareSocket {
  readonly #options: BareSocketOptions;
  #opened: Opened | undefined;

  constructor(options: BareSocketOptions) {
    this.#options = options;
  }

  async run(order: SessionKind): Promise<Timing> {
    if (order === "cold") {
      this.stop();
      await closed();
    }
    const warm = this.#opened === undefined ? undefined : { ...this.#opened, request: this.#sealed(this.#opened) };
    const cpu = process.cpuUsage();
    const started = performance.now();
    if (warm !== undefined) await exchange(warm.socket, warm.request);
    else {
      this.#opened = await this.#open();
      await exchange(this.#opened.socket, this.#sealed(this.#opened));
    }
    const ms = performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpuMs: (user + system) / 1000 };
  }

  stop(): void {
    this.#opened?.socket.destroy();
    this.#opened = undefined;
  }

  async #open(): Promise<Opened> {
    const { username: account, password, port } = this.#options;
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    const context = createNtlmContext({ account, password, spn: "HTTP/127.0.0.1", requireSealing: true });
    const leg = async (challenge?: Buffer): Promise<string> => {
      const { token = Buffer.alloc(0) } = await context.step(challenge);
      const authorization = `Authorization: Negotiate ${token.toString("base64")}\r\n`;
      return exchange(socket, requestOf(SOAP_TYPE, Buffer.alloc(0), authorization));
    };
    const [, challenge = ""] = /Negotiate ([\w+/=]+)/.exec(await leg()) ?? [];
    await leg(Buffer.from(challenge, "base64"));
    return { socket, messages: context.protection() };
  }

  #sealed({ messages }: Opened): Buffer {
    const { contentType, body } = encodeEncrypted(PROTOCOL, messages.seal(Buffer.from(this.#options.message)));
    return requestOf(contentType, body);
  }
}

function requestOf(contentType: string, body: Buffer, authorization = ""): Buffer {
  const length = `Content-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n`;
  return Buffer.concat([Buffer.from(`POST /wsman HTTP/1.1\r\nHost: localhost\r\n${authorization}${length}\r\n`), body]);
}

/** @returns the head of the response, whose body has arrived by then. */
function exchange(socket: Socket, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = received.toString("latin1", 0, end);
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      socket.off("data", onData).off("error", reject);
      if (/^HTTP\/1.1 (200|401) /.test(head)) resolve(head);
      else reject(new Error(head));
    };
    socket.on("data", onData).on("error", reject);
    socket.write(request);
  });
}
