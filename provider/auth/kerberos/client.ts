/** Opening the client's side of Kerberos: names, and the system's library. */
import { WinrmError } from "../../errors";
import type { AnyMessageProtection, DisposableAuthContext } from "../auth-context";
import { CredentialPool } from "./gss/credential-pool";
import type { KerberosLibrary } from "../kerberos-library";
import type { KerberosCredential } from "./credentials";
import { type TicketRequestGuard, KerberosExchange } from "./exchange";
import { GssInitiator } from "./gss/initiator";
import { Gss } from "./gss/gssapi";
import { NpmInitiator } from "./npm/initiator";
import { type NpmKerberos, openNpmKerberos } from "./npm/package";
import { openSecur32, type Secur32 } from "./sspi/secur32";
import { SspiInitiator } from "./sspi/sspi";

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
  /** Which package makes the logon. Default `koffi`. */
  readonly library?: KerberosLibrary;
  /** Messages have to be sealed, as over http. Default `true`. */
  readonly requireSealing?: boolean;
  /** Runs what asks the domain. Default: at once. */
  readonly askDomain?: TicketRequestGuard;
  /** Default: one for the whole process. */
  readonly credentials?: CredentialPool;
  /** Default: the system's library, opened at the first step. */
  readonly gss?: () => Gss;
  /** The same on Windows. */
  readonly secur32?: () => Secur32;
  /** The package of the library `kerberos`. Default: as installed, loaded at the first step. */
  readonly npm?: () => NpmKerberos;
  /** Default: the running one. */
  readonly platform?: NodeJS.Platform;
}

const processCredentials = new CredentialPool();

/**
 * A new exchange. `step()` gives the first token; `step(answer)` takes the host's, and is the last: it has no token and
 * means that the host proved its identity. A token that came with a refusal is to be passed to `step` too, because it
 * carries the reason. Nothing is loaded, read or sent before the first `step`.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a name that cannot be one; from `step`: `WINRM_E_METHOD_UNSUPPORTED` if the
 * package or the system's library is missing, or cannot do what is asked, and `KerberosError` with `WINRM_E_LOGON_DENIED`, `WINRM_E_CREDENTIALS_REQUIRED`,
 * `WINRM_E_UNREACHABLE`, `WINRM_E_KERBEROS` or `WINRM_E_HANDSHAKE`.
 */
export function createKerberosContext(options: KerberosOptions): DisposableAuthContext<AnyMessageProtection> {
  const { service = "HTTP", host = options.host, realm } = options.spn ?? {};
  for (const part of [service, host, ...(realm === undefined ? [] : [realm])]) checkNamePart(part);
  const { credential, platform = process.platform } = options;
  const spn = `${service}/${host}${realm === undefined ? "" : `@${realm}`}`;
  const names = { spn, by: credential.kind, ...("principal" in credential && { principal: credential.principal }) };
  const { channelBinding, askDomain } = options;
  if (options.library === "kerberos") {
    const { requireSealing: sealing = true, npm: openPackage = openNpmKerberos } = options;
    const logon = { credential, sealing, binding: channelBinding !== undefined, realm, platform };
    const target = platform === "win32" ? spn : `${service}@${host}`;
    return new KerberosExchange(new NpmInitiator({ logon, target, names, openPackage }), names, askDomain);
  }
  const common = { names, credential, channelBinding };
  if (platform === "win32") {
    const { secur32: openLibrary = openSecur32 } = options;
    return new KerberosExchange(new SspiInitiator({ ...common, target: spn, openLibrary }), names, askDomain);
  }
  const hostBased = { name: `${service}@${host}`, type: "hostBasedService" } as const;
  const target = realm === undefined ? hostBased : ({ name: spn, type: "principal" } as const);
  const { credentials = processCredentials, gss: openGss = () => new Gss() } = options;
  return new KerberosExchange(new GssInitiator({ ...common, target, credentials, openGss }), names, askDomain);
}

/** `/` and `@` would end the part; a backslash would escape what follows. */
function checkNamePart(part: string): void {
  if (part !== "" && !/[\s\u0000-\u001f\u007f/@\\]/.test(part)) return;
  throw new WinrmError(
    "WINRM_E_ARGUMENT",
    "The service principal name has an empty part or a character it cannot have.",
  );
}
