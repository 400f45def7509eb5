/** How an entry of the state corpus is written. */
import type { HostOptions, MisbehaviourRule, SimulatedHost } from "../../simulator";

/** One resource on a host of its own. */
export interface CorpusEntry {
  /** Name of the resource, and of its host's port in `ports`. Letters only, and up to 15: it is the host's name too, from which SIDs are made. */
  readonly name: string;
  readonly type: "AuthConfig" | "CertMapping" | "GroupMembership" | "TokenFilterPolicy" | "TrustedHosts";
  /** The host before the first apply, beside its administrator. */
  readonly before?: HostOptions;
  /** The host as the state has it: what a replay starts. */
  readonly after: HostOptions;
  /** The host once the stack is destroyed. Default: `before`. */
  readonly end?: HostOptions;
  /** JavaScript of the arguments beside `connection`. */
  readonly args?: string;
  /** JavaScript of the connection. Default: sealed http to the host's port. */
  readonly connection?: string;
  /** JavaScript of the resource options. */
  readonly options?: string;
  /** JavaScript before the resource. */
  readonly prelude?: string;
  /** Read with `get` instead of managed. */
  readonly get?: boolean;
  /** Goes wrong at the first apply. */
  readonly misbehave?: MisbehaviourRule;
  /** What a hand changes after the apply; a refresh then records it. */
  readonly edits?: (host: SimulatedHost) => void;
  /** What a preview of the same program shows. Default `same`. */
  readonly step?: "same" | "update" | "read";
  /** A refresh records something that the state does not have. Default `false`. */
  readonly refreshes?: boolean;
}

/** The password of every account in the corpus, only ever of simulated hosts. States know it by a hash: it never changes. */
export const CORPUS_PASSWORD = "Corpus-Password-1";

/** JavaScript of that password as a value. */
export const BY_VALUE = JSON.stringify(CORPUS_PASSWORD);

/** The connection of an entry, with more fields. */
export function connected(name: string, more: string): string {
  return `{ host: "127.0.0.1", transport: "http", port: ports.${name}, ${more} }`;
}
