import type { RecordedChange, RecordedFinding } from "../../contract/findings-file";
import { hostList, sortedHosts } from "./failures";

/** Equal changes and equal findings shown at most; the rest is counted. */
const GROUPS_SHOWN = 20;

/** What a round of the pre-flight found. */
export interface RoundFindings {
  /** Number of hosts read, and of those that could not be. */
  readonly hostsRead: number;
  readonly unread: number;
  readonly changes: readonly RecordedChange[];
  readonly findings: readonly RecordedFinding[];
}

/**
 * The end of the pre-flight in a fleet: equal changes and equal findings of several hosts in one line each, the most
 * frequent first. `undefined` where one host is all there is, because its resources' own lines say it already, and where
 * there is nothing to say.
 */
export function summaryOf({ hostsRead, unread, changes, findings }: RoundFindings): string | undefined {
  if (hostsRead + unread < 2 || changes.length + findings.length === 0) return undefined;
  const lines = [
    ...grouped(changes, ({ property, now, wanted }) =>
      now === "" ? `${property} ${wanted}` : `${property} ${now} → ${wanted}`,
    ),
    ...grouped(findings, ({ severity, property, code }) => `${severity}: ${property} [${code}]`),
  ];
  const more = lines.length > GROUPS_SHOWN ? [`  and ${lines.length - GROUPS_SHOWN} other groups`] : [];
  const title = `pre-flight: ${count(hostsRead, "host")} read, ${count(unread, "host")} not; ${count(changes.length, "change")}, ${count(findings.length, "finding")}`;
  return [title, ...lines.slice(0, GROUPS_SHOWN), ...more].join("\n");
}

function grouped<T extends { readonly host: string }>(all: readonly T[], what: (one: T) => string): string[] {
  const groups = new Map<string, Set<string>>();
  for (const one of all) {
    const text = what(one);
    groups.set(text, (groups.get(text) ?? new Set()).add(one.host));
  }
  return [...groups]
    .sort(([one, few], [other, many]) => many.size - few.size || (one < other ? -1 : 1))
    .map(([text, hosts]) => `  ${count(hosts.size, "host")}: ${text} (${hostList(sortedHosts(hosts))})`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
