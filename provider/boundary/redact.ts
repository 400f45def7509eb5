/** Shorter texts would mangle ordinary words; a password of three characters protects nothing anyway. */
const MIN_LENGTH = 4;

/**
 * Takes known secrets out of a text that leaves the process, also in the forms in which they travel: base64 and URL
 * encoding. Nothing in this package puts a secret into a message; this is the net below that rule.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < MIN_LENGTH) continue;
    for (const form of [secret, Buffer.from(secret, "utf8").toString("base64"), encodeURIComponent(secret)]) {
      clean = clean.replaceAll(form, "[secret]");
    }
  }
  return clean;
}
