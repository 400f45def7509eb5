import { basicAuthorization } from "../../auth/basic";
import { WinrmError, isWinrmError } from "../../errors";
import { type TraceEvents, trace } from "../../trace";
import type { Connection } from "../transport/connection";
import type { HttpResponse } from "../transport/http-response";
import { certificateRefused, logonError } from "../diagnosis/http";
import type { LogonGuard } from "../guard/logon-guard";
import { type SessionTarget, SOAP_TYPE, displayHost } from "../target";
import type { PasswordCredential } from "../credential";

/** Methods that show the credential with each request instead of once for each connection. */

/**
 * Posts one message with the credential. A 401 never comes back from it.
 * @throws WinrmError `WINRM_E_LOGON_DENIED` if the host refuses the credential; of the connection.
 */
export type AuthenticatedPost = (message: Buffer, signal: AbortSignal) => Promise<HttpResponse>;

/** What a logon works with. */
export interface LogonOptions {
  readonly target: SessionTarget;
  readonly guard: LogonGuard;
  readonly signal: AbortSignal;
}

/** DSP0226 §C.3.4.4: the TLS certificate is the credential, and this header asks for it to be used. */
const MUTUAL_TLS = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";

/**
 * A connection that breaks after a credential was shown, and before any response to it, may have lost a refusal, or be one:
 * the credential is not shown again.
 */
export function asNonRetryable(error: unknown): unknown {
  if (!isWinrmError(error)) return error;
  return new WinrmError(error.code, error.summary, { ...error.context, retryable: false });
}

/** Traces one leg of a logon. */
export function traceLogon(target: SessionTarget, leg: Omit<TraceEvents["logon"], "host" | "method">): void {
  trace("logon", () => ({ host: displayHost(target), method: target.auth.method, ...leg }));
}

/**
 * Posts with a header, and traces the first response and each 401: the header or TLS carries the credential, so no token is
 * counted.
 * @param broken what a connection means that breaks before the first response.
 */
export function credentialPost(connection: Connection, target: SessionTarget, broken = asNonRetryable) {
  let responded = false;
  return async (authorization: string, message: Buffer, signal: AbortSignal): Promise<HttpResponse> => {
    const headers = { "content-type": SOAP_TYPE, authorization };
    const response = await connection.post(headers, message, signal).catch((error: unknown) => {
      throw responded ? error : broken(error);
    });
    const { status } = response;
    if (!responded || status === 401) traceLogon(target, { leg: 1, bytesOut: 0, bytesIn: 0, status });
    responded = true;
    return response;
  };
}

/** Basic: user name and password with each request; there is nothing to do before the first. */
export function basicPost(
  connection: Connection,
  credential: PasswordCredential,
  { target, guard }: LogonOptions,
): AuthenticatedPost {
  const authorization = basicAuthorization(credential.username, credential.password);
  const post = credentialPost(connection, target);
  return (message, signal) =>
    guard.attempt(async () => {
      const response = await post(authorization, message, signal);
      if (response.status === 401) throw logonError(target, response);
      return response;
    }, signal);
}

/**
 * Client certificate: TLS shows it, at the first handshake or when the service asks for it by renegotiation in the first
 * request. A connection that breaks before the first response may be the service's refusal, and is not repeated.
 */
export function certificatePost(connection: Connection, { target, guard }: LogonOptions): AuthenticatedPost {
  const post = credentialPost(connection, target, brokenByCertificate);
  return (message, signal) =>
    guard.attempt(async () => {
      const response = await post(MUTUAL_TLS, message, signal);
      if (response.status === 401) throw logonError(target, response, { credentialEvaluated: true });
      return certificateRefused(response);
    }, signal);
}

function brokenByCertificate(error: unknown): unknown {
  if (!isWinrmError(error) || error.code !== "WINRM_E_CONNECTION_LOST") return error;
  return new WinrmError(error.code, error.summary, {
    ...error.context,
    retryable: false,
    causes: [
      "the service asked for the client certificate and could not get it: it does not renegotiate, or it asks by TLS 1.3 after the handshake, which Node cannot answer",
      "the certificate is refused, and the service says so by closing the connection",
      ...(error.context.causes ?? []),
    ],
    remedy:
      'have the host ask for the certificate in the first handshake (netsh http add sslcert … clientcertnegotiation=enable), and leave tls.maxVersion at "TLSv1.2"',
  });
}
