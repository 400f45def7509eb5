/** What the commands on a running simulated host share: its control URL, one request, and a table of what it holds. */

import type { Command } from "commander";
import { isRecord } from "../../contract/checks";
import { WinrmError } from "../../errors";
import { parseControlUrl } from "../shared/arguments";
import { type Cell, print, table } from "../shared/terminal";

/** Adds a command whose first argument is the control URL of a running host. */
export function addControlCommand(simulate: Command, name: string, description: string): Command {
  const command = simulate.command(name).description(description);
  return command.argument("<control-url>", "the control URL that `simulate` printed", parseControlUrl);
}

/**
 * Has a command print what an area of the host holds, as a table or with `--json`.
 * @param row one line of the table, of an item as that area has it.
 */
export function printsArea(
  command: Command,
  area: string,
  row: (item: never) => readonly Cell[],
  head: readonly (readonly Cell[])[] = [],
): void {
  command.option("--json", "print JSON").action(async (control: URL, options: { readonly json?: boolean }) => {
    const items = await callControl<never[]>(control, "GET", [area]);
    print(...(options.json === true ? [JSON.stringify(items)] : table([...head, ...items.map(row)])));
  });
}

/**
 * One request to the control interface of a running host.
 * @param path from the area on, not encoded.
 * @throws WinrmError `WINRM_E_CONNECTION_REFUSED` if no host responds, `WINRM_E_ARGUMENT` if it refuses.
 */
export async function callControl<Answer>(
  control: URL,
  method: "GET" | "PUT" | "DELETE",
  path: readonly string[],
  value?: string,
): Promise<Answer> {
  const target = [control.href.replace(/\/$/, ""), ...path.map(encodeURIComponent)].join("/");
  const content = value === undefined ? {} : { body: JSON.stringify({ value }) };
  const response = await fetch(target, { method, ...content }).catch((cause: unknown) => {
    const summary = `no simulated host responds at ${control.host}: is it still running?`;
    throw new WinrmError("WINRM_E_CONNECTION_REFUSED", summary, { cause });
  });
  const body: unknown = await response.json();
  if (response.ok) return body as Answer;
  if (response.status === 404) throw new WinrmError("WINRM_E_ARGUMENT", "this is not the control URL of that host");
  const refusal = isRecord(body) ? body["error"] : undefined;
  throw new WinrmError("WINRM_E_ARGUMENT", typeof refusal === "string" ? refusal : "the host refused");
}
