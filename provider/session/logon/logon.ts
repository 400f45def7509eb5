import type { AnyMessageProtection, AuthContext, AuthStep } from "../../auth/auth-context";
import type { TicketRequestGuard } from "../../auth/kerberos/exchange";
import type * as NtlmClient from "../../auth/ntlm/client";
import { tlsServerEndPoint } from "../../auth/channel-binding";
import { WinrmError, isWinrmError } from "../../errors";
import { challengesOf, isOffered, offeredSchemes } from "./challenge";
import type { Connection } from "../transport/connection";
import type { HttpResponse } from "../transport/http-response";
import { SCHEMES, httpError, logonError } from "../diagnosis/http";
import {
  type AuthenticatedPost,
  type LogonOptions,
  asNonRetryable,
  basicPost,
  certificatePost,
  traceLogon,
} from "./request-logon";
import { linkedAbortController, raceAbort } from "../transport/signals";
import { type KerberosLogon, SOAP_TYPE, type SessionAuth, type SessionTarget } from "../target";

/** Logging in on a new connection, by whichever method. */

const EMPTY = Buffer.alloc(0);

/** How requests travel on an established connection. */
export type MessageSecurity = (
  | { readonly kind: "sealed"; readonly protocol: string; readonly messages: AnyMessageProtection }
  /** Inside TLS, or on purpose in cleartext; a method may show the credential with each request. */
  | { readonly kind: "plain"; readonly post: AuthenticatedPost }
) & {
  /** Frees what the security context holds. */
  readonly dispose: () => void;
  /** For methods whose tokens are of a mechanism. */
  readonly mechanism?: Mechanism;
};

/** The mechanism of a logon. */
export type Mechanism = Pick<AuthContext, "mechanism" | "gaveWay" | "hostName">;

/** Logs in. With methods that show the credential in each request, what the host says of it comes with the first. */
export async function logOn(connection: Connection, options: LogonOptions): Promise<MessageSecurity> {
  const { target } = options;
  const { auth } = target;
  switch (auth.method) {
    case "basic":
      return plain(basicPost(connection, auth.credential, options));
    case "certificate":
      return plain(certificatePost(connection, options));
    case "digest":
      return plain(await (await import("./digest-logon.js")).digestPost(connection, auth.credential, options));
    case "ntlm":
    case "negotiate":
    case "kerberos":
      return negotiateTokens(connection, { ...target, auth }, options);
  }
}

/** A ticket shows the host no password, so a refusal of one is no matter of the account's other logons. */
function negotiateTokens(
  connection: Connection,
  target: SessionTarget & { readonly auth: TokenAuth },
  { guard, signal }: LogonOptions,
): Promise<MessageSecurity> {
  const logon = async () => {
    const context = await contextFor(target, connection, (ask) => guard.ticket(ask, signal));
    try {
      const protection = await handshake(connection, context, { target, guard, signal });
      return { ...protection, mechanism: context };
    } catch (error) {
      context.dispose?.();
      throw withFallbackReason(error, context.gaveWay);
    }
  };
  return target.auth.method === "kerberos" ? guard.attemptByTicket(logon, signal) : guard.attempt(logon, signal);
}

/** A refusal of the mechanism that came second, with what kept the first from being used. */
function withFallbackReason(error: unknown, gaveWay: WinrmError | undefined): unknown {
  if (gaveWay === undefined || !isWinrmError(error)) return error;
  const causes = [
    ...(error.context.causes ?? []),
    `Kerberos was tried first and could not be used: ${gaveWay.summary}`,
  ];
  return new WinrmError(error.code, error.summary, { ...error.context, causes });
}

function plain(post: AuthenticatedPost, dispose: () => void = nothing): MessageSecurity {
  return { kind: "plain", post, dispose };
}

function nothing(): void {
  // These methods hold no context.
}

type LogonContext = AuthContext<AnyMessageProtection>;

type TokenAuth = Extract<SessionAuth, { method: "ntlm" | "negotiate" | "kerberos" }>;

let ntlmModule: Promise<typeof NtlmClient> | undefined;

/** Asked for with each logon; Node's loader takes its time also with what it has. */
function ntlmClient(): Promise<typeof NtlmClient> {
  ntlmModule ??= import("../../auth/ntlm/client.js");
  return ntlmModule;
}

/** What NTLM, SPNEGO and Kerberos need is loaded by the methods that use it, and by no other. */
async function contextFor(
  { auth, host, transport }: SessionTarget & { readonly auth: TokenAuth },
  connection: Connection,
  askDomain: TicketRequestGuard,
): Promise<LogonContext> {
  const bound = auth.channelBinding && transport === "https";
  const binding = bound ? { channelBinding: channelBindingOf(connection) } : {};
  const requireSealing = transport === "http";
  const ntlm = async (credential: { username: string; password: string }) => {
    const { createNtlmContext } = await ntlmClient();
    return createNtlmContext({
      account: credential.username,
      password: credential.password,
      spn: `HTTP/${host}`,
      requireSealing,
      ...binding,
    });
  };
  const kerberos = async ({ credential, spn, library = "koffi" }: KerberosLogon) => {
    const { createKerberosContext } = await import("../../auth/kerberos/client.js");
    return createKerberosContext({ host, spn, credential, library, askDomain, requireSealing, ...binding });
  };
  switch (auth.method) {
    case "ntlm":
      return ntlm(auth.credential);
    case "kerberos":
      return kerberos(auth.kerberos);
    case "negotiate": {
      const { createNegotiateContext, MECHANISMS } = await import("../../auth/spnego/negotiate.js");
      const { kerberosUnavailable } = await import("../../auth/kerberos/errors.js");
      const first = { ...MECHANISMS.kerberos, context: await kerberos(auth.kerberos) };
      if (!auth.allowNtlm) return createNegotiateContext({ mechs: [first] });
      const second = { ...MECHANISMS.ntlm, context: await ntlm(auth.credential) };
      return createNegotiateContext({ mechs: [{ ...first, allowsFallback: kerberosUnavailable }, second] });
    }
  }
}

/** @throws WinrmError `WINRM_E_TLS` if there is no certificate: a logon that was to be bound never goes unbound. */
function channelBindingOf({ certificate }: Connection): Buffer {
  if (certificate !== undefined) return tlsServerEndPoint(certificate);
  throw new WinrmError(
    "WINRM_E_TLS",
    "the host's certificate is not known, so the logon cannot be bound to the channel",
  );
}

/**
 * The first step may ask a domain controller, in a call that knows no signal; it ends for the caller with the signal, or with
 * the time that one operation may take.
 */
async function firstStep(context: LogonContext, { target, signal }: LogonOptions): Promise<AuthStep> {
  if (context.mechanism === "ntlm") return context.step();
  const { controller, release } = linkedAbortController(signal);
  const timer = setTimeout(() => {
    controller.abort(noTicket(target));
  }, target.operationTimeoutMs);
  try {
    return await raceAbort(context.step(), controller.signal);
  } catch (error) {
    throw isRunningAccount(target) && isWinrmError(error) ? await notTheRunningAccount(error) : error;
  } finally {
    clearTimeout(timer);
    release();
  }
}

/** The error for a first step that has not ended when the time for one operation is up. */
export function noTicket({ operationTimeoutMs }: SessionTarget): WinrmError {
  return new WinrmError("WINRM_E_TIMEOUT", `no ticket within ${operationTimeoutMs / 1000} s`, {
    causes: ["a domain controller (KDC) accepts connections and does not respond", "DNS does not respond"],
    remedy: "check that port 88 of a domain controller is open from this machine, or raise timeouts.operationSeconds",
  });
}

function isRunningAccount({ auth }: SessionTarget): boolean {
  return auth.method === "kerberos" && auth.kerberos.credential.kind === "default";
}

/** Where no realm applies to the runner, credentials must be given: Microsoft's rule for default credentials. */
export async function notTheRunningAccount(error: WinrmError): Promise<WinrmError> {
  const { noRealmApplies } = await import("../../auth/kerberos/errors.js");
  if (!noRealmApplies(error)) return error;
  const { causes, remedy: next } = error.context;
  return new WinrmError(
    "WINRM_E_CREDENTIALS_REQUIRED",
    `no credentials are given, and the running account has no tickets here: ${error.summary}`,
    {
      ...(causes === undefined ? {} : { causes }),
      remedy: `set connection.auth.username and password, or WINRM_USERNAME and WINRM_PASSWORD${next === undefined ? "" : `; or for Kerberos: ${next}`}`,
      cause: error,
    },
  );
}

/**
 * Tokens on empty POSTs until both ends are done. NTLM ends with our token and a plain 200; Kerberos and SPNEGO end with
 * the host's token, which proves who it is. A 401 after a proof is a rejection, and is never repeated.
 */
async function handshake(
  connection: Connection,
  context: LogonContext,
  options: LogonOptions,
): Promise<MessageSecurity> {
  const { target, signal } = options;
  let step = await firstStep(context, options);
  for (let leg = 1; step.token !== undefined; leg++) {
    const { done } = step;
    const bytesOut = step.token.length;
    const proof = done || leg > 1;
    const authorization = `${context.scheme} ${step.token.toString("base64")}`;
    const response = await connection
      .post({ "content-type": SOAP_TYPE, authorization }, EMPTY, signal)
      .catch((error: unknown) => {
        throw proof ? asNonRetryable(error) : error;
      });
    const token = tokenOf(context, response);
    const { status } = response;
    const bytesIn = token?.length ?? 0;
    traceLogon(target, { ...(context.mechanism && { mechanism: context.mechanism }), leg, bytesOut, bytesIn, status });
    if (status !== 200 && status !== 401) throw httpError(response, true);
    if (status === 401 && (done || token === undefined)) throw refusal({ target, response, context, proof });
    if (status === 200 && done) break;
    if (token === undefined) {
      throw new WinrmError(
        "WINRM_E_HANDSHAKE",
        "the peer accepted the first token without proof; that is not a WinRM service",
      );
    }
    step = await context.step(token).catch(async (error: unknown) => {
      throw status === 401 ? await ticketRefused(error, { target, response, context, proof }) : error;
    });
    if (status === 200) {
      if (step.done && step.token === undefined) break;
      throw new WinrmError("WINRM_E_HANDSHAKE", "the peer accepted a logon that is not complete");
    }
    if (!connection.usable) {
      throw new WinrmError("WINRM_E_HANDSHAKE", "the host closed the connection in the middle of the logon", {
        causes: ["a proxy on the path does not keep connections open"],
        remedy: "connect directly, or through a tunnel",
      });
    }
  }
  if (!step.done) throw new WinrmError("WINRM_E_INTERNAL", "the authentication context has no token to send");
  if (!connection.usable) {
    throw new WinrmError("WINRM_E_CONNECTION_LOST", "the host closed the connection after the logon", {
      retryable: true,
      causes: ["a proxy on the path does not keep connections open", "the host's WinRM service restarted"],
      remedy: "connect directly, or through a tunnel",
    });
  }
  const dispose = () => context.dispose?.();
  if (target.transport === "https") {
    return plain((message, stop) => connection.post({ "content-type": SOAP_TYPE }, message, stop), dispose);
  }
  return { kind: "sealed", protocol: context.encryptionProtocol, messages: context.protection(), dispose };
}

function tokenOf(context: LogonContext, response: HttpResponse): Buffer | undefined {
  const own = challengesOf(context.scheme, response.headers["www-authenticate"]);
  const token = own.find((challenge) => challenge.token !== undefined)?.token;
  return token === undefined ? undefined : Buffer.from(token, "base64");
}

interface Refused {
  readonly target: SessionTarget;
  readonly response: HttpResponse;
  readonly context: LogonContext;
  /** A proof was sent. */
  readonly proof: boolean;
}

/** A 401 that goes no further: what the host offers comes first, then the credential. */
function refusal({ target, response, context, proof }: Refused): WinrmError {
  const offered = offeredSchemes(response.headers["www-authenticate"]);
  const offers = isOffered(SCHEMES[target.auth.method] ?? "", offered);
  const ticket = context.mechanism === "kerberos";
  const judged = proof || (ticket && offers);
  if (judged || (offered.length > 0 && !offers))
    return logonError(target, response, { credentialEvaluated: judged, ticket });
  if (offered.length === 0) {
    return new WinrmError("WINRM_E_HANDSHAKE", "HTTP 401: the host offers no authentication method at all", {
      causes: [
        "every method but client certificates is switched off on the host (winrm/config/service/auth), perhaps by Group Policy",
        "a middlebox (proxy, load balancer, TLS inspection) responded instead of the host, or removed the list",
      ],
      remedy:
        'on the host, winrm get winrm/config/service/auth shows what is on, with [Source="GPO"] where Group Policy owns it; switch a method on, or log in by certificate',
    });
  }
  return new WinrmError(
    "WINRM_E_HANDSHAKE",
    `the host offers ${offered.join(", ")} but does not respond to a token of ${target.auth.method}`,
    {
      causes: ["NTLM is blocked by policy on the host", "a proxy on the path does not keep connections open"],
      remedy: "connect directly, or use another method",
    },
  );
}

/** A host's own word on why it refuses a ticket, or, where its number tells nothing, what may be the matter with a ticket. */
async function ticketRefused(error: unknown, { target, response, context }: Refused): Promise<unknown> {
  if (context.mechanism !== "kerberos" || !isWinrmError(error)) return error;
  const { KerberosError } = await import("../../auth/kerberos/errors.js");
  if (!(error instanceof KerberosError) || error.reason !== "other") return error;
  return logonError(target, response, { credentialEvaluated: true, ticket: true }).withContext({ cause: error });
}
