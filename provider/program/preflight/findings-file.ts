import { renameSync, writeFileSync } from "node:fs";
import { messageOf } from "../../errors";
import { FINDINGS_FILE_VERSION, type FindingsFile } from "../../contract/findings-file";
import type { PreviewRun } from "./preview-run";

/** Stack configuration, and the variable that stands in where it is not set: a path, from the project's folder. */
export const FINDINGS_FILE_SETTING = "winrm:findingsFile";
const VARIABLE = "WINRM_FINDINGS_FILE";

/**
 * Writes what was found so far where `winrm:findingsFile` says, if it says so: a {@link FindingsFile} as JSON, replaced
 * as a whole, so that a reader never sees half of one.
 * @returns why it could not be written, as a sentence for a warning.
 */
export function writeFindingsFile(
  run: PreviewRun,
  found: Pick<FindingsFile, "hostsRead" | "findings" | "changes" | "hostsNotRead">,
): string | undefined {
  const configured = run.config(FINDINGS_FILE_SETTING);
  const path = typeof configured === "string" && configured !== "" ? configured : run.env[VARIABLE];
  if (path === undefined || path === "") return undefined;
  const content: FindingsFile = { version: FINDINGS_FILE_VERSION, ...run.identity(), ...found };
  try {
    writeFileSync(`${path}.part`, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(`${path}.part`, path);
    return undefined;
  } catch (error) {
    return `pre-flight: the findings could not be written to ${path} (${FINDINGS_FILE_SETTING}): ${messageOf(error)}`;
  }
}
