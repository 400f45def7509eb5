/** The project's Markdown files, and the parts of them that tests look at. */

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The checkout; this file is compiled to `dist/test/unit/docs`. */
export const root = resolve(__dirname, "..", "..", "..", "..");

const SKIPPED = new Set(["node_modules", "dist", ".git"]);

/** Paths of all Markdown files, relative to the checkout. */
export function markdownFiles(directory = root): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (SKIPPED.has(entry.name)) return [];
    if (entry.isDirectory()) return markdownFiles(path);
    return entry.name.endsWith(".md") ? [relative(root, path)] : [];
  });
}

/** A file of the checkout. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The fenced blocks of one language. */
export function fencedBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...markdown.matchAll(fence)].map((match) => match[1] ?? "");
}

/** The text of doc comments, without the stars. */
export function docComments(source: string): string {
  return [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)]
    .map((match) => (match[1] ?? "").replace(/^\s*\* ?/gm, ""))
    .join("\n");
}

/** Targets of links and images that are paths, as absolute paths, with the text as written. */
export function relativeLinks(path: string): { readonly target: string; readonly file: string }[] {
  const outsideCode = read(path).replace(/^```[\s\S]*?^```$/gm, "");
  return [...outsideCode.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
    if (/^[a-z]+:/i.test(target) || target.startsWith("#")) return [];
    const [file = ""] = target.split("#");
    return [{ target, file: join(root, dirname(path), decodeURI(file)) }];
  });
}

/** Cells of every table row, without the marks of code. */
export function tableRows(markdown: string): string[][] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll("`", "")));
}
