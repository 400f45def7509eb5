import { type Method, hostIdentity } from "../../session/target";
import { canonicalHost } from "../names/host-name";

/** The `connection` argument that all resources share. */

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
   * Default: `winrm:method`, then `WINRM_METHOD`, then `"certificate"` with a certificate, `"negotiate"` with a user name
   * and a password, `"kerberos"` without.
   */
  method?: Method;
  /**
   * `MACHINE\user` for a local account, `DOMAIN\user` or `user@domain` for a domain account; a bare name is for hosts
   * that are in no domain. Default: `winrm:username`, then `WINRM_USERNAME`.
   */
  username?: string;
  /** The password, best as a reference. Default: `winrm:password`, then `WINRM_PASSWORD`. */
  password?: SecretValue;
  /**
   * The client certificate in PEM, followed by the others of its chain; at most 16 KiB in all. Default:
   * `winrm:certificatePem`, then `WINRM_CERTIFICATE_PEM`.
   */
  certificatePem?: SecretValue;
  /** Its private key in PEM, best as a reference. Default: `winrm:privateKeyPem`, then `WINRM_PRIVATE_KEY_PEM`. */
  privateKeyPem?: SecretValue;
  /**
   * Certificate, chain and key in one PFX (PKCS #12) instead: its base64 as a text or in an environment variable, or the
   * path of the file itself. Default: `winrm:pfx`, then `WINRM_PFX`.
   */
  pfx?: SecretValue;
  /** What the private key or the PFX is encrypted with. Default: `winrm:passphrase`, then `WINRM_PASSPHRASE`. */
  passphrase?: SecretValue;
  /** For `"kerberos"` and `"negotiate"`; on Linux and macOS. */
  kerberos?: Kerberos;
  /**
   * Bind the logon to the TLS channel, as `CbtHardeningLevel` wants it. Default `true`. Switch it off only where
   * something between here and the host terminates TLS; the host must then not be at `Strict`.
   */
  channelBinding?: boolean;
}

/** Where tickets come from, and for which name. */
export interface Kerberos {
  /**
   * Ticket cache: `FILE:/path`, `DIR:/path`, `KEYRING:…`, `KCM:…`. A collection is searched for the tickets of
   * `auth.username`; without a user name its primary cache counts. Default: the system's.
   */
  cache?: string;
  /** Keytab of the account `auth.username`; no kinit, no ticket cache. */
  keytab?: string;
  /**
   * Realm of the account and of the host, where the names do not tell. With another one than the suffix of
   * `auth.username`, that is a user principal name (`name@suffix`), and the domain says whose it is.
   */
  realm?: string;
  /** Service of the host's principal: `HTTP`, `HOST` or `WSMAN`. Default `HTTP`. */
  service?: "HTTP" | "HOST" | "WSMAN";
  /** Host name of the host's principal, where `connection.host` is an address or an alias. */
  host?: string;
}

/** How the host's certificate is verified; over https only. */
export interface Tls {
  /** PEM of the authorities to trust instead of the system's. Default: `winrm:ca`, then `WINRM_CA`. */
  ca?: SecretValue;
  /** The name that the certificate must carry, where it is not `connection.host`. */
  serverName?: string;
  /** SHA-256 fingerprint of the host's own certificate, 64 hex digits, colons allowed. It replaces chain and name checks. */
  pinnedSha256?: string;
  /** Accept any certificate. For laboratories: whoever is on the path can take over the session. Default `false`. */
  insecureSkipVerify?: boolean;
  /**
   * The newest TLS version to offer. Default: what Node has, and TLS 1.2 with method `"certificate"`, because a WinRM
   * service asks for the certificate in a way that Node answers in TLS 1.2 only.
   */
  maxVersion?: "TLSv1.2" | "TLSv1.3";
}

/** Time limits. */
export interface Timeouts {
  /** Seconds for name, TCP and TLS together; 1..300. Default: `winrm:connectSeconds`, `WINRM_CONNECT_SECONDS`, then 10. */
  connectSeconds?: number;
  /** Seconds that the host may take for one request; 1..300. Default: `winrm:operationSeconds`, `WINRM_OPERATION_SECONDS`, then 30. */
  operationSeconds?: number;
  /**
   * Seconds for one whole operation of a resource (create, read, update, delete) on this host: waiting for its turn,
   * connecting, every request and every retry; 1..600. Default: `winrm:totalSeconds`, `WINRM_TOTAL_SECONDS`, then 300.
   */
  totalSeconds?: number;
}

/** How to reach the host, and as whom. What is left out comes from stack configuration, then from the environment. */
export interface Connection {
  /** DNS name or IP address of the host. Another host is another resource: a change replaces. */
  host: string;
  /** Default: `winrm:transport`, then `WINRM_TRANSPORT`, then `"https"`. Over `"http"` every message is sealed, or refused. */
  transport?: "https" | "http";
  /** 1..65535. Default: `winrm:port`, then `WINRM_PORT`, then 5986 for https and 5985 for http. */
  port?: number;
  /** URL path of the listener. Default: `winrm:path`, then `WINRM_PATH`, then `/wsman`. */
  path?: string;
  /** How to log in, and as whom. Unset: Microsoft's rules decide, see docs/connection.md. */
  auth?: Auth;
  /**
   * Let Basic and Digest travel over http, where everybody on the path can read the messages, and with Basic the
   * password. Default `false`; it is warned about each time.
   */
  allowUnencrypted?: boolean;
  /** How the host's certificate is verified, over https. Unset: by the authorities and the name, as Node does. */
  tls?: Tls;
  /**
   * HTTP proxy to tunnel through by CONNECT, over both transports: `http://proxy:3128`, or `https://…` for TLS to the
   * proxy; `http://user:password@proxy:3128` where it wants a logon (Basic), best as a reference. `false` or `"none"`:
   * no proxy; `"environment"`: that of `HTTPS_PROXY` or `ALL_PROXY`. Default: `winrm:proxy`, then `WINRM_PROXY`, then
   * none; these two and the environment's unless `NO_PROXY` covers the host. Loopback is never reached through a proxy.
   */
  proxy?: SecretValue | false;
  /** Limits in seconds. Unset: 10 to connect, 30 for one request, 300 for the whole operation. */
  timeouts?: Timeouts;
  /**
   * What the live pre-flight of a preview does with findings: `"error"` ends the preview, `"warn"` reports, `"off"`
   * does not read the host. Default: `winrm:preflight`, then `WINRM_PREFLIGHT`, then `"error"`.
   */
  preflight?: "error" | "warn" | "off";
}

/** The natural key of the host that a connection names, for ids and for replacement. */
export function connectionIdentity(connection: Pick<Connection, "host" | "port">): string {
  return hostIdentity({ host: canonicalHost(connection.host), port: connection.port ?? 5986 });
}
