/** Servers that break the rules on purpose: plain sockets, HTTP, and HTTP after an NTLM logon. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { MessageProtection } from "../../../provider/auth/auth-context";
import { ntHash } from "../../../provider/auth/ntlm/crypto";
import { createNtlmAcceptor, type NtlmAcceptor } from "../../../simulator/auth/ntlm-acceptor";
import { encryptedContentType, readEncrypted, writeEncrypted } from "../../../simulator/http/encryption";
import { ACCOUNT, type Peer } from "./sessions";
import { listen } from "./sockets";

/** A server that hands every accepted socket to the test. */
export function startRaw(t: TestContext, onSocket: (socket: Socket) => void): Promise<Peer> {
  return listen(
    t,
    createServer((socket) => {
      // An unread socket would never notice that the client has gone.
      socket.resume();
      onSocket(socket);
    }),
  );
}

/** One HTTP request, read to its end. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  /** Number of the request on this server, from 1. */
  readonly number: number;
}

/** A server that hands every request to the test. */
export async function startHttp(
  t: TestContext,
  onRequest: (incoming: Incoming) => void,
): Promise<Peer & { readonly requests: () => number }> {
  let number = 0;
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      number += 1;
      onRequest({ request, response, body: Buffer.concat(chunks), number });
    });
  });
  return { ...(await listen(t, server)), requests: () => number };
}

/** A message of a client that is logged on. */
export interface SealedMessageIn extends Incoming {
  /** The SOAP text, unsealed. */
  readonly soap: string;
  readonly protection: MessageProtection;
  /** Number of the message on its connection, from 1. */
  readonly nth: number;
}

/** A server that logs the client on as Windows does, and leaves every message to the test. */
export function startSealed(
  t: TestContext,
  onMessage: (message: SealedMessageIn) => void,
): Promise<Peer & { readonly requests: () => number }> {
  const logons = new WeakMap<Socket, { acceptor: NtlmAcceptor; messages: number }>();
  return startHttp(t, (incoming) => {
    const { request, response, body } = incoming;
    const token = /^Negotiate (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    const known = logons.get(request.socket);
    if (token === undefined) {
      if (known === undefined) throw new Error("a message came before a logon");
      known.messages += 1;
      const protection = known.acceptor.protection();
      const sealed = readEncrypted(request.headers["content-type"] ?? "", body);
      const soap = protection.unseal(sealed.message).toString("utf8");
      onMessage({ ...incoming, soap, protection, nth: known.messages });
      return;
    }
    const acceptor = known?.acceptor ?? newAcceptor();
    logons.set(request.socket, { acceptor, messages: 0 });
    const step = acceptor.step(Buffer.from(token, "base64"));
    if (step.token !== undefined) challenge(response, step.token);
    else response.writeHead(step.done ? 200 : 401, { "Content-Length": 0 }).end();
  });
}

/** The 401 that carries a host's NTLM token. */
export function challenge(response: ServerResponse, token: Buffer): void {
  response.writeHead(401, { "WWW-Authenticate": `Negotiate ${token.toString("base64")}`, "Content-Length": 0 }).end();
}

/** Seals a SOAP text into a frame with its content type. */
export function sealedFrame(protection: MessageProtection, soap: string): { contentType: string; body: Buffer } {
  const plain = Buffer.from(soap);
  const about = { originalType: "application/soap+xml;charset=UTF-8", length: plain.length, tabs: true };
  return { contentType: encryptedContentType, body: writeEncrypted(protection.seal(plain), about) };
}

/** Sends bytes with a status and a type. */
export function answer(
  response: ServerResponse,
  parts: { readonly status?: number; readonly contentType: string; readonly body: Buffer },
): void {
  const { status = 200, contentType, body } = parts;
  response.writeHead(status, { "Content-Type": contentType, "Content-Length": body.length }).end(body);
}

/** The answer to a Get of `winrm/config` with one leaf; `relatesTo` and `action` replace what belongs there. */
export function configAnswer(
  soap: string,
  over: { readonly relatesTo?: string; readonly action?: string } = {},
): string {
  const asked = /<a:MessageID>([^<]*)</.exec(soap)?.[1] ?? "";
  const action = over.action ?? "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse";
  return (
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">` +
    `<s:Header><a:Action>${action}</a:Action><a:RelatesTo>${over.relatesTo ?? asked}</a:RelatesTo></s:Header>` +
    `<s:Body><cfg:Config xmlns:cfg="http://schemas.microsoft.com/wbem/wsman/1/config">` +
    `<cfg:MaxTimeoutms>60000</cfg:MaxTimeoutms></cfg:Config></s:Body></s:Envelope>`
  );
}

function newAcceptor(): NtlmAcceptor {
  return createNtlmAcceptor({
    computerName: "WEB01",
    domainName: "WEB01",
    dnsComputerName: "web01",
    dnsDomainName: "web01",
    lookup: () => ntHash(ACCOUNT.password),
    cbtLevel: "Relaxed",
  });
}
