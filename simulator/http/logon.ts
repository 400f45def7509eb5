/** Who is at the other end of one connection: the state machine of authentication ([MS-WSMV] 2.1, RFC 4559). */

import type { MessageProtection } from "../../provider/auth/auth-context";
import type { Account, Accounts } from "../accounts";
import { type CbtLevel, createNtlmAcceptor, type NtlmAcceptor } from "../auth/ntlm-acceptor";
import type { ConfigStore } from "../config/store";

/** The host as a logon sees it. */
export interface LogonHost {
  readonly name: string;
  readonly accounts: Accounts;
  readonly config: ConfigStore;
}

/** Somebody who is logged on. */
export interface Identity {
  readonly account: Account;
  readonly auth: "Basic" | "NTLM";
  /** @throws WinrmError `WINRM_E_SEAL` if the client did not negotiate sealing. */
  readonly protection?: () => MessageProtection;
}

/** What the `Authorization` header of one request leads to. */
export type LogonOutcome =
  | { readonly kind: "granted"; readonly identity: Identity; readonly leg?: 2 }
  | { readonly kind: "challenge"; readonly token: Buffer; readonly leg: 1 }
  | LogonRefusal;

/** A 401. `closes` is false for a request that did not try to log on: the connection may go on. */
export interface LogonRefusal {
  readonly kind: "refused";
  readonly refusal: string;
  readonly closes: boolean;
  readonly auth?: "Basic" | "NTLM";
  readonly account?: string;
  /** A name with a wrong password, or an unknown or disabled account. */
  readonly logonFailure: boolean;
  readonly leg?: 1 | 2;
}

type Phase =
  | { readonly name: "anonymous" }
  | { readonly name: "challenged"; readonly acceptor: NtlmAcceptor }
  | { readonly name: "authenticated"; readonly identity: Identity };

const NTLMSSP = Buffer.from("NTLMSSP\0");
const AUTHENTICATE_MESSAGE = 3;

/** The value lines of `WWW-Authenticate` for the enabled schemes. Kerberos needs a domain, which this host is not in. */
export function offeredSchemes(config: ConfigStore): string[] {
  return [
    ...(config.isOn("service/auth/Negotiate") ? ["Negotiate"] : []),
    ...(config.isOn("service/auth/Basic") ? ['Basic realm="WSMAN"'] : []),
  ];
}

/** The authentication state of one connection. */
export class ConnectionLogon {
  #phase: Phase = { name: "anonymous" };

  /** @param channelBinding the binding of the https listener's certificate; absent on http. */
  constructor(
    private readonly host: LogonHost,
    private readonly channelBinding: Buffer | undefined,
  ) {}

  /**
   * Judges one request. A request without the header goes on under the identity of the connection; one with the header
   * starts anew, whatever the connection was.
   */
  judge(authorization: string | undefined): LogonOutcome {
    if (authorization === undefined) return this.#withoutHeader();
    const [, scheme = "", value = ""] = /^(\S+)\s*(.*)$/.exec(authorization.trim()) ?? [];
    const phase = this.#phase;
    this.#phase = { name: "anonymous" };
    switch (scheme.toLowerCase()) {
      case "basic":
        return this.#basic(value);
      case "negotiate":
        return this.#negotiate(phase, Buffer.from(value, "base64"));
      default:
        return refused("the scheme is not supported", { closes: true });
    }
  }

  /** Forgets the identity, after a message that broke the rules. */
  reset(): void {
    this.#phase = { name: "anonymous" };
  }

  /** Both settings must be off to end a connection that is logged on ([MS-WSMV] 3.1.4.1.29.2: one profile). */
  #withoutHeader(): LogonOutcome {
    const phase = this.#phase;
    if (phase.name !== "authenticated") {
      this.#phase = { name: "anonymous" };
      return refused("no credentials", { closes: false });
    }
    const { config } = this.host;
    if (config.isOn("service/auth/Negotiate") || config.isOn("service/auth/Kerberos")) {
      return { kind: "granted", identity: phase.identity };
    }
    this.#phase = { name: "anonymous" };
    return refused("Negotiate and Kerberos are off", {
      closes: true,
      auth: "NTLM",
      account: phase.identity.account.name,
    });
  }

  #basic(value: string): LogonOutcome {
    if (!this.host.config.isOn("service/auth/Basic")) return refused("Basic is off", { closes: true, auth: "Basic" });
    const pair = Buffer.from(value, "base64").toString("utf8");
    const colon = pair.indexOf(":");
    const userName = pair.slice(0, Math.max(0, colon));
    const account = colon < 0 ? undefined : this.host.accounts.logon(userName, pair.slice(colon + 1));
    if (account === undefined) {
      return refused("logon failure", { closes: true, auth: "Basic", account: userName, logonFailure: true });
    }
    return { kind: "granted", identity: { account, auth: "Basic" } };
  }

  /** Raw NTLMSSP only: a host in a workgroup, and SPNEGO is not modelled. */
  #negotiate(phase: Phase, token: Buffer): LogonOutcome {
    if (!this.host.config.isOn("service/auth/Negotiate")) return refused("Negotiate is off", { closes: true });
    if (!token.subarray(0, NTLMSSP.length).equals(NTLMSSP)) {
      return refused("the token is not NTLMSSP", { closes: true });
    }
    const isLast = token.length >= 12 && token.readUInt32LE(8) === AUTHENTICATE_MESSAGE;
    if (!isLast) return this.#challenge(token);
    if (phase.name !== "challenged") return refused("no challenge was sent", { closes: true, auth: "NTLM", leg: 2 });
    return this.#authenticate(phase.acceptor, token);
  }

  #challenge(token: Buffer): LogonOutcome {
    const { name, accounts, config } = this.host;
    const acceptor = createNtlmAcceptor({
      computerName: name,
      domainName: name,
      dnsComputerName: name,
      dnsDomainName: name,
      lookup: ({ domain, user }) => accounts.hashOf(domain, user),
      cbtLevel: config.get("service/auth/CbtHardeningLevel") as CbtLevel,
      // Windows takes a client that sends no MIC, and checks the one that is announced.
      requireMic: false,
      ...(this.channelBinding === undefined ? {} : { channelBinding: this.channelBinding }),
    });
    const step = acceptor.step(token);
    if (step.token === undefined) return refused("malformed token", { closes: true, auth: "NTLM", leg: 1 });
    this.#phase = { name: "challenged", acceptor };
    return { kind: "challenge", token: step.token, leg: 1 };
  }

  #authenticate(acceptor: NtlmAcceptor, token: Buffer): LogonOutcome {
    const step = acceptor.step(token);
    const claimed = step.account;
    const account = claimed === undefined ? undefined : this.host.accounts.find(claimed.domain, claimed.user);
    if (!step.done || account === undefined) {
      const logonFailure = step.rejected === "wrong-password" || step.rejected === "no-such-user";
      const who = claimed === undefined ? {} : { account: claimed.user };
      return refused(step.rejected ?? "no-such-user", { closes: true, auth: "NTLM", leg: 2, logonFailure, ...who });
    }
    const identity: Identity = { account, auth: "NTLM", protection: () => acceptor.protection() };
    this.#phase = { name: "authenticated", identity };
    return { kind: "granted", identity, leg: 2 };
  }
}

function refused(
  refusal: string,
  about: Omit<LogonRefusal, "kind" | "refusal" | "logonFailure"> & { readonly logonFailure?: boolean },
): LogonRefusal {
  return { kind: "refused", refusal, logonFailure: false, ...about };
}
