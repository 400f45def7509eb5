/** A peer program that answers one line on stdout for each line on stdin. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A running peer; ended by its process id at the end of the test, whatever happens. */
export class LinePeer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error("the peer has no stdout");
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): LinePeer {
    return new LinePeer(spawn(command, args, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, ...env } }));
  }

  /** Sends a line and waits for the answer. */
  async ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    const next = await this.#lines.next();
    if (next.done === true) throw new Error("the peer program ended early");
    return next.value;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
}
