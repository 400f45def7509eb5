/** Reading `WWW-Authenticate` (RFC 9110 §11.6.1). */

/** What one header line, or one part of a folded one, offers. */
export interface Challenge {
  /** Scheme as sent: `Negotiate`, `Basic`. */
  readonly scheme: string;
  /** Base64 token after the scheme, if there is one. */
  readonly token: string | undefined;
}

/** A token longer than this is no authentication message; 64 KiB holds the largest Kerberos tickets. */
const MAX_TOKEN_CHARACTERS = 87_384;

/** Parses all lines; parts that are not challenges are left out. */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const lines = header === undefined ? [] : typeof header === "string" ? [header] : header;
  return lines.flatMap(splitOutsideQuotes).flatMap((part) => {
    const match = /^([A-Za-z][A-Za-z0-9-]*)(?:\s+(.*))?$/.exec(part.trim());
    if (match?.[1] === undefined) return [];
    const rest = match[2]?.trim();
    const isToken = rest !== undefined && rest.length <= MAX_TOKEN_CHARACTERS && /^[A-Za-z0-9+/]+=*$/.test(rest);
    return [{ scheme: match[1], token: isToken ? rest : undefined }];
  });
}

/** The names of the schemes offered, in the host's order. */
export function offeredSchemes(header: string | readonly string[] | undefined): string[] {
  return [...new Set(parseChallenges(header).map((challenge) => challenge.scheme))];
}

function splitOutsideQuotes(line: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let start = 0;
  for (let index = 0; index < line.length; index++) {
    if (line[index] === '"') quoted = !quoted;
    if (line[index] !== "," || quoted) continue;
    parts.push(line.slice(start, index));
    start = index + 1;
  }
  return [...parts, line.slice(start)];
}
