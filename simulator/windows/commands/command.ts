/** What programs of the simulated host are given, and what they leave behind. */

import type { Caller } from "../access";
import type { AreaHost } from "../../wsman/areas/area";
import type { ProgramOutput } from "./output";

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

/** A program. @param args arguments as the C runtime splits them, without the program's name. */
export type Program = (args: readonly string[], context: CommandContext) => ProgramOutput;

/** Success with text. */
export function success(...stdout: readonly string[]): ProgramOutput {
  return { written: stdout.map((text) => ({ stream: "stdout", text })), exitCode: 0 };
}

/** Failure with text on standard error. */
export function failure(exitCode: number, stderr: string): ProgramOutput {
  return { written: stderr === "" ? [] : [{ stream: "stderr", text: stderr }], exitCode };
}

/** Lines as Windows ends them. */
export function lines(...text: readonly string[]): string {
  return text.map((line) => `${line}\r\n`).join("");
}
