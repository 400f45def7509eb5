/** `pulumi-winrm prove`: asks a disposable Windows host whether it is as commit-confirm assumes. */

import type { Command } from "commander";
import { WinrmError } from "../../errors";
import { type TypedOptions, addHostCommand } from "../shared/connection-options";

const NOTES = `
It registers scheduled tasks as SYSTEM, switches service/auth/CredSSP on and off, and lets the host restart WinRM once.
Take a snapshot first. It takes about four minutes, and cleans up. --disposable HOST repeats the host's name, since this is
not for a host that anybody needs.

Not asked from here, look on the host: that local winrm commands fail with client Negotiate off, that a restart of Windows
within the window restores, that policies which block processes of WMI leave the task alone.

Exit codes: 0 all as assumed, 1 something differs, 2 wrong usage.
`;

/** Adds the command; what it needs is loaded when it runs. `fail` is called if something differs. */
export function addProve(program: Command, fail: () => void): void {
  addHostCommand(program, "prove", "Ask a disposable Windows host whether it is as commit-confirm assumes.")
    .requiredOption("--disposable <host>", "the host's name once more")
    .addHelpText("after", NOTES)
    .action(async (host: string, typed: TypedOptions) => {
      if (typed["disposable"] !== host) {
        throw new WinrmError("WINRM_E_ARGUMENT", "--disposable must repeat the host's name: it is going to be changed");
      }
      const { runProve } = await import("./run.js");
      if (!(await runProve(host, typed))) fail();
    });
}
