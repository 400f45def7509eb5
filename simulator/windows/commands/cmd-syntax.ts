/**
 * How `cmd /c` reads a line: variables, then quotes and carets, then operators and redirections. Quotes do not protect
 * `%`. Blocks in parentheses, `for`, `if` and delayed expansion are not modelled.
 */

/** One command of a line, and when it runs. */
export interface CmdCommand {
  /** Runs always, after success, after failure, or with the output of the one before as input. */
  readonly runs: "always" | "after-success" | "after-failure" | "piped";
  /** The text without carets and redirections; quotes stay. */
  readonly text: string;
  /** Where standard output and standard error go; `&1` and `&2` mean the other stream. */
  readonly redirections: readonly { readonly stream: "stdout" | "stderr" | "stdin"; readonly target: string }[];
}

/** The longest line that cmd takes. */
export const MAX_LINE_LENGTH = 8191;

const OPERATORS = [
  ["&&", "after-success"],
  ["||", "after-failure"],
  ["&", "always"],
  ["|", "piped"],
] as const;

/** Replaces `%NAME%` where there is such a variable, and leaves everything else as it is, as on a command line. */
export function expandVariables(line: string, valueOf: (name: string) => string | undefined): string {
  let expanded = "";
  for (let at = 0; at < line.length; at++) {
    const end = line.charAt(at) === "%" ? line.indexOf("%", at + 1) : -1;
    const value = end > at + 1 ? valueOf(line.slice(at + 1, end)) : undefined;
    expanded += value ?? line.charAt(at);
    if (value !== undefined) at = end;
  }
  return expanded;
}

/** What `cmd /c` runs of its argument: one line, without the outer quotes of a text that begins with one (`cmd /?`). */
export function commandOfArgument(argument: string): string {
  const [line = ""] = argument.replaceAll("\r", "").split("\n");
  const trimmed = line.trimStart();
  if (!trimmed.startsWith('"')) return line;
  const plain = /^"[^"&<>()@^|]*\s[^"&<>()@^|]*"[^"]*$/.test(trimmed) && /\.(?:exe|com|cmd|bat)"/i.test(trimmed);
  const last = trimmed.lastIndexOf('"');
  return plain || last === 0 ? trimmed : trimmed.slice(1, last) + trimmed.slice(last + 1);
}

/** The commands of a line whose variables are replaced; `undefined` if an operator or a target is missing. */
export function splitCommands(line: string): CmdCommand[] | undefined {
  const commands: CmdCommand[] = [];
  let runs: CmdCommand["runs"] = "always";
  let rest = line;
  for (;;) {
    const part = readCommand(rest);
    if (part === undefined) return undefined;
    if (part.text.trim() === "" && (part.operator !== "" || commands.length > 0)) {
      return part.operator === "" && runs === "always" ? commands : undefined;
    }
    commands.push({ runs, text: part.text.trimStart(), redirections: part.redirections });
    const operator = OPERATORS.find(([sign]) => sign === part.operator);
    if (operator === undefined) return commands;
    runs = operator[1];
    rest = part.rest;
  }
}

interface Part {
  readonly text: string;
  readonly redirections: CmdCommand["redirections"];
  readonly operator: string;
  readonly rest: string;
}

function readCommand(line: string): Part | undefined {
  const redirections: CmdCommand["redirections"][number][] = [];
  let text = "";
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"') quoted = !quoted;
    if (!quoted && character === "^") {
      at += 1;
      text += line.charAt(at);
      continue;
    }
    if (!quoted && (character === "<" || character === ">")) {
      const found = readRedirection(line, at, text);
      if (found === undefined) return undefined;
      redirections.push(found.redirection);
      text = found.text;
      at = found.end - 1;
      continue;
    }
    const operator = quoted ? undefined : OPERATORS.find(([sign]) => line.startsWith(sign, at));
    if (operator !== undefined) {
      return { text, redirections, operator: operator[0], rest: line.slice(at + operator[0].length) };
    }
    text += character;
  }
  return { text, redirections, operator: "", rest: "" };
}

function readRedirection(
  line: string,
  at: number,
  before: string,
): { redirection: CmdCommand["redirections"][number]; text: string; end: number } | undefined {
  const sign = /^(?:>>?|<)\s*(&[012]|"[^"]*"|[^\s"&|<>]+)/.exec(line.slice(at));
  if (sign === null) return undefined;
  const handle = /(?:^|\s)([012])$/.exec(before)?.[1];
  const stream = line.charAt(at) === "<" ? "stdin" : handle === "2" ? "stderr" : "stdout";
  const target = (sign[1] ?? "").replaceAll('"', "");
  return {
    redirection: { stream, target },
    text: handle === undefined ? before : before.slice(0, -1),
    end: at + sign[0].length,
  };
}

/** The program's name in lower case without folder and extension, and the text after it. */
export function splitName(text: string): { readonly name: string; readonly rest: string } {
  const word = /^(?:"[^"]*"?|[^\s,;=/"])+/.exec(text)?.[0] ?? text;
  const name = word.replaceAll('"', "");
  const file = name.slice(Math.max(name.lastIndexOf("\\"), name.lastIndexOf("/")) + 1).toLowerCase();
  return { name: file.replace(/\.(?:exe|com|cmd|bat)$/, ""), rest: text.slice(word.length) };
}

/** Arguments as Microsoft's C runtime splits them since 2008: `2n` backslashes before a quote are `n`, `""` inside quotes is one. */
export function splitArguments(text: string): string[] {
  const found: string[] = [];
  let at = 0;
  for (;;) {
    while (/[ \t]/.test(text.charAt(at))) at += 1;
    if (at >= text.length) return found;
    const { argument, end } = readArgument(text, at);
    found.push(argument);
    at = end;
  }
}

function readArgument(text: string, start: number): { readonly argument: string; readonly end: number } {
  let argument = "";
  let quoted = false;
  let at = start;
  while (at < text.length && (quoted || !/[ \t]/.test(text.charAt(at)))) {
    const backslashes = /^\\*/.exec(text.slice(at))?.[0].length ?? 0;
    at += backslashes;
    if (text.charAt(at) !== '"') {
      argument += "\\".repeat(backslashes);
      if (backslashes === 0) {
        argument += text.charAt(at);
        at += 1;
      }
      continue;
    }
    argument += "\\".repeat(Math.floor(backslashes / 2));
    at += 1;
    if (backslashes % 2 === 1) argument += '"';
    else if (quoted && text.charAt(at) === '"') {
      argument += '"';
      at += 1;
    } else quoted = !quoted;
  }
  return { argument, end: at };
}
