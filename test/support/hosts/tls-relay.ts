/** Somebody between the client and its host who ends TLS. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import type { CertificatePair } from "../../../simulator";
import { later } from "../cleanup";
import type { Peer } from "./sessions";
import { Sockets } from "./sockets";

/** Somebody in the middle: TLS to both sides, with a certificate of his own. */
export async function startTlsRelay(t: TestContext, certificate: CertificatePair, hostPort: number): Promise<Peer> {
  const sockets = new Sockets();
  const server = createTlsServer({ key: certificate.keyPem, cert: certificate.certPem }, (client) => {
    const host = connectTls({ port: hostPort, host: "127.0.0.1", rejectUnauthorized: false });
    client.on("error", () => host.destroy());
    host.on("error", () => client.destroy());
    client.pipe(host).pipe(client);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  later(t, () => {
    sockets.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}
