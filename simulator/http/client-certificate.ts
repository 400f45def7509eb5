/** Getting the certificate of a client, as HTTP.sys does: only when the service asks for it, within the connection. */

import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** What `Authorization` holds for a logon with a certificate: no scheme, no token ([MS-WSMV] 2.1, DSP0226 §C.3.1). */
export const MUTUAL_PROFILE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";

/** When the host asks for a certificate. `handshake` is `clientcertnegotiation=enable` of `netsh http add sslcert`. */
export type ClientCertificateRequest = "on-demand" | "handshake";

/** The client's certificate and those it sent with it; empty if it has none. */
export type CertificateChain = readonly X509Certificate[];

/** The connection cannot be asked: TLS 1.3 without post-handshake authentication, which Windows answers with a reset. */
export class NoRenegotiation extends Error {
  override readonly name = "NoRenegotiation";
}

/**
 * The chain of the client at the other end, which is asked for it now if it was not asked before.
 * @throws NoRenegotiation if the connection is under TLS 1.3; an error of TLS if the client breaks off.
 */
export async function clientCertificates(socket: Socket, when: ClientCertificateRequest): Promise<CertificateChain> {
  if (!(socket instanceof TLSSocket)) return [];
  if (when === "on-demand" && socket.getPeerX509Certificate() === undefined) {
    if (socket.getProtocol() !== "TLSv1.2") throw new NoRenegotiation("TLS 1.3 has no renegotiation");
    await new Promise<void>((resolve, reject) => {
      socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
  const chain: X509Certificate[] = [];
  for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) chain.push(next);
  return chain;
}
