/** Rows A3, A4 and A9 below SOAP: HTTP as no host writes it, in raw bytes. A read ends with a code, a write is not thought undone. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { ErrorCode } from "../../../provider/errors";
import { putLeaves, readConfig } from "../../../provider/host/config";
import { startRaw } from "../../support/hosts/hostile-server";
import { NEVER, failure, openSession } from "../../support/hosts/sessions";

const LIMIT = { timeout: 60_000 } as const;
const write = { resource: "client", leaves: new Map([["TrustedHosts", "a"]]) } as const;
const UNFIT = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029\u200b-\u200f]/;
const OK = "HTTP/1.1 200 OK\r\n";
const SOAP = "Content-Type: application/soap+xml\r\n";
const UNAUTHORIZED = "HTTP/1.1 401 x\r\nContent-Length: 0\r\n";

/** What the server writes once a request has begun to come, or before that; then it ends. */
const RESPONSES: Readonly<Record<string, string | (() => string)>> = {
  "thousands of headers": () => `${OK}${"X: y\r\n".repeat(50_000)}\r\n`,
  "a header of megabytes": () => `${OK}X: ${"y".repeat(4_000_000)}\r\n\r\n`,
  "a header name of megabytes": () => `${OK}${"y".repeat(4_000_000)}: 1\r\n\r\n`,
  "a reason of megabytes": () => `HTTP/1.1 200 ${"y".repeat(4_000_000)}\r\n\r\n`,
  "two lengths": `${OK}${SOAP}Content-Length: 4\r\nContent-Length: 5\r\n\r\n<a/>x`,
  "a length and chunks": `${OK}${SOAP}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n0\r\n\r\n`,
  "a negative length": `${OK}${SOAP}Content-Length: -4\r\n\r\n<a/>`,
  "a length that no number holds": `${OK}${SOAP}Content-Length: 99999999999999999999\r\n\r\n<a/>`,
  "a length that promises more": `${OK}${SOAP}Content-Length: 40\r\n\r\n<a/>`,
  "chunks with a huge size": `${OK}${SOAP}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n<a/>`,
  "a chunk extension of megabytes": () =>
    `${OK}${SOAP}Transfer-Encoding: chunked\r\n\r\n4;${"x".repeat(4_000_000)}\r\n<a/>\r\n0\r\n\r\n`,
  "trailers of megabytes": () =>
    `${OK}${SOAP}Transfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n0\r\n${"X: y\r\n".repeat(500_000)}\r\n`,
  "a flood of 1xx": () => `${"HTTP/1.1 100 Continue\r\n\r\n".repeat(100_000)}${OK}${SOAP}Content-Length: 4\r\n\r\n<a/>`,
  "an upgrade nobody asked for": "HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
  "a folded header": `${OK}Content-Type: application/\r\n soap+xml\r\nContent-Length: 4\r\n\r\n<a/>`,
  "a NUL in a header": `${OK}X: a\0b\r\n\r\n`,
  "a bare CR in a header": `${OK}X: a\rb\r\n\r\n`,
  "an escape sequence in a header": `${OK}Content-Type: \x1b[31mtext\x9d/html\r\nServer: \x1b]0;x\x07\r\nContent-Length: 4\r\n\r\n<a/>`,
  "no status": "HTTP/1.1\r\n\r\n",
  "a status of four digits": "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/0.9": "<html>",
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "more than was promised": `${OK}${SOAP}Content-Length: 4\r\n\r\n<a/>${OK}${SOAP}Content-Length: 4\r\n\r\n<b/>`,
  "204 with a body": "HTTP/1.1 204 x\r\nContent-Length: 4\r\n\r\n<a/>",
  "a compressed body": `${OK}${SOAP}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00`,
  "thousands of methods": () => `${UNAUTHORIZED}${"WWW-Authenticate: X\r\n".repeat(2_000)}\r\n`,
  "a method of kilobytes": () => `${UNAUTHORIZED}WWW-Authenticate: ${"y".repeat(12_000)} z\r\n\r\n`,
  "a realm for the terminal": `${UNAUTHORIZED}WWW-Authenticate: Basic realm="\x1b[2J##vso[task.x]"\r\nWWW-Authenticate: \x9b31m\r\n\r\n`,
  "a redirect for the terminal": "HTTP/1.1 302 x\r\nLocation: http://\x1b[2J\xc2\x9b/\r\nContent-Length: 0\r\n\r\n",
};

const CODES: readonly ErrorCode[] = [
  "WINRM_E_NOT_WINRM",
  "WINRM_E_CONNECTION_LOST",
  "WINRM_E_PROTOCOL",
  "WINRM_E_HANDSHAKE",
  "WINRM_E_METHOD_NOT_OFFERED",
];

function answering(t: TestContext, what: keyof typeof RESPONSES, early: boolean) {
  return startRaw(t, (socket) => {
    const given = RESPONSES[what]!;
    const respond = () => socket.end(Buffer.from(typeof given === "string" ? given : given(), "latin1"));
    socket.on("error", () => undefined);
    if (early) respond();
    else socket.once("data", respond);
  });
}

suite("HTTP that no host writes", LIMIT, () => {
  for (const what of Object.keys(RESPONSES)) {
    test(`A3, A4, A9: ${what}`, async (t) => {
      for (const early of [false, true]) {
        const server = await answering(t, what, early);
        const basic = { method: "basic" } as const;
        const read = await failure(readConfig(openSession(t, server, basic).client, NEVER));
        const put = await failure(putLeaves(openSession(t, server, basic).client, write, NEVER));
        const logon = await failure(readConfig(openSession(t, server).client, NEVER));
        for (const error of [read, put, logon]) {
          assert.ok(CODES.includes(error.code), error.code);
          assert.ok(error.message.length < 3_000, String(error.message.length));
          assert.doesNotMatch(error.message, UNFIT);
        }
        // A 401 was not carried out; of all else it cannot be told.
        assert.equal(put.context.outcomeUnknown === true, put.code !== "WINRM_E_METHOD_NOT_OFFERED", put.code);
        assert.notEqual(logon.context.outcomeUnknown, true);
      }
    });
  }
});
