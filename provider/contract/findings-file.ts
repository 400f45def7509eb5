import type { ErrorCode } from "../errors";

/**
 * The findings of one pre-flight as a file, for pull-request comments and reports: what `winrm:findingsFile` names is
 * written at the end of each preview. It holds names, settings and sentences of ours, never a secret: a value that is
 * secret, or derived from one, stands as `[secret]`.
 */
export interface FindingsFile {
  /** Always 1; a reader refuses what it does not know. */
  readonly version: typeof FINDINGS_FILE_VERSION;
  readonly project: string;
  readonly stack: string;
  /** Every host that was read, as messages name it (`web01:5986`); sorted, each once. */
  readonly hostsRead: readonly string[];
  readonly findings: readonly RecordedFinding[];
  readonly changes: readonly RecordedChange[];
  /** Hosts that could not be read; for them the preview used Pulumi's state. */
  readonly hostsNotRead: readonly UnreadHost[];
}

/** The version of {@link FindingsFile} that this release writes and reads. */
export const FINDINGS_FILE_VERSION = 1;

/** What replaces a secret value. */
export const SECRET_VALUE = "[secret]";

/** One finding, under the resource that it is about. */
export interface RecordedFinding {
  /** Stable id of the rule, such as `lockout/last-method`, `policy-conflict`, `secret-reference` or `not-read`. */
  readonly rule: string;
  /** `error`: the preview fails, and `up` would refuse. `warning`: it goes on. */
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  readonly host: string;
  /** The resource's name in the program. */
  readonly resource: string;
  /** The resource's type without its module: `AuthConfig`. */
  readonly type: string;
  /** Argument that the finding is about: `service.basic`; empty where it is none. */
  readonly property: string;
  /** The fact, in one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** One setting that `up` would change on one host. */
export interface RecordedChange {
  readonly host: string;
  readonly resource: string;
  readonly type: string;
  readonly property: string;
  /** What the host has, and what the program wants: as people write it, or {@link SECRET_VALUE}. */
  readonly now: string;
  readonly wanted: string;
  /** Length of the confirmation window in seconds, where the change is a risky one. */
  readonly confirmSeconds?: number;
}

/** A host that could not be read, and why. */
export interface UnreadHost {
  /** `error`: an apply would fail in the same way, so the preview fails. `warning`: it may be over by then. */
  readonly severity: "error" | "warning";
  readonly host: string;
  readonly code: ErrorCode;
  readonly message: string;
}
