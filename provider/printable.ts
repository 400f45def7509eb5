/**
 * What has no shape of its own, or changes how its neighbours look: control, format and separator characters, halves of
 * pairs, and letters that are shown as nothing.
 */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]+/gu;

/** Commands to the runner of a pipeline that reads the log: `##vso[` and the like anywhere in a line, `::` at its start. */
const COMMAND = /##(?=\w*\[)|^::(?=[a-z][\w-]*(?:\s.*?)?::)/gi;

/** Nearly nothing that a host sends. */
const MAY_COMMAND = /##|^::/;

/** Nearly everything that a host sends. */
const PLAIN = /^[ -~]*$/;

/**
 * Text of a host, a proxy or a certificate as one line that is safe in a terminal, a log and a message: each run of control
 * characters (line breaks; U+009B begins an escape sequence too), format characters (U+202E turns text around) and line
 * separators (U+2028) becomes one blank; blanks at both ends go; a blank breaks what a pipeline's runner would take for a
 * command (`##vso[`, `::error::`). The one function for all that comes from the network.
 * @param limit Characters that are kept, by code points; what is cut off is marked by an ellipsis. Default 300.
 */
export function printable(text: string, limit = 300): string {
  if (text.length <= limit && PLAIN.test(text) && !MAY_COMMAND.test(text)) return text.trim();
  // What is far beyond the limit is not looked at: the text may have megabytes.
  const within = text.length > 4 * limit + 100 ? text.slice(0, 4 * limit + 100) : text;
  const clean = within
    .replace(UNPRINTABLE, " ")
    .trim()
    .replace(COMMAND, ([first = "", second = ""]) => `${first} ${second}`);
  if (clean.length <= limit && within === text) return clean;
  const kept = Array.from(clean).slice(0, limit).join("");
  return kept === clean && within === text ? clean : `${kept.trimEnd()}…`;
}
