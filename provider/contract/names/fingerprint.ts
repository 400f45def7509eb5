import { type Check, stringWith } from "../checks";

/** Fingerprints of certificates, as tools and dialogs show them. */

const DIGITS = { "SHA-1": 40, "SHA-256": 64 } as const;

/**
 * Hex digits only, in capitals: fingerprints are copied with blanks, colons and hyphens, and from Windows' certificate
 * dialog with an invisible U+200E before them. None of these can change which certificate it is.
 */
export function compactFingerprint(text: string): string {
  return withoutMarks(text).toUpperCase();
}

function withoutMarks(text: string): string {
  return text.replace(/[:\s\p{Cf}-]/gu, "");
}

/** The fingerprint of one kind; `what` names it where WinRM has a word of its own for it. */
export function fingerprint(kind: keyof typeof DIGITS, what: string): Check {
  const other = kind === "SHA-1" ? "SHA-256" : "SHA-1";
  const wanted = `${what} (${DIGITS[kind]} hex digits)`;
  return stringWith((value) => {
    const digits = compactFingerprint(value);
    const [foreign] = /[^\x20-\x7e]/u.exec(withoutMarks(value)) ?? [];
    if (foreign !== undefined) return `holds ${codePoint(foreign)}, which is no hex digit; type that one again`;
    if (/^[^:=]*=/.test(value)) return "must be the digits alone, without the name and the = before them";
    if (!/^[0-9A-F]+$/.test(digits)) return `must be ${wanted}`;
    if (digits.length === DIGITS[other]) return `is a ${other} fingerprint, and must be ${wanted}`;
    return digits.length === DIGITS[kind] ? undefined : `must be ${wanted}, and this has ${digits.length}`;
  });
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
