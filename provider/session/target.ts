import type { KerberosSpn } from "../auth/kerberos/client";
import type { KerberosLibrary } from "../auth/kerberos-library";
import type { KerberosCredential } from "../auth/kerberos/credentials";
import type { ClientCertificate } from "../x509/client-certificate";
import type { PasswordCredential } from "./credential";
import { type Proxy, authorityOf } from "./transport/proxy";

/** Where a session goes and as whom: fully decoded and defaulted, so that nothing below asks what "unset" means. */

/** Media type of WS-Management messages. */
export const SOAP_TYPE = "application/soap+xml;charset=UTF-8";

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
  /** The newest TLS version to offer; `undefined`: what Node has, and with a client certificate TLS 1.2. */
  readonly maxVersion: "TLSv1.2" | "TLSv1.3" | undefined;
}

/** The authentication methods of this release. */
export type Method = "basic" | "digest" | "ntlm" | "negotiate" | "kerberos" | "certificate";

/** Tickets and the name they are for. */
export interface KerberosLogon {
  readonly credential: KerberosCredential;
  readonly spn: KerberosSpn;
  /** The package that makes the logon. Default `koffi`. */
  readonly library?: KerberosLibrary;
}

interface AnyAuth {
  /** Bind the logon to the TLS channel, as `CbtHardeningLevel` wants it. Default `true`; only means something over https. */
  readonly channelBinding: boolean;
}

/** How to log in. */
export type SessionAuth = AnyAuth &
  (
    | { readonly method: "basic" | "digest"; readonly credential: PasswordCredential }
    | { readonly method: "ntlm"; readonly credential: PasswordCredential }
    | { readonly method: "certificate"; readonly certificate: ClientCertificate }
    | { readonly method: "kerberos"; readonly kerberos: KerberosLogon }
    | {
        /** SPNEGO: Kerberos first, then NTLM where the host may be trusted with it. */
        readonly method: "negotiate";
        readonly credential: PasswordCredential;
        readonly kerberos: KerberosLogon;
        /** `false` over http to a host that is not in the runner's trusted list. */
        readonly allowNtlm: boolean;
      }
  );

/** Who logs in, for messages; never a secret. */
export function accountOf(auth: SessionAuth): string {
  if (auth.method === "certificate") return auth.certificate.name;
  if (auth.method !== "kerberos") return auth.credential.username;
  const { credential } = auth.kerberos;
  return ("principal" in credential ? credential.principal : undefined) ?? "the owner of the ticket";
}

/** Why a logon over https sends no channel binding, in one clause; only for one that could. */
export function unboundReason(auth: SessionAuth): string {
  return auth.method === "kerberos" && auth.kerberos.library === "kerberos"
    ? "the npm package kerberos binds no logon to the TLS channel"
    : "auth.channelBinding is false";
}

/** The password of a logon, if it has one. */
export function passwordOf(auth: SessionAuth): string | undefined {
  if (auth.method === "certificate") return undefined;
  const credential = auth.method === "kerberos" ? auth.kerberos.credential : auth.credential;
  return "password" in credential ? credential.password : undefined;
}

/** Every text of a logon that must not leave the process. */
export function secretsOf(auth: SessionAuth): string[] {
  if (auth.method === "certificate") return [...auth.certificate.secrets];
  const password = passwordOf(auth);
  return password === undefined ? [] : [password];
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
  /** Where the connection is tunnelled through; `undefined`: direct. */
  readonly proxy: Proxy | undefined;
  /** Milliseconds for name, TCP, tunnel and TLS together. */
  readonly connectTimeoutMs: number;
  /** Milliseconds that the host may take for one request. */
  readonly operationTimeoutMs: number;
}

/** `host`, with the port where it is not WinRM's default for the transport. */
export function displayHost(target: Pick<SessionTarget, "host" | "port" | "transport">): string {
  const name = urlHost(target.host);
  return target.port === (target.transport === "https" ? 5986 : 5985) ? name : `${name}:${target.port}`;
}

/**
 * What makes two targets the same Windows host: the name alone at WinRM's default ports, whichever transport; name and
 * port elsewhere, because another port is another host behind a port forward. Lower case, no secret.
 */
export function hostIdentity(target: Pick<SessionTarget, "host" | "port">): string {
  const host = target.host.toLowerCase();
  const name = urlHost(host);
  return target.port === 5985 || target.port === 5986 ? name : `${name}:${target.port}`;
}

/** {@link hostIdentity} for comparing within a run, where the names that every machine has for itself are one. */
export function hostKey(target: Pick<SessionTarget, "host" | "port">): string {
  return hostIdentity({ host: comparableName(target.host), port: target.port });
}

/** A host's name for comparing: `localhost` and `::1` are 127.0.0.1. Lower case. */
export function comparableName(host: string): string {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" ? "127.0.0.1" : name;
}

/** Who and how, for messages: `ntlm as CORP\ops over https through proxy:3128`. */
export function displayLogon(target: Pick<SessionTarget, "auth" | "transport" | "proxy">): string {
  const way = target.proxy === undefined ? "" : ` through ${authorityOf(target.proxy)}`;
  return `${target.auth.method} as ${accountOf(target.auth)} over ${target.transport}${way}`;
}

/** Scheme, host and port of a target's URLs. */
export function originOf(target: Pick<SessionTarget, "host" | "port" | "transport">): string {
  return `${target.transport}://${urlHost(withoutZone(target.host))}:${target.port}`;
}

/** The URL that requests are posted to. */
export function targetUrl(target: Pick<SessionTarget, "host" | "port" | "transport" | "path">): string {
  return `${originOf(target)}${target.path}`;
}

/** The zone of an address counts on this machine only, and has no place in URLs and headers (RFC 6874 §1, RFC 9110 §7.2). */
export function withoutZone(host: string): string {
  return host.replace(/%.*$/, "");
}

/** An IPv6 address is in brackets in URLs. */
function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
