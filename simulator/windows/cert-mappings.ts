/** The mapping table of a host: which client certificate logs in as which local account ([MS-WSMV] 2.2.4.3). */

import { WinrmError } from "../../provider/errors";
import type { Account, Accounts } from "./accounts";
import type { Authorities, ClientCertificate } from "./authorities";
import type { FaultName } from "../wsman/fault-table";

/** What names a mapping. Compared without regard to case. */
export interface CertMappingKey {
  /** The resource URIs that it is good for. Default `*`: all. */
  readonly uri?: string;
  /** The user principal name or DNS name in the certificate. */
  readonly subject: string;
  /** SHA-1 thumbprint of the certificate that signed it. */
  readonly issuer: string;
}

/** A mapping as it is given to the host. */
export interface CertMappingOptions extends CertMappingKey {
  /** A local account. */
  readonly userName: string;
  readonly password: string;
  /** Default `true`. */
  readonly enabled?: boolean;
}

/** A mapping as the host shows it; the password stays inside. */
export interface CertMapping extends Required<CertMappingKey> {
  readonly userName: string;
  readonly enabled: boolean;
  readonly passCertToPlugin: boolean;
}

/** What a Create or a Put asks for; what is absent stays as it is. */
export interface CertMappingChange {
  readonly userName?: string;
  readonly password?: string;
  readonly enabled?: boolean;
  readonly passCertToPlugin?: boolean;
}

/** Why a change is refused. */
export interface CertMappingRefusal {
  readonly fault: FaultName;
  /** The name whose logon test failed. */
  readonly logonFailure?: string;
}

/** What a certificate leads to. */
export type CertificateLogon =
  | { readonly kind: "account"; readonly account: Account }
  | { readonly kind: "refused"; readonly refusal: string; readonly userName?: string; readonly logonFailure: boolean };

interface Entry extends CertMapping {
  /** `undefined`: stored under another account of the service, which alone can read it. */
  readonly password: string | undefined;
}

const MAX_KEY_LENGTH = 1023;
const MAX_PASSWORD_LENGTH = 255;
/** Assumed (mapping-checks): Windows has a limit, and does not say which. */
const MAX_MAPPINGS = 1000;

/** The table of one host. */
export class CertMappings {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly accounts: Accounts,
    private readonly authorities: Authorities,
    private readonly limit = MAX_MAPPINGS,
  ) {}

  /** All mappings, in the order in which they were created. */
  list(): CertMapping[] {
    return [...this.#entries.values()].map(shown);
  }

  /** The mapping with this key. */
  find(key: CertMappingKey): CertMapping | undefined {
    const entry = this.#entries.get(keyOf(key));
    return entry === undefined ? undefined : shown(entry);
  }

  /** Adds a mapping, or says why not. The order of the checks is assumed (mapping-checks, mapping-put, mapping-choice). */
  create(key: CertMappingKey, change: CertMappingChange): CertMappingRefusal | undefined {
    const wrong = this.#wrongKey(key) ?? this.#wrongCredentials(change, { required: true });
    if (wrong !== undefined) return wrong;
    if (this.#entries.has(keyOf(key))) return { fault: "alreadyExists" };
    if (this.#entries.size >= this.limit) return { fault: "certMappingLimit" };
    const { uri = "*", subject, issuer } = key;
    const { userName = "", password = "", enabled = true, passCertToPlugin = false } = change;
    this.#entries.set(keyOf(key), { uri, subject, issuer, userName, password, enabled, passCertToPlugin });
    return undefined;
  }

  /** Changes a mapping, or says why not. */
  change(key: CertMappingKey, change: CertMappingChange): CertMappingRefusal | undefined {
    const entry = this.#entries.get(keyOf(key));
    if (entry === undefined) return { fault: "notFound" };
    // The name that is there with an empty password, as it is read: credentials stay ([MS-WSMV] 4.2.3).
    const unchanged = change.password === "" && same(change.userName ?? "", entry.userName);
    const asked = unchanged ? withoutCredentials(change) : change;
    const wrong = this.#wrongCredentials(asked, { required: false });
    if (wrong !== undefined) return wrong;
    const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    this.#entries.set(keyOf(key), { ...entry, ...given });
    return undefined;
  }

  /** @returns whether it was there. */
  remove(key: CertMappingKey): boolean {
    return this.#entries.delete(keyOf(key));
  }

  /** The service runs under another account now, which cannot read what was stored: passwords must be written anew. */
  voidPasswords(): void {
    for (const [key, entry] of this.#entries) this.#entries.set(key, { ...entry, password: undefined });
  }

  /**
   * Logs a certificate in: the longest subject wins, then the longest URI; no match or a tie lets nobody in.
   * @param resourceUri what the request is for; empty where it names none.
   */
  logon(certificate: ClientCertificate, resourceUri: string): CertificateLogon {
    const matching = [...this.#entries.values()]
      .filter(
        ({ subject, issuer, uri }) =>
          same(issuer, certificate.issuer) &&
          certificate.names.some((name) => matches(subject, name)) &&
          matches(uri, resourceUri),
      )
      .sort((a, b) => rank(b) - rank(a));
    const [best, second] = matching;
    if (best === undefined) return refused("no mapping for the client certificate");
    if (second !== undefined && rank(second) === rank(best)) return refused("two mappings match equally well");
    // Assumed (mapping-choice): a disabled mapping is found, and hides the shorter ones.
    if (!best.enabled) return refused("the mapping is disabled", best.userName);
    if (best.password === undefined) return refused("the stored password cannot be read any more", best.userName);
    const account = this.accounts.logon(best.userName, best.password);
    if (typeof account === "string") {
      return { ...refused("logon failure", best.userName), logonFailure: true };
    }
    return { kind: "account", account };
  }

  #wrongKey({ uri = "*", subject, issuer }: CertMappingKey): CertMappingRefusal | undefined {
    if (!isUriPattern(uri)) return { fault: "certMappingUri" };
    if (!isSubjectPattern(subject)) return { fault: "certMappingSubject" };
    if (!/^[0-9a-f]{40}$/i.test(issuer) || !this.authorities.maySign(issuer)) return { fault: "certMappingIssuer" };
    return undefined;
  }

  #wrongCredentials(
    { userName, password }: CertMappingChange,
    { required }: { readonly required: boolean },
  ): CertMappingRefusal | undefined {
    if (userName === undefined && password === undefined && !required) return undefined;
    if (userName === undefined || userName === "" || password === undefined) return { fault: "certMappingTuple" };
    if (password.trim() === "") return { fault: "certMappingPasswordBlank" };
    if (password.length > MAX_PASSWORD_LENGTH) return { fault: "certMappingPasswordLength" };
    if (typeof this.accounts.logon(userName, password) !== "string") return undefined;
    return { fault: "certMappingCredentials", logonFailure: userName };
  }
}

function withoutCredentials({ enabled, passCertToPlugin }: CertMappingChange): CertMappingChange {
  return {
    ...(enabled === undefined ? {} : { enabled }),
    ...(passCertToPlugin === undefined ? {} : { passCertToPlugin }),
  };
}

/** A hand edit that Windows refuses. */
export function certMappingError({ fault }: CertMappingRefusal): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", `the host refuses the mapping: ${fault}`);
}

/** 1 to 1023 characters without blanks and `?`; `*` only at the end. */
function isUriPattern(uri: string): boolean {
  return uri.length > 0 && uri.length <= MAX_KEY_LENGTH && /^[^\s?*]*\*?$/.test(uri);
}

/** 1 to 1023 characters; at most one `*`, first or last. */
function isSubjectPattern(subject: string): boolean {
  return subject.length > 0 && subject.length <= MAX_KEY_LENGTH && /^(?:\*?[^*]*|[^*]*\*)$/.test(subject);
}

function keyOf({ uri = "*", subject, issuer }: CertMappingKey): string {
  return JSON.stringify([uri, subject, issuer].map((part) => part.toLowerCase()));
}

function shown({ uri, subject, issuer, userName, enabled, passCertToPlugin }: Entry): CertMapping {
  return { uri, subject, issuer, userName, enabled, passCertToPlugin };
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function matches(pattern: string, value: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), value.toLowerCase()];
  if (wanted.startsWith("*")) return given.endsWith(wanted.slice(1));
  return wanted.endsWith("*") ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
}

function rank({ subject, uri }: CertMapping): number {
  return subject.length * (MAX_KEY_LENGTH + 1) + uri.length;
}

function refused(refusal: string, userName?: string): Extract<CertificateLogon, { kind: "refused" }> {
  return { kind: "refused", refusal, logonFailure: false, ...(userName === undefined ? {} : { userName }) };
}
