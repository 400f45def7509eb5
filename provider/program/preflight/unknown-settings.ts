import { SETTINGS } from "../../contract/connection/connection-settings";
import { closestName } from "../../contract/names/suggestion";
import { FINDINGS_FILE_SETTING } from "./findings-file";
import type { PreviewRun } from "./preview-run";

const NAMESPACE = "winrm:";
const KNOWN = [...Object.keys(SETTINGS), FINDINGS_FILE_SETTING.slice(NAMESPACE.length)];

/**
 * A warning for each key of the stack's configuration that looks like a setting of this package and is none: `winrm:prot`.
 * In a project of that name the keys are the program's own; there only what is close to a setting is told.
 */
export function unknownSettings(run: PreviewRun): string[] {
  const own = run.identity().project === NAMESPACE.slice(0, -1);
  return run.configKeys().flatMap((key) => {
    const name = key.startsWith(NAMESPACE) ? key.slice(NAMESPACE.length) : undefined;
    if (name === undefined || KNOWN.includes(name)) return [];
    const meant = closestName(name, KNOWN);
    if (meant !== undefined) return [`stack configuration ${key} is not a setting; did you mean ${NAMESPACE}${meant}?`];
    return own ? [] : [`stack configuration ${key} is not a setting; the settings are ${KNOWN.join(", ")}`];
  });
}
