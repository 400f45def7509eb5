import { BlockList, isIP } from "node:net";
import type { SessionTarget } from "../session/target";

/** The hosts that are reached without a proxy: those of `NO_PROXY`, and this machine itself. */

/** An address that never leaves this machine. */
export function isLoopback(host: string): boolean {
  const [address] = host.split("%");
  return host.toLowerCase() === "localhost" || address === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * True if an entry of the list covers the host. Entries are parted by commas or blanks:
 * - `*`: every host
 * - `corp.example.com`: this name and all below it; `.corp.example.com` and `*.corp.example.com`: those below it only
 * - `10.0.0.7`, `2001:db8::7` (with or without brackets), `10.0.0.0/8`, `2001:db8::/32`
 * - each of the first two and of the addresses also with a port: `web01:5986`, `[::1]:5985`
 *
 * Case and a dot at the end do not matter. Names are not resolved, so an address range covers hosts that the program
 * names by address. What is none of these covers nothing, as in other programs.
 */
export function bypassesProxy(noProxy: string, target: Pick<SessionTarget, "host" | "port">): boolean {
  const host = bare(target.host);
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => covers(entry, { host, port: target.port }));
}

function covers(entry: string, { host, port }: Pick<SessionTarget, "host" | "port">): boolean {
  if (entry === "*") return true;
  const { pattern, port: only } = withoutPort(entry.toLowerCase());
  if (only !== undefined && only !== port) return false;
  if (isIP(host) !== 0) return coversAddress(pattern, host);
  const name = bare(pattern);
  const suffix = /^\*?(\..+)$/.exec(name)?.[1];
  if (suffix !== undefined) return host.endsWith(suffix);
  return name !== "" && (host === name || host.endsWith(`.${name}`));
}

/** Takes `:port` off a name, an IPv4 address or an IPv6 address in brackets. */
function withoutPort(entry: string): { pattern: string; port: number | undefined } {
  const match = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(entry);
  const pattern = (match?.[1] ?? entry).replace(/^\[|\]$/g, "");
  return { pattern, port: match?.[2] === undefined ? undefined : Number(match[2]) };
}

function coversAddress(pattern: string, host: string): boolean {
  const [, network = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(pattern) ?? [];
  const version = isIP(network);
  if (version === 0 || Number(bits ?? 0) > (version === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(network, familyOf(version));
  else list.addSubnet(network, Number(bits), familyOf(version));
  return list.check(host, familyOf(isIP(host)));
}

function familyOf(version: number): "ipv4" | "ipv6" {
  return version === 4 ? "ipv4" : "ipv6";
}

/** Lower case, without the dot at the end of a name and the zone of an address. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/%.*$/, "")
    .replace(/(?<=.)\.$/, "");
}
