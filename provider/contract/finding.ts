import { type ErrorCode, WinrmError } from "../errors";

/** The code of each rule. */
export const RULES = {
  "lockout/own-method": "WINRM_E_LOCKOUT",
  "lockout/last-method": "WINRM_E_LOCKOUT",
  "lockout/unencrypted": "WINRM_E_LOCKOUT",
  "lockout/channel-binding": "WINRM_E_LOCKOUT",
  "lockout/membership": "WINRM_E_LOCKOUT",
  "lockout/mapping": "WINRM_E_LOCKOUT",
  "lockout/token-filter": "WINRM_E_LOCKOUT",
  "policy-conflict": "WINRM_E_POLICY_CONFLICT",
  "group/missing": "WINRM_E_NOT_FOUND",
  "group/domain-controller": "WINRM_E_NOT_FOUND",
  "group/built-in-administrator": "WINRM_E_ARGUMENT",
  "member/local-group": "WINRM_E_ARGUMENT",
  "member/orphaned": "WINRM_E_NOT_FOUND",
  "member/unknown": "WINRM_E_NOT_FOUND",
  "trusted-hosts/star-alone": "WINRM_E_ARGUMENT",
  "trusted-hosts/star-covers": "WINRM_E_ARGUMENT",
  "mapping/exists": "WINRM_E_EXISTS",
  "mapping/taken-over": "WINRM_E_EXISTS",
  "mapping/certificate-validity": "WINRM_E_ARGUMENT",
  "mapping/certificate-expires": "WINRM_E_CERTIFICATE_EXPIRES",
  "mapping/method-off": "WINRM_E_METHOD_NOT_OFFERED",
  "token-filter/wrong-type": "WINRM_E_ARGUMENT",
  "restore/policy-owned": "WINRM_E_POLICY_CONFLICT",
  "restore/changed-since": "WINRM_E_DRIFT",
  "restore/no-such-account": "WINRM_E_NOT_FOUND",
  "restore/password-lost": "WINRM_E_EXISTS",
  "confirm/window": "WINRM_E_CONFIRM_FAILED",
  "confirm/off": "WINRM_E_LOCKOUT",
  "confirm/pending": "WINRM_E_CONFIRM_PENDING",
  "confirm/restored": "WINRM_E_CONFIRM_FAILED",
  contradiction: "WINRM_E_ARGUMENT",
  drift: "WINRM_E_DRIFT",
} as const satisfies Record<string, ErrorCode>;

/** Stable name of what was judged: `lockout/last-method`. Programs and reports may rely on it; wording may change. */
export type Rule = keyof typeof RULES;

/** What a resource's plan finds; its lifecycle adds whose it is. */
export interface Judgement {
  readonly rule: Rule;
  /** `error`: the change is refused. `warning`: it goes on. `note`: what the change would do. */
  readonly severity: "error" | "warning" | "note";
  /** Argument that the finding is about, as the program writes it: `service.basic`. */
  readonly property: string;
  /** The fact, in one sentence. Built from names and settings of the host only, never from its messages. */
  readonly message: string;
  /** What to do about it; empty where nothing is to be done. */
  readonly remedy: string;
  /** Of the rule `drift`, where one value stands against another: what the host has. */
  readonly now?: string;
  /** What the program wants in its place. */
  readonly wanted?: string;
}

/** A note as one line: `service.basic is true, wanted false`. */
export function noteText(note: Judgement): string {
  return note.rule === "drift" ? `${note.property} ${note.message}` : problemText(note);
}

/** An error or a warning as one line. */
export function findingText(finding: Judgement): string {
  return `${problemText(finding)} [${codeOf(finding)}]`;
}

/** The error code that stands for a finding. */
export function codeOf({ rule }: Pick<Judgement, "rule">): ErrorCode {
  return RULES[rule];
}

/** The difference between a host and what is wanted of it. */
export function driftNote(
  property: string,
  live: string | number | boolean,
  wanted: string | number | boolean,
): Judgement {
  const values = { now: String(live), wanted: String(wanted) };
  return { rule: "drift", severity: "note", property, message: `is ${live}, wanted ${wanted}`, remedy: "", ...values };
}

/** What a destroy leaves on a host, or cannot restore. */
export function notRestored(rule: Rule, property: string, message: string): Judgement {
  return { rule, severity: "warning", property, message, remedy: "" };
}

function problemText({ property, message, remedy }: Judgement): string {
  return `${property}: ${message}${remedy === "" ? "" : `; ${remedy}`}`;
}

/** @throws WinrmError with every finding of severity `error`, if there is one; nothing has been written then. */
export function refuse(findings: readonly Judgement[], host: string): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first === undefined) return;
  const context = { host, operation: "nothing was written" };
  if (errors.length === 1) throw new WinrmError(codeOf(first), problemText(first), context);
  const problems = errors.map(findingText);
  throw new WinrmError(codeOf(first), `${problems.length} problems`, { ...context, problems });
}
