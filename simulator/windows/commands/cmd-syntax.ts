/** What `cmd /c` makes of a line before and after its operators are read: variables, outer quotes, names, arguments. */

/** The longest line that cmd takes. */
export const MAX_LINE_LENGTH = 8191;

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
