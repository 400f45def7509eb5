/** Text for a terminal: colour only on a terminal, tables in aligned columns. */

import { surroundings } from "./surroundings";

const ESCAPES = { bold: "1", dim: "2", green: "32", yellow: "33", red: "31", cyan: "36" } as const;

/** A way to emphasise text. */
export type Style = keyof typeof ESCAPES;

/**
 * Styles text where standard output shows colours: on a terminal, unless `NO_COLOR` is set; `FORCE_COLOR` decides before
 * both, for pipelines that show colours, and `FORCE_COLOR=0` switches them off.
 */
export function styled(style: Style, text: string): string {
  return text !== "" && showsColour() ? `\u001b[${ESCAPES[style]}m${text}\u001b[0m` : text;
}

function showsColour(): boolean {
  const { env, columns } = surroundings();
  const { FORCE_COLOR: forced = "", NO_COLOR: never = "" } = env;
  if (forced !== "") return forced !== "0" && forced !== "false";
  return never === "" && columns !== undefined;
}

/** Narrower columns would cut words apart more than they would help. */
const NARROWEST = 24;

/**
 * Text in lines that fit to the right of a column, broken at blanks; a longer word has a line of its own. Text that goes
 * into a file or a pipe is one line.
 * @param width of the terminal; `undefined`: there is none.
 */
export function wrap(
  text: string,
  indent: number,
  width: number | undefined = surroundings().columns || undefined,
): string[] {
  if (width === undefined) return [text];
  const room = Math.max(NARROWEST, width - indent);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Text after `start`, whose lines begin in the column `indent`. */
export function hanging(start: string, text: string, indent: number): string[] {
  const [first = "", ...rest] = wrap(text, indent);
  return [`${start}${first}`, ...rest.map((line) => " ".repeat(indent) + line)];
}

/** Writes lines to standard output. */
export function print(...lines: readonly string[]): void {
  surroundings().out(`${lines.join("\n")}\n`);
}

/** A cell: its text, with a style where it has one. */
export type Cell = string | { readonly text: string; readonly style?: Style };

/** Rows as lines; every column but the last is as wide as its widest cell. */
export function table(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, textOf(cell).length)));
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      // Styled after its width is known.
      const padded = column === row.length - 1 ? textOf(cell) : textOf(cell).padEnd(widths[column] ?? 0);
      return typeof cell === "string" || cell.style === undefined ? padded : styled(cell.style, padded);
    });
    return cells.join("  ").trimEnd();
  });
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}
