/** The grammars of the string leaves of `winrm/config`. */

import { isIPv4, isIPv6 } from "node:net";

/**
 * TrustedHosts: empty, `*` alone, or entries between commas: `*suffix`, `prefix*`, `<local>`, a name, an IPv4 address or
 * an IPv6 address in brackets ([MS-WSMV] 2.2.4). Assumed (trusted-hosts-list): blanks around an entry are allowed and kept; `*` beside other
 * entries, an empty entry and an IPv6 address without brackets are refused.
 */
export function isTrustedHosts(text: string): boolean {
  if (text === "" || text === "*") return true;
  return text.split(",").every((entry) => isTrustedHost(entry.trim()));
}

function isTrustedHost(entry: string): boolean {
  if (/^<local>$/i.test(entry)) return true;
  if (entry.startsWith("[") && entry.endsWith("]")) return isIPv6(entry.slice(1, -1));
  return /^(?:\*[\w.-]+|[\w.-]+\*|[\w.-]+)$/.test(entry);
}

/** IPv4Filter and IPv6Filter: empty (listen on none), or `*` and `low-high` ranges between commas ([MS-WSMV] 2.2.4). */
export function isIpFilter(text: string, leaf: string): boolean {
  if (text === "") return true;
  const isAddress = leaf.startsWith("IPv4") ? isIPv4 : isIPv6;
  return text.split(",").every((part) => {
    const range = part.trim();
    if (range === "*") return true;
    const [low, high, ...rest] = range.split("-").map((end) => end.trim());
    return rest.length === 0 && low !== undefined && high !== undefined && isAddress(low) && isAddress(high);
  });
}

/** URLPrefix: letters, digits, `_` and `/`, with no slash at either end ([MS-WSMV] 2.2.4). */
export function isUrlPrefix(text: string): boolean {
  return /^\w+(?:\/+\w+)*$/.test(text);
}

/** RootSDDL: the outline of [MS-DTYP] 2.5.1; assumed (root-sddl): the entries themselves are not checked. */
export function isSecurityDescriptor(text: string): boolean {
  const acl = String.raw`[A-Z]*(?:\([^()<>&\s]*\))*`;
  return text !== "" && new RegExp(`^(?:O:[A-Z0-9-]+?)?(?:G:[A-Z0-9-]+?)?(?:D:${acl})?(?:S:${acl})?$`).test(text);
}

/** CertificateThumbprint: empty or a SHA-1 in hexadecimal; blanks between the pairs are allowed. */
export function isCertificateThumbprint(text: string): boolean {
  return /^(?:[0-9a-f]{40})?$/i.test(text.replaceAll(" ", ""));
}
