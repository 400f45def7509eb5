/**
 * A short secret, or one of letters only, may be an ordinary word of the text: taking it out would tell everybody that
 * the word is the password.
 */
function couldBeProse(secret: string): boolean {
  return secret.length < 6 || /^\p{L}+$/u.test(secret);
}

/**
 * Takes known secrets out of a text that leaves the process, also in the forms in which they travel: base64 and URL
 * encoding. Nothing in this package puts a secret into a message; this is the net below that rule.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (couldBeProse(secret)) continue;
    for (const form of [secret, Buffer.from(secret, "utf8").toString("base64"), encodeURIComponent(secret)]) {
      clean = clean.replaceAll(form, "[secret]");
    }
  }
  return clean;
}
