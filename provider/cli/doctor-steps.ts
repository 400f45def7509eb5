/** The steps of `pulumi-winrm doctor`: from the name to the configuration, each with time and verdict. */

import { X509Certificate, createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { isWinrmError, messageOf } from "../errors";
import { type WinrmConfig, readConfig } from "../host/config";
import { identify } from "../host/identify";
import { offeredSchemes } from "../session/challenge";
import { Connection, type HttpAnswer } from "../session/connection";
import { SCHEMES } from "../session/http-failure";
import { displayProxy } from "../session/proxy";
import { SessionPool } from "../session/session-pool";
import { SOAP_TYPE, type SessionTarget, accountOf } from "../session/target";
import { WsmanClient } from "../session/wsman-client";

/** How a step went. */
export type Verdict = "ok" | "warning" | "failed" | "skipped";

/** One step. */
export interface Step {
  readonly name: "name" | "connect" | "certificate" | "offers" | "method" | "logon" | "rights" | "clock";
  readonly verdict: Verdict;
  /** What was found, in one line. Never a secret. */
  readonly detail: string;
  /** Milliseconds. */
  readonly ms: number;
  /** What to do, for a warning or a failure. */
  readonly advice: readonly string[];
}

/** What is examined, and who watches. */
export interface Examination {
  readonly target: SessionTarget;
  /** Why the target's method was chosen, in one clause. */
  readonly methodReason: string;
  /** Sees each step when it is over. */
  readonly onStep: (step: Step) => void;
  readonly signal: AbortSignal;
}

/** Clocks that differ more than this break Kerberos and, far enough apart, NTLM. */
const SKEW_LIMIT_MS = 5 * 60_000;
const EXPIRY_WARNING_MS = 30 * 24 * 60 * 60_000;

/** Runs the steps in order; what depends on a failed one is skipped. Logs in once, and writes nothing. */
export async function examine({ target, methodReason, onStep, signal }: Examination): Promise<Step[]> {
  const steps: Step[] = [];
  const step = async (name: Step["name"], body: () => Promise<Finding>): Promise<boolean> => {
    const started = performance.now();
    const finding = await body().catch(failure);
    const done = { name, ...finding, ms: Math.round(performance.now() - started) };
    steps.push(done);
    onStep(done);
    return done.verdict !== "failed";
  };
  const skip = (...names: readonly Step["name"][]) => {
    for (const name of names) {
      const skipped: Step = { name, verdict: "skipped", detail: "needs the step before", ms: 0, advice: [] };
      steps.push(skipped);
      onStep(skipped);
    }
  };

  // Through a proxy it is the proxy that resolves the host's name.
  if (!(await step("name", () => checkName(target.proxy?.host ?? target.host)))) {
    skip("connect", "certificate", "offers", "method", "logon", "rights", "clock");
    return steps;
  }
  let connection: Connection | undefined;
  const connected = await step("connect", async () => {
    connection = await Connection.open(target, signal);
    const way = target.proxy === undefined ? "" : `, through the proxy ${displayProxy(target.proxy)}`;
    return ok(`${target.host} port ${target.port} accepts connections${way}`);
  });
  if (target.transport === "https") await step("certificate", () => checkCertificate(target, connection, signal));
  if (!connected || connection === undefined) {
    skip("offers", "method", "logon", "rights", "clock");
    return steps;
  }
  const opened = connection;
  let answer: HttpAnswer | undefined;
  const offered = await step("offers", async () => {
    answer = await opened.post({ "content-type": SOAP_TYPE }, Buffer.alloc(0), signal);
    return checkOffers(answer);
  });
  opened.close();
  if (offered) {
    // A credential is not shown to a host that would not take it.
    if (await step("method", () => Promise.resolve(checkMethod(target, methodReason, offersOf(answer)))))
      await logOn(target, step, { skip, signal });
    else skip("logon", "rights");
  } else skip("method", "logon", "rights");
  await step("clock", () => Promise.resolve(checkClock(answer)));
  return steps;
}

type Finding = Pick<Step, "verdict" | "detail" | "advice">;

function ok(detail: string): Finding {
  return { verdict: "ok", detail, advice: [] };
}

function failure(thrown: unknown): Finding {
  if (!isWinrmError(thrown)) return { verdict: "failed", detail: messageOf(thrown), advice: [] };
  const { causes = [], next } = thrown.context;
  return {
    verdict: "failed",
    detail: `${thrown.summary} [${thrown.code}]`,
    advice: [...causes, ...(next === undefined ? [] : [next])],
  };
}

async function checkName(host: string): Promise<Finding> {
  try {
    const addresses = await lookup(host, { all: true });
    return ok(addresses.map(({ address }) => address).join(", "));
  } catch {
    return {
      verdict: "failed",
      detail: "the name cannot be resolved [WINRM_E_DNS]",
      advice: ["check the spelling, and that this machine's DNS knows the domain"],
    };
  }
}

/** The certificate is shown also where it is refused: then it is fetched once more without verification, and nothing is sent. */
async function checkCertificate(
  target: SessionTarget,
  verified: Connection | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  const der = verified?.certificate ?? (await fetchCertificate(target, signal));
  if (der === undefined) return { verdict: "skipped", detail: "no TLS handshake", advice: [] };
  const certificate = new X509Certificate(der);
  const fingerprint = createHash("sha256").update(der).digest("hex");
  const names = certificate.subjectAltName ?? certificate.subject.replaceAll("\n", ", ");
  const remaining = Date.parse(certificate.validTo) - Date.now();
  const issuer = certificate.issuer.split("\n").at(-1) ?? "";
  const until = new Date(certificate.validTo).toISOString().slice(0, 10);
  const detail = `${names}; issued by ${issuer}, ${trust(target, verified)}; until ${until}; SHA-256 ${fingerprint}`;
  if (verified === undefined) {
    return {
      verdict: "failed",
      detail,
      advice: ["compare this fingerprint on the host itself, then set tls.pinnedSha256 to it, or set tls.ca"],
    };
  }
  if (target.tls.insecureSkipVerify)
    return { verdict: "warning", detail, advice: ["the certificate is not verified (insecureSkipVerify)"] };
  if (remaining < EXPIRY_WARNING_MS)
    return { verdict: "warning", detail, advice: ["renew the listener's certificate soon"] };
  return ok(detail);
}

/** What the certificate was judged by. */
function trust({ host, tls }: SessionTarget, verified: Connection | undefined): string {
  if (verified === undefined) return "not taken";
  if (tls.insecureSkipVerify) return "not verified";
  if (tls.pinnedSha256 !== undefined) return "pinned, so that chain and name do not count";
  return `trusted through ${tls.ca === undefined ? "this machine's" : "the given"} authorities for ${tls.serverName ?? host}`;
}

async function fetchCertificate(target: SessionTarget, signal: AbortSignal): Promise<Buffer | undefined> {
  const trusting = { ...target, tls: { ...target.tls, pinnedSha256: undefined, insecureSkipVerify: true } };
  const connection = await Connection.open(trusting, signal).catch(() => undefined);
  connection?.close();
  return connection?.certificate;
}

function checkOffers(answer: HttpAnswer): Finding {
  if (answer.status === 401) return ok(offersOf(answer).join(", ") || "nothing");
  return {
    verdict: "failed",
    detail: `HTTP ${answer.status} to a request without credentials`,
    advice: ["the port may belong to another service than WinRM"],
  };
}

function offersOf(answer: HttpAnswer | undefined): string[] {
  return offeredSchemes(answer?.headers["www-authenticate"]);
}

function checkMethod({ auth: { method } }: SessionTarget, reason: string, offers: readonly string[]): Finding {
  const detail = `${method}, because ${reason}`;
  const scheme = SCHEMES[method];
  if (scheme === undefined) return ok(`${detail}; certificates work without being listed`);
  if (offers.some((name) => name.toLowerCase() === scheme.toLowerCase())) return ok(detail);
  const advice =
    scheme === "Digest"
      ? "choose a method that the host offers: a WinRM service has no Digest, only Windows' client has the option"
      : `choose a method that the host offers, or enable ${scheme} on the host`;
  return {
    verdict: "failed",
    detail: `${detail}; it needs ${scheme}, which the host does not offer`,
    advice: [advice],
  };
}

interface LogonStep {
  readonly skip: (...names: readonly Step["name"][]) => void;
  readonly signal: AbortSignal;
}

type RunStep = (name: Step["name"], body: () => Promise<Finding>) => Promise<boolean>;

async function logOn(target: SessionTarget, step: RunStep, { skip, signal }: LogonStep): Promise<void> {
  const pool = new SessionPool();
  const client = new WsmanClient(pool.session(target));
  const account = accountOf(target.auth);
  try {
    const accepted = await step("logon", async () => {
      const { version } = await identify(client, signal);
      return ok(`${account} by ${target.auth.method}, ${travel(target)}; ${version}`);
    });
    if (accepted) await step("rights", async () => describe(await readConfig(client, signal)));
    else skip("rights");
  } finally {
    pool.close();
  }
}

/** Methods that can bind the logon to the TLS channel, as the host's CbtHardeningLevel wants it. */
const BINDING_METHODS: readonly string[] = ["ntlm", "negotiate", "kerberos"];

function travel({ transport, auth }: SessionTarget): string {
  if (transport === "https") {
    if (!BINDING_METHODS.includes(auth.method)) return "inside TLS";
    return auth.channelBinding ? "inside TLS, bound to the channel" : "inside TLS, not bound to the channel";
  }
  return auth.method === "basic" || auth.method === "digest" ? "messages readable" : "messages sealed";
}

function describe(config: WinrmConfig): Finding {
  const owned = [...config].filter(([, leaf]) => leaf.policy).map(([path]) => path);
  const policy = owned.length === 0 ? "Group Policy owns none" : `Group Policy owns ${owned.join(", ")}`;
  const level = config.get("service/auth/CbtHardeningLevel")?.value;
  const binding = level === undefined ? "" : `, CbtHardeningLevel is ${level}`;
  return ok(`may read winrm/config: ${config.size} settings, ${policy}${binding}`);
}

function checkClock(answer: HttpAnswer | undefined): Finding {
  const header = answer?.headers["date"];
  const time = typeof header === "string" ? Date.parse(header) : Number.NaN;
  if (Number.isNaN(time)) return { verdict: "skipped", detail: "the host did not tell its time", advice: [] };
  const skew = time - Date.now();
  const seconds = Math.abs(Math.round(skew / 1000));
  const detail =
    seconds <= 1 ? "agrees with this machine" : `${seconds} s ${skew < 0 ? "behind" : "ahead of"} this machine`;
  return Math.abs(skew) > SKEW_LIMIT_MS
    ? { verdict: "warning", detail, advice: ["set both clocks: more than 5 minutes break Kerberos"] }
    : ok(detail);
}
