import { hash, randomBytes } from "node:crypto";
import { accountScope, parseAccountName } from "../../account-name";
import { type ErrorCode, type ErrorContext, WinrmError, isWinrmError } from "../../errors";
import type { KdcBreaker } from "./kdc-breaker";
import { raceAbort } from "../transport/signals";
import { type SessionTarget, accountOf, hostKey, passwordOf } from "../target";

/** Keys of this process only: credentials are compared by keyed hash and never kept as map keys. */
const PROCESS_KEY = randomBytes(32).toString("hex");

/** How a gate judges. */
export interface GateRules {
  /** The code that says that the credential was refused. */
  readonly refusedBy: ErrorCode;
  /** A refusal after a success somewhere closes the gate too. */
  readonly tripsAfterSuccess: boolean;
  /** The error for an attempt that is not made, because the credential was refused at `place` before. */
  readonly refusal: (place: string, error: WinrmError) => ErrorContext & { readonly summary: string };
}

/** One attempt at a gate. */
export interface Attempt {
  /** Where the credential is shown, for messages. */
  readonly place: string;
  /** Ends the wait for others, not the attempt itself. */
  readonly signal?: AbortSignal | undefined;
}

interface Refusal {
  readonly place: string;
  readonly error: WinrmError;
}

/**
 * Sees to it that a credential that is refused is shown once: until one attempt has succeeded they go one by one, and
 * after a refusal no further one is made. After a success they go side by side.
 */
export class CredentialBreaker {
  readonly #rules: GateRules;
  #proven = false;
  #refusal: Refusal | undefined;
  #running: Promise<void> | undefined;

  constructor(rules: GateRules) {
    this.#rules = rules;
  }

  /** @throws WinrmError `WINRM_E_LOGON_SUPPRESSED` if the credential was refused before; else what the attempt throws. */
  async attempt<T>(act: () => Promise<T>, { place, signal }: Attempt): Promise<T> {
    while (!this.#proven && this.#refusal === undefined && this.#running !== undefined)
      await (signal === undefined ? this.#running : raceAbort(this.#running, signal));
    if (this.#refusal !== undefined) throw this.#notRepeated(this.#refusal);
    const attempt = this.#learn(act(), place);
    this.#running = attempt.then(nothing, nothing);
    return attempt;
  }

  async #learn<T>(attempt: Promise<T>, place: string): Promise<T> {
    try {
      const result = await attempt;
      this.#proven = true;
      return result;
    } catch (error) {
      const refused = isWinrmError(error) && error.code === this.#rules.refusedBy;
      if (refused && (!this.#proven || this.#rules.tripsAfterSuccess)) this.#refusal = { place, error };
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  #notRepeated({ place, error }: Refusal): WinrmError {
    const { summary, ...context } = this.#rules.refusal(place, error);
    return new WinrmError("WINRM_E_LOGON_SUPPRESSED", summary, { ...context, cause: error });
  }
}

function nothing(): void {
  // Whoever attempted it learns what came of it.
}

/** One account at one host: a refusal there ends its logons there, also after a success. */
const HOST_RULES: GateRules = {
  refusedBy: "WINRM_E_LOGON_DENIED",
  tripsAfterSuccess: true,
  refusal: () => ({
    summary: "the host refused this credential before, so it is not tried again",
    remedy: "correct the credential and run again",
  }),
};

/**
 * One domain account at all hosts of a run. A wrong password counts at the domain, and each host would add one.
 *
 * The trade-off: a 401 to an NTLM proof says nothing of its reason, so the first refusal counts as a wrong password,
 * though the host may have had a reason of its own (it is in no or in another domain, policy, channel binding). The other
 * hosts are then not tried, each with an error that names the host that refused; one run is lost, the account is not.
 * Once any host has let the credential in, the password is known to be right, and a refusal is that host's own matter.
 * A host that stands still in the middle of the first logon holds up the others until its own time limit, since it may
 * be about to refuse.
 */
const DOMAIN_RULES: GateRules = {
  refusedBy: "WINRM_E_LOGON_DENIED",
  tripsAfterSuccess: false,
  refusal: (place, { summary }) => ({
    summary: `${place} refused this domain account (${summary}), so it is not tried at this host: each try could count towards locking it`,
    causes: [
      "the user name or the password is wrong",
      "the account is disabled, locked or expired",
      `${place} refused it for a reason of its own: it is in no or in another domain, policy, channel binding`,
    ],
    remedy: `correct the credential and run again; if it is right, find out about ${place} alone (pulumi-winrm doctor), or take it out of this run`,
  }),
};

/** A credential for a proxy, whichever the host behind it. */
const PROXY_RULES: GateRules = {
  refusedBy: "WINRM_E_PROXY_AUTH",
  tripsAfterSuccess: true,
  refusal: (place) => ({
    summary: `${place} refused its user name or password before, so it is not tried again`,
    remedy: "correct the proxy's URL and run again",
  }),
};

/** The gate for a domain account; shared by its sessions with all hosts. */
export function domainGate(): CredentialBreaker {
  return new CredentialBreaker(DOMAIN_RULES);
}

/**
 * One password or keytab that gets tickets. Only asking the domain goes through this gate, not the logon at the host, so
 * that a host that stands still holds nobody up, and one that refuses a ticket says nothing of the password.
 */
const TICKET_RULES: GateRules = {
  refusedBy: "WINRM_E_LOGON_DENIED",
  tripsAfterSuccess: true,
  refusal: (place, { summary, context }) => ({
    summary: `the domain refused this account for ${place} (${summary}), so it is not asked again: each try could count towards locking it`,
    ...(context.causes && { causes: context.causes }),
    remedy: "correct the credential and run again",
  }),
};

/** The gate for what gets tickets; shared by its sessions with all hosts. */
export function ticketGate(): CredentialBreaker {
  return new CredentialBreaker(TICKET_RULES);
}

/** The gate for a proxy's credential; shared by all sessions through it. */
export function proxyGate(): CredentialBreaker {
  return new CredentialBreaker(PROXY_RULES);
}

/** The gates that one account's sessions with several hosts share. */
export interface SharedGates {
  /** The host, for messages. */
  readonly host: string;
  /** Of a domain account, for logons that show its password to hosts. */
  readonly domain: CredentialBreaker | undefined;
  /** Of what gets tickets. */
  readonly tickets: CredentialBreaker | undefined;
  /** Of the realm that is asked for them. */
  readonly realm?: KdcBreaker | undefined;
}

/** Guards the logons of one account at one host, and with them those of a domain account at all hosts. */
export class LogonGuard {
  readonly #own = new CredentialBreaker(HOST_RULES);
  readonly #shared: SharedGates;

  /** @param shared without gates the account is the host's own. */
  constructor(shared: SharedGates = { host: "the host", domain: undefined, tickets: undefined }) {
    this.#shared = shared;
  }

  /**
   * Runs one logon; `signal` ends the wait for others.
   * @throws WinrmError `WINRM_E_LOGON_SUPPRESSED` if the credential was refused before.
   */
  attempt<T>(logon: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#own.attempt(() => through(this.#shared.domain, logon, this.#at(signal)), this.#at(signal));
  }

  /** The same for a logon that shows the host nothing but a ticket. */
  attemptByTicket<T>(logon: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#own.attempt(logon, this.#at(signal));
  }

  /** Runs what asks the domain for a ticket. */
  ticket<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { tickets, realm } = this.#shared;
    return through(tickets, () => (realm === undefined ? ask() : realm.ask(ask)), this.#at(signal));
  }

  #at(signal: AbortSignal | undefined): Attempt {
    return { place: this.#shared.host, signal };
  }
}

function through<T>(gate: CredentialBreaker | undefined, act: () => Promise<T>, at: Attempt): Promise<T> {
  return gate === undefined ? act() : gate.attempt(act, at);
}

/** The same text for the same account, password or certificate, and host; it says nothing about the password. */
export function credentialKey(target: SessionTarget): string {
  const { auth } = target;
  const account = auth.method === "certificate" ? accountOf(auth) : spelledOnce(accountOf(auth), target.host);
  const other = auth.method === "certificate" ? auth.certificate.fingerprint : `${auth.method} without a password`;
  const password = passwordOf(auth) ?? other;
  return keyedHash([hostKey(target), account, password]);
}

/**
 * The same text for the same domain account and password, whichever the host; `undefined` where nothing is to be shared:
 * - an account of the host itself: `user`, `.\user`, `HOST\user`. `DOMAIN` counts as the host's own name if it is the
 *   first label of `connection.host`, cut to the 15 characters of NetBIOS. Of a host that is named by its address the
 *   own name is not known; `WEB01\user` is then shared, with nobody but those who write the same account and password.
 * - what is no password.
 */
export function domainAccountKey(target: SessionTarget): string | undefined {
  const account = accountOf(target.auth);
  const password = passwordOf(target.auth);
  if (password === undefined || accountScope(account, target.host) === "host") return undefined;
  return keyedHash(["domain", spelledOnce(account, target.host), password]);
}

/** The same text for the same principal and password or keytab, whichever the host; `undefined` where none gets tickets. */
export function ticketKey({ auth }: SessionTarget): string | undefined {
  if (!("kerberos" in auth)) return undefined;
  const { credential } = auth.kerberos;
  const { kind } = credential;
  if (kind === "cache" || kind === "default") return undefined;
  const shown = kind === "password" ? credential.password : credential.keytab;
  return keyedHash(["ticket", credential.principal, kind, shown]);
}

/** The realm that is asked for tickets; empty for that of the system's settings, `undefined` where none is asked. */
export function realmKey({ auth }: SessionTarget): string | undefined {
  if (!("kerberos" in auth)) return undefined;
  const { credential } = auth.kerberos;
  const principal = "principal" in credential ? credential.principal : undefined;
  return principal?.includes("@") === true ? principal.slice(principal.lastIndexOf("@") + 1) : "";
}

/** The same text for the same proxy and credential; `undefined` without a credential. */
export function proxyKey({ proxy }: SessionTarget): string | undefined {
  if (proxy?.credential === undefined) return undefined;
  const { username, password } = proxy.credential;
  return keyedHash(["proxy", proxy.transport, proxy.host.toLowerCase(), String(proxy.port), username, password]);
}

/**
 * One text for one account however it is spelled: a host's own without what names the host, one of a domain with the first
 * label of its name, since `CORP\\ops` and `ops@corp.example.com` mostly are one. Where they are two with one password, a
 * refusal of the one also holds back the other: that costs an attempt and never an account.
 */
function spelledOnce(username: string, host: string): string {
  const account = parseAccountName(username.toLowerCase());
  if (accountScope(username, host) === "host" && "name" in account) return account.name;
  if (account.kind === "qualified") return `${account.name}@${labelOf(account.authority)}`;
  if (account.kind === "principal") return `${account.name}@${labelOf(account.domain)}`;
  return username.toLowerCase();
}

function labelOf(domain: string): string {
  return domain.split(".")[0] ?? domain;
}

function keyedHash(parts: readonly string[]): string {
  return hash("sha256", PROCESS_KEY + parts.map((part) => `${part.length}:${part}`).join(""), "base64");
}
