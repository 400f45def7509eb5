import { type FindingsFile, FINDINGS_FILE_VERSION } from "../../contract/findings-file";
import { WinrmError } from "../../errors";
import { withoutHost } from "../groups";
import { type Preview, fromDigest, fromEvents, isDigest, isEvent } from "./preview";
import type { Problem, Review } from "./review";
import { isRecord } from "../../contract/checks";

/** Exit codes of a preview that has no failure: all is well, and changes where none were expected. */
const WELL: readonly number[] = [0, 7];
const NOWHERE = { code: "", rule: "", host: "", resource: "", type: "", property: "", remedy: "" } as const;
/** Texts that each entry of a findings file has. */
const ENTRIES = {
  findings: ["rule", "severity", "code", "host", "resource", "type", "property", "message"],
  changes: ["host", "resource", "type", "property", "now", "wanted"],
  hostsNotRead: ["host", "code", "message"],
} as const satisfies Partial<Record<keyof FindingsFile, readonly string[]>>;

/** A file of a preview: where it is, and what it holds. */
export interface PreviewFile {
  readonly path: string;
  readonly content: string;
}

/**
 * One review out of what a preview left: the digest or the events of `pulumi preview --json`, the findings file of the
 * pre-flight, or both, in any order. An empty file stands for a preview that printed nothing, or a pre-flight that found
 * nothing to look at. What shows that the preview did not get to its end is an error of the review.
 * @param exitCode of the preview; `undefined` where it is not known.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a file that is none of them.
 */
export function readReview(files: readonly PreviewFile[], exitCode?: number): Review {
  let preview: Preview | undefined;
  let findings: FindingsFile | undefined;
  let empty = false;
  for (const { path, content } of files) {
    if (content.trim() === "") {
      empty = true;
      continue;
    }
    const documents = documentsOf(path, content);
    const [first] = documents;
    if (documents.length === 1 && looksLikeFindings(first)) findings = findingsOf(path, first);
    else if (documents.every(isEvent)) preview = fromEvents(documents);
    else if (documents.length === 1 && isDigest(first)) preview = fromDigest(first);
    else throw unreadable(path, "it is neither the output of `pulumi preview --json` nor a findings file");
  }
  const review = reviewOf(preview, findings);
  const message = reasonOfFailure(review, preview?.finished ?? !empty, exitCode);
  if (message === undefined) return review;
  const failure: Problem = { ...NOWHERE, severity: "error", message, remedy: "see the log of the job" };
  return { ...review, problems: [...review.problems, failure] };
}

/** Why a preview without an error of its own has failed nevertheless. */
function reasonOfFailure({ ran, problems }: Review, finished: boolean, exitCode?: number): string | undefined {
  if (!ran || problems.some(({ severity }) => severity === "error")) return undefined;
  if (exitCode !== undefined && !WELL.includes(exitCode)) return `pulumi preview ended with exit code ${exitCode}`;
  return finished ? undefined : "the preview did not finish: its output is not whole";
}

/** Findings of the pre-flight are more exact than what the engine shows of them, and take their place. */
function reviewOf(preview: Preview | undefined, findings: FindingsFile | undefined): Review {
  const certain = (findings?.hostsNotRead ?? []).filter(({ severity }) => severity === "error");
  const found = [
    ...(findings?.findings ?? []).map((finding): Problem => ({ remedy: "", ...finding })),
    ...certain.map((unread): Problem => ({ ...NOWHERE, ...unread })),
  ];
  const shown = preview?.problems ?? [];
  const explained = [...found, ...shown].some(({ severity, code }) => severity === "error" && code !== "");
  const further = shown.filter((problem) => !(explained && isSum(problem)) && !isRepetition(problem, found));
  return {
    project: findings?.project ?? preview?.project ?? "",
    stack: findings?.stack ?? preview?.stack ?? "",
    ran: preview?.ran ?? findings !== undefined,
    operations: preview?.operations ?? {},
    ...(findings === undefined ? {} : { hostsRead: findings.hostsRead.length }),
    problems: [...found, ...further],
    changes: findings?.changes ?? preview?.changes ?? [],
    hostsNotRead: findings?.hostsNotRead ?? [],
  };
}

/** The pre-flight's last error counts the others. */
function isSum({ severity, code, message }: Problem): boolean {
  return severity === "error" && code === "" && message.startsWith("pre-flight:");
}

/** The engine shows each finding of the pre-flight again, under its resource or, where many hosts share it, the stack. */
function isRepetition({ message, code, resource }: Problem, found: readonly Problem[]): boolean {
  const sameOf = (one: Problem) => one.resource === resource || (code !== "" && one.code === code);
  const texts = (one: Problem) => [one.message, withoutHost(one.message, one.host)];
  return found.some((one) => sameOf(one) && texts(one).some((text) => message.includes(text)));
}

function documentsOf(path: string, content: string): readonly unknown[] {
  const text = content.replace(/^\uFEFF/, "");
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    // Events are one JSON document a line.
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const documents = lines.map(parsed);
  const broken = documents.findIndex((document) => document === undefined);
  // A preview that was killed leaves half an event at the end.
  const before = documents.slice(0, -1);
  if (broken > 0 && broken === lines.length - 1 && lines[broken]?.startsWith("{") && before.every(isEvent))
    return before;
  if (broken >= 0)
    throw unreadable(
      path,
      "it is not whole JSON; give stdout of `pulumi preview --json` alone, to its end and without stderr",
    );
  return documents;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function looksLikeFindings(document: unknown): document is Record<string, unknown> {
  return isRecord(document) && "hostsRead" in document && "version" in document;
}

/** @throws WinrmError `WINRM_E_ARGUMENT` for a file of another version, or of another shape. */
function findingsOf(path: string, file: Record<string, unknown>): FindingsFile {
  const { version, hostsRead } = file;
  if (version !== FINDINGS_FILE_VERSION) {
    const is = typeof version === "number" ? `of version ${version}` : "without a version";
    throw unreadable(path, `it is a findings file ${is}, and this release reads version ${FINDINGS_FILE_VERSION}`);
  }
  const names = ["project", "stack"].every((name) => typeof file[name] === "string");
  const hosts = Array.isArray(hostsRead) && hostsRead.every((host) => typeof host === "string");
  const lists = Object.entries(ENTRIES).every(([name, texts]) => {
    const list = file[name];
    return (
      Array.isArray(list) && list.every((one) => isRecord(one) && texts.every((text) => typeof one[text] === "string"))
    );
  });
  if (!names || !hosts || !lists) throw unreadable(path, "it is not a whole findings file");
  return file as unknown as FindingsFile;
}

function unreadable(path: string, why: string): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", `${path} cannot be read: ${why}`);
}
