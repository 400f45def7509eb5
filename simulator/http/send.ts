/** Writing one answer to a connection, with the manners of HTTP.sys. */

import type { IncomingMessage as Request, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { OutgoingMessage } from "./exchange";
import type { LogonAnswer } from "./outcome";

const SERVER = "Microsoft-HTTPAPI/2.0";

/** A 401 of the service: one header line for each scheme. */
export function unauthorized(schemes: string[], closes: boolean): OutgoingMessage {
  return { status: 401, headers: schemes.length === 0 ? {} : { "WWW-Authenticate": schemes }, closes };
}

/** `Negotiate TlRMTVNTUAAC…` */
export function tokenLine({ scheme, token }: LogonAnswer): string {
  return `${scheme} ${token.toString("base64")}`;
}

/** The offered schemes; the one that was tried with the token that says why it failed, if there is one. */
export function refusalLines(offered: readonly string[], answer: LogonAnswer | undefined): string[] {
  return offered.map((scheme) => (scheme === answer?.scheme ? tokenLine(answer) : scheme));
}

/** The last leg of an exchange, whose answer may carry the host's own proof. */
export function withAnswer(outgoing: OutgoingMessage, answer: LogonAnswer | undefined): OutgoingMessage {
  if (answer === undefined) return outgoing;
  return { ...outgoing, headers: { ...outgoing.headers, "WWW-Authenticate": tokenLine(answer) } };
}

/** Sends an answer, or does what comes in its place. */
export function send(request: Request, response: ServerResponse, outgoing: OutgoingMessage): void {
  if (outgoing.instead === "hang") return;
  if (outgoing.instead === "reset") {
    breakOff(request.socket);
    return;
  }
  const body = outgoing.body ?? Buffer.alloc(0);
  if (outgoing.closes === true) response.setHeader("Connection", "close");
  else response.removeHeader("Connection");
  // An empty reason phrase, as HTTP.sys sends it for WinRM.
  response.writeHead(outgoing.status, "", { Server: SERVER, ...outgoing.headers, "Content-Length": body.length });
  if (outgoing.instead === "truncate") {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      request.socket.destroy();
    });
    return;
  }
  response.end(body);
}

/** A reset where the platform can send one: not below TLS. */
function breakOff(socket: Socket): void {
  if ("encrypted" in socket) socket.destroy();
  else socket.resetAndDestroy();
}
