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

/** Gathers a repeated option with a name. */
export function collectName(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** @throws InvalidArgumentError unless the text is a port, 0 to 65535. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError("A port is a number from 0 to 65535; 0 takes a free one.");
}

/** @throws InvalidArgumentError unless the text is a whole number of milliseconds, at most an hour. */
export function parseMilliseconds(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) <= 3_600_000) return Number(text);
  throw new InvalidArgumentError("Give whole milliseconds, at most 3600000.");
}

/** @throws InvalidArgumentError unless the text is an http URL on loopback, as `simulate` prints it. */
export function parseControlUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" && url.hostname === "127.0.0.1" && url.pathname.length > 1) return url;
  throw new InvalidArgumentError("Give the control URL that `pulumi-winrm simulate` printed.");
}

/** @throws InvalidArgumentError unless the text is a whole number of seconds, 1 to 300. */
export function parseSeconds(text: string): number {
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= 300) return seconds;
  throw new InvalidArgumentError("Give whole seconds, 1 to 300.");
}
