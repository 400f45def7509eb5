import { unprintable } from "../../unprintable";
import type { PasswordCredential } from "../credential";

/** An HTTP proxy, through which a session reaches its host by a CONNECT tunnel. */
export interface Proxy {
  /** How the proxy itself is spoken to; `https` verifies its certificate. */
  readonly transport: "http" | "https";
  /** DNS name or IP address, without brackets. */
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
  /** For the proxy, not for the host. It is sent as Basic with the first request, and to no other peer. */
  readonly credential: PasswordCredential | undefined;
}

/**
 * Reads the URL of a proxy: `http://proxy:3128`, `https://user:password@proxy:8443`, or `proxy:3128` for http. The
 * default ports are 80 and 443; user name and password are percent-decoded.
 * @returns `undefined` if it is not such a URL. Callers never repeat the text, which may hold a password.
 */
export function parseProxyUrl(text: string): Proxy | undefined {
  if (SWITCHES.test(text)) return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (url.hostname === "" || url.port === "0" || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return undefined;
  const username = decoded(url.username);
  const password = decoded(url.password);
  if (username === undefined || password === undefined) return undefined;
  // Basic needs both; half a credential is a slip of the pen.
  if ((username === "") !== (password === "") || username.includes(":")) return undefined;
  const transport = url.protocol === "https:" ? "https" : "http";
  return {
    transport,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (transport === "https" ? 443 : 80) : Number(url.port),
    credential: username === "" ? undefined : unprintable({ username, password }, "password"),
  };
}

/** Words of a switch, which no proxy has as its name. */
const SWITCHES = /^\s*(?:true|yes|on|off|no|direct|null|undefined|\d)\s*$/i;

/** Host and port as CONNECT, URLs and messages write them: an IPv6 address is in brackets (RFC 9110 §9.3.6). */
export function authorityOf({ host, port }: Pick<Proxy, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function decoded(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text);
    return /\p{Cc}/u.test(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}
