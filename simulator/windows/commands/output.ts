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
