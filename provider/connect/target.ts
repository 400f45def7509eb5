import { readFileSync } from "node:fs";
import { type ErrorCode, WinrmError } from "../errors";
import type { SessionTarget } from "../session/target";
import { certificateOf } from "./certificate";
import type { Auth, Connection } from "../contract/connection/connection";
import { compactFingerprint } from "../contract/names/fingerprint";
import { hostToConnect } from "../contract/names/host-name";
import { type ReadFile, type SecretReader, resolveCertificate, resolveSecret, secretOf } from "./secret";
import { isLoopback } from "./no-proxy";
import { type AuthInputs, methodReason, resolveAuth } from "./auth";
import { resolveProxy } from "./proxy";
import type { Settings } from "../contract/settings";
import { trusts } from "../contract/trusted-host-patterns";

/** A target, and what a person should know about the choices that led to it. */
export interface ResolvedTarget {
  readonly target: SessionTarget;
  /** Weak choices; warned about each time. */
  readonly warnings: readonly string[];
  /** Why it is this method, in one clause; asked for by people only, and this is on the way of every operation. */
  readonly methodReason: () => string;
}

/**
 * Decodes a connection into a fully defaulted target: argument, then stack configuration, then environment, then
 * default. Secrets are resolved here, in the process that uses them, and nowhere else.
 * @throws WinrmError `WINRM_E_ARGUMENT`, `_CREDENTIALS_REQUIRED`, `_SECRET_REFERENCE`, `_NOT_TRUSTED`,
 * `_UNENCRYPTED_REFUSED`; nothing has been sent then.
 */
export function resolveTarget(
  connection: Connection,
  settings: Settings,
  readFile: ReadFile = readFileSync,
): ResolvedTarget {
  const host = hostToConnect(connection.host);
  const auth = withKerberosHost(connection.auth ?? {});
  const secrets: SecretReader = { settings, readFile };
  const tls = connection.tls ?? {};
  const method = auth.method ?? settings.choice("method");
  const transport = connection.transport ?? settings.choice("transport");
  const port = connection.port ?? settings.number("port") ?? (transport === "https" ? 5986 : 5985);
  const username = auth.username ?? settings.text("username");
  const password = secretOf(auth.password, "connection.auth.password") ?? settings.secret("password");
  const trusted = transport === "https" || isLoopback(host) || trusts(settings.trustedHosts(), host);
  const ca = secretOf(tls.ca, "connection.tls.ca") ?? settings.secret("ca");
  const choice: AuthInputs = {
    host,
    method,
    auth,
    username,
    password: password === undefined ? undefined : () => resolveSecret(password, secrets),
    certificate: certificateOf(auth, secrets),
    transport,
    kerberosLibrary: settings.variable("WINRM_KERBEROS"),
    trusted,
  };
  const target: SessionTarget = {
    host,
    port,
    transport,
    path: connection.path ?? settings.text("path"),
    tls: {
      ca: ca === undefined ? undefined : resolveCertificate(ca, secrets),
      serverName: tls.serverName === undefined ? undefined : hostToConnect(tls.serverName),
      pinnedSha256: tls.pinnedSha256 === undefined ? undefined : compactFingerprint(tls.pinnedSha256).toLowerCase(),
      insecureSkipVerify: tls.insecureSkipVerify ?? false,
      maxVersion: tls.maxVersion,
    },
    auth: resolveAuth(choice),
    proxy: resolveProxy(connection.proxy, { host, port }, secrets),
    connectTimeoutMs: 1000 * (connection.timeouts?.connectSeconds ?? settings.number("connectSeconds")),
    operationTimeoutMs: 1000 * (connection.timeouts?.operationSeconds ?? settings.number("operationSeconds")),
  };
  return {
    target,
    warnings: checkTransportSecurity(target, connection, trusted),
    methodReason: () => methodReason(choice, target.auth),
  };
}

function withKerberosHost(auth: Auth): Auth {
  const host = auth.kerberos?.host;
  return host === undefined ? auth : { ...auth, kerberos: { ...auth.kerberos, host: hostToConnect(host) } };
}

/** Refuses what would not be safe, and names what is only weak. */
function checkTransportSecurity(target: SessionTarget, connection: Connection, trusted: boolean): string[] {
  const { host, transport, auth, tls } = target;
  if (transport === "https") {
    const unverified = `the certificate of ${host} is not verified (tls.insecureSkipVerify): an on-path attacker can hijack the session`;
    const unbound = `the logon at ${host} is not bound to the TLS channel, because the npm package kerberos cannot bind it: a host whose CbtHardeningLevel is Strict refuses it; install koffi to have it bound`;
    const isUnbound =
      auth.method === "kerberos" &&
      auth.kerberos.library === "kerberos" &&
      connection.auth?.channelBinding === undefined;
    return [...(tls.insecureSkipVerify ? [unverified] : []), ...(isUnbound ? [unbound] : [])];
  }
  const refused = (code: ErrorCode, summary: string, remedy: string) => new WinrmError(code, summary, { host, remedy });
  if (auth.method === "basic") {
    if (connection.allowUnencrypted === true) {
      return [`the password and all messages to ${host} travel readable (basic over http, allowUnencrypted)`];
    }
    const remedy = 'use transport "https", or method "ntlm", whose messages are sealed over http';
    throw refused("WINRM_E_UNENCRYPTED_REFUSED", "basic over http would send the password in cleartext", remedy);
  }
  if (auth.method === "certificate") {
    const summary = "a client certificate is shown in TLS, and over http there is none";
    throw refused("WINRM_E_ARGUMENT", summary, 'use transport "https"');
  }
  if (auth.method === "digest") {
    if (connection.allowUnencrypted === true) {
      return [
        `all messages to ${host} travel in cleartext, and an on-path attacker can change them (digest over http, allowUnencrypted)`,
      ];
    }
    throw refused(
      "WINRM_E_UNENCRYPTED_REFUSED",
      "digest over http would protect the password, but send all messages in cleartext, which an on-path attacker can change",
      'use transport "https"; or, to a WinRM service of Windows, method "ntlm", whose messages are sealed over http',
    );
  }
  if (auth.method === "ntlm" && !trusted) {
    throw refused(
      "WINRM_E_NOT_TRUSTED",
      "over http, NTLM does not prove the host's identity, and the host is not in this runner's trusted list",
      'use transport "https", or trust the host on purpose: add it to the stack configuration winrm:trustedHosts or to WINRM_TRUSTED_HOSTS',
    );
  }
  return [];
}
