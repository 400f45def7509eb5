import { displayArgument, displayText as quote, displayWord, holdsPrivateKey } from "./names/plausible-names";
import { slipOfTheProgram } from "./names/program-slips";
import { beginsAlike, closestName, meantValue } from "./names/suggestion";
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
  return stringWith((text) =>
    rule === undefined || rule.pattern.test(text) ? undefined : `must be ${rule.what}, not ${quote(text)}`,
  );
}

/** A string as `string` takes it, with a further rule. @param problem what is wrong with it, or `undefined`. */
export function stringWith(problem: (text: string) => string | undefined): Check {
  return (value, property) => {
    if (typeof value !== "string") return wrong(property, `must be a string, not ${kindOf(value)}${asString(value)}`);
    if (value === "") return wrong(property, "must not be empty; leave the argument out instead");
    const control = /\p{Cc}/u.test(value) ? "must not contain line breaks or other control characters" : undefined;
    const reason = slipOfTheProgram(value) ?? control ?? problem(value);
    return reason === undefined ? [] : wrong(property, reason);
  };
}

/** `true` or `false`. */
export function boolean(): Check {
  return plain("true or false", (value) => typeof value === "boolean");
}

/** A whole number in a range. */
export function integer(minimum: number, maximum: number, unit = ""): Check {
  return plain(
    `a whole number from ${minimum} to ${maximum}${unit}`,
    (value) => typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum,
  );
}

/** One of a few texts. */
export function oneOf(...choices: readonly string[]): Check {
  return plain(choices.map(quote).join(" or "), (value) => choices.some((choice) => choice === value), choices);
}

/**
 * A value that is no secret: the reason names the right one that a wrong one was plainly meant to be (`"5986"`: write
 * 5986), and repeats the wrong one only then, or where it is a word or a number.
 * @param what What it must be, in words.
 * @param choices What it may be, where that is a few values.
 */
export function plain(what: string, passes: (value: unknown) => boolean, choices: readonly unknown[] = []): Check {
  return (value, property) => {
    if (passes(value)) return [];
    const right = meantValue(value, passes, choices);
    const hint = right === undefined ? "" : `; write ${JSON.stringify(right)}`;
    const shown = typeof value === "string" && right === undefined ? displayWord(value) : describe(value);
    return wrong(property, `must be ${what}, not ${shown}${hint}`);
  };
}

/** A text, or where to find it: `{ env: "NAME" }` or `{ file: "path" }`. Its value is never repeated. */
export function secret(): Check {
  return (value, property) => {
    if (typeof value === "string") {
      const slip = value === "" ? "must not be empty" : slipOfTheProgram(value);
      return slip === undefined ? [] : wrong(property, slip);
    }
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
    if (!Array.isArray(value)) {
      const hint = typeof value === "string" ? "; write it in brackets, each element in quotes of its own" : "";
      return wrong(property, `must be a list, not ${kindOf(value)}${hint}`);
    }
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

/** The name that was meant, here or some levels deeper: the same, one that begins alike, or one a little otherwise spelled. */
function meant(key: string, checks: Readonly<Record<string, Check>>): string {
  const [here, all] = [Object.keys(checks), pathsBelow(checks)];
  const first = (alike: (name: string) => boolean) => all.find((path) => alike(path.split(".").at(-1) ?? path));
  const name =
    first((name) => closestName(key, [name], 0) !== undefined) ??
    first((name) => beginsAlike(key, name)) ??
    closestName(key, here) ??
    first((name) => closestName(key, [name]) !== undefined);
  return name === undefined ? "" : `; did you mean ${name}?`;
}

/** `auth`, `auth.kerberos`, `auth.kerberos.cache`: those of fewer parts first. */
function pathsBelow(checks: Readonly<Record<string, Check>>): string[] {
  const names = Object.keys(checks);
  const deeper = names.flatMap((name) => pathsBelow(checks[name]?.of ?? {}).map((path) => `${name}.${path}`));
  const parts = (path: string) => path.split(".").length;
  return [...names, ...deeper].sort((one, other) => parts(one) - parts(other));
}

/** A program's own form of a string; its value may be a secret. */
function asString(value: unknown): string {
  if (typeof value === "number" && Number.isFinite(value)) return "; write it in quotes";
  return Array.isArray(value) && value.length === 1 && typeof value[0] === "string"
    ? "; write it without the brackets"
    : "";
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
