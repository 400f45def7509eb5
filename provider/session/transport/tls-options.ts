import type { ConnectionOptions } from "node:tls";
import { WinrmError } from "../../errors";
import type { SessionTarget } from "../target";

/** What TLS is told beyond the judgement of the host's certificate, and what its failures mean for a client certificate. */

type TlsTarget = Pick<SessionTarget, "auth" | "tls">;

/**
 * The client certificate and the newest version. A WinRM service asks for the certificate in the middle of the first
 * request: by renegotiation in TLS 1.2, and in TLS 1.3 by a message that Node cannot answer.
 */
export function tlsOptions({ auth, tls }: TlsTarget): Pick<ConnectionOptions, "cert" | "key" | "maxVersion"> {
  const certificate = auth.method === "certificate" ? auth.certificate : undefined;
  const maxVersion = tls.maxVersion ?? (certificate === undefined ? undefined : "TLSv1.2");
  return {
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(certificate === undefined ? {} : { cert: certificate.chainPem, key: certificate.keyPem }),
  };
}

/** The other end offers newer versions only. */
const VERSION_CODES: readonly unknown[] = [
  "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
  "ERR_SSL_UNSUPPORTED_PROTOCOL",
  "ERR_SSL_WRONG_SSL_VERSION",
];
/** Alerts of RFC 8446 §6.2 with which the other end refuses a certificate, in OpenSSL's names. */
const REFUSED = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13)_ALERT_((?:\w+_)?CERTIFICATE(?:_\w+)?|UNKNOWN_CA|ACCESS_DENIED)$/;

/** The error for a failure of TLS that a version limit or a client certificate explains; `undefined` for any other. */
export function tlsFailure(thrown: unknown, { auth, tls }: TlsTarget): WinrmError | undefined {
  const code = codeOf(thrown);
  if (code === undefined) return undefined;
  if (VERSION_CODES.includes(code) && tls.maxVersion !== "TLSv1.3") {
    if (auth.method === "certificate") return onlyTls13(code);
    if (tls.maxVersion === "TLSv1.2") {
      return new WinrmError(
        "WINRM_E_TLS",
        `the host does not offer TLS 1.2, and tls.maxVersion allows no newer (${code})`,
        {
          causes: ["TLS 1.2 is switched off on the host"],
          remedy: "leave tls.maxVersion out",
        },
      );
    }
  }
  const reason = REFUSED.exec(code)?.[1];
  if (auth.method !== "certificate" || reason === undefined) return undefined;
  return new WinrmError("WINRM_E_LOGON_DENIED", `the host refused the client certificate in TLS (${code})`, {
    causes: [
      "the host does not trust the authority that issued it: it belongs to the host's trusted root authorities, and intermediate ones into the chain of auth.certificatePem",
      "the certificate is revoked, or the host's clock is wrong",
    ],
    remedy: "correct the certificate or what the host trusts, and run again: it was tried once and is not repeated",
  });
}

function onlyTls13(code: string): WinrmError {
  return new WinrmError("WINRM_E_TLS", `the host offers TLS 1.3 only, and client certificates need TLS 1.2 (${code})`, {
    causes: [
      "a WinRM service asks for the certificate after the handshake; in TLS 1.3 that is post-handshake authentication, which Node does not have",
    ],
    remedy:
      'switch TLS 1.2 on at the host; or have the host ask in the first handshake (netsh http add sslcert … clientcertnegotiation=enable), and set tls.maxVersion to "TLSv1.3"',
  });
}

function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ("code" in thrown && typeof thrown.code === "string" && thrown.code.startsWith("ERR_SSL")) return thrown.code;
  return codeOf(thrown.cause);
}
