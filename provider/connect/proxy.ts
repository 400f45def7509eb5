import { WinrmError } from "../errors";
import type { SessionTarget } from "../session/target";
import { type Proxy, parseProxyUrl } from "../session/transport/proxy";
import { bypassesProxy, isLoopback } from "./no-proxy";
import { type FoundSecret, type SecretReader, resolveSecret } from "./secret";
import { proxyWord } from "../contract/connection/connection-checks";
import type { Connection } from "../contract/connection/connection";

/** Variables that name a proxy for every program, asked only where `"environment"` says so, in the order of curl. */
const PROXY_VARIABLES = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const BYPASS_VARIABLES = ["no_proxy", "NO_PROXY"];

/**
 * The proxy of a connection: argument, then `winrm:proxy`, then `WINRM_PROXY`, then none. The proxy that other programs
 * use (`HTTPS_PROXY`, `ALL_PROXY`) is for the way out, seldom for the way to hosts, so it is used only where one of these
 * says `"environment"`; `HTTP_PROXY` is not read, since it names a proxy that forwards single requests, which NTLM and
 * Kerberos do not survive. `NO_PROXY` holds for all but a URL in the argument, which is about this one host already. This
 * machine itself is never reached through a proxy.
 * @throws WinrmError `WINRM_E_ARGUMENT`, `WINRM_E_SECRET_REFERENCE`. Never with the URL in it.
 */
export function resolveProxy(
  argument: Connection["proxy"],
  target: Pick<SessionTarget, "host" | "port">,
  reader: SecretReader,
): Proxy | undefined {
  const { settings } = reader;
  if (isLoopback(target.host) || argument === false || proxyWord(argument) === "none") return undefined;
  if (argument !== undefined && proxyWord(argument) === undefined)
    return parsed({ value: argument, origin: "connection.proxy" }, reader);
  const setting = argument === undefined ? settings.find("proxy")?.value : argument;
  if (setting === undefined || proxyWord(setting) === "none") return undefined;
  const noProxy = BYPASS_VARIABLES.map((name) => settings.variable(name)).find((value) => value !== undefined);
  if (noProxy !== undefined && bypassesProxy(noProxy, target)) return undefined;
  const given = proxyWord(setting) === "environment" ? undefined : settings.secret("proxy");
  if (given !== undefined) return parsed(given, reader);
  for (const name of PROXY_VARIABLES) {
    const value = settings.variable(name);
    if (value !== undefined && value !== "") return parsed({ value, origin: `environment variable ${name}` }, reader);
  }
  return undefined;
}

function parsed(found: FoundSecret, reader: SecretReader): Proxy {
  const url = resolveSecret(found, reader);
  const proxy = parseProxyUrl(url);
  if (proxy !== undefined) return proxy;
  const socks = /^socks/i.test(url);
  throw new WinrmError(
    "WINRM_E_ARGUMENT",
    `${found.origin} ${socks ? "names a SOCKS proxy, which is not supported" : "is not the URL of an HTTP proxy"}`,
    {
      causes: ["a special character in the user name or the password is not %-coded"].slice(socks ? 1 : 0),
      remedy:
        'give http://proxy:port or http://user:password@proxy:port; or connect directly: set winrm:proxy or WINRM_PROXY to "none", or add the host to NO_PROXY',
    },
  );
}
