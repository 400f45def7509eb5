/**
 * A short secret, or one of letters only, may be an ordinary word of the text: taking it out would reveal that
 * the word is the password.
 */
function tooCommonToRedact(secret: string): boolean {
  return secret.length < 6 || /^\p{L}+$/u.test(secret);
}

/**
 * Takes known secrets out of a text that leaves the process, also line by line and in the forms in which they travel:
 * as text of JSON, XML and URLs, in hex, and in base64 at any place of what was encoded (`Authorization: Basic`). Nothing in
 * this package puts a secret into a message; this is the net below that rule.
 */
export function redact(text: string, secrets: readonly string[]): string {
  // The longest first: one secret may be a part of another.
  const found = [...new Set(secrets)]
    .flatMap(knownFormsOf)
    .filter((form) => text.includes(form))
    .sort((one, other) => other.length - one.length);
  return found.reduce((clean, form) => clean.replaceAll(form, "[secret]"), text);
}

/** Every line of every operation is cleaned of every secret of the run; what a run holds anyway is worked out once. */
const known = new Map<string, readonly string[]>();

function knownFormsOf(secret: string): readonly string[] {
  const forms =
    known.get(secret) ?? [secret, ...linesOf(secret)].filter((part) => !tooCommonToRedact(part)).flatMap(formsOf);
  known.set(secret, forms);
  return forms;
}

/** A key is printed in parts; its first and last line are the same for all. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= 16 && !line.startsWith("-----"));
}

function formsOf(secret: string): string[] {
  // By way of the bytes, because half a surrogate pair cannot be URL-encoded.
  const whole = Buffer.from(secret, "utf8").toString("utf8");
  const urlEncoded = encodeURIComponent(whole);
  const encodings = (["utf8", "utf16le"] as const).flatMap((encoding) => encodedForms(Buffer.from(secret, encoding)));
  const forms = [
    secret,
    secret.replaceAll("\\", "\\\\"),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    urlEncoded,
    new URLSearchParams([["", whole]]).toString().slice(1),
    ...encodings,
  ];
  return [...new Set([...forms, ...forms.map((form) => form.replaceAll('"', "&quot;"))])];
}

function encodedForms(bytes: Buffer): string[] {
  const hex = bytes.toString("hex");
  const base64 = [0, 1, 2].map((offset) => base64At(bytes, offset));
  return [
    hex,
    hex.toUpperCase(),
    bytes.toString("base64"),
    ...base64,
    ...base64.map((one) => one.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/** The digits that are the same whatever stands before and behind, where so many bytes stand before. */
function base64At(bytes: Buffer, offset: number): string {
  const digits = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  return digits.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
}
