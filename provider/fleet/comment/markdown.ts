import { UNPRINTABLE } from "../../printable";

/**
 * Names and sentences from programs and hosts as Markdown that GitHub, GitLab and Azure DevOps show as plain characters:
 * no markup, no mention that notifies anyone, no reference, link, quick action or HTML.
 */

/** Keeps a reference from being one; invisible, and outside of code only. */
const BREAK = "&#8203;";
const MARKUP = /[\\`*_{}[\]<>#!|~&$^]/g;
/**
 * What a code span shows as it is: no end of the span or of the cell, no mention, which needs no letter before the @, and
 * no command of a runner that reads the log (`##[…]`, `##vso[…]`).
 */
const PLAIN_CODE = /^(?:[^`|@<>&#]|\w@|#(?!#))*$/;
/** Letters and digits that GitHub takes for a commit where one of that name exists; thumbprints look the same. */
const COMMIT = /(?<![\w&#;.])(?=[a-f]*\d)[0-9a-f]{7,40}(?![\w;])/gi;
/** Longest sentence and longest name in a cell, in characters; what is cut off is counted. */
const LONGEST = { sentence: 1_000, name: 200 };

/** On one line, without characters that nobody can see. */
export function singleLine(text: string): string {
  return text.replace(/\s+/gu, " ").replace(UNPRINTABLE, "\u{FFFD}").trim();
}

/** A sentence as Markdown, for a line or a table cell. */
export function sentence(text: string, longest = LONGEST.sentence): string {
  return clipped(singleLine(text), Math.min(longest, LONGEST.sentence))
    .replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`)
    .replace(COMMIT, "<code>$&</code>")
    .replace(/@/g, `&#64;${BREAK}`)
    .replace(/(&#(?:33|35|36|37|38|42|91|94|126);|%)(?=[\p{L}\p{N}"_])/gu, `$1${BREAK}`)
    .replace(/:(?=\/\/|[\w+-]+:)/g, `:${BREAK}`)
    .replace(/\b(www)\./gi, `$1${BREAK}.`)
    .replace(/\b(GH)-(?=\d)/gi, `$1${BREAK}-`)
    .replace(/^\//, `${BREAK}/`);
}

/** A name or a value as inline code, for a line or a table cell; an empty one as `(empty)`. */
export function code(text: string): string {
  const line = clipped(singleLine(text), LONGEST.name);
  if (line === "") return "(empty)";
  if (PLAIN_CODE.test(line)) return `\`${line}\``;
  const entities = line.replace(/[^\w .,:;/=?'"]/gu, (character) =>
    character.charCodeAt(0) < 128 ? `&#${character.charCodeAt(0)};` : character,
  );
  // GitHub and GitLab look for mentions in the rendered text; an account such as ops@corp is none, @team would be one.
  return `<code>${entities.replace(/(^|[^\w])&#64;/g, `$1&#64;${BREAK}`)}</code>`;
}

/** By code points, so that no pair is cut apart. */
function clipped(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const characters = Array.from(text);
  const rest = characters.length - longest;
  return rest <= 0 ? text : `${characters.slice(0, longest).join("")}… (${rest} more characters)`;
}

/** One row of a table. */
export function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** The two head lines of a table. */
export function tableHead(...titles: readonly string[]): string {
  return `${row(...titles)}\n${row(...titles.map(() => "---"))}`;
}
