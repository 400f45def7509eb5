/** `pulumi-winrm prove`: asks a disposable Windows host whether it is as this package assumes. */

import type { Command } from "commander";
import { type TypedOptions, addHostCommand } from "../shared/connection-options";

const NOTES = `
It changes the host, so take a snapshot first, and never use a host that anyone
needs. It registers tasks that run as SYSTEM, tries out each setting of the WinRM
service, lets the host restart the service once, and restarts Windows once. What
could lock you out is done within commit-confirm's own window, which the host
closes by itself; everything is restored, also after a failure or Ctrl-C.
It takes about four minutes, and the restart of Windows.

Before anything is sent, the host's name has to be typed once more. A program
gives it with --yes.

Connect as a local administrator other than the built-in one, over https, with a
password: then most rows can be checked. The rows are described in docs/prove.md.

Examples:
  $ WINRM_PASSWORD=... pulumi-winrm prove vm01 --username 'VM01\\ops' --report vm01.json
  $ WINRM_PASSWORD=... pulumi-winrm prove vm01 --username 'VM01\\ops' --yes vm01 --json

Exit codes: 0 all as assumed; 1 something differs, or could not be restored;
2 something could not be checked, or wrong usage.
`;

/** Adds the command; what it needs is loaded when it runs. */
export function addProve(program: Command, version: string, exitWith: (exitCode: number) => void): void {
  addHostCommand(program, "prove", "Ask a disposable Windows host whether it is as this package assumes.")
    .option("--yes <host>", "the host's name once more, in place of the question")
    .option("--no-restart", "do not restart Windows; the row that needs it is not checked")
    .option("--report <file>", "write what was found there as JSON, to send in: no host name, no account")
    .addHelpText("after", NOTES)
    .action(async (host: string, typed: TypedOptions) => {
      const { runProve } = await import("./run.js");
      exitWith(await runProve(host, typed, version));
    });
}
