import { type DigestContext, createDigestContext, strongestChallenge } from "../../auth/digest";
import { WinrmError } from "../../errors";
import { challengesOf, parseParameters } from "./challenge";
import type { Connection } from "../transport/connection";
import type { HttpResponse } from "../transport/http-response";
import { digestError, logonError, digestNotRequestedError } from "../diagnosis/http";
import { type AuthenticatedPost, type LogonOptions, credentialPost } from "./request-logon";
import { SOAP_TYPE } from "../target";
import type { PasswordCredential } from "../credential";

const EMPTY = Buffer.alloc(0);

/**
 * Digest: asks for a challenge with an empty request, then proves the password with each request. A nonce that became
 * stale is replaced once without counting as a refusal.
 * @throws WinrmError `WINRM_E_METHOD_NOT_OFFERED` if the host has no Digest, `WINRM_E_HANDSHAKE` if it has none that can be
 * used.
 */
export async function digestPost(
  connection: Connection,
  credential: PasswordCredential,
  { target, guard, signal }: LogonOptions,
): Promise<AuthenticatedPost> {
  const first = await connection.post({ "content-type": SOAP_TYPE }, EMPTY, signal);
  if (first.status !== 401) throw digestNotRequestedError(first);
  let context = challenged(first);
  const post = credentialPost(connection, target);

  /** @throws WinrmError if the response has no challenge that can be answered. */
  function challenged(response: HttpResponse): DigestContext {
    const challenge = challengeOf(response);
    if (challenge === undefined) throw digestError(target, response);
    return createDigestContext(credential, challenge);
  }

  return (message, stop) =>
    guard.attempt(async () => {
      for (let attempt = 1; attempt <= 2; attempt++) {
        const response = await post(context.authorize({ method: "POST", uri: target.path }), message, stop);
        if (response.status !== 401) {
          context.accept(parseParameters(response.headers["authentication-info"]));
          return response;
        }
        if (challengeOf(response)?.stale !== true) throw logonError(target, response, { credentialEvaluated: true });
        context = challenged(response);
      }
      throw new WinrmError("WINRM_E_HANDSHAKE", "the server calls each nonce of its own stale", {
        causes: ["several servers respond at this address, and do not know each other's nonces"],
        remedy: "connect to one of them by its own name",
      });
    }, stop);
}

function challengeOf(response: HttpResponse): ReturnType<typeof strongestChallenge> {
  const digests = challengesOf("Digest", response.headers["www-authenticate"]);
  return strongestChallenge(digests.map(({ parameters }) => parameters));
}
