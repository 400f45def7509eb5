import { type Method, hostIdentity } from "../../session/target";
import { canonicalHost } from "../names/host-name";

/** Where to find a text instead of the text itself; it is read where it is used and never enters state. */
export type SecretReference =
  | {
      /** Name of an environment variable. */
      env: string;
    }
  | {
      /** Path of a file, relative to the project's folder; one line break at its end is not part of the text. */
      file: string;
    };

/** A text, or a reference to it. */
export type SecretValue = string | SecretReference;

/** How to log in. */
export interface Auth {
  /**
   * `"kerberos"`: the domain's tickets, which also prove who the host is. `"negotiate"`: Kerberos for a domain account,
   * NTLM where Kerberos cannot be used or the account is local. `"ntlm"`: NTLMv2 with MIC and channel binding. Over http
   * every message of these three is sealed. `"certificate"`: a client certificate in TLS, mapped to a local account; https
   * only. `"basic"`: user name and password inside TLS, local accounts only. `"digest"`: for servers that are not WinRM
   * services, which have no Digest; it proves the password without sending it, and protects no message.
   * @default `winrm:method`, `WINRM_METHOD`, then `"certificate"` with a certificate, `"negotiate"` with a user name and a
   *   password, `"kerberos"` without
   */
  method?: Method;
  /**
   * `MACHINE\user` for a local account, `DOMAIN\user` or `user@domain` for a domain account; a bare name is for hosts
   * that are in no domain.
   * @default `winrm:username`, `WINRM_USERNAME`, then for Kerberos the ticket's owner, else required
   */
  username?: string;
  /**
   * The password, best as a reference.
   * @default `winrm:password`, `WINRM_PASSWORD`, then for Kerberos the ticket, else required
   */
  password?: SecretValue;
  /**
   * The client certificate in PEM, followed by the others of its chain; at most 16 KiB in all.
   * @default `winrm:certificatePem`, `WINRM_CERTIFICATE_PEM`, then none
   */
  certificatePem?: SecretValue;
  /**
   * Its private key in PEM, best as a reference.
   * @default `winrm:privateKeyPem`, `WINRM_PRIVATE_KEY_PEM`, then none
   */
  privateKeyPem?: SecretValue;
  /**
   * Certificate, chain and key in one PFX (PKCS #12) instead: base64 as a string or in an environment variable, or the
   * path of the file itself.
   * @default `winrm:pfx`, `WINRM_PFX`, then none
   */
  pfx?: SecretValue;
  /**
   * Passphrase of the private key or the PFX.
   * @default `winrm:passphrase`, `WINRM_PASSPHRASE`, then none
   */
  passphrase?: SecretValue;
  /** For `"kerberos"` and `"negotiate"`; on Linux and macOS. */
  kerberos?: Kerberos;
  /**
   * Bind the logon to the TLS channel, as `CbtHardeningLevel` wants it. Switch it off only where a middlebox on
   * the path terminates TLS; the host must then not be at `Strict`.
   * @default `true`
   */
  channelBinding?: boolean;
}

/** Where tickets come from, and for which name. */
export interface Kerberos {
  /**
   * Ticket cache: `FILE:/path`, `DIR:/path`, `KEYRING:…`, `KCM:…`. A collection is searched for the tickets of
   * `auth.username`; without a user name its primary cache counts.
   * @default the system's
   */
  cache?: string;
  /**
   * Keytab of the account `auth.username`; no kinit, no ticket cache.
   * @default none
   */
  keytab?: string;
  /**
   * Realm of the account and of the host, where the names do not tell. If it differs from
   * the suffix of `auth.username`, that is a user principal name (UPN), which the domain resolves.
   * @default read from the names of account and host
   */
  realm?: string;
  /**
   * Service of the host's service principal name (SPN).
   * @default `"HTTP"`
   */
  service?: "HTTP" | "HOST" | "WSMAN";
  /**
   * Host name in the host's SPN, where `connection.host` is an address or an alias.
   * @default `connection.host`
   */
  host?: string;
}

/** How the host's certificate is verified; over https only. */
export interface Tls {
  /**
   * PEM of the authorities to trust instead of the system's.
   * @default `winrm:ca`, `WINRM_CA`, then the authorities that Node trusts
   */
  ca?: SecretValue;
  /**
   * The name that the certificate must carry, where it is not `connection.host`.
   * @default `connection.host`
   */
  serverName?: string;
  /**
   * SHA-256 fingerprint of the host's own certificate, 64 hex digits, colons allowed. It replaces chain and name checks.
   * @default none
   */
  pinnedSha256?: string;
  /**
   * Accept any certificate. For laboratories: an on-path attacker can hijack the session.
   * @default `false`
   */
  insecureSkipVerify?: boolean;
  /**
   * The newest TLS version to offer. A WinRM service asks for a client certificate in a way that Node answers in TLS 1.2
   * only.
   * @default what Node has; `"TLSv1.2"` with method `"certificate"`
   */
  maxVersion?: "TLSv1.2" | "TLSv1.3";
}

/** Time limits. */
export interface Timeouts {
  /**
   * Seconds to resolve the name and connect: TCP, proxy and TLS together; 1 to 300.
   * @default `winrm:connectSeconds`, `WINRM_CONNECT_SECONDS`, then `10`
   */
  connectSeconds?: number;
  /**
   * Seconds that the host may take for one request; 1 to 300.
   * @default `winrm:operationSeconds`, `WINRM_OPERATION_SECONDS`, then `30`
   */
  operationSeconds?: number;
  /**
   * Seconds for one whole operation of a resource (create, read, update, delete) on this host: waiting for its turn,
   * connecting, every request and every retry; 1 to 600.
   * @default `winrm:totalSeconds`, `WINRM_TOTAL_SECONDS`, then `300`
   */
  totalSeconds?: number;
}

/** How to reach the host, and as whom. What is left out comes from stack configuration, then from the environment. */
export interface Connection {
  /**
   * DNS name or IP address of the host. Changing it replaces the resource.
   * @default none; required
   */
  host: string;
  /**
   * How to connect. Over `"http"` every message is sealed, or refused.
   * @default `winrm:transport`, `WINRM_TRANSPORT`, then `"https"`
   */
  transport?: "https" | "http";
  /**
   * TCP port of the listener; 1 to 65535.
   * @default `winrm:port`, `WINRM_PORT`, then `5986`, over http `5985`
   */
  port?: number;
  /**
   * URL path of the listener.
   * @default `winrm:path`, `WINRM_PATH`, then `"/wsman"`
   */
  path?: string;
  /** How to log in, and as whom. Unset: Microsoft's rules decide, see docs/connection.md. */
  auth?: Auth;
  /**
   * Let Basic and Digest travel over http, where an on-path observer can read the messages, and with Basic the
   * password. It is warned about each time.
   * @default `false`
   */
  allowUnencrypted?: boolean;
  /** How the host's certificate is verified, over https. Unset: by the authorities and the name, as Node does. */
  tls?: Tls;
  /**
   * HTTP proxy to tunnel through by CONNECT, over both transports: `http://proxy:3128`, or `https://…` for TLS to the
   * proxy; `http://user:password@proxy:3128` where it wants a logon (Basic), best as a reference. `false` or `"none"`:
   * no proxy; `"environment"`: that of `HTTPS_PROXY` or `ALL_PROXY`. All but a URL in the argument are used only where
   * `NO_PROXY` does not cover the host. Loopback is never reached through a proxy.
   * @default `winrm:proxy`, `WINRM_PROXY`, then none
   */
  proxy?: SecretValue | false;
  /** Limits in seconds. Unset: 10 to connect, 30 for one request, 300 for the whole operation. */
  timeouts?: Timeouts;
  /**
   * What the live pre-flight of a preview does with findings: `"error"` ends the preview, `"warn"` reports, `"off"`
   * does not read the host.
   * @default `winrm:preflight`, `WINRM_PREFLIGHT`, then `"error"`
   */
  preflight?: "error" | "warn" | "off";
}

/** The natural key of the host that a connection names, for ids and for replacement. */
export function connectionIdentity(connection: Pick<Connection, "host" | "port">): string {
  return hostIdentity({ host: canonicalHost(connection.host), port: connection.port ?? 5986 });
}
