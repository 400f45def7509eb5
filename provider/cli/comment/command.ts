/** `pulumi-winrm comment`: a preview as the comment that reviewers of a pull request want. */

import { type Command, Option } from "commander";
import { readReview } from "../../fleet/comment/read";
import { FORMATS, type Format, renderAnnotations, renderComment } from "../../fleet/comment/render";
import { verdictOf } from "../../fleet/comment/review";
import { readText, writeText } from "../shared/files";
import { print } from "../shared/terminal";
import { numberFrom } from "../shared/arguments";

const EXAMPLES = `
FILE is the output of \`pulumi preview --json\` (digest or event stream), the
findings file that winrm:findingsFile names, or both; - is standard input.
The comment begins with an invisible line, by which a pipeline finds its
earlier comment of the same stack and edits it in place.

Examples:
  $ pulumi preview --json > preview.json
  $ pulumi-winrm comment preview.json findings.json --out comment.md
  $ pulumi-winrm comment findings.json --format summary

Exit codes: 0 written, whatever the preview found; 2 wrong usage.
`;
/** GitHub refuses a comment over 65,536 characters; below 2,000 no verdict fits with its counts. */
const parseBudget = numberFrom(2_000, 1_000_000, "Give whole characters, 2000 to 1000000.");
const parseExitCode = numberFrom(0, 999, "Give the exit code of pulumi preview.");

interface Typed {
  readonly format: Format | "annotations";
  readonly budget?: number;
  readonly commit?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly drift?: boolean;
  readonly exitCode?: number;
}

/** Adds the command. */
export function addComment(program: Command, version: string): void {
  program
    .command("comment")
    .description("Turn a preview into a pull-request comment.")
    .argument("<file...>", "output of `pulumi preview --json`, a findings file, or both")
    .addOption(new Option("--format <name>", "where it goes").choices([...FORMATS, "annotations"]).default("github"))
    .option("--budget <characters>", "longest comment; rows that do not fit are left out and counted", parseBudget)
    .option("--commit <sha>", "commit to name in the last line")
    .option("--exit-code <code>", "of the preview: other than 0 and 7, and the verdict is blocked", parseExitCode)
    .option("--drift", "the preview looked for drift on a schedule")
    .option("--out <path>", "write to a file instead of the terminal")
    .option("--json", "print what the comment would be made from")
    .addHelpText("after", EXAMPLES)
    .action((paths: string[], typed: Typed) => {
      const { format, out, json, exitCode, ...options } = typed;
      const review = readReview(
        paths.map((path) => ({ path, content: readText(path) })),
        exitCode,
      );
      const comment =
        json === true
          ? `${asJson({ verdict: verdictOf(review), ...review })}\n`
          : format === "annotations"
            ? renderAnnotations(review)
            : renderComment(review, { ...options, format, producer: `pulumi-winrm ${version}` });
      if (out === undefined) print(comment.replace(/\n$/, ""));
      else writeText("--out", out, comment);
    });
}

/** A runner that reads the log takes `##` for the beginning of a command. */
function asJson(review: object): string {
  return JSON.stringify(review, undefined, 2).replaceAll("##", "#\\u0023");
}
