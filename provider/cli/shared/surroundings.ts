/** What a command has around it: variables and two streams. The process's own, unless a caller gives others. */

import { AsyncLocalStorage } from "node:async_hooks";
import { createInterface } from "node:readline/promises";

/** Where a command reads its variables and writes its text. */
export interface Surroundings {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Standard output. */
  readonly out: (text: string) => void;
  /** Standard error. */
  readonly err: (text: string) => void;
  /** Columns of the terminal that standard output is; 0: a terminal of unknown width; absent: a file or a pipe. */
  readonly columns?: number;
  /** Asks the person at the terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<string>;
}

const given = new AsyncLocalStorage<Surroundings>();

/** Runs a command among these. */
export function among<T>(surroundings: Surroundings, command: () => T): T {
  return given.run(surroundings, command);
}

/** Of the command that runs. */
export function surroundings(): Surroundings {
  return given.getStore() ?? processSurroundings();
}

function processSurroundings(): Surroundings {
  const { stdin, stdout, stderr, env } = process;
  return {
    env,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    ...(stdout.isTTY ? { columns: stdout.columns || 0 } : {}),
    ...(stdin.isTTY && stderr.isTTY ? { ask } : {}),
  };
}

/** On standard error, so that what is printed can go into a file. Ctrl-C and the end of the input are no words. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve, reject) => {
      for (const end of ["SIGINT", "close"]) {
        lines.once(end, () => {
          resolve("");
        });
      }
      lines.question(question).then(resolve, reject);
    });
  } finally {
    lines.close();
  }
}
