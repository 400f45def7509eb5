import { basicAuthorization } from "../auth/basic";
import { type DigestContext, createDigestContext, strongestChallenge } from "../auth/digest";
import { WinrmError, isWinrmError } from "../errors";
import { parseChallenges, parseParameters } from "./challenge";
import type { Connection, HttpAnswer } from "./connection";
import { certificateRefused, digestError, logonError, offersNothingForDigest } from "./http-failure";
import type { LogonGuard } from "./logon-guard";
import { type PasswordCredential, type SessionTarget, SOAP_TYPE } from "./target";

/** Methods that show the credential, or a proof of it, with each request instead of once for each connection. */

/**
 * Posts one message with the credential. A 401 never comes back from it.
 * @throws WinrmError `WINRM_E_LOGON_DENIED` if the host refuses the credential; of the connection.
 */
export type AuthorizedPost = (message: Buffer, signal: AbortSignal) => Promise<HttpAnswer>;

/** What each of these methods works with. */
export interface RequestLogonOptions {
  readonly target: SessionTarget;
  readonly guard: LogonGuard;
  readonly signal: AbortSignal;
}

/** DSP0226 §C.3.4.4: the TLS certificate is the credential, and this header asks for it to be used. */
const MUTUAL_TLS = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
const EMPTY = Buffer.alloc(0);

/** Basic: user name and password with each request; there is nothing to do before the first. */
export function basicPost(
  connection: Connection,
  credential: PasswordCredential,
  { target, guard }: RequestLogonOptions,
): AuthorizedPost {
  const authorization = basicAuthorization(credential.username, credential.password);
  return (message, signal) =>
    guard.attempt(async () => {
      const answer = await connection.post({ "content-type": SOAP_TYPE, authorization }, message, signal);
      if (answer.status === 401) throw logonError(target, answer);
      return answer;
    });
}

/**
 * Client certificate: TLS shows it, at the first handshake or when the service asks for it by renegotiation in the first
 * request. A connection that breaks before the first answer may be the service's refusal, and is not repeated.
 */
export function certificatePost(connection: Connection, { target, guard }: RequestLogonOptions): AuthorizedPost {
  let answered = false;
  return (message, signal) =>
    guard.attempt(async () => {
      const headers = { "content-type": SOAP_TYPE, authorization: MUTUAL_TLS };
      const answer = await connection.post(headers, message, signal).catch((error: unknown) => {
        throw answered ? error : brokenByCertificate(error);
      });
      answered = true;
      if (answer.status === 401) throw logonError(target, answer, true);
      return certificateRefused(answer);
    });
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
    next: 'have the host ask for the certificate in the first handshake (netsh http add sslcert … clientcertnegotiation=enable), and leave tls.maxVersion at "TLSv1.2"',
  });
}

/**
 * Digest: asks for a challenge with an empty request, then proves the password with each request. A nonce that became
 * stale is replaced once without counting as a refusal.
 * @throws WinrmError `WINRM_E_METHOD_NOT_OFFERED` if the host has no Digest, `WINRM_E_HANDSHAKE` if it has none that can be
 * used.
 */
export async function digestPost(
  connection: Connection,
  credential: PasswordCredential,
  { target, guard, signal }: RequestLogonOptions,
): Promise<AuthorizedPost> {
  const first = await connection.post({ "content-type": SOAP_TYPE }, EMPTY, signal);
  if (first.status !== 401) throw offersNothingForDigest(first);
  let context = challenged(first);

  async function once(message: Buffer, stop: AbortSignal): Promise<HttpAnswer> {
    const authorization = context.authorize({ method: "POST", uri: target.path });
    const answer = await connection.post({ "content-type": SOAP_TYPE, authorization }, message, stop);
    if (answer.status !== 401) context.accept(parseParameters(answer.headers["authentication-info"]));
    return answer;
  }

  /** @throws WinrmError if the answer has no challenge that can be answered. */
  function challenged(answer: HttpAnswer): DigestContext {
    const challenge = challengeOf(answer);
    if (challenge === undefined) throw digestError(target, answer);
    return createDigestContext(credential, challenge);
  }

  return (message, stop) =>
    guard.attempt(async () => {
      const answer = await once(message, stop);
      if (answer.status !== 401) return answer;
      if (challengeOf(answer)?.stale !== true) throw logonError(target, answer, true);
      context = challenged(answer);
      const second = await once(message, stop);
      if (second.status !== 401) return second;
      if (challengeOf(second)?.stale !== true) throw logonError(target, second, true);
      throw new WinrmError("WINRM_E_HANDSHAKE", "the server calls each nonce of its own stale", {
        causes: ["several servers answer at this address, and do not know each other's nonces"],
      });
    });
}

function challengeOf(answer: HttpAnswer): ReturnType<typeof strongestChallenge> {
  const digests = parseChallenges(answer.headers["www-authenticate"]).filter(
    ({ scheme }) => scheme.toLowerCase() === "digest",
  );
  return strongestChallenge(digests.map(({ parameters }) => parameters));
}
