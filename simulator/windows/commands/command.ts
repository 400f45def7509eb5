/** What programs of the simulated host are given, and what they leave behind. */

import type { Caller } from "../access";
import type { AreaHost } from "../../wsman/areas/area";

/** Where a program runs. */
export interface CommandContext {
  readonly host: AreaHost;
  readonly caller: Caller;
  /** By upper-cased name. */
  readonly environment: ReadonlyMap<string, string>;
  /** What flows in from a pipe. */
  readonly input?: string;
  /** A program of the host by its name in lower case without extension; `undefined` if it has none with this name. */
  readonly programNamed: (name: string) => Program | undefined;
}

/** What a program writes and how it ends. */
export interface ProgramOutput {
  /** Texts that are written one after the other; each comes with an answer of its own. */
  readonly stdout: readonly string[];
  readonly stderr: string;
  /** Unsigned, 32 bits; absent for a program that does not end by itself. */
  readonly exitCode: number | undefined;
}

/** What a command line leaves behind. */
export interface CommandOutput extends ProgramOutput {
  /** Name in lower case and arguments of every program that ran, in order. */
  readonly programs: readonly (readonly string[])[];
}

/** A program. @param args arguments as the C runtime splits them, without the program's name. */
export type Program = (args: readonly string[], context: CommandContext) => ProgramOutput;

/** Success with text. */
export function success(...stdout: readonly string[]): ProgramOutput {
  return { stdout, stderr: "", exitCode: 0 };
}

/** Failure with text on standard error. */
export function failure(exitCode: number, stderr: string): ProgramOutput {
  return { stdout: [], stderr, exitCode };
}

/** Lines as Windows ends them. */
export function lines(...text: readonly string[]): string {
  return text.map((line) => `${line}\r\n`).join("");
}
