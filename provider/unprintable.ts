import { inspect } from "node:util";

/**
 * The same object, whose named values neither `util.inspect` (`console.log`, the message of a failed assertion) nor
 * `JSON.stringify` shows: `[secret]` stands there. It holds for this object, wherever it is nested, and not for a copy.
 */
export function unprintable<Holder extends object>(
  holder: Holder,
  ...names: readonly (keyof Holder & string)[]
): Holder {
  const shown = () => ({
    ...holder,
    ...Object.fromEntries(names.flatMap((name) => (holder[name] === undefined ? [] : [[name, "[secret]"]]))),
  });
  return Object.defineProperties(holder, { [inspect.custom]: { value: shown }, toJSON: { value: shown } });
}
