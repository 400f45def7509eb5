/** What the demo shows beside the CLI's own output. Colour only on a terminal. */
import { print, styled, table } from "../../provider/cli/shared/terminal";

/** One setting through the story. */
export interface Row {
  readonly host: string;
  readonly setting: string;
  /** Before, applied, after. */
  readonly values: readonly string[];
}

const COLUMNS = ["host", "setting", "before", "applied", "after destroy"];

/** The title of a step. */
export function heading(text: string): void {
  print("", styled("bold", text), styled("dim", "-".repeat(Math.min(text.length, 100))));
}

/** A remark. */
export function note(text: string): void {
  print(styled("cyan", text));
}

/** A program's text, indented. */
export function program(text: string): void {
  const lines = text.trimEnd().split("\n");
  print("", ...lines.map((line) => styled("dim", `    ${line}`)));
}

/** The table of settings, in aligned columns. */
export function comparison(rows: readonly Row[]): void {
  const head = COLUMNS.map((text) => ({ text, style: "bold" as const }));
  const cells = rows.map(({ host, setting, values }) => [host, setting, ...values].map((text) => ({ text })));
  print(...table([head, ...cells]));
}
