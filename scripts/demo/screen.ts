/** What the demo shows beside the CLI's own output. Colour only on a terminal. */
import { type Style, print, styled, table, wrap } from "../../provider/cli/shared/terminal";

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
  print("", ...wrap(text, 0).map((line) => styled("bold", line)));
}

/** A remark, broken at words. */
export function note(text: string): void {
  print(...wrap(text, 0).map((line) => styled("cyan", line)));
}

/** A program's text, indented. */
export function program(text: string): void {
  const lines = text.trimEnd().split("\n");
  print("", ...lines.map((line) => styled("dim", `    ${line}`.trimEnd())));
}

/** What matters of a command's output: findings, differences and the count of resources, each once. */
export function essence(output: string): void {
  const indented = (line: string) => {
    const [, indent = "", text = ""] = /^(\s*)(.*)$/.exec(line) ?? [];
    return wrap(text, indent.length + 4).map((part, index) => `${indent}${index === 0 ? "" : "  "}${part}`);
  };
  for (const line of essentialLines(output).flatMap(indented)) print(styled(styleOf(line), `  ${line}`));
}

/** The lines of the CLI's output that {@link essence} shows, without its progress and its indentation. */
export function essentialLines(output: string): string[] {
  const kept: string[] = [];
  let block: "resources" | "pre-flight" | undefined;
  for (const line of output.split(/\r?\n/)) {
    const text = line.trim();
    const within = block !== undefined && line.startsWith("    ") && text !== "";
    if (!within) block = undefined;
    if (/^Resources:$/.test(text)) block = "resources";
    else if (/^pre-flight: \d/.test(text)) {
      block = "pre-flight";
      kept.push(text);
    } else if (within && !/^(?:error|warning): /.test(text)) kept.push(block === "resources" ? text : `  ${text}`);
    else if (/^(?:error|warning|live on \S+|confirm): /.test(text) || /^[~+-] [^:]*: .* => /.test(text))
      kept.push(text);
  }
  return [...new Set(kept)];
}

function styleOf(line: string): Style {
  if (/^\s*(?:\d+ hosts?: )?error: /.test(line)) return "red";
  if (/^\s*(?:\d+ hosts?: )?warning: /.test(line)) return "yellow";
  return "dim";
}

/** The settings through the story: a table where it fits, else a line of values under each setting. */
export function comparison(rows: readonly Row[], width = process.stdout.columns || Infinity): void {
  const filled = rows.map(({ values, ...row }) => ({ ...row, values: values.map((value) => value || "(none)") }));
  const head = COLUMNS.map((text) => ({ text, style: "bold" as const }));
  const cells = filled.map(({ host, setting, values }) => [host, setting, ...values].map((text) => ({ text })));
  if (Math.max(...table(cells).map((line) => line.length)) <= width) {
    print(...table([head, ...cells]));
    return;
  }
  for (const { host, setting, values } of filled) {
    print(styled("bold", `${host} ${setting}`), ...wrap(values.join(" → "), 4, width).map((line) => `    ${line}`));
  }
}
