/** Commands that talk to a running simulated host through its control URL. */

import type { Command } from "commander";
import type { JournalEntry } from "../../../simulator/index";
import type { ControlSetting } from "../../../simulator/control/control";
import { WinrmError } from "../../errors";
import { type Assignment, parseAssignment, parseControlUrl } from "../shared/arguments";
import { type Cell, print, table } from "../shared/terminal";

/** A journal entry after its way through JSON. */
type JournalRow = Omit<JournalEntry, "at"> & { readonly at: string };

interface JsonOption {
  readonly json?: boolean;
}

/** Adds `set`, `unset-gpo` and `show`: the settings of the host. */
export function addSettings(simulate: Command, urlDescription: string): void {
  simulate
    .command("set")
    .description("Change a setting of a running host manually.")
    .argument("<control-url>", urlDescription, parseControlUrl)
    .argument("<path=value>", "the setting: service/auth/Basic=true", parseAssignment)
    .option("--gpo", "let Group Policy own the setting")
    .action(async (control: URL, { path, value }: Assignment, options: { readonly gpo?: boolean }) => {
      const body = JSON.stringify({ value });
      await editSetting(control, { method: "PUT", area: options.gpo === true ? "policy" : "config", path, body });
    });
  simulate
    .command("unset-gpo")
    .description("Set a policy of a running host to Not Configured.")
    .argument("<control-url>", urlDescription, parseControlUrl)
    .argument("<path>", "the setting: service/auth/Basic")
    .action(async (control: URL, path: string) => {
      await editSetting(control, { method: "DELETE", area: "policy", path });
    });
  simulate
    .command("show")
    .description("Show the settings of a running host; GPO marks those that Group Policy owns.")
    .argument("<control-url>", urlDescription, parseControlUrl)
    .option("--json", "print JSON")
    .action(async (control: URL, options: JsonOption) => {
      const settings = (await callControl(control, { method: "GET", path: ["config"] })) as ControlSetting[];
      print(...(options.json === true ? [JSON.stringify(settings)] : table(settings.map(settingRow))));
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
export function addJournal(simulate: Command, urlDescription: string): void {
  simulate
    .command("journal")
    .description("Show the requests that a running host has answered.")
    .argument("<control-url>", urlDescription, parseControlUrl)
    .option("--json", "print JSON")
    .action(async (control: URL, options: JsonOption) => {
      const entries = (await callControl(control, { method: "GET", path: ["journal"] })) as JournalRow[];
      print(...(options.json === true ? [JSON.stringify(entries)] : journalTable(entries)));
    });
}

function settingRow({ path, value, source }: ControlSetting): readonly Cell[] {
  return [{ text: path }, { text: source ?? "", style: "yellow" }, { text: value === "" ? '""' : value }];
}

function journalTable(entries: readonly JournalRow[]): string[] {
  const head = ["time", "conn", "over", "status", "logon", "what"].map((text): Cell => ({ text, style: "dim" }));
  return table([head, ...entries.map(journalRow)]);
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

/**
 * One request to the control interface of a running host.
 * @param request its path from the area on, not encoded.
 * @throws WinrmError `WINRM_E_CONNECTION_REFUSED` if no host responds, `WINRM_E_ARGUMENT` if it refuses.
 */
export async function callControl(
  control: URL,
  request: { readonly method: string; readonly path: readonly string[]; readonly body?: string | undefined },
): Promise<unknown> {
  const target = [control.href.replace(/\/$/, ""), ...request.path.map(encodeURIComponent)].join("/");
  let response: Response;
  try {
    response = await fetch(target, {
      method: request.method,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  } catch (cause) {
    throw new WinrmError(
      "WINRM_E_CONNECTION_REFUSED",
      `no simulated host responds at ${control.host}: is it still running?`,
      {
        cause,
      },
    );
  }
  const body: unknown = await response.json();
  if (response.ok) return body;
  if (response.status === 404) throw new WinrmError("WINRM_E_ARGUMENT", "this is not the control URL of that host");
  throw new WinrmError("WINRM_E_ARGUMENT", refusalIn(body));
}

function refusalIn(body: unknown): string {
  const refused = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  return typeof refused === "string" ? refused : "the host refused";
}
