import {
  EVERY_HOST,
  canonicalEntry,
  covers,
  distinctEntries,
  entryProblem,
} from "../../contract/trusted-host-patterns";
import { displayText } from "../../contract/names/plausible-names";
import type { TrustedHostsMode } from "../../contract/trusted-hosts";
import { sameItems } from "../change/list-memory";

/** What to make of a host's TrustedHosts list; pure. */

/** What is wanted of a list. */
export interface WantedList {
  readonly entries: readonly string[];
  readonly mode: TrustedHostsMode;
  /** Entries that this resource added before; only these does it ever remove in mode `entries`. */
  readonly added: readonly string[];
}

/** The list to write, or why it cannot be written. */
export type ListPlan =
  | { readonly kind: "keep"; readonly coveredByAll: boolean }
  | { readonly kind: "write"; readonly list: readonly string[] }
  | { readonly kind: "refuse"; readonly reason: string };

/** The plan for a live list. */
export function planList(wanted: WantedList, live: readonly string[]): ListPlan {
  const entries = distinctEntries(wanted.entries);
  if (wanted.mode === "exclusive") {
    return sameItems(entries, live, canonicalEntry)
      ? { kind: "keep", coveredByAll: false }
      : { kind: "write", list: entries };
  }
  const keys = new Set(entries.map(canonicalEntry));
  const mine = new Set(wanted.added.map(canonicalEntry));
  const kept = live.filter((entry) => keys.has(canonicalEntry(entry)) || !mine.has(canonicalEntry(entry)));
  const present = new Set(kept.map(canonicalEntry));
  const missing = entries.filter((entry) => !present.has(canonicalEntry(entry)));
  const everybody = present.has(EVERY_HOST);
  if (missing.includes(EVERY_HOST) && kept.length > 0) {
    return {
      kind: "refuse",
      reason: `${EVERY_HOST} stands alone, and the host has ${kept.join(", ")}`,
    };
  }
  // `*` already trusts what is missing, and nothing may stand beside it.
  const list = everybody ? kept : [...kept, ...missing];
  if (sameItems(list, live, canonicalEntry)) return { kind: "keep", coveredByAll: everybody && missing.length > 0 };
  return { kind: "write", list };
}

/** The wanted entries as the host has them: what is missing is left out; in mode `exclusive` strangers are added. */
export function liveEntries(wanted: WantedList, live: readonly string[]): string[] {
  const present = new Set(live.map(canonicalEntry));
  const everybody = present.has(EVERY_HOST) && wanted.mode === "entries";
  const kept = wanted.entries.filter((entry) => everybody || present.has(canonicalEntry(entry)));
  if (wanted.mode === "entries") return kept;
  const known = new Set(wanted.entries.map(canonicalEntry));
  return [...kept, ...live.filter((entry) => !known.has(canonicalEntry(entry)))];
}

/** What is wrong with each entry, by index, and with the list as a whole. */
export function listProblems(entries: readonly unknown[]): { readonly index: number; readonly reason: string }[] {
  const problems = entries.flatMap((entry, index) => {
    const reason = typeof entry === "string" ? entryProblem(entry) : undefined;
    return reason === undefined ? [] : [{ index, reason: `${reason}, not ${displayText(String(entry))}` }];
  });
  const everything = entries.indexOf(EVERY_HOST);
  if (everything >= 0 && entries.length > 1) {
    problems.push({ index: everything, reason: "* trusts every host and must stand alone" });
  }
  return problems;
}

/** What wide entries open, in words. */
export function listRemarks(entries: readonly string[]): string[] {
  const distinct = distinctEntries(entries);
  if (distinct.includes(EVERY_HOST)) {
    return [
      "entries: * lets this host's WinRM client send NTLM logons to any machine that responds; name the hosts instead",
    ];
  }
  return distinct.flatMap((entry) => {
    const wider = distinct.find((other) => covers(other, entry));
    return wider === undefined ? [] : [`entries: ${entry} is covered by ${wider}, which opens more than it`];
  });
}
