/** The host's side of Kerberos with a keytab, through the system's GSSAPI: for the simulated host. RFC 4121 */
import { WinrmError } from "../../provider/errors";
import { KerberosError } from "../../provider/auth/kerberos/errors";
import { GSS_FLAGS, type GssHandle } from "../../provider/auth/kerberos/gss/gssapi";
import { KerberosSealing } from "../../provider/auth/kerberos/sealing";
import { GssAcceptor } from "./gss-acceptor";

/** What an acceptor needs. */
export interface KerberosAcceptorOptions {
  /** The file with the service's keys. */
  readonly keytab: string;
  /** `HTTP/host@REALM`. Default: any principal of the keytab. */
  readonly principal?: string;
  /** The application data of `tlsServerEndPoint` of the acceptor's own certificate; absent without TLS. */
  readonly channelBinding?: Buffer;
  /** Refuse a logon without a channel binding (`CbtHardeningLevel` Strict). Default `false`. */
  readonly requireChannelBinding?: boolean;
  /** Where replays are remembered, or `none:`. Default: the system's file. */
  readonly replayCache?: string;
}

/** One step of the acceptor. */
export interface KerberosAcceptorStep {
  /** To be sent back. */
  readonly token?: Buffer;
  readonly done: boolean;
  /** Why the logon is refused; `token` is then a KRB-ERROR that tells the client. */
  readonly rejected?: KerberosError;
  /** `user@REALM`, once done. */
  readonly principal?: string;
}

/** One exchange on one connection. */
export interface KerberosAcceptor {
  /** @throws KerberosError if the token is refused and there is nothing to answer. */
  step(token: Buffer): Promise<KerberosAcceptorStep>;
  protection(): KerberosSealing;
  dispose(): void;
}

/**
 * Takes bare krb5 tokens (`spnego/tokens.ts` opens SPNEGO ones).
 * @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` if koffi or the system's library is missing.
 */
export function createKerberosAcceptor(options: KerberosAcceptorOptions, gss = new GssAcceptor()): KerberosAcceptor {
  return new Acceptor(options, gss);
}

class Acceptor implements KerberosAcceptor {
  readonly #options: KerberosAcceptorOptions;
  readonly #gss: GssAcceptor;
  #context: GssHandle | undefined;
  #sealing: KerberosSealing | undefined;

  constructor(options: KerberosAcceptorOptions, gss: GssAcceptor) {
    this.#options = options;
    this.#gss = gss;
  }

  async step(token: Buffer): Promise<KerberosAcceptorStep> {
    if (this.#sealing !== undefined) throw new WinrmError("WINRM_E_INTERNAL", "The Kerberos exchange is over.");
    const { channelBinding, requireChannelBinding = false } = this.#options;
    const credential = await this.#credential();
    try {
      const step = await this.#gss.accept(this.#context, { credential, channelBinding }, token);
      if (step.rejected !== undefined) return { ...step, done: false };
      this.#context = step.context;
      const answer = step.token.length === 0 ? {} : { token: step.token };
      if (step.more) return { ...answer, done: false };
      if (requireChannelBinding && (step.flags & GSS_FLAGS.CHANNEL_BOUND) === 0) {
        this.dispose();
        throw new KerberosError("channel-binding");
      }
      this.#sealing = new KerberosSealing(this.#gss, step.context);
      return { ...answer, done: true, ...(step.initiator !== undefined && { principal: step.initiator }) };
    } finally {
      credential.dispose();
    }
  }

  protection(): KerberosSealing {
    if (this.#sealing === undefined) throw new WinrmError("WINRM_E_INTERNAL", "The Kerberos exchange is not over.");
    return this.#sealing;
  }

  dispose(): void {
    this.#context?.dispose();
  }

  async #credential(): Promise<GssHandle> {
    const { keytab, principal, replayCache } = this.#options;
    const names = principal === undefined ? {} : { principal };
    const name = principal === undefined ? undefined : this.#gss.importName(principal, "principal", names);
    try {
      const store = { keytab, ...(replayCache !== undefined && { rcache: replayCache }) };
      const { handle } = await this.#gss.acquire({ name, names, store });
      return handle;
    } finally {
      name?.dispose();
    }
  }
}
