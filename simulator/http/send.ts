/** Writing one answer to a connection, with the manners of HTTP.sys. Assumed (date). */

import type { IncomingMessage as Request, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { OutgoingMessage } from "./exchange";
import type { LogonAnswer } from "./outcome";

const SERVER = "Microsoft-HTTPAPI/2.0";

/**
 * A 401 that ends a logon: one header line for each scheme, and the connection closes, also where the request tried
 * nothing (jborean93/github-misc packer/issue-6205, Windows Server 2012 R2, frames 71 and 698; jborean93/omi#29).
 */
export function unauthorized(schemes: readonly string[]): OutgoingMessage {
  return { status: 401, headers: schemes.length === 0 ? {} : { "WWW-Authenticate": schemes }, closes: true };
}

/** The 401 that carries the host's token: the connection stays, and the token comes before all other headers. */
export function challenge(answer: LogonAnswer): OutgoingMessage {
  return { status: 401, headers: { "WWW-Authenticate": [tokenLine(answer)] } };
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

/** A message, and the host's time when it is sent; absent: it is not told. */
interface TimedMessage extends OutgoingMessage {
  readonly at?: Date;
}

/** Sends an answer, or does what comes in its place. */
export function send(request: Request, response: ServerResponse, outgoing: TimedMessage): void {
  if (outgoing.instead === "hang") return;
  if (outgoing.instead === "reset") {
    breakOff(request.socket);
    return;
  }
  const body = outgoing.body ?? Buffer.alloc(0);
  response.sendDate = false;
  response.removeHeader("Connection");
  // An empty reason phrase, as HTTP.sys sends it for WinRM.
  response.writeHead(outgoing.status, "", headerLines(outgoing, body.length));
  if (outgoing.instead === "truncate") {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      request.socket.destroy();
    });
    return;
  }
  // As a string, which goes out with the head in one piece.
  response.end(body.toString("latin1"), "latin1");
}

/** In the order of HTTP.sys: the recordings that `unauthorized` names show it of a 401, a challenge and a 200. */
function headerLines({ headers = {}, status, closes, at }: TimedMessage, length: number): string[] {
  const lines: string[] = [];
  const isChallenge = status === 401 && closes !== true;
  if (!isChallenge) lines.push("Server", SERVER);
  for (const name in headers) {
    const values = headers[name] ?? [];
    for (const value of typeof values === "string" ? [values] : values) lines.push(name, value);
  }
  if (isChallenge) lines.push("Server", SERVER);
  if (at !== undefined) lines.push("Date", at.toUTCString());
  if (closes === true) lines.push("Connection", "close");
  lines.push("Content-Length", String(length));
  return lines;
}

/** A reset where the platform can send one: not below TLS. */
function breakOff(socket: Socket): void {
  if ("encrypted" in socket) socket.destroy();
  else socket.resetAndDestroy();
}
