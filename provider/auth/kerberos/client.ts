/** The client's side of Kerberos through the system's library: one exchange for one connection. RFC 4121, RFC 4559 */
import { WinrmError } from "../../errors";
import type { AuthStep } from "../auth-context";
import { createNegotiateContext, MECHANISMS, type DisposableAuthContext } from "../spnego/negotiate";
import { CredentialPool, type CredentialLease } from "./credential-pool";
import type { KerberosCredential } from "./credentials";
import { KerberosError, type KerberosNames } from "./errors";
import { checkAnswer, outOfOrder } from "./exchange";
import { Gss, GSS_FLAGS, type GssNameType } from "./gssapi";
import type { GssHandle } from "./handle";
import { KerberosSealing } from "./sealing";
import type { Secur32 } from "./secur32";
import { SspiContext } from "./sspi";

const ASKED_FLAGS = GSS_FLAGS.MUTUAL | GSS_FLAGS.REPLAY | GSS_FLAGS.SEQUENCE | GSS_FLAGS.CONF | GSS_FLAGS.INTEG;

/** The service principal name that a ticket is asked for: `<service>/<host>@<realm>`. */
export interface KerberosSpn {
  /** Default `HTTP`; `HOST` and `WSMAN` are the others that Windows hosts have. */
  readonly service?: string;
  /** Default: the host connected to. Needed when that is an IP address or an alias. */
  readonly host?: string;
  /**
   * With a realm the name is used exactly as given. Without one, the library finds it from the host's name (krb5.conf
   * `[domain_realm]`, referrals), and may ask DNS for the host's canonical name (`dns_canonicalize_hostname`).
   */
  readonly realm?: string;
}

/** What a Kerberos logon needs. */
export interface KerberosOptions {
  /** The host connected to. */
  readonly host: string;
  readonly spn?: KerberosSpn;
  readonly credential: KerberosCredential;
  /** The application data of `tlsServerEndPoint`; absent without TLS. */
  readonly channelBinding?: Buffer;
  /** Let the host act for the user elsewhere. Needs a forwardable ticket. Default `false`. */
  readonly delegate?: boolean;
  /** `kerberos`: bare tokens under the scheme Kerberos. `negotiate`: the same inside SPNEGO, with no other mechanism. */
  readonly form: "kerberos" | "negotiate";
  /** Default: one for the whole process. */
  readonly credentials?: CredentialPool;
  /** Default: the system's library, opened at the first step. */
  readonly gss?: () => Gss;
  /** The same on Windows. */
  readonly secur32?: () => Secur32;
  /** Default: the running one. */
  readonly platform?: NodeJS.Platform;
}

const processCredentials = new CredentialPool();

/**
 * A new exchange. `step()` gives the first token; `step(answer)` takes the host's, and is the last: it has no token and
 * means that the host proved its identity. A token that came with a refusal is to be passed to `step` too, because it
 * carries the reason. Nothing is loaded, read or sent before the first `step`.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a name that cannot be one; from `step`: `WINRM_E_METHOD_UNSUPPORTED` if koffi or
 * the system's library is missing, and `KerberosError` with `WINRM_E_LOGON_DENIED`, `WINRM_E_CREDENTIALS_REQUIRED`,
 * `WINRM_E_UNREACHABLE`, `WINRM_E_KERBEROS` or `WINRM_E_HANDSHAKE`.
 */
export function createKerberosContext(options: KerberosOptions): DisposableAuthContext {
  const context = kerberosContext(options);
  if (options.form === "kerberos") return context;
  return createNegotiateContext({ mechs: [{ ...MECHANISMS.kerberos, context }] });
}

/** The one place where the system's library is chosen: SSPI on Windows, GSSAPI elsewhere. */
function kerberosContext(options: KerberosOptions): DisposableAuthContext {
  const { service = "HTTP", host = options.host, realm } = options.spn ?? {};
  for (const part of [service, host, ...(realm === undefined ? [] : [realm])]) checkNamePart(part);
  const { credential, platform = process.platform } = options;
  const spn = `${service}/${host}${realm === undefined ? "" : `@${realm}`}`;
  const names = { spn, ...("principal" in credential && { principal: credential.principal }) };
  if (platform !== "win32") return new KerberosContext(options, names);
  const { channelBinding, delegate, secur32 } = options;
  return new SspiContext({ target: spn, names, credential, channelBinding, delegate, secur32 });
}

class KerberosContext implements DisposableAuthContext {
  readonly scheme = "Kerberos";
  readonly encryptionProtocol = "application/HTTP-Kerberos-session-encrypted";
  readonly #options: KerberosOptions;
  readonly #target: { readonly name: string; readonly type: GssNameType };
  readonly #names: KerberosNames;
  #phase: "start" | "waiting" | "done" | "ended" = "start";
  #exchange: { readonly gss: Gss; readonly lease: CredentialLease; readonly target: GssHandle } | undefined;
  #context: GssHandle | undefined;
  #sealing: KerberosSealing | undefined;

  constructor(options: KerberosOptions, names: KerberosNames) {
    this.#options = options;
    this.#names = names;
    const { service = "HTTP", host = options.host, realm } = options.spn ?? {};
    this.#target =
      realm === undefined
        ? { name: `${service}@${host}`, type: "hostBasedService" }
        : { name: `${service}/${host}@${realm}`, type: "principal" };
  }

  async step(serverToken?: Buffer): Promise<AuthStep> {
    const phase = this.#phase;
    this.#phase = "ended";
    if (phase !== "start" && phase !== "waiting") outOfOrder("the exchange is over");
    if (phase === "start" && serverToken !== undefined) outOfOrder("a token came when none was expected");
    try {
      if (phase === "start") await this.#open();
      else checkAnswer(serverToken, this.#names);
      const step = await this.#step(serverToken);
      if (step.done) this.#endExchange();
      return step;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  protection(): KerberosSealing {
    if (this.#phase !== "done" || this.#sealing === undefined) outOfOrder("message protection was asked for too early");
    return this.#sealing;
  }

  /** Gives back what the library holds for this exchange, at any time. Sealing ends with it. */
  dispose(): void {
    this.#phase = "ended";
    this.#endExchange();
    this.#context?.dispose();
  }

  async #open(): Promise<void> {
    const { credentials = processCredentials, credential, gss: openGss = () => new Gss() } = this.#options;
    const gss = openGss();
    const lease = await credentials.lease(gss, credential);
    try {
      const target = gss.importName(this.#target.name, this.#target.type, this.#names);
      this.#exchange = { gss, lease, target };
    } catch (error) {
      lease.dispose();
      throw error;
    }
  }

  async #step(serverToken: Buffer | undefined): Promise<AuthStep> {
    const exchange = this.#exchange;
    if (exchange === undefined) throw new WinrmError("WINRM_E_CANCELLED", "The Kerberos logon was given up.");
    const step = await exchange.gss.initiate(
      this.#context,
      {
        credential: exchange.lease.handle,
        target: exchange.target,
        flags: this.#options.delegate === true ? ASKED_FLAGS | GSS_FLAGS.DELEG : ASKED_FLAGS,
        channelBinding: this.#options.channelBinding,
        names: this.#names,
      },
      serverToken,
    );
    this.#context = step.context;
    if (this.#exchange === undefined) throw new WinrmError("WINRM_E_CANCELLED", "The Kerberos logon was given up.");
    const token = step.token.length === 0 ? {} : { token: step.token };
    if (step.more) {
      this.#phase = "waiting";
      return { ...token, done: false };
    }
    if ((step.flags & ASKED_FLAGS) !== ASKED_FLAGS) throw new KerberosError("not-mutual", this.#names);
    this.#sealing = new KerberosSealing(exchange.gss, step.context);
    this.#phase = "done";
    return { ...token, done: true };
  }

  #endExchange(): void {
    this.#exchange?.target.dispose();
    this.#exchange?.lease.dispose();
    this.#exchange = undefined;
  }
}

/** `/` and `@` would end the part; a backslash would escape what follows. */
function checkNamePart(part: string): void {
  if (part !== "" && !/[\s\u0000-\u001f\u007f/@\\]/.test(part)) return;
  throw new WinrmError(
    "WINRM_E_ARGUMENT",
    "The service principal name has an empty part or a character it cannot have.",
  );
}
