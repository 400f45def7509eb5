import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import type { AnyMessageProtection } from "../auth/auth-context";
import { WinrmError, isWinrmError } from "../errors";
import { Connection, type Traffic, totalTraffic } from "./transport/connection";
import type { HttpResponse } from "./transport/http-response";
import { cancelled } from "./diagnosis/socket";
import { first, headerText, httpError, logonError } from "./diagnosis/http";
import { type Mechanism, type MessageSecurity, logOn } from "./logon/logon";
import { type CredentialBreaker, type LogonGuard, proxyGate } from "./guard/logon-guard";
import { decodeEncrypted, encodeEncrypted, isEncryptedType } from "./logon/message-encryption";
import { linkedAbortController } from "./transport/signals";
import { isFault } from "../wsman/envelope";
import { type SessionTarget, displayHost, displayLogon } from "./target";

/** Waits so many milliseconds. @throws Error the signal's reason. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const waitOnMachine: Wait = (ms, signal) => delay(ms, undefined, { signal });

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "established"; readonly connection: Connection; readonly protection: MessageSecurity }
  | { readonly kind: "closed" };

/** What a session shares with others of its run. */
export interface SessionSurroundings {
  /** Guards the credential of the target's proxy; the one of all sessions through it. Default: one of its own. */
  readonly gate?: CredentialBreaker;
  /** Every session of the run, this one included. Default: this one. */
  readonly sessions?: () => readonly Session[];
  /** Waits between two attempts of a request. Default: on the machine's clock. */
  readonly wait?: Wait | undefined;
}

/**
 * One authenticated session with one host: at most one socket, one security context, one request at a time.
 * Connecting and logging in happen on the first request; a closed or idle connection is replaced by a new one with a
 * new context. The handshake rides on empty requests, so that no message ever meets an outcome still unknown, and over
 * http every message is sealed.
 */
export class Session {
  readonly target: SessionTarget;
  readonly #guard: LogonGuard;
  readonly #proxyGate: CredentialBreaker;
  readonly #serial = pLimit(1);
  #closedTraffic: Traffic = totalTraffic([]);
  /** Waits between two attempts of a request. */
  readonly wait: Wait;
  #phase: Phase = { kind: "idle" };
  /** A message in cleartext has had a response: from then on a refusal without a message may also be a failure after the deed. */
  #respondedInClear = false;
  #establishing: AbortController | undefined;
  #peerCertificate: Buffer | undefined;
  #hostName: string | undefined;

  /** Every session of the run, this one included. */
  readonly sessions: () => readonly Session[];

  constructor(target: SessionTarget, guard: LogonGuard, { gate, sessions, wait }: SessionSurroundings = {}) {
    this.target = target;
    this.#guard = guard;
    this.#proxyGate = gate ?? proxyGate();
    this.sessions = sessions ?? (() => [this]);
    this.wait = wait ?? waitOnMachine;
  }

  /**
   * SHA-1 thumbprint of the certificate that the last connection met, 40 upper-case hex digits; `undefined` over http, and
   * before the first connection.
   */
  get peerThumbprint(): string | undefined {
    const certificate = this.#peerCertificate;
    return certificate === undefined ? undefined : createHash("sha1").update(certificate).digest("hex").toUpperCase();
  }

  /**
   * What the host told of itself in the last logon, whatever the connection calls it: equal for two spellings of one host.
   * Empty where the logon tells nothing: only NTLM does. A certificate is no name, because a fleet may share one.
   */
  get hostNames(): string[] {
    return this.#hostName === undefined ? [] : [`computer ${this.#hostName.toLowerCase()}`];
  }

  /** Requests and body bytes so far, handshakes included. */
  get traffic(): Traffic {
    const now = this.#phase.kind === "established" ? [this.#phase.connection.traffic] : [];
    return totalTraffic([this.#closedTraffic, ...now]);
  }

  /** `host as account` context for errors. */
  get errorContext(): { host: string; identity: string } {
    return { host: displayHost(this.target), identity: displayLogon(this.target) };
  }

  /** Which mechanism the present logon is of; `undefined` without a logon, and for methods that have none. */
  get mechanism(): Mechanism | undefined {
    return this.#phase.kind === "established" ? this.#phase.protection.mechanism : undefined;
  }

  /**
   * Sends one SOAP message and returns the SOAP message that comes back, a fault included.
   * A 401 on a connection that was logged in before means that the request was not processed and the context is gone:
   * the session logs in once more and sends it again.
   * @throws WinrmError of connecting, of the logon, of sealing, or `WINRM_E_HTTP_STATUS` and its kin.
   */
  send(message: string, signal: AbortSignal): Promise<string> {
    return this.#serial(async () => {
      // A request that was given up while it waited must not cost the others their connection.
      if (signal.aborted) throw cancelled(signal.reason);
      for (let reused = this.connected; ; reused = false) {
        const response = await this.#exchange(await this.#establish(signal), message, signal);
        if (typeof response === "string") return response;
        this.disconnect();
        if (!reused) throw logonError(this.target, response);
      }
    });
  }

  /** There is an open connection that is logged on. */
  get connected(): boolean {
    return this.#phase.kind === "established" && this.#phase.connection.usable;
  }

  /** Closes the socket of a session that no one waits for; the next request opens a new one. */
  disconnect(): void {
    if (this.#phase.kind !== "established") return;
    this.#closedTraffic = this.traffic;
    this.#phase.connection.close();
    this.#phase.protection.dispose();
    this.#phase = { kind: "idle" };
  }

  /** Closes the socket, also one that is only being opened; a closed session refuses requests. */
  close(): void {
    this.disconnect();
    this.#phase = { kind: "closed" };
    this.#establishing?.abort(closed());
  }

  async #establish(signal: AbortSignal): Promise<Extract<Phase, { kind: "established" }>> {
    // A close that has arrived while the program was busy is only seen once the event loop has turned.
    if (this.#phase.kind === "established") await nextTurn();
    if (this.#phase.kind === "closed") throw closed();
    if (this.#phase.kind === "established") {
      if (this.#phase.connection.usable) return this.#phase;
      this.disconnect();
    }
    const { controller, release } = linkedAbortController(signal);
    this.#establishing = controller;
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(this.target, controller.signal, this.#proxyGate);
      this.#peerCertificate = connection.certificate;
      const protection = await logOn(connection, {
        target: this.target,
        guard: this.#guard,
        signal: controller.signal,
      });
      if (controller.signal.aborted) throw cancelled(controller.signal.reason);
      this.#hostName = protection.mechanism?.hostName ?? this.#hostName;
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

  /** One message and its response; a 401 comes back as the HTTP response. */
  async #exchange(
    { connection, protection }: Extract<Phase, { kind: "established" }>,
    message: string,
    signal: AbortSignal,
  ): Promise<string | HttpResponse> {
    const plain = Buffer.from(message, "utf8");
    try {
      if (protection.kind === "plain") {
        const response = await protection.post(plain, signal);
        if (response.status === 401) return response;
        const text = plainResponse(response, this.target, this.#respondedInClear);
        this.#respondedInClear = true;
        return text;
      }
      const { contentType, body } = encodeEncrypted(protection.protocol, await protection.messages.seal(plain));
      const response = await connection.post({ "content-type": contentType }, body, signal);
      return response.status === 401 ? response : await sealedResponse(response, protection.messages);
    } catch (error) {
      // After any failure the position in the key stream is unknown, so the connection is not used again.
      this.disconnect();
      throw error;
    }
  }
}

function closed(): WinrmError {
  return new WinrmError("WINRM_E_CANCELLED", "the session is closed");
}

/** Over http everything is sealed, faults too; a response in cleartext could come from any peer. */
async function sealedResponse(response: HttpResponse, messages: AnyMessageProtection): Promise<string> {
  const contentType = first(response.headers["content-type"]) ?? "";
  if (isEncryptedType(contentType)) {
    try {
      return soapText(response, await messages.unseal(decodeEncrypted(contentType, response.body)));
    } catch (error) {
      // What cannot be read does not say what became of the request.
      throw isWinrmError(error) ? error.withContext({ outcomeUnknown: true }) : error;
    }
  }
  if (response.status === 200 || (response.status === 500 && response.body.length > 0)) {
    throw new WinrmError(
      "WINRM_E_MESSAGE_INTEGRITY",
      `HTTP ${response.status} in cleartext where only a sealed response can be trusted`,
      {
        outcomeUnknown: true,
        causes: ["a middlebox (proxy, load balancer, TLS inspection) responded instead of the host"],
        remedy: "connect without the middleboxes on the path, or over https",
      },
    );
  }
  throw withoutMessage(response, true);
}

function plainResponse(response: HttpResponse, target: SessionTarget, respondedBefore: boolean): string {
  const contentType = first(response.headers["content-type"]) ?? "";
  const redirect = response.status >= 300 && response.status < 400;
  if (/^\s*application\/soap\+xml\s*(?:;|$)/i.test(contentType) && response.body.length > 0 && !redirect)
    return soapText(response, response.body);
  const error = withoutMessage(response, target.transport === "https");
  throw respondedBefore && response.status >= 500 && response.status !== 503
    ? error.withContext({ outcomeUnknown: true })
    : error;
}

/**
 * The message in the bytes: requests are in UTF-8 and ask for no compression, and so are their responses. Success is 200
 * and nothing else (SOAP 1.2 part 2 §7.5.1.2); with any other status only a fault says what became of the request. A
 * fault is one with any status.
 * @throws WinrmError `WINRM_E_PROTOCOL`
 */
function soapText({ headers, status }: HttpResponse, bytes: Buffer): string {
  const encoding = headerText(headers["content-encoding"]);
  if (!/^(?:identity)?$/i.test(encoding)) throw unusable(`is compressed (${encoding})`);
  if (bytes.includes(0)) throw unusable("is in UTF-16, not in UTF-8");
  if (!isUtf8(bytes)) throw unusable("is not in UTF-8");
  const text = bytes.toString("utf8");
  if (status !== 200 && !isFault(text)) throw unusable(`has the status ${status} and is no fault`);
  return text;
}

function unusable(what: string): WinrmError {
  return new WinrmError("WINRM_E_PROTOCOL", `the response ${what}`, { outcomeUnknown: true });
}

/** A status of 400 to 499, or 503, comes from before the service; any other leaves open what became of the request. */
function withoutMessage(response: HttpResponse, sealed: boolean): WinrmError {
  const error = httpError(response, sealed);
  const refused = (response.status >= 400 && response.status < 500) || response.status === 503;
  return refused || error.code === "WINRM_E_UNENCRYPTED_DISABLED" ? error : error.withContext({ outcomeUnknown: true });
}
