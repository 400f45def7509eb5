/** `schtasks /Query`, `/Run` and `/Delete`. */

import { failure, lines, type Program, success } from "./command";

/** A task of the root folder, by its name with or without the leading backslash. */
export const schtasks: Program = (args, { host, caller }) => {
  const verb = args.find((arg) => /^\/(?:query|run|delete)$/i.test(arg))?.toLowerCase();
  const named = args[args.findIndex((arg) => arg.toLowerCase() === "/tn") + 1];
  if (verb === undefined || named === undefined) return failure(1, lines("ERROR: Invalid syntax."));
  const name = named.replace(/^\\/, "");
  const task = caller.administrator ? host.scheduler.task("\\", name) : undefined;
  if (task === undefined) return failure(1, lines("ERROR: The system cannot find the file specified."));
  if (verb === "/query") {
    const whole = args.some((arg) => /^\/xml$/i.test(arg));
    return success(whole ? lines(`<?xml version="1.0" encoding="UTF-16"?>`, task.xml) : folder(name));
  }
  if (verb === "/run") {
    const code = host.scheduler.start("\\", name);
    if (code !== 0) return failure(1, lines("ERROR: Access is denied."));
    return success(lines(`SUCCESS: Attempted to run the scheduled task "${name}".`));
  }
  // Without `/F` it asks, and nobody is there.
  if (!args.some((arg) => /^\/f$/i.test(arg))) return failure(1, lines("WARNING: Are you sure (Y/N)?"));
  host.scheduler.delete("\\", name);
  return success(lines(`SUCCESS: The scheduled task "${name}" was successfully deleted.`));
};

function folder(name: string): string {
  return lines("", "Folder: \\", `${name} N/A Ready`);
}
