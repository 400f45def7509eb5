import { WinrmError } from "../errors";

/**
 * Values that survive the trip to the engine (google.protobuf.Struct). An `undefined`, a function or a bigint would fail
 * the call after its side effect; a Date or a Map would silently become `{}`. So everything returned to Pulumi is
 * normalised here, and what cannot be carried is a defect that is named.
 */
export function toWire(value: object): Record<string, unknown> {
  return normalise(value, "") as Record<string, unknown>;
}

function normalise(value: unknown, path: string): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw defect(path, String(value));
  }
  if (Array.isArray(value)) return value.map((item: unknown, index) => normalise(item, `${path}[${index}]`));
  if (typeof value !== "object") throw defect(path, typeof value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw defect(path, "an object with a class");
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, normalise(item, path === "" ? key : `${path}.${key}`)]));
}

function defect(path: string, what: string): WinrmError {
  return new WinrmError("WINRM_E_INTERNAL", `${path} holds ${what}, which the engine cannot carry`);
}

/** What the engine hands over, without keys that are not the user's (`__provider`, `__urn`) and without nulls. */
export function fromWire(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return withoutNulls(Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("__"))));
}

function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item as unknown)])) as T;
}

/** A text that is the same for equal values, whatever the order of keys. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return value === undefined ? "null" : JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join(",")}}`;
}
