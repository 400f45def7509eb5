/** What the commands on a running simulated host share: its control URL, one request, and a table of what it holds. */

import type { Command } from "commander";
import { WinrmError } from "../../errors";
import { parseControlUrl } from "../shared/arguments";
import { type Cell, print, table } from "../shared/terminal";

/** Adds a command whose first argument is the control URL of a running host. */
export function addControlCommand(simulate: Command, name: string, description: string): Command {
  const command = simulate.command(name).description(description);
  return command.argument("<control-url>", "the control URL that `simulate` printed", parseControlUrl);
}

/** Adds a command that prints what an area of a running host holds, as a table or with `--json`. */
export function addQuery(
  simulate: Command,
  query: {
    readonly name: string;
    readonly description: string;
    readonly area: string;
    /** One line of the table, of an item as that area has it. */
    readonly row: (item: never) => readonly Cell[];
    readonly head?: readonly Cell[];
  },
): void {
  addControlCommand(simulate, query.name, query.description)
    .option("--json", "print JSON")
    .action(async (control: URL, options: { readonly json?: boolean }) => {
      const items = (await callControl(control, { method: "GET", path: [query.area] })) as never[];
      const head = query.head === undefined ? [] : [query.head];
      print(...(options.json === true ? [JSON.stringify(items)] : table([...head, ...items.map(query.row)])));
    });
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
    const summary = `no simulated host responds at ${control.host}: is it still running?`;
    throw new WinrmError("WINRM_E_CONNECTION_REFUSED", summary, { cause });
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
