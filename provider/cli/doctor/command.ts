/** `pulumi-winrm doctor`: connects step by step and explains. */

import type { Command } from "commander";
import { type TypedOptions, addHostCommand } from "../shared/connection-options";

const EXAMPLES = `
What is left out comes from the environment: WINRM_USERNAME, WINRM_PASSWORD, WINRM_TRANSPORT, WINRM_CA, ...
A password is never typed: name the variable or the file that holds it.

Examples:
  With a password, for an account of a domain or of the host itself:
    $ WINRM_PASSWORD=... pulumi-winrm doctor web01.corp.example.com --username 'CORP\\ops'

  With the ticket of kinit, and with a keytab:
    $ pulumi-winrm doctor web01.corp.example.com
    $ pulumi-winrm doctor web01.corp.example.com --username ops@CORP.EXAMPLE.COM --keytab ./ops.keytab

  With a client certificate:
    $ pulumi-winrm doctor web01.corp.example.com --cert ./ops.pem --key ./ops.key

  Over http, for a program:
    $ WINRM_TRUSTED_HOSTS=10.0.0.7 pulumi-winrm doctor 10.0.0.7 --transport http --username 'WEB01\\ops' --password-file ./password --json

It logs in once and changes nothing. Exit codes: 0 all well, 1 a step failed, 2 wrong usage.
`;

/** Adds the command; what it needs is loaded when it runs. */
export function addDoctor(program: Command, exitWith: (exitCode: number) => void): void {
  addHostCommand(program, "doctor", "Connect to a host step by step, and explain what does not work.")
    .option("--trace", "print each connection, step of the logon and message to standard error")
    .addHelpText("after", EXAMPLES)
    .action(async (host: string, typed: TypedOptions) => {
      const { runDoctor } = await import("./run.js");
      exitWith(await runDoctor(host, typed));
    });
}
