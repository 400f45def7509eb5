/** What the host has seen: one entry for every HTTP request, in the order of the answers. */

/** One HTTP request and its answer. Holds no password, token or message text. */
export interface JournalEntry {
  readonly at: Date;
  /** Number of the TCP connection, from 1. */
  readonly connection: number;
  readonly transport: "http" | "https";
  /** HTTP status of the answer; 0 if the connection was broken or left without an answer. */
  readonly status: number;
  /**
   * `handshake`: a leg of an authentication exchange, whether it succeeds or not. `request`: a message of somebody who
   * is logged on. `unauthenticated`: anything else.
   */
  readonly phase: "handshake" | "request" | "unauthenticated";
  readonly auth?: "Basic" | "NTLM" | "Kerberos" | "Certificate";
  /** The account as far as it is known, with Kerberos the principal `user@REALM`; also that of a refused logon. */
  readonly account?: string;
  /**
   * A logon with a name and a password was refused: what counts towards locking the account. With Create and Put of a
   * certificate mapping it is the logon of `mappedAccount`, which the host tries. Also set while the account is locked.
   */
  readonly logonFailure: boolean;
  /** The account of a certificate mapping whose password was refused. */
  readonly mappedAccount?: string;
  /** Why the host says that it refused, in words for a person. */
  readonly refusal?: string;
  /** The message was encrypted. */
  readonly sealed: boolean;
  /** The action URI. Identify has none on the wire; here it is the namespace of Identify and `/Identify`. */
  readonly action?: string;
  readonly resourceUri?: string;
  /** The selectors of the request, by lower-cased name. */
  readonly selectors?: Readonly<Record<string, string>>;
  /**
   * What a Put or Create asked to write, by path: `{"service/auth/Basic": "false"}`; what a registry method asked to
   * write, by key and value name, `absent` for a deletion. Also when it was refused.
   */
  readonly leaves?: Readonly<Record<string, string>>;
  /** What a WMI method returned: 0 when it was carried out. */
  readonly returnValue?: number;
  /** The WSMan code of a fault. */
  readonly fault?: number;
  /** Bytes of the bodies as they were on the wire. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const WRITING_VERBS = new Set([
  ...["Put", "Create", "Delete"],
  ...["SetDWORDValue", "SetStringValue", "DeleteValue", "CreateKey", "DeleteKey"],
]);

/** The host's record. An array of entries, with a few questions often asked. */
export class Journal implements Iterable<JournalEntry> {
  #entries: JournalEntry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  /** The entry at an index; negative counts from the end. */
  at(index: number): JournalEntry | undefined {
    return this.#entries.at(index);
  }

  [Symbol.iterator](): Iterator<JournalEntry> {
    return [...this.#entries].values();
  }

  /** A copy of all entries. */
  entries(): JournalEntry[] {
    return [...this.#entries];
  }

  /** Messages of callers who were logged on. */
  requests(): JournalEntry[] {
    return this.#entries.filter(({ phase }) => phase === "request");
  }

  /**
   * Messages that write (Put, Create, Delete, methods of the registry), accepted or not: an accepted one has status 200,
   * and a method also the `returnValue` 0.
   */
  writes(): JournalEntry[] {
    return this.#entries.filter(({ action }) => WRITING_VERBS.has(action?.split("/").at(-1) ?? ""));
  }

  /** Refused logons that count towards locking an account. */
  logonFailures(): JournalEntry[] {
    return this.#entries.filter(({ logonFailure }) => logonFailure);
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries = [];
  }

  /** For the host: adds an entry. */
  add(entry: JournalEntry): void {
    this.#entries.push(entry);
  }
}
