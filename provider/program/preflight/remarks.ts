import { grouped, sortedHosts, withoutHost } from "../../fleet/groups";
import { hostList } from "./failures";
import type { Prepared } from "./prepare";
import type { PreviewRun } from "./preview-run";
import { withoutValues } from "./secrecy";

/** One thing that the pre-flight found about one resource on its host. */
export interface Remark {
  readonly severity: "error" | "warning" | "note";
  readonly resource: Prepared;
  /** One line; a host's differences, such as `service.basic is true, wanted false`, are {@link live}. */
  readonly text: string;
  /** Whether it says what the host has: alone it becomes `live on HOST: …`, with all that its resource differs in. */
  readonly live?: true;
}

interface Placed extends Remark {
  readonly host: string;
}

const SAY = { error: "error", warning: "warn", note: "note" } as const;

/** Up to so many hosts, a line under each resource reads better than one line for all. */
const FEW = 3;

/**
 * Says each remark once: under its resource, or under the stack if more than a {@link FEW} hosts share it. There errors
 * and warnings have a line each, and notes are together below `title`, those of most hosts first.
 */
export function sayRemarks(run: PreviewRun, remarks: readonly Remark[], title: string | undefined): void {
  const placed = remarks.map((remark) => ({ ...remark, host: remark.resource.host }));
  const groups = grouped(placed, ({ severity, resource, text, host }) =>
    JSON.stringify([severity, resource.type, withoutHost(text, host)]),
  );
  const shared = groups.filter(({ hosts }) => hosts.length > FEW);
  const ofMany = new Set(shared.flatMap(({ items }) => items));
  for (const { severity, text, resource } of ownLines(placed.filter((remark) => !ofMany.has(remark)))) {
    run[SAY[severity]](text, resource.resource);
  }
  const notes: string[] = [];
  for (const { first, items, hosts } of shared) {
    const names = hostList(sortedHosts(items.map(shownHost)));
    const text = withoutHost(first.text, first.host);
    if (first.severity === "note") notes.push(`  ${hosts.length} hosts: ${text} (${names})`);
    else run[SAY[first.severity]](`pre-flight: ${hosts.length} hosts (${names}): ${text}`);
  }
  if (title !== undefined) run.note([title, ...notes].join("\n"));
}

/** All that a resource's host differs in is one line. The same problem of several resources is one, under the first. */
function ownLines(remarks: readonly Placed[]): Remark[] {
  const lines = new Map<unknown, Remark>();
  for (const remark of remarks) {
    const { severity, resource, text } = remark;
    if (remark.live === true) {
      const known = lines.get(resource.resource);
      const joined = known === undefined ? `live on ${shownHost(remark)}: ${text}` : `${known.text}; ${text}`;
      lines.set(resource.resource, { ...remark, text: joined });
      continue;
    }
    const key = JSON.stringify([severity, text, severity === "note" ? resource.name : ""]);
    if (!lines.has(key)) lines.set(key, remark);
  }
  return [...lines.values()];
}

function shownHost({ resource, host }: Placed): string {
  return withoutValues(host, resource, host);
}
