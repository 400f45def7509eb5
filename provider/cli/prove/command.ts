/** `pulumi-winrm prove`: asks a disposable Windows host whether it is as commit-confirm assumes. */

import type { Command } from "commander";
import { WinrmError } from "../../errors";
import { MACHINE_CLOCK } from "../../lifecycle/change/confirm/clock";
import { SessionPool } from "../../session/session-pool";
import { displayHost } from "../../session/target";
import { type TypedOptions, addConnectionOptions } from "../shared/connection-options";
import { print } from "../shared/terminal";
import { targetOf } from "../doctor/command";
import { type ProofRow, prove } from "./rows";

/** Two windows and two second looks, with room. */
const TIME_LIMIT_MS = 900_000;
const NOTES = `
It registers scheduled tasks as SYSTEM, switches service/auth/CredSSP on and off, and lets the host restart WinRM once.
Take a snapshot first. It takes about four minutes, and cleans up. --disposable HOST repeats the host's name, since this is
not for a host that anybody needs.

Not asked from here, look on the host: that local winrm commands fail with client Negotiate off, that a restart of Windows
within the window restores, that policies which block processes of WMI leave the task alone.

Exit codes: 0 all as assumed, 1 something differs, 2 wrong usage.
`;

/** Adds the command. `fail` is called if something differs. */
export function addProve(program: Command, fail: () => void): void {
  const command = program
    .command("prove")
    .description("Ask a disposable Windows host whether it is as commit-confirm assumes.")
    .argument("<host>", "DNS name or IP address");
  addConnectionOptions(command);
  command
    .requiredOption("--disposable <host>", "the host's name once more")
    .option("--json", "print one line of JSON instead of text")
    .addHelpText("after", NOTES)
    .action(async (host: string, typed: TypedOptions) => {
      if (typed["disposable"] !== host) {
        throw new WinrmError("WINRM_E_ARGUMENT", "--disposable must repeat the host's name: it is going to be changed");
      }
      const rows = await run(host, typed);
      if (rows.some(({ holds }) => !holds)) fail();
    });
}

async function run(host: string, typed: TypedOptions): Promise<readonly ProofRow[]> {
  const { target } = targetOf(host, typed);
  const pool = new SessionPool();
  const json = typed["json"] === true;
  const onRow = ({ row, expected, observed, holds }: ProofRow) => {
    if (!json)
      print(`${holds ? "as assumed" : "DIFFERS   "}  ${row}`, `            expected ${expected}; observed ${observed}`);
  };
  try {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    const rows = await prove({ pool, target, clock: MACHINE_CLOCK, signal, onRow });
    if (json) print(JSON.stringify({ host: displayHost(target), rows }));
    return rows;
  } finally {
    pool.close();
  }
}
