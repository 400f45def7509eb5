import { code, row, sentence, singleLine, tableHead } from "./markdown";
import { grouped, order } from "../groups";
import { type Problem, type Review, type Verdict, verdictOf } from "./review";

/** Where a comment goes. */
export const FORMATS = ["github", "gitlab", "azure", "summary"] as const;
/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Characters that each place takes with room to spare (65,536, 1,000,000, about 150,000 and 1 MiB). */
export const BUDGETS: Readonly<Record<Format, number>> = {
  github: 60_000,
  gitlab: 250_000,
  azure: 120_000,
  summary: 250_000,
};

/** What a comment says beside the preview itself. */
export interface CommentOptions {
  readonly format: Format;
  /** Length in characters, default {@link BUDGETS}; kept by leaving out whole rows, with their count. */
  readonly budget?: number;
  readonly commit?: string;
  /** Name and version of this package. */
  readonly producer: string;
}

/** A part of the comment whose rows may be left out. */
interface Section {
  readonly head: string;
  readonly rows: readonly string[];
  readonly tail?: string;
}

const HEADLINES: Readonly<Record<Verdict, string>> = {
  "not-run": "⚪ **The preview did not run.**",
  blocked: "⛔ **Blocked: do not merge.**",
  confirm: "🕑 **Changes, with a confirmation window.**",
  changes: "✅ **Changes, no objection found.**",
  unchanged: "✅ **No changes.**",
};
const LOCKOUT = "WINRM_E_LOCKOUT";
const CONFLICT = "WINRM_E_POLICY_CONFLICT";
const HOSTS_IN_A_ROW = 8;

/** The comment for one preview. The same review gives the same characters, whatever the order of its parts. */
export function renderComment(review: Review, options: CommentOptions): string {
  const marker = options.format === "summary" ? "" : `${markerOf(review)}\n`;
  const opening = `${marker}### WinRM: ${title(review)}\n\n${HEADLINES[verdictOf(review)]}\n\n${counts(review)}\n`;
  return fit(opening, sections(review), footer(review, options), options.budget ?? BUDGETS[options.format]);
}

/** The invisible first line by which a pipeline finds its own earlier comment of this stack, to edit it in place. */
export function markerOf({ project, stack }: Pick<Review, "project" | "stack">): string {
  return `<!-- pulumi-winrm:comment ${encodeURIComponent(project)}/${encodeURIComponent(stack).replaceAll("--", "-%2D")} -->`;
}

/** Workflow commands of GitHub Actions, one for each group of equal findings. */
export function renderAnnotations(review: Review): string {
  const escaped = (text: string) => singleLine(text).replace(/%/g, "%25");
  const property = (text: string) => escaped(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
  return problemGroups(review.problems)
    .map(({ first, hosts }) => {
      const where = hosts.length === 0 ? "" : ` (${hosts.slice(0, HOSTS_IN_A_ROW).join(", ")}${more(hosts.length)})`;
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
    ...(review.hostsRead === undefined ? [] : [plural(review.hostsRead, "host", "read")]),
    plural(changed, "host", "with changes"),
    ...(review.hostsNotRead.length === 0 ? [] : [plural(review.hostsNotRead.length, "host", "not read")]),
    plural(of(LOCKOUT), "lockout"),
    plural(of(CONFLICT), "policy conflict"),
    ...(operations.length === 0 ? [] : [`resources: ${operations.join(", ")}`]),
  ].join(" · ");
}

function sections(review: Review): Section[] {
  const errors = review.problems.filter(({ severity }) => severity === "error");
  const safety = errors.filter((one) => one.code === LOCKOUT || one.code === CONFLICT);
  const others = errors.filter((one) => !safety.includes(one));
  const warnings = review.problems.filter(({ severity }) => severity === "warning");
  return [
    problemTable("#### Lockouts and policy conflicts", safety),
    problemTable("#### Other errors", others),
    changeTable(review),
    notReadTable(review),
    collapsed(problemTable("", warnings), plural(warnings.length, "warning")),
    collapsed(perHost(review), "Every change, host by host"),
  ].filter(({ rows }) => rows.length > 0);
}

function problemTable(heading: string, problems: readonly Problem[]): Section {
  const rows = problemGroups(problems).map(({ first, hosts }) =>
    row(hostList(hosts), subject(first), advice(first), first.code === "" ? "" : code(first.code)),
  );
  return { head: `${heading}\n\n${tableHead("Hosts", "Setting", "What and what to do", "Code")}`, rows };
}

/** Equal problems of several hosts are one group; a message that names its host is compared without it. */
function problemGroups(problems: readonly Problem[]) {
  const neutral = (one: Problem) => {
    const without = (text: string) => (one.host === "" ? text : text.replaceAll(one.host, "this host"));
    return { ...one, message: without(one.message), remedy: without(one.remedy) };
  };
  const keyOf = (one: Problem) => {
    const rank = { [LOCKOUT]: "0", [CONFLICT]: "1" }[one.code] ?? "2";
    return JSON.stringify([one.severity, rank, one.code, one.type, one.property, one.message, one.remedy]);
  };
  const all = grouped(problems.map(neutral), (one) => keyOf(one) + (one.host === "" ? one.resource : ""));
  return [...all].sort((a, b) => order(keyOf(a.first).slice(0, 12), keyOf(b.first).slice(0, 12)));
}

function subject({ type, property, resource, host }: Problem): string {
  if (property !== "") return `${sentence(type)} ${code(property)}`;
  if (resource === "" || host !== "") return sentence(type);
  return `${sentence(type)} ${code(resource)}`;
}

function advice({ message, remedy }: Problem): string {
  return sentence(remedy === "" ? message : `${message}; ${remedy}`);
}

function changeTable({ changes }: Review): Section {
  const groups = grouped(changes, ({ type, property, now, wanted, confirmSeconds }) =>
    JSON.stringify([type, property, now, wanted, confirmSeconds ?? 0]),
  );
  const rows = groups.map(({ first, hosts }) => {
    const confirm = first.confirmSeconds === undefined ? "" : ` (to be confirmed within ${first.confirmSeconds} s)`;
    const name = hosts.length === 1 ? "1 host" : `${hosts.length} hosts`;
    const change = `${code(first.now)} → ${code(first.wanted)}${confirm}`;
    return row(`${name}: ${hostList(hosts)}`, `${sentence(first.type)} ${code(first.property)}`, change);
  });
  return { head: `#### Changes\n\n${tableHead("Hosts", "Setting", "Now → wanted")}`, rows };
}

function notReadTable({ hostsNotRead }: Review): Section {
  const groups = grouped(hostsNotRead, ({ code: of, message }) => JSON.stringify([of, message]));
  const rows = groups.map(({ first, hosts }) => row(hostList(hosts), sentence(first.message), code(first.code)));
  return { head: `#### Hosts that were not read\n\n${tableHead("Hosts", "Why", "Code")}`, rows };
}

function perHost({ changes }: Review): Section {
  const rows = changes
    .map(({ host, resource, type, property, now, wanted }) =>
      row(code(host), code(resource), `${sentence(type)} ${code(property)}`, `${code(now)} → ${code(wanted)}`),
    )
    .sort(order);
  return { head: `\n${tableHead("Host", "Resource", "Setting", "Now → wanted")}`, rows };
}

function collapsed({ head, rows }: Section, summary: string): Section {
  return { head: `<details><summary>${summary}</summary>\n${head}`, rows, tail: "\n</details>\n" };
}

function footer({ stack }: Review, { commit, producer }: CommentOptions): string {
  const again = stack === "" ? "pulumi preview --refresh --diff" : `pulumi preview --refresh --diff --stack ${stack}`;
  const parts = [producer, ...(commit === undefined ? [] : [`commit ${code(commit)}`]), `again: ${code(again)}`];
  return `\n<sub>${parts.join(" · ")}</sub>\n`;
}

function hostList(hosts: readonly string[]): string {
  return hosts.slice(0, HOSTS_IN_A_ROW).map(code).join(", ") + more(hosts.length);
}

function more(hosts: number): string {
  return hosts > HOSTS_IN_A_ROW ? ` and ${hosts - HOSTS_IN_A_ROW} more` : "";
}

function plural(n: number, noun: string, rest = ""): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}${rest === "" ? "" : ` ${rest}`}`;
}

/** Rows from the top as far as the budget goes; what is left out is counted, and a section with no room is named so. */
function fit(opening: string, parts: readonly Section[], closing: string, budget: number): string {
  const leftOut = (n: number) => `\n\n${plural(n, "further row")} left out for length.`;
  const frame = ({ head, tail = "", rows }: Section) => `\n${head}\n${leftOut(rows.length)}${tail}\n`.length;
  let room = budget - opening.length - closing.length - parts.reduce((sum, part) => sum + frame(part), 0);
  const shown = parts.map(({ head, rows, tail = "" }) => {
    const kept: string[] = [];
    for (const one of rows) {
      if (one.length + 1 > room) break;
      room -= one.length + 1;
      kept.push(one);
    }
    const rest = rows.length - kept.length;
    return `\n${[head, ...kept].join("\n")}${rest === 0 ? "" : leftOut(rest)}\n${tail}`;
  });
  return opening + shown.join("") + closing;
}
