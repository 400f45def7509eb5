/** The rows of docs/diagnosis.md that are about client certificates. */
import { once } from "node:events";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import type { TestContext } from "node:test";
import type { WinrmError } from "../../../provider/errors";
import { readConfig } from "../../../provider/host/config";
import type { TlsTrust } from "../../../provider/session/target";
import { openWithCertificate } from "../../support/hosts/certificate-session";
import { certificateFor } from "../../support/hosts/certificates";
import { later } from "../../support/cleanup";
import { authority, clientCertificate } from "../../support/hosts/client-certificates";
import { startRaw } from "../../support/hosts/hostile-server";
import { startHost } from "../../support/hosts/hosts";
import { failure, NEVER } from "../../support/hosts/sessions";
import { read } from "./diagnosis-scenarios";

const SERVER = certificateFor(["127.0.0.1"]);
const CA = authority();
/** A fatal alert (RFC 5246 §7.2): unknown_ca. */
const UNKNOWN_CA = Buffer.from("15030300020230", "hex");
const CLIENT = clientCertificate({ upn: "svc-deploy@localhost" }, CA);

async function attempt(t: TestContext, port: number, tls: Partial<TlsTrust> = {}): Promise<WinrmError> {
  const { client } = openWithCertificate(t, port, { pair: CLIENT, tls: { ca: SERVER.certPem, ...tls } });
  return await failure(readConfig(client, NEVER));
}

/** A server of Node's own, which is enough for what happens in the handshake. */
async function serving(t: TestContext, options: TlsOptions): Promise<number> {
  const server = createServer({ key: SERVER.keyPem, cert: SERVER.certPem, ...options }, (socket) => socket.resume());
  server.on("tlsClientError", () => undefined);
  server.on("secureConnection", (socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  later(t, async () => {
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

/** A web server that takes the certificate and answers with this status. */
async function answering(t: TestContext, status: number): Promise<WinrmError> {
  const options = { key: SERVER.keyPem, cert: SERVER.certPem, ca: CA.certPem, requestCert: true };
  const server = createHttps(options, (request, response) => {
    request.resume();
    response.writeHead(status, { "Content-Length": 0 }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  later(t, async () => {
    server.close();
    await once(server, "close");
  });
  return await attempt(t, (server.address() as AddressInfo).port);
}

/** TLS 1.2 is offered, and the host has it switched off. */
export const newTlsOnly = async (t: TestContext) => {
  const port = await serving(t, { minVersion: "TLSv1.3" });
  return await read(t, port, { transport: "https", tls: { ca: SERVER.certPem, maxVersion: "TLSv1.2" } });
};

/** Client certificates: what TLS refuses, and what the service refuses. */
export const CERTIFICATE_SCENARIOS = {
  "client certificate: the host offers TLS 1.3 only": async (t: TestContext) =>
    await attempt(t, await serving(t, { minVersion: "TLSv1.3" })),
  "client certificate: asked for under TLS 1.3": async (t: TestContext) => {
    const host = await startHost(t, { https: { certificate: SERVER }, config: { "service/auth/Certificate": true } });
    return await attempt(t, host.https!.port, { maxVersion: "TLSv1.3" });
  },
  "401 to a client certificate": async (t: TestContext) => {
    const host = await startHost(t, { https: { certificate: SERVER }, certificates: { authorities: [CA.certPem] } });
    return await attempt(t, host.https!.port);
  },
  "client certificate: refused in TLS": async (t: TestContext) =>
    await attempt(t, (await startRaw(t, (socket) => socket.once("data", () => socket.end(UNKNOWN_CA)))).port),
  "client certificate: 403, or 400 with a page": (t: TestContext) => answering(t, 403),
};
