/** What the demo shows beside the CLI's own output. Colour only on a terminal. */
import { styleText } from "node:util";

/** One setting through the story. */
export interface Row {
  readonly host: string;
  readonly setting: string;
  /** Before, applied, after. */
  readonly values: readonly string[];
}

const COLUMNS = ["host", "setting", "before", "applied", "after destroy"];

function styled(style: "bold" | "dim" | "cyan", text: string): string {
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  return colour ? styleText(style, text) : text;
}

/** The title of a step. */
export function heading(text: string): void {
  process.stdout.write(`\n${styled("bold", text)}\n${styled("dim", "-".repeat(Math.min(text.length, 100)))}\n`);
}

/** A remark. */
export function note(text: string): void {
  process.stdout.write(`${styled("cyan", text)}\n`);
}

/** A program's text, indented. */
export function program(text: string): void {
  const lines = text.trimEnd().split("\n");
  process.stdout.write(`\n${lines.map((line) => styled("dim", `    ${line}`)).join("\n")}\n`);
}

/** The table of settings, in aligned columns. */
export function comparison(rows: readonly Row[]): void {
  const cells = [COLUMNS, ...rows.map(({ host, setting, values }) => [host, setting, ...values])];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  cells.forEach((row, index) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
    process.stdout.write(`${index === 0 ? styled("bold", line) : line}\n`);
  });
}
