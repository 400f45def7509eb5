/**
 * A short secret, or one of letters only, may be an ordinary word of the text: taking it out would tell everybody that
 * the word is the password.
 */
function tooCommonToRedact(secret: string): boolean {
  return secret.length < 6 || /^\p{L}+$/u.test(secret);
}

/**
 * Takes known secrets out of a text that leaves the process, also in the forms in which they travel: base64 and URL
 * encoding. Nothing in this package puts a secret into a message; this is the net below that rule.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  const forms = secrets.filter((secret) => !tooCommonToRedact(secret)).flatMap(formsOf);
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
