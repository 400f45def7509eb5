/** Where a session goes and as whom: fully decoded and defaulted, so that nothing below asks what "unset" means. */

/** How the host's certificate is judged. */
export interface TlsTrust {
  /** PEM of the authorities trusted instead of the system's; `undefined`: the system's. */
  readonly ca: string | undefined;
  /** The name expected in the certificate, and sent as SNI; `undefined`: the host of the connection. */
  readonly serverName: string | undefined;
  /** SHA-256 of the host's own certificate (DER), 64 lower-case hex digits. It replaces chain and name checks. */
  readonly pinnedSha256: string | undefined;
  /** Accept any certificate. Warned about each time. */
  readonly insecureSkipVerify: boolean;
}

/** An account and its password, in memory only. */
export interface PasswordCredential {
  /** As the user wrote it: `user`, `MACHINE\user`, `DOMAIN\user`, `user@domain`. */
  readonly username: string;
  readonly password: string;
}

/** The authentication methods of this release. */
export type Method = "basic" | "ntlm";

/** How to log in. */
export interface SessionAuth {
  readonly method: Method;
  readonly credential: PasswordCredential;
  /** Bind the logon to the TLS channel (MS-NLMP MsvAvChannelBindings). Default `true`; only means something over https. */
  readonly channelBinding: boolean;
}

/** One host as one account. */
export interface SessionTarget {
  /** DNS name or IP address, without brackets. */
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
  readonly transport: "http" | "https";
  /** URL path of the listener, with the leading slash. */
  readonly path: string;
  readonly tls: TlsTrust;
  readonly auth: SessionAuth;
  /** Milliseconds for name, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** Milliseconds that the host may take for one request. */
  readonly operationTimeoutMs: number;
}

/** `host`, with the port where it is not WinRM's default for the transport. */
export function displayHost(target: Pick<SessionTarget, "host" | "port" | "transport">): string {
  const name = target.host.includes(":") ? `[${target.host}]` : target.host;
  return target.port === (target.transport === "https" ? 5986 : 5985) ? name : `${name}:${target.port}`;
}

/**
 * What makes two targets the same Windows host: the name alone at WinRM's default ports, whichever transport; name and
 * port elsewhere, because another port is another host behind a port forward. Lower case, no secret.
 */
export function hostIdentity(target: Pick<SessionTarget, "host" | "port">): string {
  const host = target.host.toLowerCase();
  const name = host.includes(":") ? `[${host}]` : host;
  return target.port === 5985 || target.port === 5986 ? name : `${name}:${target.port}`;
}

/** Who and how, for messages: `ntlm as CORP\ops over https`. */
export function displayLogon(target: Pick<SessionTarget, "auth" | "transport">): string {
  return `${target.auth.method} as ${target.auth.credential.username} over ${target.transport}`;
}

/** The URL that requests are posted to. */
export function targetUrl(target: Pick<SessionTarget, "host" | "port" | "transport" | "path">): string {
  const name = target.host.includes(":") ? `[${target.host}]` : target.host;
  return `${target.transport}://${name}:${target.port}${target.path}`;
}
