/** `pulumi-winrm simulate`: a simulated Windows host, and hand edits of a running one. */

import type { Command } from "commander";
import {
  type Assignment,
  collectAssignment,
  collectName,
  parseAssignment,
  parseControlUrl,
  parseMilliseconds,
  parsePort,
} from "../shared/arguments";
import { addRegistry } from "./registry";
import { addJournal, addShow, editSetting } from "./control";
import { runHost, type SimulateOptions } from "./run";

const EXAMPLES = `
Examples:
  A host over http and https with Basic on, where Group Policy owns one setting:
    $ pulumi-winrm simulate --http 5985 --https 5986 --set service/auth/Basic=true --gpo service/AllowUnencrypted=false

  Somebody changes a setting by hand, in another terminal:
    $ pulumi-winrm simulate set http://127.0.0.1:40123/TOKEN service/auth/Negotiate=false
    $ pulumi-winrm simulate show http://127.0.0.1:40123/TOKEN

  Somebody edits the registry:
    $ pulumi-winrm simulate reg-add http://127.0.0.1:40123/TOKEN 'HKLM\\SOFTWARE\\Vendor\\Level=1'
    $ pulumi-winrm simulate reg-query http://127.0.0.1:40123/TOKEN
`;
const CONTROL_URL = "the control URL that `simulate` printed";

/** Adds the command and its subcommands. The simulated host is loaded when one is started. */
export function addSimulate(program: Command): void {
  const simulate = program
    .command("simulate")
    .description("Start a simulated Windows host on 127.0.0.1 and keep it until Ctrl-C.")
    .enablePositionalOptions()
    .option("--name <netbios>", "computer name", "WEB01")
    .option("--http [port]", "listen over http (the default if no --https is given)", parsePort)
    .option("--https [port]", "listen over https with a fresh self-signed certificate", parsePort)
    .option("--certificate-out <file>", "write the https certificate there, as PEM")
    .option("--account <name>", "the local administrator that may log on", "Administrator")
    .option(
      "--password-env <variable>",
      "environment variable with its password; without it one is made up and printed",
    )
    .option(
      "--user <name>",
      "another local account, no administrator, may be repeated; nobody knows its password",
      collectName,
    )
    .option("--set <path=value>", "a local setting, may be repeated: service/auth/Basic=true", collectAssignment)
    .option("--gpo <path=value>", "a setting that Group Policy owns, may be repeated", collectAssignment)
    .option("--no-quick-config", "`winrm quickconfig` was not run: LocalAccountTokenFilterPolicy is absent")
    .option("--keytab <file>", "join a Kerberos domain, with the keys of the host's service principal")
    .option("--authority <file>", "trust an authority of client certificates, as PEM")
    .option("--latency <ms>", "how long every answer waits", parseMilliseconds)
    .option("--json", "print one line of JSON instead of text")
    .addHelpText("after", EXAMPLES)
    .action(async (options: SimulateOptions) => {
      await runHost(options);
    });
  simulate
    .command("set")
    .description("Change a setting of a running host by hand.")
    .argument("<control-url>", CONTROL_URL, parseControlUrl)
    .argument("<path=value>", "the setting: service/auth/Basic=true", parseAssignment)
    .option("--gpo", "let Group Policy own the setting")
    .action(async (control: URL, { path, value }: Assignment, options: { readonly gpo?: boolean }) => {
      await editSetting(control, { method: "PUT", area: options.gpo === true ? "policy" : "config", path, value });
    });
  simulate
    .command("unset-gpo")
    .description("Set a policy of a running host to Not Configured.")
    .argument("<control-url>", CONTROL_URL, parseControlUrl)
    .argument("<path>", "the setting: service/auth/Basic")
    .action(async (control: URL, path: string) => {
      await editSetting(control, { method: "DELETE", area: "policy", path });
    });
  addShow(simulate, CONTROL_URL);
  addRegistry(simulate, CONTROL_URL);
  addJournal(simulate, CONTROL_URL);
}
