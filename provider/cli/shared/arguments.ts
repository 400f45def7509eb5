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

/** @throws InvalidArgumentError unless the text is a number of hosts, 1 to 500. */
export function parseCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 500) return count;
  throw new InvalidArgumentError("Give a number of hosts, 1 to 500.");
}

/** Gathers a repeated option with a name. */
export function collectName(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** A port to connect to. @throws InvalidArgumentError unless the text is one, 1 to 65535. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError("A port is a number from 1 to 65535.");
}

/** A port to listen on. @throws InvalidArgumentError unless the text is one, or 0 for a free one. */
export function parseListeningPort(text: string): number {
  return text === "0" ? 0 : parsePort(text);
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
