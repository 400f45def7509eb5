import type { IncomingHttpHeaders } from "node:http";
import { type ErrorContext, WinrmError, isWinrmError } from "../../errors";
import { isOffered, offeredSchemes } from "../logon/challenge";
import { connectionError } from "./socket";
import { headerText } from "./http";
import { type Proxy, authorityOf } from "../transport/proxy";

/** Failures of a proxy, told apart from those of the host behind it. */

const WAY_OUT =
  'check the proxy\'s settings, or connect without it: add the host to NO_PROXY, or set connection.proxy to false (winrm:proxy or WINRM_PROXY to "none")';

/** The response of a proxy to CONNECT. */
export interface TunnelResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** The error for a proxy that cannot be reached or breaks off. `step` is what was being done, as a noun phrase. */
export function proxyFailure(thrown: unknown, proxy: Proxy, step: "connection" | "tunnel"): WinrmError {
  if (isWinrmError(thrown)) return thrown;
  const { code, summary, context } = connectionError(thrown, "connect");
  if (code === "WINRM_E_CANCELLED") return new WinrmError(code, summary, context);
  const name = authorityOf(proxy);
  if (code === "WINRM_E_NOT_WINRM") {
    return new WinrmError("WINRM_E_PROXY", `${name} does not respond as an HTTP proxy`, {
      causes: ["the port belongs to another service", "the proxy speaks TLS, and its URL says http"],
      remedy: "check host, port and scheme of the proxy's URL",
    });
  }
  const what = step === "connection" ? "the proxy cannot be reached" : "the proxy broke the connection";
  return new WinrmError("WINRM_E_PROXY", `${what}, ${name}: ${summary.replaceAll("the host", "the proxy")}`, {
    retryable: step === "tunnel" && context.retryable === true,
    causes: PROXY_CAUSES[code] ?? ["the URL of the proxy names another host or port than the proxy's"],
    remedy: WAY_OUT,
  });
}

const PROXY_CAUSES: Readonly<Record<string, readonly string[]>> = {
  WINRM_E_DNS: ["the proxy's name is misspelt", "this machine's DNS does not know it"],
  WINRM_E_CONNECT_TIMEOUT: ["the proxy is down", "a firewall drops the connection"],
  WINRM_E_TLS_UNTRUSTED: [
    "the proxy's certificate is of a private authority: name it in tls.ca, or in NODE_EXTRA_CA_CERTS",
  ],
  WINRM_E_TLS: [
    "the proxy speaks plain HTTP, and its URL says https",
    "client and server share no TLS version or cipher",
  ],
  WINRM_E_CONNECTION_LOST: ["the proxy restarted", "the proxy does not serve this machine, and says so by hanging up"],
};

/** The error for a proxy that has not responded when the time to connect is up. */
export function proxyTimeout(proxy: Proxy, timeoutMs: number): WinrmError {
  return new WinrmError(
    "WINRM_E_PROXY",
    `the proxy ${authorityOf(proxy)} opened no tunnel to the host within ${timeoutMs / 1000} s (timeouts.connectSeconds)`,
    {
      causes: ["the host is down, or a firewall drops what the proxy sends it", "the proxy is overloaded"],
      remedy: WAY_OUT,
    },
  );
}

/** The error for any other response that opens no tunnel. The proxy's page is not read: it may hold anything. */
export function tunnelRefused({ status, headers }: TunnelResponse, proxy: Proxy): WinrmError {
  const name = authorityOf(proxy);
  const server = headerText(headers.via ?? headers["server"]);
  const from = `HTTP ${status} of the proxy ${name}${server === "" ? "" : ` (${server})`}`;
  const { summary, ...context } = REFUSALS[status] ?? UNKNOWN;
  return new WinrmError("WINRM_E_PROXY", `${from}: ${summary}`, { retryable: status === 503, ...context });
}

/** The error for a 407, or a 401 in its place. */
export function credentialRefused({ status, headers }: TunnelResponse, proxy: Proxy): WinrmError {
  const name = authorityOf(proxy);
  const schemes = offeredSchemes(headers["proxy-authenticate"]);
  const basic = schemes.length === 0 || isOffered("Basic", schemes);
  if (proxy.credential === undefined) {
    return new WinrmError(
      "WINRM_E_PROXY_AUTH",
      `HTTP ${status}: the proxy ${name} requires authentication (offered: ${schemes.join(", ") || "nothing"})`,
      {
        causes: ["the proxy's URL has no user name and password"],
        remedy: 'give the URL with both, best as a reference: { env: "NAME" } with http://user:password@proxy:port',
      },
    );
  }
  if (!basic) {
    return new WinrmError("WINRM_E_PROXY_AUTH", `HTTP ${status}: the proxy ${name} takes ${schemes.join(", ")} only`, {
      causes: ["the proxy takes other methods than Basic, which is the one that is supported"],
      remedy: "have the proxy take Basic, or admit this machine without a logon; or connect without the proxy",
    });
  }
  return new WinrmError("WINRM_E_PROXY_AUTH", `HTTP ${status}: the proxy ${name} refused its user name or password`, {
    causes: ["the user name or the password in the proxy's URL is wrong", "a special character in it is not %-coded"],
    remedy: "correct the proxy's URL and run again: the credential was tried once and is not repeated",
  });
}

const UNREACHED = {
  summary: "it could not reach the host",
  causes: [
    "the host is down, or nothing listens at the port",
    "the proxy's DNS does not know the host's name",
    "a firewall between the proxy and the host rejects the connection",
  ],
  remedy: WAY_OUT,
};
const FORBIDDEN = {
  summary: "it does not allow a tunnel to the host and port",
  causes: [
    "the proxy admits CONNECT to some ports only, often 443 alone (Squid's SSL_ports, tinyproxy's ConnectPort)",
    "the proxy admits other hosts or other clients only",
  ],
  remedy:
    "have the proxy admit CONNECT to the host's WinRM port (5986 for https, 5985 for http), or connect without it",
};
const NO_CONNECT = {
  summary: "it does not support CONNECT",
  causes: ["it is a web server or a forwarding proxy without CONNECT"],
  remedy: "name a proxy that knows CONNECT: NTLM and Kerberos prove a connection, and need one of their own",
};

const UNKNOWN = {
  summary: "it opened no tunnel to the host",
  causes: ["the peer is not a proxy, or does not support CONNECT"],
  remedy: WAY_OUT,
};

/** Responses to CONNECT by their status. */
const REFUSALS: Readonly<Record<number, ErrorContext & { readonly summary: string }>> = {
  403: FORBIDDEN,
  404: NO_CONNECT,
  405: NO_CONNECT,
  500: UNREACHED,
  501: NO_CONNECT,
  502: UNREACHED,
  503: { ...UNREACHED, summary: "it could not reach the host, or is overloaded" },
  504: { ...UNREACHED, summary: "the host did not respond to it in time" },
};
