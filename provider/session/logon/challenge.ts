/** Reading `WWW-Authenticate` (RFC 9110 §11.6.1) and headers of parameters like it. */

import { printable } from "../../printable";

/** What one header line, or one part of a folded one, offers. */
export interface Challenge {
  /** Scheme as sent: `Negotiate`, `Basic`. */
  readonly scheme: string;
  /** Base64 token after the scheme, if there is one. */
  readonly token: string | undefined;
  /** Parameters by lower-case name, unquoted. Of one that is given twice, the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A token longer than this is no authentication message; 64 KiB holds the largest Kerberos tickets. */
const MAX_TOKEN_CHARACTERS = 87_384;
/** For messages: the longest known scheme has 15 letters, and a host offers six. */
const MAX_SCHEME = 32;
const MAX_SCHEMES = 16;
const SCHEME = /^([A-Za-z][A-Za-z0-9-]*)(?:\s+(.*))?$/s;
const PARAMETER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(.*)$/s;

/** Parses all lines; parts that are not challenges are left out. */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  return linesOf(header).flatMap((line) => {
    const challenges: (Challenge & { readonly parameters: Map<string, string> })[] = [];
    for (const part of splitOutsideQuotes(line)) {
      const text = part.trim();
      // A blank after the name tells a scheme from a parameter, except for blanks around the sign of a parameter.
      const [, scheme, rest] = PARAMETER.test(text) ? [] : (SCHEME.exec(text) ?? []);
      if (scheme === undefined) {
        addParameter(challenges.at(-1)?.parameters, text);
        continue;
      }
      const token = rest !== undefined && isToken(rest) ? rest : undefined;
      const challenge = { scheme, token, parameters: new Map<string, string>() };
      if (token === undefined && rest !== undefined) addParameter(challenge.parameters, rest);
      challenges.push(challenge);
    }
    return challenges;
  });
}

/** Those of one scheme. */
export function challengesOf(name: string, header: string | readonly string[] | undefined): Challenge[] {
  return parseChallenges(header).filter(({ scheme }) => scheme.toLowerCase() === name.toLowerCase());
}

/** Whether a scheme is among those of `offeredSchemes`. */
export function isOffered(scheme: string, offered: readonly string[]): boolean {
  return offered.some((name) => name.toLowerCase() === scheme.toLowerCase());
}

/** The parameters of a header without a scheme, such as `Authentication-Info`, by lower-case name. */
export function parseParameters(header: string | readonly string[] | undefined): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of linesOf(header).flatMap(splitOutsideQuotes)) addParameter(parameters, part.trim());
  return parameters;
}

/** The names of the schemes offered, in the host's order. */
export function offeredSchemes(header: string | readonly string[] | undefined): string[] {
  const schemes = parseChallenges(header).map(({ scheme }) => printable(scheme, MAX_SCHEME));
  return [...new Set(schemes)].slice(0, MAX_SCHEMES);
}

function linesOf(header: string | readonly string[] | undefined): readonly string[] {
  return header === undefined ? [] : typeof header === "string" ? [header] : header;
}

function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_CHARACTERS && /^[A-Za-z0-9+/]+=*$/.test(text);
}

function addParameter(parameters: Map<string, string> | undefined, text: string): void {
  const [, name, value] = PARAMETER.exec(text) ?? [];
  if (parameters === undefined || name === undefined || value === undefined) return;
  const key = name.toLowerCase();
  if (!parameters.has(key)) parameters.set(key, unquoted(value));
}

function unquoted(value: string): string {
  const inner = /^"(.*)"$/s.exec(value)?.[1];
  return inner === undefined ? value : inner.replace(/\\(.)/gs, "$1");
}

function splitOutsideQuotes(line: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let start = 0;
  for (let index = 0; index < line.length; index++) {
    if (quoted && line[index] === "\\") index++;
    else if (line[index] === '"') quoted = !quoted;
    else if (line[index] === "," && !quoted) {
      parts.push(line.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, line.slice(start)];
}
