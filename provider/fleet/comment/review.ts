import type { RecordedChange, RecordedFinding, UnreadHost } from "../../contract/findings-file";

/** What a reviewer should know of one preview, whatever it was read from. */
export interface Review {
  readonly project: string;
  readonly stack: string;
  /** The preview got so far that it says something about the stack. */
  readonly ran: boolean;
  /** The engine's own count of resources by operation: `{ update: 4, same: 3 }`; empty where it is not known. */
  readonly operations: Readonly<Record<string, number>>;
  /** Absent where the pre-flight's findings were not given. */
  readonly hostsRead?: number;
  readonly problems: readonly Problem[];
  readonly changes: readonly RecordedChange[];
  readonly hostsNotRead: readonly UnreadHost[];
}

/** An error or a warning of the preview. */
export interface Problem extends Required<Omit<RecordedFinding, "code">> {
  /** `WINRM_E_*`, or empty for a message of the engine. */
  readonly code: string;
}

/** The first line: may this be merged? */
export type Verdict = "not-run" | "blocked" | "confirm" | "changes" | "unchanged";

/** The verdict of a review; an error of any kind blocks. */
export function verdictOf(review: Review): Verdict {
  if (!review.ran && review.problems.length === 0) return "not-run";
  if (review.problems.some(({ severity }) => severity === "error")) return "blocked";
  if (review.changes.some(({ confirmSeconds }) => confirmSeconds !== undefined)) return "confirm";
  const engineChanges = Object.entries(review.operations).some(([operation, n]) => operation !== "same" && n > 0);
  return review.changes.length > 0 || engineChanges ? "changes" : "unchanged";
}
