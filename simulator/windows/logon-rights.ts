/** Who may log on over the network at all: user rights of the local security policy. */

import type { Sam } from "./sam/sam";
import { SIDS } from "./sam/well-known";

/** The rights by the names of Windows. Deny wins over allow. */
export type LogonRight = "SeNetworkLogonRight" | "SeDenyNetworkLogonRight";

/** Holders of each right, by name or SID; what is not given is as on a fresh Windows. */
export type LogonRightOptions = Readonly<Partial<Record<LogonRight, readonly string[]>>>;

/** The rights of one host. Basic and certificate logons are network logons too (assumed (network-logon-right): with cleartext credentials). */
export class LogonRights {
  readonly #holders: Record<LogonRight, ReadonlySet<string>>;

  /** @throws WinrmError `WINRM_E_ARGUMENT` for a holder that cannot be translated. */
  constructor(
    private readonly sam: Sam,
    options: LogonRightOptions = {},
  ) {
    this.#holders = {
      SeNetworkLogonRight: new Set([SIDS.everyone, SIDS.administrators, SIDS.users, SIDS.backupOperators]),
      SeDenyNetworkLogonRight: new Set([`${sam.machineSid}-501`]),
    };
    for (const [right, holders] of Object.entries(options)) this.set(right as LogonRight, holders);
  }

  /** SIDs of the holders. */
  get(right: LogonRight): string[] {
    return [...this.#holders[right]];
  }

  /** Names all holders anew, by name or SID. @throws WinrmError `WINRM_E_ARGUMENT` for one that cannot be translated. */
  set(right: LogonRight, holders: readonly string[]): void {
    this.#holders[right] = new Set(holders.map((holder) => this.sam.sidOf(holder)));
  }

  /** Whether a token may log on over the network. */
  admits(token: ReadonlySet<string>): boolean {
    const holds = (right: LogonRight) => [...this.#holders[right]].some((sid) => token.has(sid));
    return holds("SeNetworkLogonRight") && !holds("SeDenyNetworkLogonRight");
  }
}
