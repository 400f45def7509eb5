/** Shorter texts would mangle ordinary words; a password of three characters protects nothing anyway. */
const MIN_LENGTH = 4;

/**
 * Takes known secrets out of a text that leaves the process, also in the forms in which they travel: base64 and URL
 * encoding. Nothing in this package puts a secret into a message; this is the net below that rule.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  const forms = secrets.filter(({ length }) => length >= MIN_LENGTH).flatMap(formsOf);
  // The longest first: one secret may be a part of another.
  forms.sort((one, other) => other.length - one.length);
  for (const form of forms) clean = clean.replaceAll(form, "[secret]");
  return clean;
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  // By way of the bytes, because half a surrogate pair cannot be URL-encoded.
  return [secret, bytes.toString("base64"), encodeURIComponent(bytes.toString("utf8"))];
}
