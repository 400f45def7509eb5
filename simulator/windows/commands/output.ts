/** A stream of a command's output. */
export type OutputStream = "stdout" | "stderr";

/** What one write puts into a stream. */
export interface WrittenText {
  readonly stream: OutputStream;
  readonly text: string;
}

/** What a program writes and how it ends. */
export interface ProgramOutput {
  /** In the order in which it was written, to whichever stream; each piece comes with an answer of its own. */
  readonly written: readonly WrittenText[];
  /** Unsigned, 32 bits; absent for a program that does not end by itself. */
  readonly exitCode: number | undefined;
}

/** What a command line leaves behind. */
export interface CommandOutput extends ProgramOutput {
  /** Name in lower case and arguments of every program that ran, in order. */
  readonly programs: readonly (readonly string[])[];
}
