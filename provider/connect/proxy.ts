import { WinrmError } from "../errors";
import { type Proxy, parseProxyUrl } from "../session/transport/proxy";
import { bypassesProxy } from "./no-proxy";
import { proxyWord } from "../contract/connection/connection-checks";
import type { Connection, SecretValue } from "../contract/connection/connection";
import type { Settings } from "../contract/settings";

/** Variables that name a proxy for every program, asked only where `"environment"` says so, in the order of curl. */
export const PROXY_VARIABLES = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] as const;
const BYPASS_VARIABLES = ["no_proxy", "NO_PROXY"] as const;

/** What the choice of a proxy works with. */
export interface ProxyChoice {
  readonly argument: Connection["proxy"];
  readonly settings: Settings;
  /** Host and port to reach. */
  readonly target: { readonly host: string; readonly port: number };
  /** The host is this machine itself. */
  readonly loopback: boolean;
  /** Reads a reference. */
  readonly resolve: (found: { readonly value: SecretValue; readonly origin: string }) => string;
}

/**
 * The proxy of a connection: argument, then `winrm:proxy`, then `WINRM_PROXY`, then none. The proxy that other programs
 * use (`HTTPS_PROXY`, `ALL_PROXY`) is for the way out, seldom for the way to hosts, so it is used only where one of these
 * says `"environment"`; `HTTP_PROXY` is not read, since it names a proxy that forwards single requests, which NTLM and
 * Kerberos do not survive. `NO_PROXY` holds for all but a URL in the argument, which is about this one host already. This
 * machine itself is never reached through a proxy.
 * @throws WinrmError `WINRM_E_ARGUMENT`, `WINRM_E_SECRET_REFERENCE`. Never with the URL in it.
 */
export function resolveProxy({ argument, settings, target, loopback, resolve }: ProxyChoice): Proxy | undefined {
  if (loopback || proxyWord(argument) === "none") return undefined;
  const own = argument === false || proxyWord(argument) !== undefined ? undefined : argument;
  if (own !== undefined) return parsed(resolve, own, "connection.proxy");
  const setting = argument === undefined ? settings.find("proxy")?.value : argument;
  if (setting === undefined || proxyWord(setting) === "none") return undefined;
  const noProxy = BYPASS_VARIABLES.map((name) => settings.variable(name)).find((value) => value !== undefined);
  if (noProxy !== undefined && bypassesProxy(noProxy, target)) return undefined;
  const given = proxyWord(setting) === "environment" ? undefined : settings.secret("proxy");
  if (given !== undefined) return parsed(resolve, given.value, given.origin);
  for (const name of PROXY_VARIABLES) {
    const value = settings.variable(name);
    if (value !== undefined && value !== "") return parsed(resolve, value, `environment variable ${name}`);
  }
  return undefined;
}

function parsed(resolve: ProxyChoice["resolve"], value: SecretValue, origin: string): Proxy {
  const url = resolve({ value, origin });
  const proxy = parseProxyUrl(url);
  if (proxy !== undefined) return proxy;
  const socks = /^socks/i.test(url);
  throw new WinrmError(
    "WINRM_E_ARGUMENT",
    `${origin} ${socks ? "names a SOCKS proxy, which is not supported" : "is not the URL of an HTTP proxy"}`,
    {
      causes: ["a special character in the user name or the password is not %-coded"].slice(socks ? 1 : 0),
      remedy:
        'give http://proxy:port or http://user:password@proxy:port; or connect directly: set winrm:proxy or WINRM_PROXY to "none", or add the host to NO_PROXY',
    },
  );
}
