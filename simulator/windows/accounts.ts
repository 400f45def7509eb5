/**
 * The accounts that log on to the host with a password: its own, and those of its domain. Passwords stay inside.
 * Assumed (basic-utf8, removed-accounts).
 */

import { timingSafeEqual } from "node:crypto";
import { ntHash } from "../../provider/auth/ntlm/crypto";
import { WinrmError } from "../../provider/errors";
import { AccountLockout } from "./lockout";
import type { Domain } from "./sam/domain";

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
  /** `ops`; of a domain `ann@corp.example.com`. */
  readonly name: string;
  readonly administrator: boolean;
}

/** Who is let in, or why nobody is. */
export type LogonVerdict = Account | "no-such-user" | "wrong-password" | "locked" | "disabled";

interface Entry extends Account {
  readonly hash: Buffer;
  readonly disabled: boolean;
}

/** The accounts of one host. Names are compared without regard to case. */
export class Accounts {
  readonly #entries = new Map<string, Entry>();
  readonly #domain: Domain | undefined;
  readonly #lockout: AccountLockout;

  /** @param hostName the NetBIOS name that `HOST\user` may carry. */
  constructor(
    private readonly hostName: string,
    accounts: readonly AccountOptions[],
    {
      lockout = new AccountLockout(),
      domain,
    }: {
      /** Default: no account is ever locked. */
      readonly lockout?: AccountLockout;
      /** Who else may log on with NTLM. Default nobody. */
      readonly domain?: Domain | undefined;
    } = {},
  ) {
    this.#lockout = lockout;
    this.#domain = domain;
    for (const account of accounts) this.add(account);
  }

  /** Adds an account, or replaces the one with that name; it is not locked then. */
  add(account: AccountOptions): void {
    this.#lockout.unlock(account.name);
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
    this.#entries.set(name.toLowerCase(), { ...this.#known(name), hash: ntHash(password) });
  }

  /** Disables or enables a local account. @throws WinrmError `WINRM_E_ARGUMENT` if there is no such account. */
  setDisabled(name: string, disabled: boolean): void {
    this.#entries.set(name.toLowerCase(), { ...this.#known(name), disabled });
  }

  /** The NT hash of an account of the host or its domain for an NTLM logon. */
  hashOf(domain: string, user: string): Buffer | undefined {
    return this.#named(domain, user)?.hash;
  }

  /** A Basic logon: local accounts only. Assumed (basic-names): beside the plain name, `.\user` and `HOST\user` are taken. */
  logon(userName: string, password: string): LogonVerdict {
    const backslash = userName.indexOf("\\");
    const domain = backslash < 0 ? "" : userName.slice(0, backslash);
    const user = userName.slice(backslash + 1);
    const entry = this.#local(domain, user);
    if (entry === undefined) return "no-such-user";
    return this.judge({ domain, user }, timingSafeEqual(entry.hash, ntHash(password)));
  }

  /**
   * Who is let in after a password was checked. A wrong one counts towards locking the account; a locked account is
   * refused whatever the password was, a disabled one whose password is right.
   */
  judge({ domain, user }: { readonly domain: string; readonly user: string }, rightPassword: boolean): LogonVerdict {
    const account = this.#named(domain, user);
    if (account === undefined) return "no-such-user";
    const { name, administrator, disabled } = account;
    if (this.#lockout.isLocked(name)) return "locked";
    if (!rightPassword) {
      this.#lockout.failed(name);
      return "wrong-password";
    }
    if (disabled) return "disabled";
    this.#lockout.unlock(name);
    return { name, administrator };
  }

  /** True for an account of the host or its domain that is refused whatever its password is, until it is enabled. */
  isDisabled(domain: string, user: string): boolean {
    return this.#named(domain, user)?.disabled === true;
  }

  /** True while the account is refused because of too many wrong passwords. */
  isLocked(name: string): boolean {
    return this.#lockout.isLocked(name);
  }

  /** Lets a locked account in again. */
  unlock(name: string): void {
    this.#lockout.unlock(name);
  }

  #local(domain: string, user: string): Entry | undefined {
    const local = domain === "" || domain === "." || domain.toLowerCase() === this.hostName.toLowerCase();
    return local ? this.#entries.get(user.toLowerCase()) : undefined;
  }

  #named(domain: string, user: string): Entry | undefined {
    const local = this.#local(domain, user);
    if (local !== undefined) return local;
    const found = this.#domain?.logonOf(domain, user);
    return found === undefined ? undefined : { ...found, administrator: false };
  }

  #known(name: string): Entry {
    const entry = this.#entries.get(name.toLowerCase());
    if (entry === undefined) {
      throw new WinrmError("WINRM_E_ARGUMENT", `the host has no account ${JSON.stringify(name)}`);
    }
    return entry;
  }
}
