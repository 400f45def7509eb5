import * as pulumi from "@pulumi/pulumi";

/**
 * Whether everything in a value is known already: it is of primitive values, and arrays and plain objects of such. For an
 * output, a promise or an object of a class anywhere in it only Pulumi can wait.
 */
export function isPlainThroughout(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function";
  const prototype: unknown = Object.getPrototypeOf(value);
  const isObject = (prototype === Object.prototype || prototype === null) && !pulumi.Output.isInstance(value);
  return (isObject || Array.isArray(value)) && Object.values(value).every(isPlainThroughout);
}

/** The value itself, and not what it will be. */
export function isPlain<T>(value: pulumi.Input<T>): value is T {
  return !pulumi.Output.isInstance(value) && !(value instanceof Promise);
}
