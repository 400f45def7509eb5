/** "Did you mean": the known name, or the value, that a mistyped one is closest to. */

/**
 * The closest of the names, at most two slips away and less than half of it; `undefined` if none is close. Case, `_` and
 * `-` do not count: `accept_lockout` is `acceptLockout`.
 * @param slips How many slips a name may be away. Default 2.
 */
export function closestName(typed: string, names: Iterable<string>, slips = 2): string | undefined {
  const limit = Math.min(slips, Math.floor(letters(typed).length / 2));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(letters(typed), letters(name));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** `user` and `username`, `hostname` and `host`: one of them, of four letters or more, begins the other. */
export function beginsAlike(typed: string, name: string): boolean {
  const [one, other] = [letters(typed), letters(name)];
  return Math.min(one.length, other.length) >= 4 && (one.startsWith(other) || other.startsWith(one));
}

function letters(name: string): string {
  return name
    .slice(0, MAX_TYPED)
    .toLowerCase()
    .replace(/(?<=[a-z\d])[_-](?=[a-z\d])/g, "");
}

/** No name is as long, and comparing costs the product of both lengths. */
const MAX_TYPED = 100;

const TRUE: readonly string[] = ["true", "yes", "on", "enabled", "1"];
const FALSE: readonly string[] = ["false", "no", "off", "none", "disabled", "0"];

/**
 * What a value of another kind was plainly meant to be: `"5986"` the number, `"yes"` or `1` true, `true` the number where
 * that is a choice, a choice in another case, the one element of a list. `undefined` if none of these passes.
 */
export function meantValue(
  value: unknown,
  passes: (value: unknown) => boolean,
  choices: readonly unknown[],
): number | boolean | string | undefined {
  const [only] = Array.isArray(value) && value.length === 1 ? (value as unknown[]) : [value];
  if (typeof only !== "string" && typeof only !== "number" && typeof only !== "boolean" && typeof only !== "bigint")
    return undefined;
  // Digits and letters of other widths, as input methods write them, are the same in NFKC.
  const word = String(only).slice(0, MAX_TYPED).normalize("NFKC").trim().toLowerCase();
  const flag = TRUE.includes(word) ? true : FALSE.includes(word) ? false : undefined;
  const words = choices.filter((choice) => typeof choice === "string");
  const readings = [
    closestName(word, words, 0),
    /^[+-]?\d{1,9}(?:\.0*)?$/.test(word) && typeof only !== "boolean" ? Number(word) : undefined,
    flag,
    choices.includes(Number(flag)) ? Number(flag) : undefined,
    closestName(word, words),
  ];
  return readings.find((reading) => reading !== undefined && passes(reading));
}

/** Letters that are missing, too many, wrong, or exchanged with their neighbour (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= one.length; row += 1) {
    rows[row] = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + same,
          swapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(one.length, other.length);
}
