import { isIPv4 } from "node:net";
import { domainToUnicode } from "node:url";

/** Names and addresses of hosts as people write them, and the one spelling that is connected to and compared. */

/** A DNS name with or without the dot at its end, an IPv4 address, or an IPv6 address with or without a zone. */
const HOST =
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?|(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)$/;

/** What is wrong with a host's name, or `undefined` if it can be connected to. */
export function hostProblem(text: string): string | undefined {
  const name = asciiHost(text);
  if (name === undefined) return INVISIBLE.test(text) ? "holds an invisible character" : NO_IDN;
  if (/^\s|\s$/.test(name)) return "begins or ends with a blank";
  if (!HOST.test(name)) return "";
  if (!name.includes(":")) return labelProblem(name);
  if (ENCODED_ZONE.test(name)) return "has its zone as URLs write it; write the % alone, without the 25";
  return canonicalAddress(name) === undefined ? "is not an IPv6 address" : undefined;
}

const NO_IDN = "is not an internationalized domain name; write its form with xn--";
const INVISIBLE = /[\p{C}\p{Z}]/u;
/** RFC 6874: `%25eth0` in a URL is the zone `eth0`. A zone that is a number may be 25. */
const ENCODED_ZONE = /%25(?=[A-Za-z])/;

/**
 * The host alone of a URL, of a name with a port, of an address in brackets, of `\\\\web01`, of a service's principal, or between
 * blanks; `undefined` where there is none.
 */
export function hostIn(text: string): string | undefined {
  const bare = text
    .replace(/^[\p{C}\p{Z}]+|[\p{C}\p{Z}]+$/gu, "")
    .replace(/^[a-z][a-z\d+.-]*:\/\//i, "")
    .replace(/^\\\\|^(?:HTTP|HOST|WSMAN)\//i, "")
    .replace(/[/\\?#].*$/s, "")
    .replace(/^[^@]*@/, "");
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(bare) ?? [];
  const host = address ?? name ?? bare;
  return host !== text && hostProblem(host) === undefined ? host : undefined;
}

const MAX_NAME = 253;
const MAX_LABEL = 63;

/** What is wrong with the parts of a name in ASCII, or of an IPv4 address (RFC 1035 §2.3.4; a numeric end is an address). */
export function labelProblem(name: string): string | undefined {
  const whole = name.replace(/\.$/, "");
  const labels = whole.split(".");
  if (whole.length > MAX_NAME) return `has more than ${MAX_NAME} characters`;
  if (labels.includes("")) return "has two dots in a row";
  if (labels.some((label) => label.length > MAX_LABEL)) return `has a part of more than ${MAX_LABEL} characters`;
  if (labels.some((label) => /^-|-$/.test(label))) return "has a part that begins or ends with a hyphen";
  if (/^(?:\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? ""))
    return isIPv4(whole)
      ? undefined
      : "is not an IPv4 address, which has four numbers from 0 to 255 without zeros before them";
  return labels.some((label) => ENCODED.test(label) && !isDecoded(domainToUnicode(label)))
    ? "is not an internationalized domain name"
    : undefined;
}

const ENCODED = /^xn--/i;

/** Some versions of Node leave a label that encodes nothing as it is, others make an empty string of it. */
function isDecoded(label: string): boolean {
  return label !== "" && !ENCODED.test(label);
}

/**
 * The spelling to connect to: without the dot at the end of a name, an internationalized name in its ASCII form (UTS #46),
 * an IPv6 address as RFC 5952 writes it. What is none of these stays as it is.
 */
export function hostToConnect(text: string): string {
  return (asciiHost(text) ?? text).replace(/(?<=[^.])\.$/, "");
}

/** The spelling to compare: that to connect to, in lower case, an IPv6 address as RFC 5952 writes it. */
export function canonicalHost(text: string): string {
  const name = hostToConnect(text);
  return (canonicalAddress(name) ?? name).toLowerCase();
}

/** RFC 5952, the zone kept; `undefined` for what is no IPv6 address. */
export function canonicalAddress(text: string): string | undefined {
  const [address = "", zone] = text.split("%");
  const url = address.includes(":") ? urlHostOf(`[${address}]`) : undefined;
  return url === undefined ? undefined : url.slice(1, -1) + (zone === undefined ? "" : `%${zone}`);
}

/** `undefined` for a name beyond ASCII that has no such form; one with an invisible character has none. */
function asciiHost(text: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return /[\p{C}\p{Z}/?#@:%]/u.test(text) ? undefined : urlHostOf(text);
}

function urlHostOf(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined;
  }
}
