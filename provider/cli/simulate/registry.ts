/** Commands that look at the registry of a running simulated host and edit it. */

import type { Command } from "commander";
import type { ControlRegistryValue } from "../../../simulator/control/registry";
import { type Assignment, parseAssignment } from "../shared/arguments";
import { addControlCommand, addQuery, callControl } from "./control-command";
import { type Cell, print, table } from "../shared/terminal";

/** Adds `reg-query`, `reg-add` and `reg-delete`. */
export function addRegistry(simulate: Command): void {
  addQuery(simulate, {
    name: "reg-query",
    description: "Show the registry values of a running host.",
    area: "registry",
    row: valueRow,
  });
  addControlCommand(simulate, "reg-add", "Write a registry value of a running host manually; missing keys are created.")
    .argument("<key\\name=data>", "the value: HKLM\\SOFTWARE\\Vendor\\Level=1", parseAssignment)
    .option("--type <type>", "REG_SZ, REG_DWORD, …; default REG_DWORD for digits, else REG_SZ")
    .action(async (control: URL, { path, value }: Assignment, options: { readonly type?: string }) => {
      const type = options.type ?? registryType(value);
      const body = JSON.stringify({ value });
      const request = { method: "PUT", path: ["registry", type, path], body };
      const values = (await callControl(control, request)) as ControlRegistryValue[];
      const written = values.find((one) => one.path.toLowerCase() === path.toLowerCase());
      if (written !== undefined) print(...table([valueRow(written)]));
    });
  addControlCommand(simulate, "reg-delete", "Delete a registry value of a running host manually.")
    .argument("<key\\name>", "the value: HKLM\\SOFTWARE\\Vendor\\Level")
    .action(async (control: URL, path: string) => {
      await callControl(control, { method: "DELETE", path: ["registry", path] });
    });
}

function registryType(data: string): "REG_DWORD" | "REG_SZ" {
  return /^\d+$/.test(data) ? "REG_DWORD" : "REG_SZ";
}

function valueRow({ path, type, data }: ControlRegistryValue): readonly Cell[] {
  return [{ text: path }, { text: type, style: "dim" }, { text: data === "" ? '""' : data.replaceAll("\n", "\\0") }];
}
