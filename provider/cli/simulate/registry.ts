/** Commands that look at the registry of a running simulated host and edit it. */

import type { Command } from "commander";
import type { ControlRegistryValue } from "../../../simulator/control/registry";
import { type Assignment, parseAssignment, parseControlUrl } from "../shared/arguments";
import { callControl } from "./control";
import { type Cell, print, table } from "../shared/terminal";

/** Adds `reg-query`, `reg-add` and `reg-delete`. */
export function addRegistry(simulate: Command, urlDescription: string): void {
  simulate
    .command("reg-query")
    .description("Show the registry values of a running host.")
    .argument("<control-url>", urlDescription, parseControlUrl)
    .option("--json", "print JSON")
    .action(async (control: URL, options: { readonly json?: boolean }) => {
      const values = await edited(control, { method: "GET", path: ["registry"] });
      print(...(options.json === true ? [JSON.stringify(values)] : table(values.map(valueRow))));
    });
  simulate
    .command("reg-add")
    .description("Write a registry value of a running host manually; missing keys are created.")
    .argument("<control-url>", urlDescription, parseControlUrl)
    .argument("<key\\name=data>", "the value: HKLM\\SOFTWARE\\Vendor\\Level=1", parseAssignment)
    .option("--type <type>", "REG_SZ, REG_DWORD, …; default REG_DWORD for digits, else REG_SZ")
    .action(async (control: URL, { path, value }: Assignment, options: { readonly type?: string }) => {
      const type = options.type ?? registryType(value);
      const body = JSON.stringify({ value });
      const values = await edited(control, { method: "PUT", path: ["registry", type, path], body });
      const written = values.find((one) => one.path.toLowerCase() === path.toLowerCase());
      if (written !== undefined) print(...table([valueRow(written)]));
    });
  simulate
    .command("reg-delete")
    .description("Delete a registry value of a running host manually.")
    .argument("<control-url>", urlDescription, parseControlUrl)
    .argument("<key\\name>", "the value: HKLM\\SOFTWARE\\Vendor\\Level")
    .action(async (control: URL, path: string) => {
      await edited(control, { method: "DELETE", path: ["registry", path] });
    });
}

function registryType(data: string): "REG_DWORD" | "REG_SZ" {
  return /^\d+$/.test(data) ? "REG_DWORD" : "REG_SZ";
}

async function edited(
  control: URL,
  request: { readonly method: string; readonly path: readonly string[]; readonly body?: string },
): Promise<ControlRegistryValue[]> {
  return (await callControl(control, request)) as ControlRegistryValue[];
}

function valueRow({ path, type, data }: ControlRegistryValue): readonly Cell[] {
  return [{ text: path }, { text: type, style: "dim" }, { text: data === "" ? '""' : data.replaceAll("\n", "\\0") }];
}
