import { type ErrorCode, WinrmError } from "../errors";

/** Something that a person should know before a change: found by the plan, shown at preview, refused or reported at apply. */
export interface Finding {
  /** `error`: the change is refused. `warning`: it goes on. `note`: what the change would do. */
  readonly severity: "error" | "warning" | "note";
  /** Of an error or a warning. */
  readonly code?: ErrorCode;
  /** Argument that the finding is about, as the program writes it: `service.basic`. */
  readonly property: string;
  /** One sentence with the way out. Built from names and settings of the host only, never from its texts. */
  readonly reason: string;
}

/** What would change on a host, in one line. */
export function changesText(host: string, notes: readonly Finding[]): string {
  return `live on ${host}: ${notes.map(({ property, reason }) => `${property} ${reason}`).join("; ")}`;
}

/** An error or a warning as one line. */
export function findingText(finding: Finding): string {
  return `${problemText(finding)} [${finding.code ?? "WINRM_E_ARGUMENT"}]`;
}

function problemText({ property, reason }: Finding): string {
  return `${property}: ${reason}`;
}

/** @throws WinrmError with every finding of severity `error`, if there is one; nothing has been written then. */
export function refuse(findings: readonly Finding[], host: string): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first === undefined) return;
  const text =
    errors.length === 1
      ? problemText(first)
      : `${errors.length} problems\n${errors.map((one) => `  - ${findingText(one)}`).join("\n")}`;
  throw new WinrmError(first.code ?? "WINRM_E_ARGUMENT", text, { host, operation: "nothing was written" });
}
