import type { RecordedChange } from "../../contract/findings-file";
import { grouped, more, order, plural, withoutHost } from "../groups";
import { code, row, sentence, tableHead } from "./markdown";
import type { Problem, Review } from "./review";

/** A part of the comment whose rows may be left out. */
export interface Section {
  readonly head: string;
  readonly rows: readonly string[];
  /** The same rows with less text, for when not all of {@link rows} fit. */
  readonly short?: readonly string[];
  /** What the rows are about, where their number is all that is left of them. */
  readonly of?: string;
  readonly tail?: string;
}

/** What would cut the caller, or everybody, off. */
export const LOCKOUT = "WINRM_E_LOCKOUT";
/** What Group Policy decides otherwise. */
export const CONFLICT = "WINRM_E_POLICY_CONFLICT";
/** Hosts that a row names; the others are counted. */
export const HOSTS_IN_A_ROW = 8;
/** Of a lockout or a policy conflict more is named. */
const HOSTS_IN_A_SAFETY_ROW = 40;
/** Characters of a safety row's text where not all rows fit otherwise. */
const SHORT_TEXT = 40;

/** The tables of a comment, what matters most first; those without a row are left out. */
export function sections(review: Review): Section[] {
  const isSafety = ({ code: of }: Problem) => of === LOCKOUT || of === CONFLICT;
  const safety = review.problems.filter(isSafety);
  const others = review.problems.filter((one) => !isSafety(one) && one.severity === "error");
  const warnings = review.problems.filter((one) => !isSafety(one) && one.severity === "warning");
  return [
    safetyTable(safety),
    problemTable("#### Other errors", others),
    changeTable(review),
    notReadTable(review),
    collapsed(problemTable("", warnings), plural(warnings.length, "warning")),
    collapsed(perHost(review), "Every change, host by host"),
  ].filter(({ rows }) => rows.length > 0);
}

/** Never collapsed, those that are accepted neither; their texts go before one of them is left out. */
function safetyTable(problems: readonly Problem[]): Section {
  const full = problemTable("#### Lockouts and policy conflicts", problems, { hosts: HOSTS_IN_A_SAFETY_ROW });
  const { rows: short } = problemTable("", problems, { hosts: HOSTS_IN_A_ROW, text: SHORT_TEXT });
  return { ...full, short, of: "of lockouts and policy conflicts" };
}

function problemTable(
  heading: string,
  problems: readonly Problem[],
  most: { readonly hosts: number; readonly text?: number } = { hosts: HOSTS_IN_A_ROW },
): Section {
  const rows = problemGroups(problems).map(({ first, hosts }) =>
    row(hostList(hosts, most.hosts), subject(first), advice(first, most.text), codeCell(first)),
  );
  return { head: `${heading}\n\n${tableHead("Hosts", "Setting", "What and what to do", "Code")}`, rows };
}

/** Equal problems of several hosts are one group; a message that names its host is compared without it. */
export function problemGroups(problems: readonly Problem[]) {
  const neutral = (one: Problem) => ({
    ...one,
    message: withoutHost(one.message, one.host),
    remedy: withoutHost(one.remedy, one.host),
  });
  const all = grouped(problems.map(neutral), (one) => {
    const nameless = one.host === "" ? one.resource : "";
    return JSON.stringify([one.severity, one.code, one.type, one.property, one.message, one.remedy, nameless]);
  });
  const rankOf = ({ severity, code: of }: Problem) => `${severity} ${of === LOCKOUT ? 0 : of === CONFLICT ? 1 : 2}`;
  return [...all].sort((a, b) => order(rankOf(a.first), rankOf(b.first)));
}

/** A warning here is a hazard that the program accepts. */
function codeCell({ code: of, severity }: Problem): string {
  if (of === "") return "";
  return severity === "warning" && (of === LOCKOUT || of === CONFLICT) ? `${code(of)} (warning)` : code(of);
}

function subject({ type, property, resource, host }: Problem): string {
  if (property !== "") return `${sentence(type)} ${code(property)}`;
  if (resource === "" || host !== "") return sentence(type);
  return `${sentence(type)} ${code(resource)}`;
}

function advice({ message, remedy }: Problem, longest = Infinity): string {
  return sentence(remedy === "" ? message : `${message}; ${remedy}`, longest);
}

function changeTable({ changes }: Review): Section {
  // Without a value before there is a sentence, which may name the host's own accounts.
  const neutral = changes.map((one) => (one.now === "" ? { ...one, wanted: withoutHost(one.wanted, one.host) } : one));
  const groups = grouped(neutral, ({ type, property, now, wanted, confirmSeconds }) =>
    JSON.stringify([type, property, now, wanted, confirmSeconds ?? 0]),
  );
  const rows = groups.map(({ first, hosts }) => {
    const confirm = first.confirmSeconds === undefined ? "" : ` (to be confirmed within ${first.confirmSeconds} s)`;
    return row(
      `${plural(hosts.length, "host")}: ${hostList(hosts)}`,
      `${sentence(first.type)} ${code(first.property)}`,
      valuesOf(first) + confirm,
    );
  });
  return { head: `#### Changes\n\n${tableHead("Hosts", "Setting", "Now → wanted")}`, rows };
}

function valuesOf({ now, wanted }: RecordedChange): string {
  return now === "" ? sentence(wanted) : `${code(now)} → ${code(wanted)}`;
}

function notReadTable({ hostsNotRead }: Review): Section {
  // What fails an apply too is among the errors.
  const passing = hostsNotRead.filter(({ severity }) => severity !== "error");
  const groups = grouped(passing, ({ code: of, message }) => JSON.stringify([of, message]));
  const rows = groups.map(({ first, hosts }) => row(hostList(hosts), sentence(first.message), code(first.code)));
  return { head: `#### Hosts that were not read\n\n${tableHead("Hosts", "Why", "Code")}`, rows };
}

function perHost({ changes }: Review): Section {
  const rows = changes
    .map((change) => {
      const { host, resource, type, property } = change;
      return row(code(host), code(resource), `${sentence(type)} ${code(property)}`, valuesOf(change));
    })
    .sort(order);
  return { head: `\n${tableHead("Host", "Resource", "Setting", "Now → wanted")}`, rows };
}

function collapsed({ head, rows }: Section, summary: string): Section {
  return { head: `<details><summary>${summary}</summary>\n${head}`, rows, tail: "\n</details>\n" };
}

function hostList(hosts: readonly string[], most = HOSTS_IN_A_ROW): string {
  return hosts.slice(0, most).map(code).join(", ") + more(hosts.length, most);
}
