/** The words of a host's security accounts: who is in them, and the codes of Windows' operations on groups. */

import type { Language } from "../../wsman/fault-table";
import type { DomainOptions } from "./domain";

/** How the security accounts of a host are prepared. */
export interface SamOptions {
  /** The host's NetBIOS name. */
  readonly hostName: string;
  /** Language of the names of built-in groups. */
  readonly language: Language;
  /** The local accounts. */
  readonly accounts: readonly SamAccount[];
  /** Members by name or SID of a local group, which is made if it is not there. A SID that nobody has is kept. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** `WinRMRemoteWMIUsers__` is there. */
  readonly remoteWmiUsers: boolean;
  /** Absent for a host in a workgroup. */
  readonly domain: DomainOptions | undefined;
  /** The groups and accounts of the host are those of the domain. */
  readonly domainController: boolean;
  /** The host is a member of a domain, also of one whose principals are not modelled. Default: whether `domain` is given. */
  readonly joined?: boolean;
}

/** A local account as the groups see it. */
export interface SamAccount {
  readonly name: string;
  /** Member of Administrators. Default `true`. */
  readonly administrator?: boolean;
  /** Relative id. Default 500 for the name of the built-in Administrator, else the next from 1000 on. */
  readonly rid?: number;
}

/** Somebody whose name is known. */
export interface Principal {
  readonly sid: string;
  /** What stands before the backslash; empty for `Everyone`. */
  readonly authority: string;
  readonly name: string;
  /** `alias` is a local group, of the host or of the domain; `group` a global one of the domain. */
  readonly kind: "user" | "group" | "alias" | "well-known";
  /** False for principals of the domain. */
  readonly local: boolean;
}

/** A local group. */
export interface LocalGroup {
  readonly sid: string;
  readonly name: string;
  /** SIDs in the order in which they were added; also those that nobody has any more. */
  readonly members: ReadonlySet<string>;
}

/** What a name stands for: a SID, or the Win32 code of the failure to translate it. */
export type Translation = { readonly sid: string } | { readonly code: number };

/** Win32 codes of the operations on groups. */
export const WIN32 = {
  success: 0,
  accessDenied: 5,
  noSuchUser: 1317,
  noneMapped: 1332,
  noSuchDomain: 1355,
  specialAccount: 1371,
  noSuchAlias: 1376,
  memberNotInAlias: 1377,
  memberInAlias: 1378,
  noSuchMember: 1387,
  invalidMember: 1388,
} as const;
