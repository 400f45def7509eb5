/** Runs commands of `pulumi-winrm`: in this process where that does, because it saves the start of another. */
import { join } from "node:path";
import { runCommandLine } from "../../../provider/cli/command-line";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { runCommand } from "../../../tools/pulumi-cli/run-command";

/** The program's compiled main file. */
export const MAIN = join(projectRoot, "dist/provider/cli/main.js");

/** What a command did. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param env all of its variables; default: this process's. */
export async function runHere(
  words: readonly string[],
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Promise<CommandResult> {
  let stdout = "";
  let stderr = "";
  const code = await runCommandLine(["node", "pulumi-winrm", ...words], {
    env,
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
  });
  return { code, stdout, stderr };
}

/** The same in a process of its own, for what the process itself decides: libraries that read its variables, signals. */
export function runThere(words: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<CommandResult> {
  return runCommand(process.execPath, [MAIN, ...words], { env, timeoutMs: 60_000 });
}
