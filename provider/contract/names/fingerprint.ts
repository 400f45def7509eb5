import { type Check, string } from "../checks";

/** Fingerprints of certificates, as tools and dialogs show them. */

const DIGITS = { "SHA-1": 40, "SHA-256": 64 } as const;

/** Hex digits only, in capitals: fingerprints are copied with blanks, colons and hyphens. */
export function compactFingerprint(text: string): string {
  return text.replace(/[: -]/g, "").toUpperCase();
}

/** The fingerprint of one kind; `what` names it where WinRM has a word of its own for it. */
export function fingerprint(kind: keyof typeof DIGITS, what: string): Check {
  return (value, property) => {
    const problems = string()(value, property);
    if (problems.length > 0 || typeof value !== "string") return problems;
    const wrong = (reason: string) => [{ property, reason }];
    // Windows' certificate dialog puts an invisible U+200E before the thumbprint.
    if (/[^\x20-\x7e]/.test(value))
      return wrong("holds an invisible or foreign character; type the first digits again");
    const digits = compactFingerprint(value);
    const other = kind === "SHA-1" ? "SHA-256" : "SHA-1";
    const wanted = `${what} (${DIGITS[kind]} hex digits)`;
    if (!/^[0-9A-F]+$/.test(digits)) return wrong(`must be ${wanted}`);
    if (digits.length === DIGITS[other]) return wrong(`is a ${other} fingerprint, and must be ${wanted}`);
    return digits.length === DIGITS[kind] ? [] : wrong(`must be ${wanted}, and this has ${digits.length}`);
  };
}
