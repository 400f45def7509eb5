/** `schtasks /Query`, `/Run` and `/Delete`. */

import { failure, lines, type Program, success } from "./command";

const TEXTS = {
  "en-US": {
    syntax: lines("ERROR: Invalid syntax."),
    missing: lines("ERROR: The system cannot find the file specified."),
    folder: "Folder: \\",
    ready: "Ready",
    denied: lines("ERROR: Access is denied."),
    started: (name: string) => lines(`SUCCESS: Attempted to run the scheduled task "${name}".`),
    question: lines("WARNING: Are you sure (Y/N)?"),
    deleted: (name: string) => lines(`SUCCESS: The scheduled task "${name}" was successfully deleted.`),
  },
  "de-DE": {
    syntax: lines("FEHLER: Ungültige Syntax."),
    missing: lines("FEHLER: Das System kann die angegebene Datei nicht finden."),
    folder: "Ordner: \\",
    ready: "Bereit",
    denied: lines("FEHLER: Zugriff verweigert"),
    started: (name: string) => lines(`ERFOLGREICH: Es wurde versucht, die geplante Aufgabe "${name}" auszuführen.`),
    question: lines("WARNUNG: Möchten Sie wirklich fortfahren (J/N)?"),
    deleted: (name: string) => lines(`ERFOLGREICH: Die geplante Aufgabe "${name}" wurde erfolgreich gelöscht.`),
  },
} as const;

/** A task of the root folder, by its name with or without the leading backslash. */
export const schtasks: Program = (args, { host, caller }) => {
  const texts = TEXTS[host.language];
  const verb = args.find((arg) => /^\/(?:query|run|delete)$/i.test(arg))?.toLowerCase();
  const named = args[args.findIndex((arg) => arg.toLowerCase() === "/tn") + 1];
  if (verb === undefined || named === undefined) return failure(1, texts.syntax);
  const name = named.replace(/^\\/, "");
  const task = caller.administrator ? host.scheduler.task("\\", name) : undefined;
  if (task === undefined) return failure(1, texts.missing);
  if (verb === "/query") {
    const whole = args.some((arg) => /^\/xml$/i.test(arg));
    if (whole) return success(lines(`<?xml version="1.0" encoding="UTF-16"?>`, task.xml));
    return success(lines("", texts.folder, `${name} N/A ${texts.ready}`));
  }
  if (verb === "/run") {
    const code = host.scheduler.start("\\", name);
    return code === 0 ? success(texts.started(name)) : failure(1, texts.denied);
  }
  // Without `/F` it asks, and nobody is there.
  if (!args.some((arg) => /^\/f$/i.test(arg))) return failure(1, texts.question);
  host.scheduler.delete("\\", name);
  return success(texts.deleted(name));
};
