/** Files that are named on the command line. */

import { readFileSync, writeFileSync } from "node:fs";
import { WinrmError, messageOf } from "../../errors";

/**
 * Windows PowerShell writes UTF-16 behind `>`, with its mark at the beginning.
 * @param path `-` is standard input.
 * @throws WinrmError `WINRM_E_ARGUMENT` if it cannot be read.
 */
export function readText(path: string): string {
  try {
    const bytes = readFileSync(path === "-" ? 0 : path);
    return bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");
  } catch (cause) {
    throw new WinrmError("WINRM_E_ARGUMENT", `${path} cannot be read (${reasonOf(cause)})`, { cause });
  }
}

/**
 * @param option that names the file: `--out`.
 * @throws WinrmError `WINRM_E_ARGUMENT` if it cannot be written.
 */
export function writeText(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new WinrmError("WINRM_E_ARGUMENT", `${option} ${path} cannot be written (${reasonOf(cause)})`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : messageOf(cause);
}
