import { displayArgument, displayText as quote, holdsPrivateKey } from "./names/plausible-names";
import { closestName } from "./names/suggestion";
import { isUnknown } from "./unknown";

/** Validation of what a program passes, before anything is sent. Values that are not known yet pass. */

/** One thing that is wrong with one argument. */
export interface ValidationIssue {
  /** Path as the program writes it: `connection.port`, `entries[2]`. */
  readonly property: string;
  /** What is wrong and how to fix it. Never the value of a secret. */
  readonly reason: string;
}

/** Checks one value; `undefined` and `null` mean "not set" and are for the caller to judge. */
export interface Check {
  (value: unknown, property: string): ValidationIssue[];
  /** Of an object: the checks of its keys. */
  readonly of?: Readonly<Record<string, Check>>;
}

/** A non-empty text without control characters; `pattern` narrows it, `what` says how in words. */
export function string(rule?: { readonly pattern: RegExp; readonly what: string }): Check {
  return (value, property) => {
    if (typeof value !== "string") return wrong(property, `must be a string, not ${kindOf(value)}`);
    if (value === "") return wrong(property, "must not be empty; leave the argument out instead");
    if (/\p{Cc}/u.test(value)) return wrong(property, "must not contain line breaks or other control characters");
    if (rule !== undefined && !rule.pattern.test(value))
      return wrong(property, `must be ${rule.what}, not ${quote(value)}`);
    return [];
  };
}

/** `true` or `false`. */
export function boolean(): Check {
  return (value, property) =>
    typeof value === "boolean" ? [] : wrong(property, `must be true or false, not ${describe(value)}`);
}

/** A whole number in a range. */
export function integer(minimum: number, maximum: number, unit = ""): Check {
  return (value, property) =>
    typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum
      ? []
      : wrong(property, `must be a whole number from ${minimum} to ${maximum}${unit}, not ${describe(value)}`);
}

/** One of a few texts. */
export function oneOf(...choices: readonly string[]): Check {
  const list = choices.map(quote).join(" or ");
  return (value, property) =>
    choices.some((choice) => choice === value) ? [] : wrong(property, `must be ${list}, not ${describe(value)}`);
}

/** A text, or where to find it: `{ env: "NAME" }` or `{ file: "path" }`. Its value is never repeated. */
export function secret(): Check {
  return (value, property) => {
    if (typeof value === "string") return value === "" ? wrong(property, "must not be empty") : [];
    const keys = isRecord(value) ? Object.keys(value).filter((key) => !isAbsent(value[key])) : [];
    const [key] = keys;
    if (!isRecord(value) || keys.length !== 1 || (key !== "env" && key !== "file")) {
      return wrong(property, 'must be a string, { env: "NAME" } or { file: "path" }');
    }
    return isUnknown(value[key]) ? [] : string()(value[key], `${property}.${key}`);
  };
}

/** A certificate in PEM as `secret` takes it, but never with a private key beside it: it is no secret, and is in state. */
export function certificate(): Check {
  return (value, property) =>
    typeof value === "string" && holdsPrivateKey(value)
      ? wrong(property, "holds a private key, which must never enter state; give the certificate only")
      : secret()(value, property);
}

/** A list whose elements pass a check. */
export function array(element: Check): Check {
  return (value, property) => {
    if (!Array.isArray(value)) return wrong(property, `must be a list, not ${kindOf(value)}`);
    // A hole in a list is an element that is not set.
    return Array.from(value).flatMap((item: unknown, index) =>
      known(element, item, `${property}[${index}]`, "must be set"),
    );
  };
}

/** An object with these keys and no others. */
export function object(checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  const check: Check = (value, property) => {
    if (!isRecord(value)) return wrong(property, `must be an object, not ${kindOf(value)}`);
    const path = (key: string) => (property === "" ? displayArgument(key) : `${property}.${displayArgument(key)}`);
    const strangers = Object.keys(value).filter((key) => !Object.hasOwn(checks, key) && !isAbsent(value[key]));
    return [
      ...strangers.flatMap((key) =>
        wrong(
          path(key),
          `is not an argument; the arguments here are ${Object.keys(checks).join(", ")}${meant(key, checks)}`,
        ),
      ),
      ...Object.entries(checks).flatMap(([key, check]) =>
        known(check, value[key], path(key), required.includes(key) ? "is required" : undefined),
      ),
    ];
  };
  return Object.assign(check, { of: checks });
}

/** The name that was meant: it stands one level deeper, or is spelled a little otherwise. */
function meant(key: string, checks: Readonly<Record<string, Check>>): string {
  const owner = Object.keys(checks).find((name) => Object.hasOwn(checks[name]?.of ?? {}, key));
  const name = owner === undefined ? closestName(key, Object.keys(checks)) : `${owner}.${key}`;
  return name === undefined ? "" : `; did you mean ${name}?`;
}

/** Refuses a key with a reason of its own. */
export function forbidden(reason: string): Check {
  return (_value, property) => wrong(property, reason);
}

function known(check: Check, value: unknown, property: string, ifAbsent: string | undefined): ValidationIssue[] {
  if (isAbsent(value)) return ifAbsent === undefined ? [] : wrong(property, ifAbsent);
  return isUnknown(value) ? [] : check(value, property);
}

/** Not set: Pulumi turns `undefined` into a missing key, and a program may pass `null`. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** A plain object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(property: string, reason: string): ValidationIssue[] {
  return [{ property, reason }];
}

function describe(value: unknown): string {
  if (typeof value === "string") return quote(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
