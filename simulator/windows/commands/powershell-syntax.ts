/** PowerShell source as far as this model reads it: quoted texts as one token each, everything else word by word. */

/** A token: a text that cannot run, or a piece of the program. */
export type PowershellToken =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "code"; readonly text: string };

/** All of these delimit a verbatim text, and two of any of them inside one are a quote. */
const SINGLE_QUOTES = "'‘’‚‛";
const DOUBLE_QUOTES = '"“”„';

/** Reads a script; `undefined` if a text does not end, or would be expanded. White space between tokens is dropped. */
export function readPowershell(script: string): PowershellToken[] | undefined {
  const tokens: PowershellToken[] = [];
  let at = 0;
  while (at < script.length) {
    const character = script.charAt(at);
    if (/\s/.test(character)) {
      at += 1;
    } else if (SINGLE_QUOTES.includes(character) || DOUBLE_QUOTES.includes(character)) {
      const quotes = SINGLE_QUOTES.includes(character) ? SINGLE_QUOTES : DOUBLE_QUOTES;
      const literal = readLiteral(script, at + 1, quotes);
      if (literal === undefined || (quotes === DOUBLE_QUOTES && /[$`]/.test(literal.text))) return undefined;
      tokens.push({ kind: "literal", text: literal.text });
      at = literal.end;
    } else {
      const word = /^(?:\$?[\w:.\\/*?-]+|.)/su.exec(script.slice(at))?.[0] ?? character;
      tokens.push({ kind: "code", text: word });
      at += word.length;
    }
  }
  return tokens;
}

function readLiteral(
  script: string,
  start: number,
  quotes: string,
): { readonly text: string; readonly end: number } | undefined {
  let text = "";
  for (let at = start; at < script.length; at++) {
    const character = script.charAt(at);
    if (!quotes.includes(character)) {
      text += character;
      continue;
    }
    const next = script.charAt(at + 1);
    if (next === "" || !quotes.includes(next)) return { text, end: at + 1 };
    text += character;
    at += 1;
  }
  return undefined;
}
