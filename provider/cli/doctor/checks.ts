/** The steps of `pulumi-winrm doctor`: from the name to the configuration, each with time and verdict. */

import { lookup } from "node:dns/promises";
import type { Socket } from "node:net";
import { isWinrmError } from "../../errors";
import { type WinrmConfig, readConfig } from "../../host/config";
import { identify } from "../../host/identify";
import { offeredSchemes } from "../../session/logon/challenge";
import { Connection, connectFirstHop } from "../../session/transport/connection";
import type { HttpResponse } from "../../session/transport/http-response";
import { proxyGate } from "../../session/guard/logon-guard";
import { authorityOf } from "../../session/transport/proxy";
import { openTunnel } from "../../session/transport/proxy-tunnel";
import { SessionPool } from "../../session/session-pool";
import { SOAP_TYPE, type SessionTarget } from "../../session/target";
import { WsmanClient } from "../../session/wsman-client";
import { configFacts } from "./config";
import { type CheckResult, SKIPPED, failure, ok, warning } from "./result";
import { type ChosenMethod, checkMethod, logonFinding } from "./logon";
import { certificateFacts, remainingMs } from "./tls";

/** The steps in their order: `proxy` where there is one, `tls` over https. */
export type StepName = "name" | "tcp" | "proxy" | "tls" | "offers" | "method" | "logon" | "rights" | "config" | "clock";

/** A step by its name, with what it found and how long it took. */
export interface Step extends CheckResult {
  readonly name: StepName;
  /** Whole milliseconds. */
  readonly ms: number;
}

/** What is examined, and who watches. */
export interface Examination extends ChosenMethod {
  /** Sees each step when it is over. */
  readonly onStep: (step: Step) => void;
  readonly signal: AbortSignal;
}

/** Clocks that differ more than this break Kerberos and, far enough apart, NTLM. */
const SKEW_LIMIT_MS = 5 * 60_000;
const EXPIRY_WARNING_MS = 30 * 24 * 60 * 60_000;

/** Runs the steps in order; what depends on a failed one is skipped. Logs in once, and writes nothing. */
export async function examine(examination: Examination): Promise<void> {
  const run = new StepRunner(examination.onStep);
  const connection = await connect(examination, run);
  let response: HttpResponse | undefined;
  let respondedAt = 0;
  await run.step("offers", async () => {
    if (connection === undefined) return SKIPPED;
    try {
      response = await probe(connection, examination);
    } catch (error) {
      const silent = isWinrmError(error) && SILENCE.includes(error.code);
      if (examination.signal.aborted || !silent) throw error;
      return warning("the host does not respond to a request without credentials", NO_OFFERS);
    }
    respondedAt = Date.now();
    return checkOffers(response);
  });
  connection?.close();
  // A credential is not shown to a host that would not take it.
  await run.step("method", () => checkMethod(examination, response && offersOf(response)));
  await logOn(examination, run);
  await run.step("clock", () => checkClock(response, respondedAt), { anyway: response !== undefined });
}

/** The request without credentials has a limit of its own: a host may be silent to strangers and yet take the logon. */
const PROBE_LIMIT_MS = 10_000;
const SILENCE: readonly string[] = ["WINRM_E_TIMEOUT", "WINRM_E_CONNECTION_LOST", "WINRM_E_CANCELLED"];
const NO_OFFERS = "nothing, if the logon works: a middlebox or the host keeps back what it offers";

async function probe(connection: Connection, { target, signal }: Examination): Promise<HttpResponse> {
  const limit = AbortSignal.timeout(Math.min(PROBE_LIMIT_MS, target.operationTimeoutMs));
  return await connection.post({ "content-type": SOAP_TYPE }, Buffer.alloc(0), AbortSignal.any([signal, limit]));
}

type StepBody = () => CheckResult | Promise<CheckResult>;

/** One step after the other. After a failed one the others are skipped. */
class StepRunner {
  #failed = false;

  constructor(private readonly onStep: (step: Step) => void) {}

  /** @param options `anyway`: also after a failed one. */
  async step(name: StepName, body: StepBody, { anyway = false } = {}): Promise<void> {
    const started = performance.now();
    let finding = SKIPPED;
    try {
      if (!this.#failed || anyway) finding = await body();
    } catch (thrown) {
      finding = failure(thrown);
    }
    const step = { name, ...finding, ms: finding === SKIPPED ? 0 : Math.round(performance.now() - started) };
    this.#failed ||= step.verdict === "failed";
    this.onStep(step);
  }
}

/** Name, TCP, proxy and TLS: the same way as a session's, on one socket. */
async function connect({ target, signal }: Examination, run: StepRunner): Promise<Connection | undefined> {
  const { proxy, transport, connectTimeoutMs } = target;
  const first = proxy ?? target;
  await run.step("name", () => checkName(target));
  const deadline = Date.now() + connectTimeoutMs;
  const gate = proxyGate();
  let way: Socket | undefined;
  await run.step("tcp", async () => {
    way = await connectFirstHop(target, { signal, deadline });
    const whose =
      proxy === undefined ? "" : proxy.transport === "https" ? " of the proxy, TLS included" : " of the proxy";
    return ok(`port ${first.port}${whose} accepts connections`);
  });
  if (proxy !== undefined) {
    await run.step("proxy", async () => {
      const through = way;
      way = undefined;
      way = await openTunnel(proxy, target, { signal, deadline, gate, ...(through && { through }) });
      return ok(`${authorityOf(proxy)} opened a tunnel to ${authorityOf(target)}`);
    });
  }
  let connection: Connection | undefined;
  const open = async (socket: Socket) => {
    connection = await Connection.onSocket(socket, target, { signal, timeoutMs: Math.max(1, deadline - Date.now()) });
    return connection;
  };
  if (transport === "http") return way && (await open(way));
  await run.step("tls", async () => {
    if (way === undefined) return SKIPPED;
    return await open(way).then(
      (taken) => judge(target, taken),
      (error: unknown) => shown(error, target, signal),
    );
  });
  return connection;
}

/** Through a proxy it is the proxy that resolves the host's name. */
async function checkName({ host, proxy }: SessionTarget): Promise<CheckResult> {
  const name = proxy?.host ?? host;
  try {
    const addresses = await lookup(name, { all: true });
    const found = [...new Set(addresses.map(({ address }) => address))].join(", ");
    return ok(proxy === undefined ? found : `${found}, of the proxy, which resolves ${host} itself`);
  } catch {
    return {
      ...ok(`${name} cannot be resolved [WINRM_E_DNS]`),
      verdict: "failed",
      causes: ["the name is misspelt", "this machine's DNS does not know the domain"],
      advice: ["use the name that DNS knows"],
    };
  }
}

function judge(target: SessionTarget, { certificate: der, tlsVersion = "TLS" }: Connection): CheckResult {
  if (der === undefined) return ok(`${tlsVersion}, and no certificate`);
  const facts = certificateFacts(der, target);
  if (target.tls.insecureSkipVerify)
    return warning(`${tlsVersion}, and any certificate would do`, "verify it: set tls.ca or tls.pinnedSha256", facts);
  const detail = `${tlsVersion}, and the certificate is ${target.tls.pinnedSha256 === undefined ? "trusted" : "the pinned one"}`;
  return remainingMs(der) < EXPIRY_WARNING_MS && target.tls.pinnedSha256 === undefined
    ? warning(`${detail}, but not for long`, "renew the listener's certificate soon", facts)
    : ok(detail, facts);
}

/** A refused certificate is shown too: it is fetched once more without verification, and nothing is sent. */
async function shown(error: unknown, target: SessionTarget, signal: AbortSignal): Promise<CheckResult> {
  if (!isWinrmError(error)) return failure(error);
  const der = /^WINRM_E_TLS_/.test(error.code) ? await fetchCertificate(target, signal) : undefined;
  if (der === undefined) return failure(error);
  const finding = failure(error, certificateFacts(der, target, error));
  return error.code === "WINRM_E_TLS_UNTRUSTED" ? { ...finding, advice: [...finding.advice, COMPARE] } : finding;
}

const COMPARE = "compare the fingerprint on the host itself before you pin it";

async function fetchCertificate(target: SessionTarget, signal: AbortSignal): Promise<Buffer | undefined> {
  const trusting = { ...target, tls: { ...target.tls, pinnedSha256: undefined, insecureSkipVerify: true } };
  const connection = await Connection.open(trusting, signal).catch(() => undefined);
  connection?.close();
  return connection?.certificate;
}

function checkOffers(response: HttpResponse): CheckResult {
  if (response.status === 401) return ok(offersOf(response).join(", ") || "nothing");
  return {
    ...ok(`HTTP ${response.status} to a request without credentials`),
    verdict: "failed",
    causes: ["the port belongs to another service than WinRM", "connection.path is not the listener's"],
    advice: ["check connection.host and connection.port"],
  };
}

function offersOf(response: HttpResponse): string[] {
  return offeredSchemes(response.headers["www-authenticate"]);
}

async function logOn({ target, signal }: Examination, run: StepRunner): Promise<void> {
  const pool = new SessionPool();
  const session = pool.session(target);
  const client = new WsmanClient(session);
  let config: WinrmConfig | undefined;
  try {
    await run.step("logon", async () => {
      return logonFinding(session, await identify(client, signal));
    });
    await run.step("rights", async () => {
      config = await readConfig(client, signal);
      return ok("the account may read winrm/config");
    });
    await run.step("config", () =>
      config === undefined ? SKIPPED : ok(`${config.size} settings`, configFacts(config)),
    );
  } finally {
    pool.close();
  }
}

/** @param respondedAt when the response came, by this machine's clock: the logon since then may have taken long. */
function checkClock(response: HttpResponse | undefined, respondedAt: number): CheckResult {
  const header = response?.headers["date"];
  const time = typeof header === "string" ? Date.parse(header) : Number.NaN;
  if (Number.isNaN(time)) return { ...ok("the host did not tell its time"), verdict: "skipped" };
  const skew = time - respondedAt;
  const seconds = Math.abs(Math.round(skew / 1000));
  const detail =
    seconds <= 1 ? "agrees with this machine" : `${seconds} s ${skew < 0 ? "behind" : "ahead of"} this machine`;
  return Math.abs(skew) > SKEW_LIMIT_MS
    ? warning(detail, "set both clocks: more than 5 minutes break Kerberos")
    : ok(detail);
}
