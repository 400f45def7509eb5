import { code, sentence, singleLine } from "./markdown";
import { more, order, plural } from "../groups";
import { type Review, type Verdict, verdictOf } from "./review";
import { CONFLICT, HOSTS_IN_A_ROW, LOCKOUT, type Section, problemGroups, sections } from "./tables";

/** Characters that each place takes with room to spare (65,536, 1,000,000, about 150,000 and 1 MiB). */
export const BUDGETS = { github: 60_000, gitlab: 250_000, azure: 120_000, summary: 250_000 } as const;
/** Where a comment goes. */
export type Format = keyof typeof BUDGETS;
/** Every {@link Format}. */
export const FORMATS = Object.keys(BUDGETS) as readonly Format[];

/** What a comment says beside the preview itself. */
export interface CommentOptions {
  readonly format: Format;
  /** Length in characters, default {@link BUDGETS}; kept by leaving out whole rows, with their count. */
  readonly budget?: number;
  readonly commit?: string;
  /** Whether the preview looked for drift: a change is then something that nobody declared. */
  readonly drift?: boolean;
  /** Name and version of this package. */
  readonly producer: string;
}

const HEADLINES: Readonly<Record<Verdict, string>> = {
  "not-run": "⚪ **The preview did not run.**",
  blocked: "⛔ **Blocked: do not merge.**",
  confirm: "🕑 **Changes, with a confirmation window.**",
  changes: "✅ **Changes, no objection found.**",
  unchanged: "✅ **No changes.**",
};
const DRIFT: Readonly<Partial<Record<Verdict, string>>> = {
  confirm: "🔀 **Drift: hosts are not as the program says.**",
  changes: "🔀 **Drift: hosts are not as the program says.**",
  unchanged: "✅ **No drift.**",
};
/** The comment for one preview. The same review gives the same characters, whatever the order of its parts. */
export function renderComment(review: Review, options: CommentOptions): string {
  const marker = options.format === "summary" ? "" : `${markerOf(review)}\n`;
  const verdict = verdictOf(review);
  const headline = (options.drift === true ? DRIFT[verdict] : undefined) ?? HEADLINES[verdict];
  const about = verdict === "not-run" ? "Nothing is known about the hosts; see the log of the job." : counts(review);
  const opening = `${marker}### WinRM: ${title(review)}\n\n${headline}\n\n${about}\n`;
  return fit(opening, sections(review), footer(review, options), options.budget ?? BUDGETS[options.format]);
}

/** The invisible first line by which a pipeline finds its own earlier comment of this stack, to edit it in place. */
export function markerOf({ project, stack }: Pick<Review, "project" | "stack">): string {
  // Pulumi has names of at most 100 characters.
  const short = (name: string) => Array.from(singleLine(name)).slice(0, 100).join("");
  const part = (name: string) => encodeURIComponent(short(name)).replaceAll("--", "-%2D");
  return `<!-- pulumi-winrm:comment ${part(project)}/${part(stack)} -->`;
}

/** Workflow commands of GitHub Actions, one for each group of equal findings. */
export function renderAnnotations(review: Review): string {
  const escaped = (text: string) => singleLine(text).replace(/%/g, "%25");
  const property = (text: string) => escaped(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
  return problemGroups(review.problems)
    .map(({ first, hosts }) => {
      const where =
        hosts.length === 0
          ? ""
          : ` (${hosts.slice(0, HOSTS_IN_A_ROW).join(", ")}${more(hosts.length, HOSTS_IN_A_ROW)})`;
      const text = `${first.message}${first.remedy === "" ? "" : `; ${first.remedy}`}${where}`;
      return `::${first.severity} title=${property(first.code || "Pulumi")}::${escaped(text)}\n`;
    })
    .join("");
}

function title({ project, stack }: Review): string {
  return project === "" && stack === "" ? "preview" : `preview of ${code(`${project}/${stack}`)}`;
}

function counts(review: Review): string {
  const of = (wanted: string) =>
    review.problems.filter((one) => one.code === wanted && one.severity === "error").length;
  const changed = new Set(review.changes.map(({ host }) => host)).size;
  const operations = Object.entries(review.operations)
    .filter(([, n]) => n > 0)
    .sort(([a], [b]) => order(a, b))
    .map(([operation, n]) => `${n} ${sentence(operation)}`);
  return [
    review.hostsRead === undefined ? "no findings of the pre-flight" : plural(review.hostsRead, "host", "read"),
    plural(changed, "host", "with changes"),
    ...(review.hostsNotRead.length === 0 ? [] : [plural(review.hostsNotRead.length, "host", "not read")]),
    plural(of(LOCKOUT), "lockout"),
    plural(of(CONFLICT), "policy conflict"),
    ...(operations.length === 0 ? [] : [`resources: ${operations.join(", ")}`]),
  ].join(" · ");
}

function footer({ stack }: Review, { commit, producer }: CommentOptions): string {
  const again = stack === "" ? "pulumi preview --refresh --diff" : `pulumi preview --refresh --diff --stack ${stack}`;
  const parts = [producer, ...(commit === undefined ? [] : [`commit ${code(commit)}`]), `again: ${code(again)}`];
  return `\n<sub>${parts.join(" · ")}</sub>\n`;
}

/** Rows from the top as far as the budget goes; what is left out is counted, and a section with no room is named so. */
function fit(opening: string, parts: readonly Section[], closing: string, budget: number): string {
  const leftOut = (n: number, of = "") => `\n\n${plural(n, "further row", of)} left out for length.`;
  const frame = ({ head, tail = "", rows, of }: Section) => `\n${head}\n${leftOut(rows.length, of)}${tail}\n`.length;
  let room = budget - opening.length - closing.length - parts.reduce((sum, part) => sum + frame(part), 0);
  const lengthOf = (rows: readonly string[]) => rows.reduce((sum, one) => sum + one.length + 1, 0);
  const shown = parts.map(({ head, rows, short, of, tail = "" }) => {
    const kept: string[] = [];
    for (const one of short !== undefined && lengthOf(rows) > room ? short : rows) {
      if (one.length + 1 > room) break;
      room -= one.length + 1;
      kept.push(one);
    }
    const rest = rows.length - kept.length;
    return `\n${[head, ...kept].join("\n")}${rest === 0 ? "" : leftOut(rest, of)}\n${tail}`;
  });
  return opening + shown.join("") + closing;
}
