/** Kerberos for the accounts of a domain, with the keys of a keytab, through the system's GSSAPI. */

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { KerberosAcceptor } from "./kerberos-acceptor";
import { isWinrmError, WinrmError } from "../../provider/errors";
import type { CbtLevel } from "./ntlm-acceptor";
import { type Mechanism, type MechanismStep, refusal } from "./mechanism";

/** A host that is a member of a domain. */
export interface KerberosOptions {
  /** The file with the keys of the host's service principal. */
  readonly keytab: string;
  /** `HTTP/host@REALM`. Default: any principal of the keytab. */
  readonly principal?: string;
  /**
   * Who is a member of Administrators, by `user@REALM`, compared without regard to case; anybody else logs on, and reads
   * and writes nothing. Default: everybody whom the domain vouches for.
   */
  readonly accounts?: Readonly<Record<string, boolean>> | ((principal: string) => boolean);
}

/** The binding of a listener, and what `service/auth/CbtHardeningLevel` makes of it. */
export interface KerberosBinding {
  /** Absent on http. */
  readonly channelBinding: Buffer | undefined;
  readonly cbtLevel: CbtLevel;
}

/** Starts exchanges with one keytab. */
export type KerberosDomain = (binding: KerberosBinding) => Mechanism;

/**
 * Opens the system's library.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a keytab that cannot be read, `WINRM_E_METHOD_UNSUPPORTED` if koffi or the
 *   library is missing.
 */
export async function joinDomain(options: KerberosOptions): Promise<KerberosDomain> {
  const { GssAcceptor } = await import("./gss-acceptor.js");
  const { createKerberosAcceptor } = await import("./kerberos-acceptor.js");
  const { keytab, principal } = options;
  await access(keytab, constants.R_OK).catch((cause: unknown) => {
    throw new WinrmError("WINRM_E_ARGUMENT", `the keytab ${JSON.stringify(keytab)} cannot be read`, { cause });
  });
  const gss = new GssAcceptor();
  const isAdministrator = administrators(options.accounts);
  return ({ channelBinding, cbtLevel }) => {
    const bound = channelBinding === undefined || cbtLevel === "None" ? undefined : channelBinding;
    const acceptor = createKerberosAcceptor(
      {
        keytab,
        ...(principal === undefined ? {} : { principal }),
        ...(bound === undefined ? {} : { channelBinding: bound, requireChannelBinding: cbtLevel === "Strict" }),
      },
      gss,
    );
    return new KerberosMechanism(acceptor, isAdministrator);
  };
}

function administrators(accounts: KerberosOptions["accounts"]): (principal: string) => boolean {
  if (accounts === undefined) return () => true;
  if (typeof accounts === "function") return accounts;
  const named = new Map(Object.entries(accounts).map(([principal, is]) => [principal.toLowerCase(), is]));
  return (principal) => named.get(principal.toLowerCase()) === true;
}

class KerberosMechanism implements Mechanism {
  readonly name = "Kerberos";
  #disposed = false;

  constructor(
    private readonly acceptor: KerberosAcceptor,
    private readonly isAdministrator: (principal: string) => boolean,
  ) {}

  async step(token: Buffer): Promise<MechanismStep> {
    try {
      return await this.#step(token);
    } catch (error) {
      if (!isWinrmError(error) || error.code === "WINRM_E_INTERNAL") throw error;
      return refusal(error.summary);
    } finally {
      // The connection may have ended meanwhile.
      if (this.#disposed) this.acceptor.dispose();
    }
  }

  async #step(given: Buffer): Promise<MechanismStep> {
    const { token, done, rejected, principal } = await this.acceptor.step(given);
    const answer = token === undefined ? {} : { token };
    if (rejected !== undefined) return refusal(rejected.summary, answer);
    if (!done) return token === undefined ? refusal("the token leads nowhere") : { kind: "more", token };
    if (principal === undefined) throw new WinrmError("WINRM_E_INTERNAL", "A Kerberos logon came without a name.");
    const account = { name: principal, administrator: this.isAdministrator(principal) };
    return { kind: "done", account, ...answer };
  }

  protection(): ReturnType<KerberosAcceptor["protection"]> {
    return this.acceptor.protection();
  }

  signer(): ReturnType<KerberosAcceptor["protection"]> {
    return this.acceptor.protection();
  }

  dispose(): void {
    this.#disposed = true;
    this.acceptor.dispose();
  }
}
