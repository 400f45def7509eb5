/** Commands that show and change the settings of a running simulated host, and show its journal. */

import type { Command } from "commander";
import type { JournalEntry } from "../../../simulator/index";
import type { ControlSetting } from "../../../simulator/control/control";
import { type Assignment, parseAssignment } from "../shared/arguments";
import { type Cell, print, table } from "../shared/terminal";
import { addControlCommand, addQuery, callControl } from "./control-command";

/** A journal entry after its way through JSON. */
type JournalRow = Omit<JournalEntry, "at"> & { readonly at: string };

/** Adds `set`, `unset-gpo` and `show`: the settings of the host. */
export function addSettings(simulate: Command): void {
  addControlCommand(simulate, "set", "Change a setting of a running host manually.")
    .argument("<path=value>", "the setting: service/auth/Basic=true", parseAssignment)
    .option("--gpo", "let Group Policy own the setting")
    .action(async (control: URL, { path, value }: Assignment, options: { readonly gpo?: boolean }) => {
      const body = JSON.stringify({ value });
      await editSetting(control, { method: "PUT", area: options.gpo === true ? "policy" : "config", path, body });
    });
  addControlCommand(simulate, "unset-gpo", "Set a policy of a running host to Not Configured.")
    .argument("<path>", "the setting: service/auth/Basic")
    .action(async (control: URL, path: string) => {
      await editSetting(control, { method: "DELETE", area: "policy", path });
    });
  addQuery(simulate, {
    name: "show",
    description: "Show the settings of a running host; GPO marks those that Group Policy owns.",
    area: "config",
    row: settingRow,
  });
}

/** Prints the setting as it is afterwards. @throws WinrmError `WINRM_E_ARGUMENT` if the edit is refused. */
async function editSetting(
  control: URL,
  { method, area, path, body }: { method: "PUT" | "DELETE"; area: "config" | "policy"; path: string; body?: string },
): Promise<void> {
  const settings = (await callControl(control, { method, path: [area, ...path.split("/")], body })) as ControlSetting[];
  const changed = settings.find((setting) => setting.path.toLowerCase() === path.toLowerCase());
  if (changed !== undefined) print(...table([settingRow(changed)]));
}

/** Adds `journal`: every request that the host has answered. */
export function addJournal(simulate: Command): void {
  addQuery(simulate, {
    name: "journal",
    description: "Show the requests that a running host has answered.",
    area: "journal",
    row: journalRow,
    head: ["time", "conn", "over", "status", "logon", "what"].map((text) => ({ text, style: "dim" })),
  });
}

function settingRow({ path, value, source }: ControlSetting): readonly Cell[] {
  return [{ text: path }, { text: source ?? "", style: "yellow" }, { text: value === "" ? '""' : value }];
}

function journalRow(entry: JournalRow): readonly Cell[] {
  const over = entry.sealed ? `${entry.transport} sealed` : entry.transport;
  const logon = [entry.auth, entry.account].filter((part) => part !== undefined).join(" ");
  const what = [entry.action?.split("/").at(-1), entry.resourceUri?.replace(/^.*\/wsman\/1\//, "")];
  const leaves = Object.entries(entry.leaves ?? {}).map(([path, value]) => `${path}=${value}`);
  const outcome = entry.fault === undefined ? [] : [`fault ${entry.fault}`];
  const refusal = entry.refusal === undefined ? [] : [`(${entry.refusal})`];
  const phase = entry.phase === "handshake" ? ["handshake"] : [];
  const words = [...phase, ...what.filter((word) => word !== undefined), ...leaves, ...outcome, ...refusal];
  return [
    { text: entry.at.slice(11, 23) },
    { text: String(entry.connection) },
    { text: over },
    { text: entry.status === 0 ? "cut" : String(entry.status), style: entry.status === 200 ? "green" : "yellow" },
    { text: logon },
    { text: words.join(" ") },
  ];
}
