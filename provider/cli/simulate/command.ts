/** `pulumi-winrm simulate`: simulated Windows hosts, and hand edits of running ones. */

import type { Command } from "commander";
import { numberFrom, parseAccount, parseAssignment, repeated } from "../shared/arguments";
import { addControl } from "./control";
import { runHosts, type SimulateOptions } from "./run";

const EXAMPLES = `
Examples:
  A host over http and https with Basic on, where Group Policy owns one setting:
    $ npx pulumi-winrm simulate --http 5985 --https 5986 --set service/auth/Basic=true --gpo service/AllowUnencrypted=false

  Twenty hosts, and a file that says how to reach them:
    $ npx pulumi-winrm simulate --count 20 --inventory hosts.json

  Drift of each resource, in another terminal:
    $ npx pulumi-winrm simulate set http://127.0.0.1:40123/TOKEN service/auth/Negotiate=false
    $ npx pulumi-winrm simulate set http://127.0.0.1:40123/TOKEN client/TrustedHosts=srv9
    $ npx pulumi-winrm simulate member-add http://127.0.0.1:40123/TOKEN 'Remote Management Users' kim
    $ npx pulumi-winrm simulate mapping-disable http://127.0.0.1:40123/TOKEN svc@example ISSUER
    $ npx pulumi-winrm simulate reg-add http://127.0.0.1:40123/TOKEN 'HKLM\\SOFTWARE\\Vendor\\Level=1'
`;

const parseCount = numberFrom(1, 500, "Give a number of hosts, 1 to 500.");
/** 0 for a free one. */
const parseListeningPort = numberFrom(0, 65_535, "A port is a number from 1 to 65535.");
const parseMilliseconds = numberFrom(0, 3_600_000, "Give whole milliseconds, at most 3600000.");

/** Adds the command and its subcommands. The simulated host is loaded when one is started. */
export function addSimulate(program: Command): void {
  const simulate = program
    .command("simulate")
    .description("Start simulated Windows hosts on 127.0.0.1 and keep them until Ctrl-C.")
    .enablePositionalOptions()
    .option("--name <netbios>", "computer name", "WEB01")
    .option("--count <hosts>", "how many hosts; names and given ports count up", parseCount)
    .option("--http [port]", "listen over http (the default if no --https is given)", parseListeningPort)
    .option("--https [port]", "listen over https with a fresh self-signed certificate", parseListeningPort)
    .option("--certificate-out <file>", "write the https certificate there, as PEM")
    .option("--inventory <file>", "write names, connections and control URLs there, as JSON")
    .option("--account <name>", "the local administrator that may log on", "Administrator")
    .option(
      "--password-env <variable>",
      "environment variable with its password; without it one is generated and printed",
    )
    .option(
      "--user <name=variable>",
      "another local account, no administrator, and the environment variable with its password (generated without), may be repeated",
      repeated(parseAccount),
    )
    .option(
      "--set <path=value>",
      "a local setting, may be repeated: service/auth/Basic=true",
      repeated(parseAssignment),
    )
    .option("--gpo <path=value>", "a setting that Group Policy owns, may be repeated", repeated(parseAssignment))
    .option("--no-quick-config", "`winrm quickconfig` was not run: LocalAccountTokenFilterPolicy is absent")
    .option(
      "--deny-network-logon <principal>",
      "may not log on over the network, by name or SID, may be repeated",
      repeated(String),
    )
    .option("--public-network", "a network connection is Public: AllowUnencrypted cannot be changed")
    .option("--keytab <file>", "join a Kerberos domain, with the keys of the host's service principal")
    .option("--authority <file>", "trust an authority of client certificates, as PEM")
    .option("--latency <ms>", "how long every response waits", parseMilliseconds)
    .option("--json", "print one line of JSON for each host instead of text")
    .addHelpText("after", EXAMPLES)
    .action((options: SimulateOptions) => runHosts(options));
  addControl(simulate);
}
