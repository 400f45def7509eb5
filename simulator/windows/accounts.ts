/** The local accounts of the host. Passwords stay inside. */

import { timingSafeEqual } from "node:crypto";
import { ntHash } from "../../provider/auth/ntlm/crypto";
import { WinrmError } from "../../provider/errors";
import { AccountLockout } from "./lockout";

/** A local account as it is given to the host. */
export interface AccountOptions {
  readonly name: string;
  readonly password: string;
  /** Member of Administrators with an unfiltered token. Default `true`; anybody else reads and writes nothing. */
  readonly administrator?: boolean;
  /** The last number of the SID. Default 500 for `Administrator`, else the next free one from 1000 on. */
  readonly rid?: number;
  /** Default `false`. */
  readonly disabled?: boolean;
}

/** What the host knows of an account, without its secrets. */
export interface Account {
  readonly name: string;
  readonly administrator: boolean;
}

/** Who is let in, or why nobody is. */
export type LogonVerdict = Account | "no-such-user" | "wrong-password" | "locked";

interface Entry extends Account {
  readonly hash: Buffer;
  readonly disabled: boolean;
}

/** The accounts of one host. Names are compared without regard to case. */
export class Accounts {
  readonly #entries = new Map<string, Entry>();

  /** @param hostName the NetBIOS name that `HOST\user` may carry. @param lockout default: no account is ever locked. */
  constructor(
    private readonly hostName: string,
    accounts: readonly AccountOptions[],
    private readonly lockout = new AccountLockout(),
  ) {
    for (const account of accounts) this.add(account);
  }

  /** Adds an account, or replaces the one with that name; it is not locked then. */
  add(account: AccountOptions): void {
    this.lockout.unlock(account.name);
    this.#entries.set(account.name.toLowerCase(), {
      name: account.name,
      administrator: account.administrator ?? true,
      disabled: account.disabled ?? false,
      hash: ntHash(account.password),
    });
  }

  /** Removes an account, if it is there. Connections that are logged on stay so until they close. */
  remove(name: string): void {
    this.#entries.delete(name.toLowerCase());
  }

  /** @throws WinrmError `WINRM_E_ARGUMENT` if there is no such account. */
  setPassword(name: string, password: string): void {
    const entry = this.#entries.get(name.toLowerCase());
    if (entry === undefined)
      throw new WinrmError("WINRM_E_ARGUMENT", `the host has no account ${JSON.stringify(name)}`);
    this.#entries.set(name.toLowerCase(), { ...entry, hash: ntHash(password) });
  }

  /** The account that a client names, if it is local and not disabled. @param domain empty, `.` or the host's name. */
  find(domain: string, user: string): Account | undefined {
    return this.#find(domain, user);
  }

  /** The NT hash of a local account for an NTLM logon. */
  hashOf(domain: string, user: string): Buffer | undefined {
    return this.#find(domain, user)?.hash;
  }

  /** A Basic logon. Assumed: beside the plain name, `.\user` and `HOST\user` are taken. */
  logon(userName: string, password: string): LogonVerdict {
    const backslash = userName.indexOf("\\");
    const domain = backslash < 0 ? "" : userName.slice(0, backslash);
    const user = userName.slice(backslash + 1);
    const entry = this.#find(domain, user);
    return this.judge({ domain, user }, entry !== undefined && timingSafeEqual(entry.hash, ntHash(password)));
  }

  /**
   * Who is let in after a password was checked. A wrong one counts towards locking the account; a locked account is
   * refused whatever the password was.
   */
  judge({ domain, user }: { readonly domain: string; readonly user: string }, rightPassword: boolean): LogonVerdict {
    const account = this.#find(domain, user);
    if (account === undefined) return "no-such-user";
    if (this.lockout.isLocked(user)) return "locked";
    if (rightPassword) this.lockout.unlock(user);
    else this.lockout.failed(user);
    return rightPassword ? account : "wrong-password";
  }

  /** True while the account is refused because of too many wrong passwords. */
  isLocked(name: string): boolean {
    return this.lockout.isLocked(name);
  }

  /** Lets a locked account in again. */
  unlock(name: string): void {
    this.lockout.unlock(name);
  }

  #find(domain: string, user: string): Entry | undefined {
    const local = domain === "" || domain === "." || domain.toLowerCase() === this.hostName.toLowerCase();
    const entry = local ? this.#entries.get(user.toLowerCase()) : undefined;
    return entry?.disabled === true ? undefined : entry;
  }
}
