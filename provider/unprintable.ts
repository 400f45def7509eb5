import { inspect } from "node:util";

/**
 * A copy whose named values neither `util.inspect` (`console.log`, the message of a failed assertion) nor `JSON.stringify`
 * shows: `[secret]` stands there. It holds for this copy, wherever it is nested, and not for copies of it.
 */
export function unprintable<Holder extends object>(
  holder: Holder,
  ...names: readonly (keyof Holder & string)[]
): Holder {
  return Object.assign(Object.create(prototypeHiding(names)) as object, holder);
}

/** One for each choice of names: hooks on the object itself would cost more than all else of a connection's resolution. */
const prototypes = new Map<string, object>();

function prototypeHiding(names: readonly string[]): object {
  const key = names.join();
  const known = prototypes.get(key);
  if (known !== undefined) return known;
  const hook = {
    value(this: Readonly<Record<string, unknown>>) {
      return Object.fromEntries(
        Object.entries(this).map(([name, value]) => [
          name,
          value !== undefined && names.includes(name) ? "[secret]" : value,
        ]),
      );
    },
  };
  const made = Object.create(Object.prototype, { [inspect.custom]: hook, toJSON: hook }) as object;
  prototypes.set(key, made);
  return made;
}
