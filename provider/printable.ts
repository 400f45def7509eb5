/** What has no shape of its own, or changes how its neighbours look: control, format and separator characters, halves of pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Nearly everything that a host sends. */
const PLAIN = /^[ -~]*$/;

/**
 * Text of a host, a proxy or a certificate as one line that is safe in a terminal, a log and a message: each run of control
 * characters (line breaks; U+009B begins an escape sequence too), format characters (U+202E turns text around) and line
 * separators (U+2028) becomes one blank; blanks at both ends go. The one function for all that comes from the network.
 * @param limit Characters that are kept, by code points; what is cut off is marked by an ellipsis. Default 300.
 */
export function printable(text: string, limit = 300): string {
  if (text.length <= limit && PLAIN.test(text)) return text.trim();
  // What is far beyond the limit is not looked at: the text may have megabytes.
  const within = text.length > 4 * limit + 100 ? text.slice(0, 4 * limit + 100) : text;
  const clean = within.replace(UNPRINTABLE, " ").trim();
  if (clean.length <= limit && within === text) return clean;
  const kept = Array.from(clean).slice(0, limit).join("");
  return kept === clean && within === text ? clean : `${kept.trimEnd()}…`;
}
