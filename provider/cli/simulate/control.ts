/** Commands that show what a running simulated host holds, change it manually, and show its journal. */

import type { Command } from "commander";
import type { CertMapping, GroupView, JournalEntry } from "../../../simulator/index";
import type { ControlSetting } from "../../../simulator/control/control";
import type { ControlRegistryValue } from "../../../simulator/control/registry";
import { type Assignment, parseAssignment } from "../shared/arguments";
import { type Cell, print, table } from "../shared/terminal";
import { addControlCommand, callControl, printsArea } from "./control-command";

/** A journal entry after its way through JSON. */
type JournalRow = Omit<JournalEntry, "at"> & { readonly at: string };

/** Adds the commands in the order in which the help lists them. */
export function addControl(simulate: Command): void {
  addSettings(simulate);
  addGroups(simulate);
  addMappings(simulate);
  addRegistry(simulate);
  const journal = addControlCommand(simulate, "journal", "Show the requests that a running host has answered.");
  const head = ["time", "conn", "over", "status", "logon", "what"];
  printsArea(journal, "journal", journalRow, [head.map((text) => ({ text, style: "dim" }))]);
}

function addSettings(simulate: Command): void {
  addControlCommand(simulate, "set", "Change a setting of a running host manually.")
    .argument("<path=value>", "the setting: service/auth/Basic=true", parseAssignment)
    .option("--gpo", "let Group Policy own the setting")
    .action(async (control: URL, { path, value }: Assignment, options: { readonly gpo?: boolean }) => {
      const area = options.gpo === true ? "policy" : "config";
      const settings = await callControl<ControlSetting[]>(control, "PUT", [area, ...path.split("/")], value);
      printAt(path, settings, settingRow);
    });
  addControlCommand(simulate, "unset-gpo", "Set a policy of a running host to Not Configured.")
    .argument("<path>", "the setting: service/auth/Basic")
    .action(async (control: URL, path: string) => {
      const settings = await callControl<ControlSetting[]>(control, "DELETE", ["policy", ...path.split("/")]);
      printAt(path, settings, settingRow);
    });
  const about = "Show the settings of a running host; GPO marks those that Group Policy owns.";
  printsArea(addControlCommand(simulate, "show", about), "config", settingRow);
}

function addGroups(simulate: Command): void {
  const about = "Show the local groups of a running host and their members.";
  printsArea(addControlCommand(simulate, "groups", about), "groups", groupRow);
  for (const [name, method, description] of [
    ["member-add", "PUT", "Add a member to a local group of a running host manually."],
    ["member-remove", "DELETE", "Remove a member from a local group of a running host manually."],
  ] as const) {
    addControlCommand(simulate, name, description)
      .argument("<group>", "the group, by name or SID: 'Remote Management Users'")
      .argument("<member>", "the account or group, by name or SID")
      .action(async (control: URL, group: string, member: string) => {
        const groups = await callControl<GroupView[]>(control, method, ["groups", group, member]);
        const wanted = group.toLowerCase();
        const changed = groups.filter(({ name, sid }) => [name.toLowerCase(), sid.toLowerCase()].includes(wanted));
        print(...table(changed.map(groupRow)));
      });
  }
}

function addMappings(simulate: Command): void {
  const about = "Show the certificate mappings of a running host.";
  printsArea(addControlCommand(simulate, "mappings", about), "mappings", mappingRow);
  for (const [verb, method, value] of [
    ["Enable", "PUT", "enabled"],
    ["Disable", "PUT", "disabled"],
    ["Remove", "DELETE", undefined],
  ] as const) {
    const description = `${verb} a certificate mapping of a running host manually.`;
    addControlCommand(simulate, `mapping-${verb.toLowerCase()}`, description)
      .argument("<subject>", "the name in the certificate")
      .argument("<issuer>", "SHA-1 thumbprint of the certificate that issued it")
      .option("--uri <uri>", "the resource URIs that the mapping applies to", "*")
      .action(async (control: URL, subject: string, issuer: string, { uri }: { readonly uri: string }) => {
        const path = ["mappings", uri, subject, issuer];
        const mappings = await callControl<CertMapping[]>(control, method, path, value);
        print(...table(mappings.map(mappingRow)));
      });
  }
}

function addRegistry(simulate: Command): void {
  const about = "Show the registry values of a running host.";
  printsArea(addControlCommand(simulate, "reg-query", about), "registry", valueRow);
  addControlCommand(simulate, "reg-add", "Write a registry value of a running host manually; missing keys are created.")
    .argument("<key\\name=data>", "the value: HKLM\\SOFTWARE\\Vendor\\Level=1", parseAssignment)
    .option("--type <type>", "REG_SZ, REG_DWORD, …; default REG_DWORD for digits, else REG_SZ")
    .action(async (control: URL, { path, value }: Assignment, options: { readonly type?: string }) => {
      const type = options.type ?? (/^\d+$/.test(value) ? "REG_DWORD" : "REG_SZ");
      const values = await callControl<ControlRegistryValue[]>(control, "PUT", ["registry", type, path], value);
      printAt(path, values, valueRow);
    });
  addControlCommand(simulate, "reg-delete", "Delete a registry value of a running host manually.")
    .argument("<key\\name>", "the value: HKLM\\SOFTWARE\\Vendor\\Level")
    .action(async (control: URL, path: string) => {
      await callControl(control, "DELETE", ["registry", path]);
    });
}

/** Prints what was edited as it is afterwards. */
function printAt<Item extends { readonly path: string }>(
  path: string,
  items: readonly Item[],
  row: (item: Item) => readonly Cell[],
): void {
  const edited = items.find((item) => item.path.toLowerCase() === path.toLowerCase());
  if (edited !== undefined) print(...table([row(edited)]));
}

function settingRow({ path, value, source }: ControlSetting): readonly Cell[] {
  return [path, { text: source ?? "", style: "yellow" }, value === "" ? '""' : value];
}

function groupRow({ name, sid, members }: GroupView): readonly Cell[] {
  return [name, { text: sid, style: "dim" }, members.join(", ")];
}

function mappingRow({ uri, subject, issuer, userName, enabled }: CertMapping): readonly Cell[] {
  const state: Cell = enabled ? "enabled" : { text: "disabled", style: "yellow" };
  return [subject, { text: issuer, style: "dim" }, uri, userName, state];
}

function valueRow({ path, type, data }: ControlRegistryValue): readonly Cell[] {
  return [path, { text: type, style: "dim" }, data === "" ? '""' : data.replaceAll("\n", "\\0")];
}

function journalRow(entry: JournalRow): readonly Cell[] {
  const over = entry.sealed ? `${entry.transport} sealed` : entry.transport;
  const status: Cell = {
    text: entry.status === 0 ? "cut" : String(entry.status),
    style: entry.status === 200 ? "green" : "yellow",
  };
  const logon = [entry.auth, entry.account].filter((part) => part !== undefined).join(" ");
  const words = [
    entry.phase === "handshake" ? "handshake" : undefined,
    entry.action?.split("/").at(-1),
    entry.resourceUri?.replace(/^.*\/wsman\/1\//, ""),
    ...Object.entries(entry.leaves ?? {}).map(([path, value]) => `${path}=${value}`),
    entry.fault === undefined ? undefined : `fault ${entry.fault}`,
    entry.refusal === undefined ? undefined : `(${entry.refusal})`,
  ];
  const what = words.filter((word) => word !== undefined).join(" ");
  return [entry.at.slice(11, 23), String(entry.connection), over, status, logon, what];
}
