/** The look of `pulumi-winrm prove` in a terminal. */

import { type Style, hanging, styled, wrap } from "../shared/terminal";
import { ASSUMPTIONS } from "./assumptions";
import type { Proof, Verdict } from "./row";

const WORDS: Readonly<Record<Verdict, string>> = { holds: "as assumed", differs: "DIFFERS", unchecked: "not checked" };
const STYLES: Readonly<Record<Verdict, Style>> = { holds: "green", differs: "red", unchecked: "yellow" };
const VERDICT_WIDTH = 13;
const INDENT = 2 + VERDICT_WIDTH;
const LABEL_WIDTH = 10;

/** One row: its name, what was expected and what was observed. */
export function proofLines({ assumption, verdict, expected, observed }: Proof): string[] {
  const { says, features } = ASSUMPTIONS[assumption];
  return [
    `  ${styled(STYLES[verdict], WORDS[verdict].padEnd(VERDICT_WIDTH))}${styled("bold", assumption)}`,
    ...labelled("expected", expected),
    ...labelled(verdict === "unchecked" ? "why not" : "observed", observed),
    // The text is Markdown.
    ...(verdict === "differs" ? labelled("assumed", says.replaceAll("`", "")) : []),
    ...(verdict === "differs" ? labelled("concerns", features.join(", ") || "the simulated host only") : []),
  ];
}

function labelled(label: string, text: string): string[] {
  return hanging(`${" ".repeat(INDENT)}${styled("dim", label.padEnd(LABEL_WIDTH))}`, text, INDENT + LABEL_WIDTH);
}

/** What could not be restored. */
export function leftLines(left: readonly string[]): string[] {
  if (left.length === 0) return [];
  return [...wrap(`${styled("red", "Could not be put back")}: ${left.join("; ")}. Go back to the snapshot.`, 0), ""];
}

/** The last line. */
export function summaryLine(proofs: readonly Proof[]): string {
  const count = (wanted: Verdict) => proofs.filter(({ verdict }) => verdict === wanted).length;
  const [holds, differs, unchecked] = [count("holds"), count("differs"), count("unchecked")];
  const text = `${holds} as assumed, ${differs} ${differs === 1 ? "differs" : "differ"}, ${unchecked} not checked.`;
  return styled(differs > 0 ? "red" : unchecked > 0 ? "yellow" : "green", text);
}
