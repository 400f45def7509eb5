import * as pulumi from "@pulumi/pulumi";

/**
 * A copy of a value in which everything is known already: primitive values, and arrays and plain objects of such. With an
 * output, a promise or an object of a class anywhere in it the response is `undefined`: then only Pulumi can wait for it.
 */
export function plainCopy(value: object): object | undefined {
  const copy = copyOf(value);
  return copy === NOT_PLAIN || typeof copy !== "object" || copy === null ? undefined : copy;
}

/** The value itself, and not what it will be. */
export function isPlain<T>(value: pulumi.Input<T>): value is T {
  return !pulumi.Output.isInstance(value) && !(value instanceof Promise);
}

const NOT_PLAIN = Symbol("waits");

function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? NOT_PLAIN : value;
  if (Array.isArray(value)) {
    const items = value.map(copyOf);
    return items.includes(NOT_PLAIN) ? NOT_PLAIN : items;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype !== Object.prototype && prototype !== null) || pulumi.Output.isInstance(value)) return NOT_PLAIN;
  const parts = Object.entries(value).map(([key, part]) => [key, copyOf(part)] as const);
  return parts.some(([, part]) => part === NOT_PLAIN) ? NOT_PLAIN : Object.fromEntries(parts);
}
