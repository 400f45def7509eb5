/** Decoding of command-line arguments. A wrong one is reported by commander with exit code 2. */

import { InvalidArgumentError } from "commander";

/** `service/auth/Basic=true` as it was typed, in two parts. */
export interface Assignment {
  readonly path: string;
  readonly value: string;
}

/** @throws InvalidArgumentError unless there is a `=` with something before it. The value may be empty. */
export function parseAssignment(text: string): Assignment {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Write PATH=VALUE, such as service/auth/Basic=true.");
  return { path: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** Decodes an option that may be given several times. */
export function repeated<Value>(parse: (text: string) => Value) {
  return (text: string, previous: readonly Value[] = []): readonly Value[] => [...previous, parse(text)];
}

/** An account of the simulated host, and the environment variable with its password. */
export interface NamedAccount {
  readonly name: string;
  /** `undefined`: a password is generated. */
  readonly passwordVariable: string | undefined;
}

/** Decodes `NAME` or `NAME=VARIABLE`. @throws InvalidArgumentError for anything else. */
export function parseAccount(text: string): NamedAccount {
  const [, name, passwordVariable] = /^([^=]+)(?:=([A-Za-z_]\w*))?$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Write NAME=VARIABLE: the account and where its password is.");
  return { name, passwordVariable };
}

/** Decodes whole numbers in a range. @param hint what an InvalidArgumentError says of any other text. */
export function numberFrom(least: number, most: number, hint: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,7}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(hint);
  };
}

/** @throws InvalidArgumentError unless the text is an http URL on loopback, as `simulate` prints it. */
export function parseControlUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" && url.hostname === "127.0.0.1" && url.pathname.length > 1) return url;
  throw new InvalidArgumentError("Give the control URL that `pulumi-winrm simulate` printed.");
}
