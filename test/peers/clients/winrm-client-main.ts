/**
 * Runs command lines with the npm package winrm-client, one shell for each. Its folder is the first argument; one JSON
 * object on stdin, one JSON array of the outputs on stdout.
 */
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** What to run, and where. */
export interface WinrmClientJob {
  readonly host: string;
  readonly port: number;
  readonly https: boolean;
  readonly username: string;
  readonly password: string;
  readonly commands: readonly string[];
}

/** The package's own signature. */
type RunCommand = (
  ...args: [string, string, string, string, number, powershell: boolean, https: boolean, verify: boolean]
) => Promise<string>;

async function main(folder: string): Promise<void> {
  const { host, port, https, username, password, commands } = JSON.parse(readFileSync(0, "utf8")) as WinrmClientJob;
  const peer = createRequire(join(folder, "package.json"))("winrm-client") as { readonly runCommand: RunCommand };
  const outputs: string[] = [];
  for (const command of commands) {
    outputs.push(await peer.runCommand(command, host, username, password, port, false, https, true));
  }
  writeSync(1, JSON.stringify(outputs));
}

main(process.argv[2] ?? "").catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
