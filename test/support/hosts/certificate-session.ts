/** Sessions that log in with a client certificate. */
import type { TestContext } from "node:test";
import { readClientCertificate } from "../../../provider/x509/client-certificate";
import { LogonGuard } from "../../../provider/session/guard/logon-guard";
import { Session } from "../../../provider/session/session";
import type { TlsTrust } from "../../../provider/session/target";
import { WsmanClient } from "../../../provider/session/wsman-client";
import type { CertificatePair } from "../../../simulator";
import { later } from "../cleanup";
import { targetOf } from "./sessions";

/** What such a session shows, and what it trusts. */
export interface CertificateLogon {
  readonly pair: CertificatePair;
  readonly tls: Partial<TlsTrust>;
}

/** A session over https to 127.0.0.1, closed at the end of the test. */
export function openWithCertificate(
  t: TestContext,
  port: number,
  { pair, tls }: CertificateLogon,
): { session: Session; client: WsmanClient } {
  const certificate = readClientCertificate({
    kind: "pem",
    certificatePem: pair.certPem,
    privateKeyPem: pair.keyPem,
    passphrase: undefined,
  });
  const target = targetOf(port, { transport: "https", tls });
  const auth = { method: "certificate", certificate, channelBinding: true } as const;
  const session = new Session({ ...target, auth }, new LogonGuard());
  later(t, () => {
    session.close();
  });
  return { session, client: new WsmanClient(session) };
}
