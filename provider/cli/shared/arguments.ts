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

/** Collects the assignments of an option that is given several times. */
export function collectAssignment(text: string, previous: readonly Assignment[] = []): readonly Assignment[] {
  return [...previous, parseAssignment(text)];
}

/** An account of the simulated host, and the environment variable with its password. */
export interface NamedAccount {
  readonly name: string;
  /** Absent: a password is generated. */
  readonly passwordVariable?: string;
}

/** Gathers a repeated `NAME` or `NAME=VARIABLE`. @throws InvalidArgumentError unless both are there. */
export function collectAccount(text: string, previous: readonly NamedAccount[] = []): readonly NamedAccount[] {
  const [, name, variable] = /^([^=]+)(?:=([A-Za-z_]\w*))?$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Write NAME=VARIABLE: the account and where its password is.");
  return [...previous, variable === undefined ? { name } : { name, passwordVariable: variable }];
}

/** Decodes whole numbers in a range. @param hint what an InvalidArgumentError says of any other text. */
export function numberFrom(least: number, most: number, hint: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,7}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(hint);
  };
}

/** How many hosts. */
export const parseCount = numberFrom(1, 500, "Give a number of hosts, 1 to 500.");

/** Gathers a repeated option with a name. */
export function collectName(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** A port to connect to. */
export const parsePort = numberFrom(1, 65_535, "A port is a number from 1 to 65535.");

/** A port to listen on; 0 for a free one. */
export const parseListeningPort = numberFrom(0, 65_535, "A port is a number from 1 to 65535.");

/** Milliseconds, at most an hour. */
export const parseMilliseconds = numberFrom(0, 3_600_000, "Give whole milliseconds, at most 3600000.");

/** @throws InvalidArgumentError unless the text is an http URL on loopback, as `simulate` prints it. */
export function parseControlUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" && url.hostname === "127.0.0.1" && url.pathname.length > 1) return url;
  throw new InvalidArgumentError("Give the control URL that `pulumi-winrm simulate` printed.");
}

/** Seconds of a time limit. */
export const parseSeconds = numberFrom(1, 300, "Give whole seconds, 1 to 300.");
