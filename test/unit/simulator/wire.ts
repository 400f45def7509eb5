/** A WinRM client for the tests of the simulated host: hand-written messages over node:http, one socket at a time. */
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import type { MessageProtection, SealedMessage } from "../../../provider/auth/auth-context";
import { createNtlmContext } from "../../../provider/auth/ntlm/client";
import { type HostOptions, SimulatedHost } from "../../../simulator";

export const CFG = "http://schemas.microsoft.com/wbem/wsman/1/config";
export const TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
export const ADMIN = { name: "Administrator", password: "Winter-2031!" } as const;
export const SOAP_TYPE = "application/soap+xml;charset=UTF-8";

export interface Answer {
  readonly status: number;
  readonly reason: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
}

/** Starts a host that the test stops; its one account is an administrator. */
export async function startHost(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [ADMIN], ...options });
  t.after(() => host.stop());
  return host;
}

/** A host that takes Basic over http, for tests that are not about authentication. */
export function startBasicHost(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const config = { "service/auth/Basic": true, "service/AllowUnencrypted": true, ...options.config };
  return startHost(t, { ...options, config });
}

/** One keep-alive connection. */
export class Wire {
  readonly #agent: Agent;
  constructor(
    readonly url: string,
    ca?: string,
  ) {
    const one = { keepAlive: true, maxSockets: 1 };
    this.#agent = ca === undefined ? new Agent(one) : new TlsAgent({ ...one, ca });
  }

  send(body: string | Buffer, headers: Record<string, string> = {}, method = "POST"): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.from(body);
      const options = {
        method,
        agent: this.#agent,
        headers: { "Content-Type": SOAP_TYPE, "Content-Length": String(bytes.length), ...headers },
      };
      const start = this.url.startsWith("https:") ? tlsRequest : request;
      const outgoing = start(this.url, options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const received = Buffer.concat(chunks);
          resolve({
            status: incoming.statusCode ?? 0,
            reason: incoming.statusMessage,
            headers: incoming.headers,
            rawHeaders: incoming.rawHeaders,
            body: received,
            text: received.toString("utf8"),
          });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function wireTo(t: TestContext, url: string, ca?: string): Wire {
  const wire = new Wire(url, ca);
  t.after(() => {
    wire.close();
  });
  return wire;
}

export function basic({ name, password }: { name: string; password: string } = ADMIN): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

/** Values of every line of one header, in order. */
export function headerLines(answer: Answer, name: string): string[] {
  return answer.rawHeaders.filter((_, index) => index % 2 === 1 && answer.rawHeaders[index - 1] === name);
}

export interface EnvelopeParts {
  readonly action: string;
  readonly uri: string;
  readonly body?: string;
  readonly messageId?: string;
  /** Header markup in place of the ordinary one, by element: `""` leaves it out. */
  readonly replace?: Readonly<Record<string, string>>;
  readonly extra?: string;
}

/** A request with prefixes that Windows does not use, because they must not matter. */
export function envelope(parts: EnvelopeParts): string {
  const headers: Record<string, string> = {
    Action: `<ad:Action env:mustUnderstand="true">${parts.action}</ad:Action>`,
    To: "<ad:To>http://web01.test:5985/wsman</ad:To>",
    ResourceURI: `<ws:ResourceURI env:mustUnderstand="true">${parts.uri}</ws:ResourceURI>`,
    MessageID: `<ad:MessageID>${parts.messageId ?? "uuid:1"}</ad:MessageID>`,
    ReplyTo:
      "<ad:ReplyTo><ad:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</ad:Address></ad:ReplyTo>",
    ...parts.replace,
  };
  return (
    `<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"` +
    ` xmlns:ad="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:ws="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">` +
    `<env:Header>${Object.values(headers).join("")}${parts.extra ?? ""}</env:Header>` +
    `<env:Body>${parts.body ?? ""}</env:Body></env:Envelope>`
  );
}

export function getEnvelope(resource = ""): string {
  return envelope({ action: `${TRANSFER}/Get`, uri: `${CFG}${resource}` });
}

/** A Put of leaves into a container: `putEnvelope("/service/auth", "Auth", "<q:Basic>true</q:Basic>")`. */
export function putEnvelope(resource: string, root: string, leaves: string): string {
  const body = `<q:${root} xmlns:q="${CFG}${resource}">${leaves}</q:${root}>`;
  return envelope({ action: `${TRANSFER}/Put`, uri: `${CFG}${resource}`, body });
}

/** The codes of the WSMan faults in an answer, outermost first. */
export function faultCodes(answer: { text: string }): number[] {
  return [...answer.text.matchAll(/<f:WSManFault [^>]*Code="(\d+)"/g)].map(([, code]) => Number(code));
}

export interface SealStyle {
  readonly tabs: boolean;
  readonly trailer: string;
  readonly lengthError: number;
  readonly protocol: string;
}

/** An NTLM session on one connection, with its own framing of sealed messages. */
export class NtlmWire {
  #protection: MessageProtection | undefined;
  constructor(readonly wire: Wire) {}

  async logOn(
    account: { name: string; password: string; domain?: string } = ADMIN,
    channelBinding?: Buffer,
  ): Promise<Answer> {
    const context = createNtlmContext({
      account: { domain: account.domain ?? "", user: account.name },
      password: account.password,
      spn: "HTTP/127.0.0.1",
      requireSealing: true,
      ...(channelBinding === undefined ? {} : { channelBinding }),
    });
    const first = await this.leg((await context.step()).token);
    const challenge = /^Negotiate (\S+)$/.exec(String(first.headers["www-authenticate"]))?.[1];
    assert.ok(challenge !== undefined, `no challenge, but ${first.status}`);
    const last = await this.leg((await context.step(Buffer.from(challenge, "base64"))).token);
    if (last.status === 200) this.use(context.protection());
    return last;
  }

  /** Seals with this from now on: the connection was logged on otherwise. */
  use(protection: MessageProtection): void {
    this.#protection = protection;
  }

  leg(token: Buffer | undefined): Promise<Answer> {
    assert.ok(token !== undefined);
    return this.wire.send("", { Authorization: `Negotiate ${token.toString("base64")}` });
  }

  /** Sends a sealed message and unseals the answer's body, if it has one. */
  async send(soap: string, style: Partial<SealStyle> = {}): Promise<Answer> {
    assert.ok(this.#protection !== undefined);
    const message = this.#protection.seal(Buffer.from(soap));
    const answer = await this.wire.send(frame(message, style), { "Content-Type": SEALED_TYPE });
    if (answer.body.length === 0 || answer.headers["content-type"] !== SEALED_TYPE) return answer;
    const plain = this.#protection.unseal(unframe(answer.body));
    return { ...answer, body: plain, text: plain.toString("utf8") };
  }
}

const SPNEGO_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted";
export const SEALED_TYPE = sealedType(SPNEGO_PROTOCOL);

/** The content type of sealed messages. */
export function sealedType(protocol: string): string {
  return `multipart/encrypted;protocol="${protocol}";boundary="Encrypted Boundary"`;
}

/** A sealed message as it is posted. */
export function frame({ signature, sealed }: SealedMessage, style: Partial<SealStyle> = {}): Buffer {
  const tab = style.tabs === false ? "" : "\t";
  const length = sealed.length + (style.lengthError ?? 0);
  const head =
    `--Encrypted Boundary\r\n${tab}Content-Type: ${style.protocol ?? SPNEGO_PROTOCOL}\r\n` +
    `${tab}OriginalContent: type=application/soap+xml;charset=UTF-8;Length=${length}\r\n` +
    `--Encrypted Boundary\r\n${tab}Content-Type: application/octet-stream\r\n`;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(signature.length);
  const tail = Buffer.from(`--Encrypted Boundary--\r\n${style.trailer ?? ""}`);
  return Buffer.concat([Buffer.from(head), size, signature, sealed, tail]);
}

/** The sealed message in the body of an answer. */
export function unframe(body: Buffer): SealedMessage {
  const marker = "application/octet-stream\r\n";
  const at = body.indexOf(marker) + marker.length;
  const signatureEnd = at + 4 + body.readUInt32LE(at);
  const length = Number(/Length=(\d+)/.exec(body.toString("latin1", 0, at))?.[1]);
  assert.equal(body.toString("latin1", signatureEnd + length), "--Encrypted Boundary--\r\n");
  const signature = body.subarray(at + 4, signatureEnd);
  return { signature, sealed: body.subarray(signatureEnd, signatureEnd + length) };
}

/** Everything a server sends on a raw socket until it closes the connection. */
export function rawExchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(text));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      resolve(Buffer.concat(chunks).toString("latin1"));
    });
  });
}
