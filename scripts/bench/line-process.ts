/** A child process that answers each line on its standard input with one line on its standard output. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The child; its standard error is this process's. */
export class LineProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor([command, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
    const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line. @throws Error if the process ended. */
  async next(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`${this.#child.spawnfile} ended before its response`);
    return line.value;
  }

  /** Sends a line and waits for the one that answers it. */
  ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    return this.next();
  }

  /** Ends the process and waits for its end. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      this.#child.once("exit", () => {
        resolve();
      });
      this.#child.kill("SIGTERM");
    });
  }
}
