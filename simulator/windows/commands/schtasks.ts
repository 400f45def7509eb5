/** `schtasks /Query` and `/Delete`. */

import { failure, lines, type Program, success } from "./command";

/** A task of the root folder, by its name with or without the leading backslash. */
export const schtasks: Program = (args, { host, caller }) => {
  const verb = args.find((arg) => /^\/(?:query|delete)$/i.test(arg))?.toLowerCase();
  const named = args[args.findIndex((arg) => arg.toLowerCase() === "/tn") + 1];
  if (verb === undefined || named === undefined) return failure(1, lines("ERROR: Invalid syntax."));
  const name = named.replace(/^\\/, "");
  const known = caller.administrator && host.scheduler.task("\\", name) !== undefined;
  if (!known) return failure(1, lines("ERROR: The system cannot find the file specified."));
  if (verb === "/query") return success(lines("", "Folder: \\", `${name} N/A Ready`));
  // Without `/F` it asks, and nobody is there.
  if (!args.some((arg) => /^\/f$/i.test(arg))) return failure(1, lines("WARNING: Are you sure (Y/N)?"));
  host.scheduler.delete("\\", name);
  return success(lines(`SUCCESS: The scheduled task "${name}" was successfully deleted.`));
};
