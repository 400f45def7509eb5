import { type FindingsFile, FINDINGS_FILE_VERSION } from "../../contract/findings-file";
import { WinrmError } from "../../errors";
import { type Preview, fromDigest, fromEvents, isDigest, isEvent } from "./preview";
import type { Problem, Review } from "./review";

/** A file of a preview: where it is, and what it holds. */
export interface PreviewFile {
  readonly path: string;
  readonly content: string;
}

/**
 * One review out of what a preview left: the digest or the events of `pulumi preview --json`, the findings file of the
 * pre-flight, or both, in any order. An empty file stands for a preview that printed nothing.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a file that is none of them.
 */
export function readReview(files: readonly PreviewFile[]): Review {
  let preview: Preview | undefined;
  let findings: FindingsFile | undefined;
  for (const { path, content } of files) {
    if (content.trim() === "") continue;
    const documents = documentsOf(path, content);
    const [first] = documents;
    if (isFindings(first)) findings = first;
    else if (documents.every(isEvent)) preview = fromEvents(documents);
    else if (documents.length === 1 && isDigest(first)) preview = fromDigest(first);
    else
      throw unreadable(path, "it is neither the output of `pulumi preview --json` nor a findings file of this release");
  }
  return reviewOf(preview, findings);
}

/** Findings of the pre-flight are more exact than what the engine shows of them, and take their place. */
function reviewOf(preview: Preview | undefined, findings: FindingsFile | undefined): Review {
  const found = (findings?.findings ?? []).map((finding): Problem => ({ remedy: "", ...finding }));
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

/** The engine shows each finding of the pre-flight under its resource. */
function isRepetition({ message, resource }: Problem, found: readonly Problem[]): boolean {
  return found.some((one) => one.resource === resource && message.includes(one.message));
}

function documentsOf(path: string, content: string): readonly unknown[] {
  const text = content.replace(/^\uFEFF/, "");
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    // Events are one JSON document a line.
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  try {
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    throw unreadable(path, "it is not JSON; give stdout of `pulumi preview --json` alone, not stderr");
  }
}

function isFindings(document: unknown): document is FindingsFile {
  if (typeof document !== "object" || document === null || !("hostsRead" in document) || !("version" in document)) {
    return false;
  }
  return document.version === FINDINGS_FILE_VERSION;
}

function unreadable(path: string, why: string): WinrmError {
  return new WinrmError("WINRM_E_ARGUMENT", `${path} cannot be read: ${why}`);
}
