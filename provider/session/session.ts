import pLimit from "p-limit";
import type { AuthContext, MessageProtection } from "../auth/auth-context";
import { basicAuthorization } from "../auth/basic";
import { tlsServerEndPoint } from "../auth/channel-binding";
import { createNtlmContext } from "../auth/ntlm/client";
import { WinrmError, isWinrmError } from "../errors";
import { offeredSchemes, parseChallenges } from "./challenge";
import { Connection, following, type HttpAnswer, type Traffic } from "./connection";
import { cancelled } from "./connection-errors";
import { first, httpError, logonError } from "./http-failure";
import type { LogonGuard } from "./logon-guard";
import { decodeEncrypted, encodeEncrypted, isEncryptedType } from "./message-encryption";
import { type SessionTarget, displayHost, displayLogon } from "./target";

const SOAP_TYPE = "application/soap+xml;charset=UTF-8";
const EMPTY = Buffer.alloc(0);

/** How requests travel on an established connection. */
type Protection =
  | { readonly kind: "sealed"; readonly protocol: string; readonly messages: MessageProtection }
  /** Inside TLS; with Basic each request carries the credential. */
  | { readonly kind: "plain"; readonly authorization: string | undefined };

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "established"; readonly connection: Connection; readonly protection: Protection }
  | { readonly kind: "closed" };

/**
 * One authenticated session with one host: at most one socket, one security context, one request at a time.
 * Connecting and logging in happen on the first request; a closed or idle connection is replaced by a new one with a
 * new context. The handshake rides on empty requests, so that no message ever meets an outcome still unknown, and over
 * http every message is sealed.
 */
export class Session {
  readonly target: SessionTarget;
  readonly #guard: LogonGuard;
  readonly #serial = pLimit(1);
  readonly #closedTraffic: Traffic = { requests: 0, bytesOut: 0, bytesIn: 0 };
  #phase: Phase = { kind: "idle" };
  #establishing: AbortController | undefined;

  constructor(target: SessionTarget, guard: LogonGuard) {
    this.target = target;
    this.#guard = guard;
  }

  /** Requests and body bytes so far, handshakes included. */
  get traffic(): Traffic {
    const now =
      this.#phase.kind === "established" ? this.#phase.connection.traffic : { requests: 0, bytesOut: 0, bytesIn: 0 };
    const past = this.#closedTraffic;
    return {
      requests: past.requests + now.requests,
      bytesOut: past.bytesOut + now.bytesOut,
      bytesIn: past.bytesIn + now.bytesIn,
    };
  }

  /** `host as account` context for errors. */
  get errorContext(): { host: string; as: string } {
    return { host: displayHost(this.target), as: displayLogon(this.target) };
  }

  /**
   * Sends one SOAP message and returns the SOAP message that answers it, a fault included.
   * A 401 on a connection that was logged in before means that the request was not processed and the context is gone:
   * the session logs in once more and sends it again.
   * @throws WinrmError of connecting, of the logon, of sealing, or `WINRM_E_HTTP_STATUS` and its kin.
   */
  send(message: string, signal: AbortSignal): Promise<string> {
    return this.#serial(async () => {
      // A request that was given up while it waited must not cost the others their connection.
      if (signal.aborted) throw cancelled(signal.reason);
      const reused = this.#usable();
      const answer = await this.#exchange(await this.#establish(signal), message, signal);
      if (typeof answer === "string") return answer;
      this.#drop();
      const again = reused && this.target.auth.method !== "basic";
      if (!again) throw logonError(this.target, answer);
      const second = await this.#exchange(await this.#establish(signal), message, signal);
      if (typeof second === "string") return second;
      this.#drop();
      throw logonError(this.target, second);
    });
  }

  /** Closes the socket, also one that is only being opened; a closed session refuses requests. */
  close(): void {
    this.#drop();
    this.#phase = { kind: "closed" };
    this.#establishing?.abort(closed());
  }

  #usable(): boolean {
    return this.#phase.kind === "established" && this.#phase.connection.usable;
  }

  #drop(): void {
    if (this.#phase.kind !== "established") return;
    const { connection } = this.#phase;
    for (const count of ["requests", "bytesOut", "bytesIn"] as const)
      this.#closedTraffic[count] += connection.traffic[count];
    connection.close();
    this.#phase = { kind: "idle" };
  }

  async #establish(signal: AbortSignal): Promise<Extract<Phase, { kind: "established" }>> {
    if (this.#phase.kind === "closed") throw closed();
    if (this.#phase.kind === "established") {
      if (this.#phase.connection.usable) return this.#phase;
      this.#drop();
    }
    const { controller, release } = following(signal);
    this.#establishing = controller;
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(this.target, controller.signal);
      const protection = await this.#logOn(connection, controller.signal);
      if (controller.signal.aborted) throw cancelled(controller.signal.reason);
      const phase = { kind: "established", connection, protection } as const;
      this.#phase = phase;
      return phase;
    } catch (error) {
      connection?.close();
      throw error;
    } finally {
      release();
      this.#establishing = undefined;
    }
  }

  #logOn(connection: Connection, signal: AbortSignal): Promise<Protection> {
    const { auth } = this.target;
    switch (auth.method) {
      case "basic":
        return Promise.resolve({
          kind: "plain",
          authorization: basicAuthorization(auth.credential.username, auth.credential.password),
        });
      case "ntlm":
        return this.#guard.attempt(() => this.#handshake(connection, this.#ntlmContext(connection), signal));
    }
  }

  #ntlmContext(connection: Connection): AuthContext {
    const { auth, host, transport } = this.target;
    const binding = auth.channelBinding && transport === "https" ? channelBindingOf(connection) : undefined;
    return createNtlmContext({
      account: auth.credential.username,
      password: auth.credential.password,
      spn: `HTTP/${host}`,
      ...(binding === undefined ? {} : { channelBinding: binding }),
      requireSealing: transport === "http",
    });
  }

  /** Tokens on empty POSTs until both ends are done; a 401 after our last token is a rejection (never repeated). */
  async #handshake(connection: Connection, context: AuthContext, signal: AbortSignal): Promise<Protection> {
    let step = await context.step();
    for (;;) {
      if (step.token === undefined)
        throw new WinrmError("WINRM_E_INTERNAL", "the authentication context has no token to send");
      const authorization = `${context.scheme} ${step.token.toString("base64")}`;
      const { done } = step;
      const answer = await connection
        .post({ "content-type": SOAP_TYPE, authorization }, EMPTY, signal)
        .catch((error: unknown) => {
          throw done ? unrepeatable(error) : error;
        });
      if (done) {
        if (answer.status === 401) throw logonError(this.target, answer, true);
        if (answer.status !== 200) throw httpError(answer, true);
        break;
      }
      step = await context.step(this.#continuation(connection, context, answer));
    }
    if (!connection.usable)
      throw new WinrmError("WINRM_E_CONNECTION_LOST", "the host closed the connection after the logon", {
        retryable: true,
      });
    if (this.target.transport === "https") return { kind: "plain", authorization: undefined };
    return { kind: "sealed", protocol: context.encryptionProtocol, messages: context.protection() };
  }

  #continuation(connection: Connection, context: AuthContext, answer: HttpAnswer): Buffer {
    const header = answer.headers["www-authenticate"];
    const own = parseChallenges(header).filter(({ scheme }) => scheme.toLowerCase() === context.scheme.toLowerCase());
    const token = own.find((challenge) => challenge.token !== undefined)?.token;
    if (answer.status === 401 && token !== undefined) {
      if (connection.usable) return Buffer.from(token, "base64");
      throw new WinrmError("WINRM_E_HANDSHAKE", "the host closed the connection in the middle of the logon", {
        causes: ["a proxy between here and the host does not keep connections"],
        next: "connect directly, or through a tunnel",
      });
    }
    if (answer.status !== 401) {
      if (answer.status >= 200 && answer.status < 300) {
        throw new WinrmError(
          "WINRM_E_HANDSHAKE",
          "the other end accepted the first token without proof; that is no WinRM service",
        );
      }
      throw httpError(answer, true);
    }
    const offered = offeredSchemes(header);
    if (own.length === 0 && offered.length > 0) throw logonError(this.target, answer);
    throw new WinrmError(
      "WINRM_E_HANDSHAKE",
      `the host offers ${offered.join(", ") || "nothing"} but does not answer an NTLM token`,
      {
        causes: [
          "NTLM is blocked by policy on the host",
          "a proxy between here and the host does not keep connections",
        ],
        next: "connect directly, or use another method",
      },
    );
  }

  /** One message and its answer; a 401 comes back as the HTTP answer. */
  async #exchange(
    { connection, protection }: Extract<Phase, { kind: "established" }>,
    message: string,
    signal: AbortSignal,
  ): Promise<string | HttpAnswer> {
    const plain = Buffer.from(message, "utf8");
    try {
      if (protection.kind === "plain") {
        const { authorization } = protection;
        const logon = authorization === undefined ? {} : { authorization };
        const post = () => connection.post({ "content-type": SOAP_TYPE, ...logon }, plain, signal);
        const answer = await (authorization === undefined
          ? post()
          : this.#guard.attempt(async () => this.#notDenied(await post())));
        return answer.status === 401 ? answer : plainAnswer(answer, this.target);
      }
      const { contentType, body } = encodeEncrypted(protection.protocol, protection.messages.seal(plain), plain.length);
      const answer = await connection.post({ "content-type": contentType }, body, signal);
      return answer.status === 401 ? answer : sealedAnswer(answer, protection.messages);
    } catch (error) {
      // After any failure the position in the key stream is unknown, so the connection is not used again.
      this.#drop();
      throw error;
    }
  }

  #notDenied(answer: HttpAnswer): HttpAnswer {
    if (answer.status === 401) throw logonError(this.target, answer);
    return answer;
  }
}

function closed(): WinrmError {
  return new WinrmError("WINRM_E_CANCELLED", "the session is closed");
}

/** @throws WinrmError `WINRM_E_TLS` if there is no certificate: a logon that was to be bound never goes unbound. */
function channelBindingOf({ certificate }: Connection): Buffer {
  if (certificate !== undefined) return tlsServerEndPoint(certificate);
  throw new WinrmError(
    "WINRM_E_TLS",
    "the host's certificate is not known, so the logon cannot be bound to the channel",
  );
}

/** A connection that breaks after the last token may be a host's way to refuse the credential: it is not shown again. */
function unrepeatable(error: unknown): unknown {
  if (!isWinrmError(error)) return error;
  return new WinrmError(error.code, error.summary, { ...error.context, retryable: false });
}

/** Over http everything is sealed, faults too; an answer in clear could come from anybody. */
function sealedAnswer(answer: HttpAnswer, messages: MessageProtection): string {
  const contentType = first(answer.headers["content-type"]) ?? "";
  if (isEncryptedType(contentType)) {
    try {
      return messages.unseal(decodeEncrypted(contentType, answer.body)).toString("utf8");
    } catch (error) {
      // What cannot be read does not say what became of the request.
      throw isWinrmError(error) ? error.with({ uncertain: true }) : error;
    }
  }
  if (answer.status === 200 || (answer.status === 500 && answer.body.length > 0)) {
    throw new WinrmError("WINRM_E_SEAL", `HTTP ${answer.status} in clear where only a sealed answer can be trusted`, {
      uncertain: true,
      causes: ["something between here and the host answered in its place"],
    });
  }
  throw unanswered(answer, true);
}

function plainAnswer(answer: HttpAnswer, target: SessionTarget): string {
  const contentType = first(answer.headers["content-type"]) ?? "";
  if (/application\/soap\+xml/i.test(contentType) && answer.body.length > 0) return answer.body.toString("utf8");
  throw unanswered(answer, target.transport === "https");
}

/** A status of 400 to 499, or 503, comes from before the service; any other leaves open what became of the request. */
function unanswered(answer: HttpAnswer, sealed: boolean): WinrmError {
  const error = httpError(answer, sealed);
  const refused = (answer.status >= 400 && answer.status < 500) || answer.status === 503;
  return refused || error.code === "WINRM_E_UNENCRYPTED_DISABLED" ? error : error.with({ uncertain: true });
}
