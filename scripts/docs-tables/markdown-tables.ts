/** Tables of a page that a script writes stand between two comments: `<!-- table: arguments -->` and `<!-- end -->`. */

const MARKED = /^<!-- table: (\S+) -->\n([\s\S]*?)\n?^<!-- end -->$/gm;

/** The tables of a page by their names. */
export function markedTables(page: string): ReadonlyMap<string, string> {
  return new Map([...page.matchAll(MARKED)].map(([, name = "", text = ""]) => [name, text]));
}

/** The page with these tables in place of those between the markers. */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  return page.replace(MARKED, (whole, name: string) => {
    const text = tables[name];
    return text === undefined ? whole : `<!-- table: ${name} -->\n${text}\n<!-- end -->`;
  });
}

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
