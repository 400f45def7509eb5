/**
 * The grammar of TrustedHosts ([MS-WSMV] 2.2.4.2.1, client configuration): nothing, `*` alone, or a comma-separated
 * list of `*suffix`, `prefix*`, `<local>`, names, IPv4 addresses and IPv6 addresses in brackets. Case does not matter.
 */

import { canonicalAddress, hostToConnect, labelProblem } from "./names/host-name";

/** The entry that trusts every host. */
export const EVERY_HOST = "*";
/** The entry that trusts every name without a dot. */
export const LOCAL_NAMES = "<local>";

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
const NAME_PART = /^[A-Za-z0-9._:[\]-]+$/;
const IPV6 = /^\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]$/;

/** What is wrong with one entry, or `undefined` if it follows the grammar. */
export function entryProblem(entry: string): string | undefined {
  if (entry === "") return "must not be empty";
  if (/[\s,]/.test(entry)) return "must be one entry without blanks or commas; each entry is an element of its own";
  if (entry === EVERY_HOST || entry.toLowerCase() === LOCAL_NAMES) return undefined;
  if (ADDRESS_RANGE.test(entry)) return RANGE;
  if (/[^\x20-\x7e]/.test(entry)) {
    const ascii = hostToConnect(entry);
    return ascii === entry ? BAD_CHARACTERS : `must be a host name in ASCII: ${ascii}`;
  }
  if (entry.startsWith("[") && !entry.includes("*")) {
    return IPV6.test(entry) && canonicalAddress(entry.slice(1, -1)) !== undefined
      ? undefined
      : "must be an IPv6 address in brackets, such as [fe80::1]";
  }
  if (entry.includes(":") && !entry.includes("*")) {
    return entry.split(":").length > 2
      ? `must be written in brackets: [${entry}]`
      : "must not have a port or a scheme; TrustedHosts holds names only";
  }
  const stars = entry.split("*").length - 1;
  if (stars > 1) return "must have one * at the most";
  if (stars === 1 && !entry.startsWith("*") && !entry.endsWith("*"))
    return "must have its * at the start or at the end";
  if (stars === 1) return NAME_PART.test(entry.replace("*", "")) ? undefined : BAD_CHARACTERS;
  if (/[^.]\.$/.test(entry)) return "must not end in a dot: WinRM compares with the name as it is typed";
  const problem = NAME.test(entry) ? labelProblem(entry) : undefined;
  if (problem === undefined) return NAME.test(entry) ? undefined : BAD_CHARACTERS;
  return /^[\d.]+$/.test(entry) ? `${problem}; a prefix is written 192.168.1.*` : problem;
}

/** Two addresses of a version with a hyphen, as IPv4Filter and IPv6Filter take them, or an address with a prefix length. */
const ADDRESS_RANGE =
  /^\d+(?:\.\d+){3}(?:-[\d.]+|\/[\d.]+)$|^\[?[\da-f.]*:[\da-f.:]*\]?(?:-\[?[\da-f.]*:[\da-f.:]*\]?|\/\d+)$/i;
const RANGE =
  "must not be a range of addresses, which only IPv4Filter and IPv6Filter take; name the addresses, or write a prefix such as 192.168.1.*";
const BAD_CHARACTERS = "must be a host name, an IPv4 address, an [IPv6] address, *suffix, prefix*, <local> or *";

/** The entries of a TrustedHosts value; blanks around commas and empty parts are dropped. */
export function parseTrustedHosts(value: string): string[] {
  return value
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** The value that holds these entries: no blanks, because tools compare the parts exactly. */
export function formatTrustedHosts(entries: readonly string[]): string {
  return entries.join(",");
}

/** The form that entries are compared in; an IPv6 address has one, however it is spelled. */
export function canonicalEntry(entry: string): string {
  const address = entry.startsWith("[") && entry.endsWith("]") ? canonicalAddress(entry.slice(1, -1)) : undefined;
  return (address === undefined ? entry : `[${address}]`).toLowerCase();
}

/** Entries without repetitions, in order, first spelling kept. */
export function distinctEntries(entries: readonly string[]): string[] {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const key = canonicalEntry(entry);
    return seen.has(key) ? false : seen.add(key);
  });
}

/** True if every host that `narrow` trusts is trusted by `wide` too, and the two are not the same entry. */
export function covers(wide: string, narrow: string): boolean {
  const [outer, inner] = [canonicalEntry(wide), canonicalEntry(narrow)];
  if (outer === inner) return false;
  if (outer === EVERY_HOST) return true;
  if (inner === EVERY_HOST) return false;
  if (outer === LOCAL_NAMES) return !inner.includes("*") && !inner.includes(".") && !inner.startsWith("[");
  if (inner === LOCAL_NAMES) return false;
  if (outer.startsWith("*")) return !inner.endsWith("*") && inner.endsWith(outer.slice(1));
  if (outer.endsWith("*")) return !inner.startsWith("*") && inner.startsWith(outer.slice(0, -1));
  return false;
}

/** True if a list trusts this host name or address. */
export function trusts(entries: readonly string[], host: string): boolean {
  const name = canonicalEntry(host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);
  return entries.some((entry) => canonicalEntry(entry) === name || covers(entry, name));
}
