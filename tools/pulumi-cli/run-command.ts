/** Runs a program, keeps what it prints, and ends it and its children when its time is over. */
import { type ChildProcess, spawn } from "node:child_process";

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string | undefined;
  /** The whole environment; default: this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Written to standard input, which is closed after it. */
  readonly input?: string | undefined;
  /** After this long the program and its children are killed. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** Sees each piece of standard output, in order. */
  readonly onStdout?: ((text: string) => void) | undefined;
  /** Sees each piece of standard error, in order. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** Sees the process as soon as it is started. */
  readonly onStart?: ((child: ChildProcess) => void) | undefined;
}

/** What became of a program. */
export interface RunResult {
  /** The exit code; -1 if it could not be started or was ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  /** Standard error; the reason, if the program could not be started. */
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** Runs a program to its end. Never throws: a program that cannot be started has code -1. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: process.platform !== "win32",
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    const endGroup = (): void => {
      killGroup(child, "SIGKILL");
    };
    process.once("exit", endGroup);
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            endGroup();
          }, options.timeoutMs);
    const settle = (code: number): void => {
      clearTimeout(timer);
      process.removeListener("exit", endGroup);
      resolve({ code, stdout, stderr, timedOut });
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      options.onStdout?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      options.onStderr?.(text);
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.once("error", (error) => {
      stderr += error.message;
      settle(-1);
    });
    child.once("close", (code) => {
      settle(code ?? -1);
    });
    options.onStart?.(child);
  });
}

/** Sends a signal to a program and, except on Windows, to everything in its process group. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}
