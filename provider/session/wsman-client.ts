import { randomUUID } from "node:crypto";
import { trace, traceCode } from "../trace";
import { type ErrorContext, WinrmError, isWinrmError, messageOf } from "../errors";
import type { ResponseBudget } from "../wsman/response-budget";
import { type WsmanRequest, buildIdentify, buildRequest, parseResponse } from "../wsman/envelope";
import { WsmanFault } from "../wsman/faults";
import type { XmlElement } from "../wsman/xml";
import { accessDeniedAdvice } from "./diagnosis/access-denied";
import { cancelled } from "./diagnosis/socket";
import { generalAdvice } from "./diagnosis/defaults";
import { retryDelay } from "./retry";
import type { Session } from "./session";
import { hostIdentity, targetUrl } from "./target";

/** One WS-Management operation. */
export interface WsmanOperation
  extends Pick<WsmanRequest, "action" | "resourceUri" | "selectors" | "options" | "body"> {
  /** A verb phrase for errors: `read winrm/config`. */
  readonly operation: string;
  /** The operation changes the host; it is never repeated while its outcome is unknown. */
  readonly writes: boolean;
  /** What the responses to this request and to others may have together. */
  readonly budget?: ResponseBudget;
}

/** WS-Management on a session: envelopes, faults, and the one retry policy. */
export class WsmanClient {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Which host, and as whom: for errors that are found in the content of a response. */
  get errorContext(): ErrorContext {
    return this.#session.errorContext;
  }

  /** The same for every way to the same host. */
  get hostIdentity(): string {
    return hostIdentity(this.#session.target);
  }

  /**
   * Runs one operation and returns the content of the response's body.
   * @throws WsmanFault if the host returns a fault; WinrmError otherwise, `uncertain` if it may have been carried out.
   */
  async run(operation: WsmanOperation, signal: AbortSignal): Promise<XmlElement> {
    const started = Date.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(operation, signal);
      } catch (thrown) {
        const error = this.#withAdvice(thrown, operation.operation);
        const waitMs = retryDelay({ attempt, error, writes: operation.writes, elapsedMs: Date.now() - started });
        if (waitMs === undefined) throw error;
        const { host, code } = { host: this.hostIdentity, code: error.code };
        trace("retry", () => ({ host, operation: operation.operation, attempt, waitMs, code }));
        await this.#session.wait(waitMs, signal).catch((reason: unknown) => {
          throw cancelled(reason);
        });
      }
    }
  }

  /** DSP0226 §11 Identify, as the session's account. */
  async identify(signal: AbortSignal): Promise<XmlElement> {
    try {
      return parseResponse(await this.#session.send(buildIdentify(), signal));
    } catch (thrown) {
      throw this.#withAdvice(thrown, "identify the service");
    }
  }

  async #once(operation: WsmanOperation, signal: AbortSignal): Promise<XmlElement> {
    const { target } = this.#session;
    const { action, budget } = operation;
    const messageId = `uuid:${randomUUID().toUpperCase()}`;
    const started = performance.now();
    let request = "";
    let response: string | undefined;
    let failure: unknown;
    try {
      const { operationTimeoutMs } = target;
      request = buildRequest({ ...operation, to: targetUrl(target), messageId, operationTimeoutMs });
      response = await this.#session.send(request, signal);
      budget?.takeMessage(response);
      const body = parseResponse(response, { action, messageId });
      budget?.takeBody(body);
      return body;
    } catch (error) {
      // A response that cannot be understood does not say what became of the request.
      const unclear = isWinrmError(error) && error.code === "WINRM_E_PROTOCOL";
      failure = unclear ? error.withContext({ outcomeUnknown: true }) : error;
      throw failure;
    } finally {
      trace("message", () => ({
        host: this.hostIdentity,
        operation: operation.operation,
        action,
        charactersOut: request.length,
        ...(response === undefined ? {} : { charactersIn: response.length }),
        ms: Math.round(performance.now() - started),
        ...traceCode(failure),
        ...(failure instanceof WsmanFault && failure.details.wsmanCode !== undefined
          ? { fault: failure.details.wsmanCode }
          : {}),
      }));
    }
  }

  #withAdvice(thrown: unknown, operation: string): WinrmError {
    const context: ErrorContext = { ...this.#session.errorContext, operation };
    if (thrown instanceof WsmanFault && thrown.code === "WINRM_E_ACCESS_DENIED")
      return new WsmanFault(thrown.details, { ...context, ...accessDeniedAdvice(this.#session.target) });
    if (isWinrmError(thrown)) {
      const unnumbered = thrown instanceof WsmanFault && thrown.details.wsmanCode === undefined;
      return thrown.withContext({ ...generalAdvice(thrown.code, { unnumbered }), ...context });
    }
    return new WinrmError("WINRM_E_INTERNAL", messageOf(thrown), context);
  }
}
