/** Text for a terminal: colour only where somebody looks, tables in aligned columns. */

const ESCAPES = { bold: "1", dim: "2", green: "32", yellow: "33", red: "31", cyan: "36" } as const;

/** A way to emphasise text. */
export type Style = keyof typeof ESCAPES;

/** Styles text if standard output is a terminal and `NO_COLOR` is not set. */
export function styled(style: Style, text: string): string {
  if (!process.stdout.isTTY || (process.env["NO_COLOR"] ?? "") !== "") return text;
  return `\u001b[${ESCAPES[style]}m${text}\u001b[0m`;
}

/** Writes lines to standard output. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** A cell that is styled after its width is known. */
export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

/** Rows as lines; every column but the last is as wide as its widest cell. */
export function table(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach(({ text }, column) => (widths[column] = Math.max(widths[column] ?? 0, text.length)));
  }
  return rows.map((row) => {
    const cells = row.map(({ text, style }, column) => {
      const padded = column === row.length - 1 ? text : text.padEnd(widths[column] ?? 0);
      return style === undefined ? padded : styled(style, padded);
    });
    return cells.join("  ").trimEnd();
  });
}
