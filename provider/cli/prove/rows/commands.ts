/** What programs of the host do with their command lines, and how they end. */

import { randomUUID } from "node:crypto";
import { ridOf } from "../../../host/accounts/local-accounts";
import { adsiCommand, netCommand } from "../../../host/accounts/local-group-commands";
import {
  ADMINISTRATORS,
  type LocalGroup,
  groupKey,
  listLocalGroups,
  readMembers,
} from "../../../host/accounts/local-groups";
import { BUILT_IN_ADMINISTRATOR_RID } from "../../../lifecycle/safety/caller/account";
import { CMD_SHELL_URI, NAMESPACES, SHELL_ACTIONS } from "../../../wsman/uris";
import { child } from "../../../wsman/xml";
import type { ProvenHost } from "../proven-host";
import { type Row, Unchecked, inTurn, row } from "../row";

/** Event Log Readers: nobody is added to it. */
export const HARMLESS_GROUP = "S-1-5-32-573";
const NOBODY = "pulumi-nobody";
const NOBODY_SID = "S-1-5-21-1-2-3-4444";
const WIN32_FACILITY = 0x80070000;

/** Lines, and what they print when each operator binds as it should. */
const LINES = [
  ["| before &&", "echo a| (exit 1) && echo wrong || echo right", "right"],
  ["&& before ||", "ver >nul || ver >nul && echo wrong", ""],
  ["|| before &", "echo a| (exit 0) || echo wrong & echo right", "right"],
  ["exit ends the line", "(echo right & exit) & echo wrong", "right"],
] as const;

const ADSI = [
  ["nobody on the host", NOBODY, 1317],
  ["nobody in an unknown domain", `PULUMINOBODY\\${NOBODY}`, 1355],
  ["nobody's SID", NOBODY_SID, 1387],
] as const;

/** The rows of this subject, in their order. */
export const COMMAND_ROWS: readonly Row[] = [
  row("cmd-order", { expected: LINES.map(([rule]) => rule).join(", ") }, (host) =>
    host.shell((run) =>
      inTurn(LINES, async ([rule, line, printed]) => {
        const { stdout } = await run(line);
        return stdout.trim() === printed ? rule : `not: ${rule}`;
      }),
    ),
  ),
  row("sc-state", { expected: "the digit 4" }, async (host) => {
    const { stdout } = await host.shell((run) => run("sc query WinRM"));
    return stdout.includes(": 4 ") ? "the digit 4" : "not the digit 4";
  }),
  row("shell-ids", { expected: "taken" }, async ({ client, signal }) => {
    const wanted = randomUUID().toUpperCase();
    const about = { resourceUri: CMD_SHELL_URI, operation: "open a command shell", writes: true };
    const streams = { "rsp:InputStreams": "stdin", "rsp:OutputStreams": "stdout stderr" };
    const body = { "rsp:Shell": { "@": { "xmlns:rsp": NAMESPACES.rsp, ShellId: wanted }, ...streams } };
    const response = await client.run({ ...about, action: SHELL_ACTIONS.create, body }, signal);
    const id = child(child(response, NAMESPACES.rsp, "Shell"), NAMESPACES.rsp, "ShellId")?.text.trim() ?? wanted;
    await client.run({ ...about, action: SHELL_ACTIONS.delete, selectors: { ShellId: id } }, signal);
    return id.toUpperCase() === wanted ? "taken" : "the host has chosen another";
  }),
  row("net-numbers", { expected: "a service that runs: 2182, a member: 1378" }, async (host) => {
    const { client, signal } = host;
    const group = await groupOf(host, ADMINISTRATORS);
    const members = await readMembers(client, signal, groupKey(group));
    // Windows does not let anyone remove it from the group.
    const builtIn = members.find(({ sid, local }) => local && ridOf(sid) === BUILT_IN_ADMINISTRATOR_RID);
    if (builtIn === undefined) throw new Unchecked("the host shows no built-in Administrator");
    const again = netCommand({ group: group.name, member: builtIn.name, action: "add" });
    if (again === undefined) throw new Unchecked("net does not take the name");
    const commands = [
      ["a service that runs", "net start WinRM", "2182"],
      ["a member", again, "1378"],
    ] as const;
    return await host.shell((run) =>
      inTurn(commands, async ([shown, line, number]) => {
        const { stdout, stderr } = await run(line);
        return `${shown}: ${`${stdout}${stderr}`.includes(number) ? number : "no such number"}`;
      }),
    );
  }),
  row("net-output", { expected: "2 with a text on standard error, 1 with the help text on standard error" }, (host) =>
    host.shell(async (run) => {
      const refused = await run(`net localgroup ${NOBODY}`);
      const help = await run(`net localgroup ${NOBODY} ${"x".repeat(21)} /add`);
      const where = ({ stderr }: { readonly stderr: string }) => (stderr.trim() === "" ? "output" : "error");
      return (
        `${refused.exitCode ?? "none"} with a text on standard ${where(refused)}, ` +
        `${help.exitCode ?? "none"} with the help text on standard ${where(help)}`
      );
    }),
  ),
  row("unknown-names", { expected: ADSI.map(([shown, , code]) => `${shown}: ${code}`).join(", ") }, async (host) => {
    const group = await harmlessGroup(host);
    return await inTurn(ADSI, async ([shown, member]) => `${shown}: ${await adsi(host, group, member)}`);
  }),
  row("adsi-codes", { expected: "no such group: 2220" }, async (host) => {
    return `no such group: ${await adsi(host, NOBODY, "Administrator")}`;
  }),
];

/** Its name in the language of the host. */
export async function harmlessGroup(host: ProvenHost): Promise<string> {
  return (await groupOf(host, HARMLESS_GROUP)).name;
}

async function groupOf({ client, signal }: ProvenHost, wanted: string): Promise<LocalGroup> {
  const group = (await listLocalGroups(client, signal)).find(({ sid }) => sid === wanted);
  if (group === undefined) throw new Unchecked(`the host has no group ${wanted}`);
  return group;
}

async function adsi(host: ProvenHost, group: string, member: string): Promise<number | string> {
  const command = adsiCommand({ group, member, action: "add" });
  if (command === undefined) throw new Unchecked("ADSI does not take the name");
  const { exitCode } = await host.shell((run) => run(command));
  if (exitCode === undefined) return "no exit code";
  return exitCode >= WIN32_FACILITY && exitCode < WIN32_FACILITY + 0x10000 ? exitCode - WIN32_FACILITY : exitCode;
}
