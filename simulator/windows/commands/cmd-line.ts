/**
 * The commands of a line and how they hang together: `&`, `||`, `&&` and `|`, each binding tighter than the one before
 * it, and blocks in parentheses. Quotes and carets protect. `for`, `if` and delayed expansion are not modelled.
 */

/** Where standard output and standard error go; `&1` and `&2` mean the other stream. */
export interface Redirection {
  readonly stream: "stdout" | "stderr" | "stdin";
  readonly target: string;
}

/** A line as a tree. */
export type CmdNode =
  /** One command: the text without carets and redirections; quotes stay. */
  | { readonly kind: "command"; readonly text: string; readonly redirections: readonly Redirection[] }
  /** Commands in parentheses. */
  | { readonly kind: "block"; readonly body: CmdNode; readonly redirections: readonly Redirection[] }
  /** The second always runs, after failure, after success, or with the output of the first as its input. */
  | { readonly kind: Joint; readonly first: CmdNode; readonly second: CmdNode };

/** How two commands are joined. */
export type Joint = "always" | "after-failure" | "after-success" | "piped";

/** From the one that binds least; longer signs are tried first where one begins with another. */
const OPERATORS = [
  ["&", "always"],
  ["||", "after-failure"],
  ["&&", "after-success"],
  ["|", "piped"],
] as const satisfies readonly (readonly [string, Joint])[];
const SIGNS = ["&&", "||", "&", "|"] as const;

/** Reads a line whose variables are replaced; `undefined` if an operator, a target or a parenthesis is missing. */
export function readLine(line: string): CmdNode | undefined {
  const reader = new Reader(line);
  try {
    const node = line.trim() === "" ? command("", []) : reader.sequence(0);
    return reader.atEnd ? node : undefined;
  } catch (error) {
    if (error instanceof WrongSyntax) return undefined;
    throw error;
  }
}

class WrongSyntax extends Error {}

function command(text: string, redirections: readonly Redirection[]): CmdNode {
  return { kind: "command", text, redirections };
}

class Reader {
  #at = 0;
  #depth = 0;

  constructor(private readonly line: string) {}

  get atEnd(): boolean {
    this.#blanks();
    return this.#at >= this.line.length;
  }

  /** @param level index of the operator that may join here; those behind it bind tighter. */
  sequence(level: number): CmdNode {
    const operator = OPERATORS[level];
    if (operator === undefined) return this.#one();
    const first = this.sequence(level + 1);
    const [sign, kind] = operator;
    if (this.#sign() !== sign) return first;
    this.#at += sign.length;
    this.#blanks();
    // A line, and a block, may end with `&`.
    if (sign === "&" && (this.#at >= this.line.length || this.#closes())) return first;
    return { kind, first, second: this.sequence(level) };
  }

  #one(): CmdNode {
    this.#blanks();
    if (this.line.charAt(this.#at) === "(") return this.#block();
    const { text, redirections } = this.#words();
    if (text.trim() === "") throw new WrongSyntax();
    return command(text.trimStart(), redirections);
  }

  #block(): CmdNode {
    this.#at += 1;
    this.#depth += 1;
    const body = this.sequence(0);
    this.#blanks();
    if (!this.#closes()) throw new WrongSyntax();
    this.#at += 1;
    this.#depth -= 1;
    const { text, redirections } = this.#words();
    if (text.trim() !== "") throw new WrongSyntax();
    return { kind: "block", body, redirections };
  }

  /** Up to the next operator or the end of the block. */
  #words(): { readonly text: string; readonly redirections: readonly Redirection[] } {
    const redirections: Redirection[] = [];
    let text = "";
    let quoted = false;
    while (this.#at < this.line.length) {
      const character = this.line.charAt(this.#at);
      if (character === '"') quoted = !quoted;
      if (!quoted && (this.#sign() !== undefined || this.#closes())) break;
      if (!quoted && (character === "<" || character === ">")) {
        const { redirection, before } = this.#redirection(text);
        redirections.push(redirection);
        text = before;
        continue;
      }
      if (!quoted && character === "^") this.#at += 1;
      text += this.line.charAt(this.#at);
      this.#at += 1;
    }
    return { text, redirections };
  }

  #redirection(before: string): { readonly redirection: Redirection; readonly before: string } {
    const sign = /^(?:>>?|<)\s*(&[012]|"[^"]*"|[^\s"&|<>()]+)/.exec(this.line.slice(this.#at));
    if (sign === null) throw new WrongSyntax();
    const handle = /(?:^|\s)([012])$/.exec(before)?.[1];
    const stream = sign[0].startsWith("<") ? "stdin" : handle === "2" ? "stderr" : "stdout";
    this.#at += sign[0].length;
    return {
      redirection: { stream, target: (sign[1] ?? "").replaceAll('"', "") },
      before: handle === undefined ? before : before.slice(0, -1),
    };
  }

  #sign(): (typeof SIGNS)[number] | undefined {
    return SIGNS.find((sign) => this.line.startsWith(sign, this.#at));
  }

  #closes(): boolean {
    return this.#depth > 0 && this.line.charAt(this.#at) === ")";
  }

  #blanks(): void {
    while (/\s/.test(this.line.charAt(this.#at))) this.#at += 1;
  }
}
