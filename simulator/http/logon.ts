/**
 * Who is at the other end of one connection: the state machine of authentication ([MS-WSMV] 2.1, RFC 4559). Assumed
 * (negotiate-off, kerberos-refusal, kerberos-scheme, stranger-code).
 */

import type { MessageProtection } from "../../provider/auth/auth-context";
import { OIDS } from "../../provider/auth/spnego/tokens";
import type { Authorities } from "../windows/authorities";
import { type AccessHost, admit } from "../windows/access";
import type { Account } from "../windows/accounts";
import type { KerberosDomain } from "../auth/kerberos-mechanism";
import type { Mechanism } from "../auth/mechanism";
import type { CbtLevel } from "../auth/ntlm-acceptor";
import { createNtlmMechanism, type NtlmHost } from "../auth/ntlm-mechanism";
import { SpnegoMechanism } from "../auth/spnego-mechanism";
import type { CertMappings } from "../windows/cert-mappings";
import { type CertificateChain, MUTUAL_PROFILE } from "./client-certificate";
import { KERBEROS_PROTOCOL, SPNEGO_PROTOCOL } from "./encryption";
import { type Identity, type LogonOutcome, type LogonRefusal, refused, type TokenScheme } from "./outcome";
import { type TokenForm, tokenKind } from "./tokens";

/** The host as a logon sees it. */
export interface LogonHost extends NtlmHost, AccessHost {
  /** Absent for a host in a workgroup. */
  readonly domain: KerberosDomain | undefined;
  readonly certMappings: CertMappings;
  readonly authorities: Authorities;
}

interface Exchange {
  readonly scheme: TokenScheme;
  readonly form: TokenForm;
  readonly mechanism: Mechanism;
}

type Phase =
  | { readonly name: "anonymous" }
  | { readonly name: "challenged"; readonly exchange: Exchange }
  | { readonly name: "authenticated"; readonly identity: Identity; readonly mechanism: Mechanism };

/** What a logon with a certificate goes by, beside the header. */
export interface CertificateEvidence {
  /** What the client sent, its own certificate first. */
  readonly chain: CertificateChain;
  /** What the request is for: a mapping may be good for some resources only. */
  readonly resourceUri: string;
}

/** The value lines of `WWW-Authenticate` for the enabled schemes. Kerberos needs a domain. */
export function offeredSchemes({ config, domain }: Pick<LogonHost, "config" | "domain">): string[] {
  return [
    ...(config.isOn("service/auth/Negotiate") ? ["Negotiate"] : []),
    ...(domain !== undefined && config.isOn("service/auth/Kerberos") ? ["Kerberos"] : []),
    ...(config.isOn("service/auth/Basic") ? ['Basic realm="WSMAN"'] : []),
  ];
}

/** The authentication state of one connection. */
export class ConnectionLogon {
  #phase: Phase = { name: "anonymous" };
  #ended = false;

  /** @param channelBinding the binding of the https listener's certificate; absent on http. */
  constructor(
    private readonly host: LogonHost,
    private readonly channelBinding: Buffer | undefined,
  ) {}

  /**
   * Judges one request. A request without the header goes on under the identity of the connection; one with the header
   * starts anew, whatever the connection was.
   */
  async judge(authorization: string | undefined, evidence?: CertificateEvidence): Promise<LogonOutcome> {
    if (authorization === undefined) return this.#withoutHeader();
    const [, scheme = "", value = ""] = /^(\S+)\s*(.*)$/.exec(authorization.trim()) ?? [];
    const phase = this.#phase;
    this.#phase = { name: "anonymous" };
    if (phase.name === "authenticated") phase.mechanism.dispose();
    const begun = phase.name === "challenged" ? phase.exchange : undefined;
    const token = Buffer.from(value, "base64");
    switch (scheme.toLowerCase()) {
      case "basic":
        begun?.mechanism.dispose();
        return this.#basic(value);
      case "negotiate":
        return this.#token("Negotiate", token, begun);
      case "kerberos":
        return this.#token("Kerberos", token, begun);
      case MUTUAL_PROFILE:
        begun?.mechanism.dispose();
        return this.#certificate(evidence);
      default:
        begun?.mechanism.dispose();
        return refused("the scheme is not supported");
    }
  }

  /** The connection is gone. */
  end(): void {
    this.#ended = true;
    this.#forget();
  }

  #forget(): void {
    if (this.#phase.name === "challenged") this.#phase.exchange.mechanism.dispose();
    if (this.#phase.name === "authenticated") this.#phase.mechanism.dispose();
    this.#phase = { name: "anonymous" };
  }

  /** Both settings must be off to end a connection that is logged on ([MS-WSMV] 3.1.4.1.29.2: one profile). */
  #withoutHeader(): LogonOutcome {
    const phase = this.#phase;
    if (phase.name !== "authenticated") {
      this.#forget();
      return refused("no credentials");
    }
    const { config } = this.host;
    if (config.isOn("service/auth/Negotiate") || config.isOn("service/auth/Kerberos")) {
      return { kind: "granted", identity: phase.identity };
    }
    const { auth, account } = phase.identity;
    this.#forget();
    return refused("Negotiate and Kerberos are off", { auth, account: account.name });
  }

  #basic(value: string): LogonOutcome {
    if (!this.host.config.isOn("service/auth/Basic")) return refused("Basic is off", { auth: "Basic" });
    const pair = Buffer.from(value, "base64").toString("utf8");
    const colon = pair.indexOf(":");
    const userName = pair.slice(0, Math.max(0, colon));
    const account = colon < 0 ? "no-such-user" : this.host.accounts.logon(userName, pair.slice(colon + 1));
    if (typeof account === "string") {
      return refused(account, { auth: "Basic", account: userName, logonFailure: true });
    }
    return this.#admitted(account, "Basic");
  }

  /** Each request is judged anew: the mapping, the account and its password must still be right. */
  #certificate(evidence: CertificateEvidence | undefined): LogonOutcome {
    const about = { auth: "Certificate" } as const;
    if (evidence === undefined) return refused("certificates need https", about);
    if (!this.host.config.isOn("service/auth/Certificate")) return refused("Certificate is off", about);
    const certificate = this.host.authorities.judge(evidence.chain);
    if ("refusal" in certificate) return refused(certificate.refusal, about);
    const logon = this.host.certMappings.logon(certificate, evidence.resourceUri);
    if (logon.kind === "account") return this.#admitted(logon.account, "Certificate");
    const { refusal, userName, logonFailure } = logon;
    return refused(refusal, { ...about, logonFailure, ...(userName === undefined ? {} : { account: userName }) });
  }

  #admitted(account: Account, auth: "Basic" | "Certificate"): LogonOutcome {
    const admission = admit(account, this.host);
    return "refusal" in admission
      ? refused(admission.refusal, { auth, account: account.name })
      : { kind: "granted", identity: { account: admission.caller, auth } };
  }

  async #token(scheme: TokenScheme, token: Buffer, begun: Exchange | undefined): Promise<LogonOutcome> {
    const exchange = this.#exchangeFor(scheme, token, begun);
    if (begun !== undefined && exchange !== begun) begun.mechanism.dispose();
    if ("kind" in exchange) return exchange;
    const { mechanism, form } = exchange;
    const step = await mechanism.step(token);
    const leg = exchange === begun ? 2 : 1;
    const about = { auth: mechanism.name, leg } as const;
    const answer = step.token === undefined ? {} : { answer: { scheme, token: step.token } };
    if (step.kind !== "refused" && this.#ended) {
      mechanism.dispose();
      return refused("the connection ended", { ...about });
    }
    switch (step.kind) {
      case "more":
        this.#phase = { name: "challenged", exchange: { scheme, form, mechanism } };
        return { kind: "challenge", ...about, answer: { scheme, token: step.token } };
      case "done": {
        const protocol = scheme === "Kerberos" ? KERBEROS_PROTOCOL : SPNEGO_PROTOCOL;
        const protection = (): MessageProtection => mechanism.protection();
        const admission = admit(step.account, this.host);
        if ("refusal" in admission) {
          mechanism.dispose();
          return refused(admission.refusal, { ...about, account: step.account.name, ...answer });
        }
        const identity: Identity = { account: admission.caller, auth: mechanism.name, protocol, protection };
        this.#phase = { name: "authenticated", identity, mechanism };
        return { kind: "granted", identity, leg, ...answer };
      }
      case "refused": {
        mechanism.dispose();
        const { refusal, logonFailure, account } = step;
        const who = account === undefined ? {} : { account };
        return refused(refusal, { ...about, logonFailure, ...who, ...answer });
      }
    }
  }

  /** The exchange that the token goes on with, or a new one. */
  #exchangeFor(scheme: TokenScheme, token: Buffer, begun: Exchange | undefined): Exchange | LogonRefusal {
    const { config, domain } = this.host;
    if (scheme === "Kerberos" && domain === undefined) return refused("the scheme is not supported");
    if (!config.isOn(`service/auth/${scheme}`)) return refused(`${scheme} is off`);
    const kind = tokenKind(token);
    if (kind === undefined || (scheme === "Kerberos" && kind.form !== "kerberos")) {
      return refused("the token is of no mechanism that the host knows");
    }
    const { form, first } = kind;
    if (!first) {
      if (begun?.scheme === scheme && begun.form === form) return begun;
      const auth = form === "ntlm" ? ({ auth: "NTLM" } as const) : {};
      return refused("no challenge was sent", { leg: 2, ...auth });
    }
    const mechanism = form === "spnego" ? new SpnegoMechanism((oid) => this.#begin(oid)) : this.#begin(OID_OF[form]);
    return mechanism === undefined
      ? refused("the host is in no domain", { auth: "Kerberos", leg: 1 })
      : { scheme, form, mechanism };
  }

  #begin(oid: string): Mechanism | undefined {
    if (oid === OIDS.NTLM) return createNtlmMechanism(this.host, this.channelBinding);
    if (oid !== OIDS.KRB5 && oid !== OIDS.MS_KRB5) return undefined;
    const cbtLevel = this.host.config.get("service/auth/CbtHardeningLevel") as CbtLevel;
    return this.host.domain?.({ channelBinding: this.channelBinding, cbtLevel });
  }
}

const OID_OF = { ntlm: OIDS.NTLM, kerberos: OIDS.KRB5 } as const;
