import { type ErrorCode, type ErrorContext, WinrmError, isWinrmError } from "../../errors";

/** Names a failure of DNS, TCP, TLS or HTTP framing, with its likely causes. */

interface Explanation extends ErrorContext {
  readonly code: ErrorCode;
  readonly summary: string;
}

/** Where the failure happened; it decides what the host can have seen. A handshake carries no message yet. */
export type Stage = "connect" | "handshake" | "exchange";

const UNTRUSTED = explain("WINRM_E_TLS_UNTRUSTED", "the host's certificate is not issued by a trusted authority", {
  causes: ["the certificate is self-signed, or issued by a private authority"],
  remedy: "set tls.ca to the authority's certificate, or tls.pinnedSha256 to the fingerprint of the host's own",
});
const EXPIRED = explain("WINRM_E_TLS_EXPIRED", "the host's certificate is expired or not valid yet", {
  causes: ["the listener's certificate was not renewed", "the clock of one of the two machines is wrong"],
  remedy: "renew the certificate and bind it to the HTTPS listener",
});
const UNUSABLE = explain(
  "WINRM_E_TLS_UNTRUSTED",
  "the host's certificate, or one that issued it, cannot be used for TLS",
  {
    causes: [
      "its enhanced key usage does not have server authentication, or its issuer is no authority",
      "it is damaged, revoked, or signed in a way that this machine's OpenSSL does not take",
    ],
    remedy:
      "give the HTTPS listener a certificate for server authentication, or set tls.pinnedSha256 to its fingerprint",
  },
);
const LOST = explain("WINRM_E_CONNECTION_LOST", "the connection broke before the response was complete", {
  retryable: true,
  causes: ["the host or its WinRM service restarted", "a firewall or proxy cut the connection"],
  remedy: "run again; if it stays, look at the host's event log System for what restarts, and connect without a proxy",
});
/** The first request of a connection met the break: more often a wrong port or a filter than a restart. */
const LOST_IN_HANDSHAKE = explain("WINRM_E_CONNECTION_LOST", LOST.summary, {
  retryable: true,
  causes: [
    "an http connection was made to a TLS port",
    "a firewall or proxy cut the connection",
    "the host or its WinRM service restarted",
  ],
  remedy: "check connection.port and connection.transport: 5986 is https, 5985 is http",
});
const LOST_IN_CONNECT = explain("WINRM_E_CONNECTION_LOST", "the connection broke before it was established", {
  retryable: true,
  causes: [
    "the https listener's certificate or its private key is not usable, and HTTP.sys hangs up",
    "a firewall or proxy cut the connection",
    "client and server share no TLS version",
  ],
  remedy: "on the host, check the listener's CertificateThumbprint, and the event log System for Schannel errors",
});
const CLIENT_CERTIFICATE = explain("WINRM_E_TLS", "the peer requires a client certificate", {
  causes: [
    "the HTTPS binding negotiates client certificates (clientcertnegotiation), and the method is not certificate",
    "a gateway before the host demands one",
  ],
  remedy: "log in by certificate, or switch the negotiation off on the host (netsh http show sslcert)",
});
const UNREACHABLE = explain("WINRM_E_UNREACHABLE", "no route to the host", {
  causes: ["the host is down or in another network", "a firewall rejects the connection"],
  remedy: "check the route from this machine to the host",
});
const DNS = explain("WINRM_E_DNS", "the host name cannot be resolved", {
  causes: ["the name is misspelt", "this machine's DNS does not know the domain"],
  remedy: "check connection.host, or use the name that DNS knows",
});
const CONNECT_TIMEOUT = explain("WINRM_E_CONNECT_TIMEOUT", "the host did not accept a connection in time", {
  causes: [
    "the host is down",
    "a firewall drops the connection: WinRM needs TCP 5985 (http) or 5986 (https), and its rule for public networks admits the local subnet only",
  ],
  remedy: "check that the port is open from this machine, or raise timeouts.connectSeconds",
});
const TIMEOUT = explain("WINRM_E_TIMEOUT", "the host accepted the connection but did not respond in time", {
  causes: ["the host is overloaded", "a middlebox on the path drops traffic"],
  remedy: "try again, or raise timeouts.operationSeconds",
});
const NOT_HTTP = explain("WINRM_E_NOT_WINRM", "the peer does not speak HTTP", {
  causes: ["the port belongs to another service", "an http connection was made to a TLS port"],
  remedy: "check connection.port and connection.transport",
});
const ANOTHER_SERVICE: ErrorContext = {
  causes: ["the peer is not a WinRM service"],
  remedy: "check connection.host and connection.port",
};

const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map(
  Object.entries({
    ENOTFOUND: DNS,
    EAI_AGAIN: DNS,
    EAI_NODATA: DNS,
    ECONNREFUSED: explain("WINRM_E_CONNECTION_REFUSED", "nothing listens at this address and port", {
      causes: [
        "the host has no listener for this transport (https needs one of its own)",
        "the WinRM service is not running",
        "the port is wrong",
        "the service's IPv4Filter or IPv6Filter, often set by Group Policy, leaves out every address",
      ],
      remedy: "on the host, run: winrm enumerate winrm/config/listener",
    }),
    EHOSTUNREACH: UNREACHABLE,
    ENETUNREACH: UNREACHABLE,
    EHOSTDOWN: UNREACHABLE,
    EADDRNOTAVAIL: UNREACHABLE,
    ETIMEDOUT: CONNECT_TIMEOUT,
    UND_ERR_HEADERS_TIMEOUT: TIMEOUT,
    UND_ERR_BODY_TIMEOUT: TIMEOUT,
    ECONNRESET: LOST,
    ECONNABORTED: LOST,
    EPIPE: LOST,
    UND_ERR_SOCKET: LOST,
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: LOST,
    UND_ERR_RES_EXCEEDED_MAX_SIZE: explain(
      "WINRM_E_ENVELOPE_TOO_LARGE",
      "the response is larger than 2 MiB",
      ANOTHER_SERVICE,
    ),
    UND_ERR_HEADERS_OVERFLOW: explain(
      "WINRM_E_NOT_WINRM",
      "the response's headers are larger than any of WinRM's",
      ANOTHER_SERVICE,
    ),
    HTTPParserError: NOT_HTTP,
    UND_ERR_INVALID_ARG: explain("WINRM_E_ARGUMENT", "the request cannot be written as HTTP; nothing was sent", {
      causes: ["connection.host or connection.path holds characters that HTTP does not allow"],
      remedy: "write connection.path as it is in the listener's URLPrefix, with a slash before it",
    }),
    DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
    SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
    UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
    CERT_UNTRUSTED: UNTRUSTED,
    CERT_HAS_EXPIRED: EXPIRED,
    CERT_NOT_YET_VALID: EXPIRED,
    // The rest of what OpenSSL's verification ends with (X509_V_ERR_*), by Node's names; others are UNSPECIFIED.
    UNABLE_TO_DECRYPT_CERT_SIGNATURE: UNUSABLE,
    UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: UNUSABLE,
    CERT_SIGNATURE_FAILURE: UNUSABLE,
    ERROR_IN_CERT_NOT_BEFORE_FIELD: UNUSABLE,
    ERROR_IN_CERT_NOT_AFTER_FIELD: UNUSABLE,
    CERT_CHAIN_TOO_LONG: UNUSABLE,
    CERT_REVOKED: UNUSABLE,
    CERT_REJECTED: UNUSABLE,
    INVALID_CA: UNUSABLE,
    INVALID_PURPOSE: UNUSABLE,
    PATH_LENGTH_EXCEEDED: UNUSABLE,
    UNSPECIFIED: UNUSABLE,
    ERR_TLS_CERT_ALTNAME_INVALID: explain("WINRM_E_TLS_NAME", "the host's certificate is for another name", {
      causes: ["the connection uses an IP address or a short name, the certificate has the full name"],
      remedy: "connect by the name in the certificate, or set tls.serverName to it",
    }),
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CLIENT_CERTIFICATE,
    ERR_SSL_WRONG_VERSION_NUMBER: explain("WINRM_E_TLS", "the port does not speak TLS", {
      causes: ["it is the http listener's port (5985), and the transport is https"],
      remedy: "use port 5986 for https, or transport http",
    }),
  }),
);
const TLS_FAILED = explain("WINRM_E_TLS", "the TLS handshake failed", {
  causes: [
    "client and server share no TLS version or cipher",
    "the listener's certificate or its private key is not usable",
  ],
  remedy: "on the host, check the listener's CertificateThumbprint and which TLS versions Schannel allows",
});

function explain(code: ErrorCode, summary: string, context: ErrorContext): Explanation {
  return { code, summary, ...context };
}

/**
 * The typed form of what the socket layer threw. A failure of stage `exchange` may have reached the host, so it is
 * marked `uncertain`. The cause keeps the code only: transport errors may hold headers.
 */
export function connectionError(thrown: unknown, stage: Stage): WinrmError {
  if (isWinrmError(thrown)) return thrown;
  const code = codeOf(thrown);
  if (isAbort(thrown)) return cancelled(thrown, stage === "exchange");
  const explanation = explanationOf(code, stage);
  const uncertain = stage === "exchange" && explanation.code !== "WINRM_E_ARGUMENT";
  return errorOf({ ...explanation, outcomeUnknown: uncertain }, code);
}

/** The error for a host that needs longer than `timeouts.operationSeconds` and the time to respond. */
export function responseTimeout(operationTimeoutMs: number, limitMs: number): WinrmError {
  return errorOf(TIMEOUT, `${limitMs / 1000} s: timeouts.operationSeconds is ${operationTimeoutMs / 1000}`);
}

function errorOf({ code, summary, ...context }: Explanation, detail?: string): WinrmError {
  return new WinrmError(code, detail === undefined ? summary : `${summary} (${detail})`, context);
}

/** The error for an aborted signal: its reason if that is one, a timeout for a deadline, else a cancellation. */
export function cancelled(reason: unknown, uncertain = false): WinrmError {
  if (isWinrmError(reason)) return uncertain ? reason.withContext({ outcomeUnknown: uncertain }) : reason;
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return errorOf({ ...TIMEOUT, outcomeUnknown: uncertain });
  }
  return new WinrmError("WINRM_E_CANCELLED", "the operation was cancelled", { outcomeUnknown: uncertain });
}

function explanationOf(code: string | undefined, stage: Stage): Explanation {
  const known = code === undefined ? undefined : EXPLANATIONS.get(code);
  if (known === LOST && stage !== "exchange") return stage === "connect" ? LOST_IN_CONNECT : LOST_IN_HANDSHAKE;
  if (known !== undefined) return known;
  if (code?.startsWith("HPE_") === true) return NOT_HTTP;
  if (stage === "connect" && code !== undefined && /SSL|TLS|CERT|OSSL|EPROTO/.test(code)) return TLS_FAILED;
  return stage === "connect" ? UNREACHABLE : stage === "handshake" ? LOST_IN_HANDSHAKE : LOST;
}

function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  // Several addresses of one name fail together; the first failure speaks for all.
  const first: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code: unknown = first instanceof Error && "code" in first ? first.code : undefined;
  if (typeof code === "string") return code;
  // The HTTP client's parser errors come without a code in some of its releases.
  return first instanceof Error && first.name === "HTTPParserError" ? first.name : undefined;
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "TimeoutError");
}
