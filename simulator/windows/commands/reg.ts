/** `reg query`, `reg add` and `reg delete`. */

import type { Registry, RegistryValue } from "../registry";
import { type CommandContext, failure, lines, type Program, success } from "./command";
import type { ProgramOutput } from "./output";

const TEXTS = {
  "en-US": {
    done: lines("The operation completed successfully."),
    missing: lines("ERROR: The system was unable to find the specified registry key or value."),
    syntax: lines("ERROR: Invalid syntax.", 'Type "REG /?" for usage.'),
    key: lines("ERROR: Invalid key name."),
    denied: lines("ERROR: Access is denied."),
  },
  "de-DE": {
    done: lines("Der Vorgang wurde erfolgreich beendet."),
    missing: lines("FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden."),
    syntax: lines("FEHLER: Ungültige Syntax.", 'Geben Sie "REG /?" ein, um die Syntax anzuzeigen.'),
    key: lines("FEHLER: Ungültiger Schlüsselname."),
    denied: lines("FEHLER: Zugriff verweigert"),
  },
} as const;
const HIVES: Readonly<Record<string, string>> = {
  HKCR: "HKEY_CLASSES_ROOT",
  HKCU: "HKEY_CURRENT_USER",
  HKLM: "HKEY_LOCAL_MACHINE",
  HKU: "HKEY_USERS",
  HKCC: "HKEY_CURRENT_CONFIG",
};

/** `reg`. Everything that changes something needs `/f`, since nobody is there to be asked. */
export const reg: Program = (args, context) => {
  const [verb = "", key = "", ...rest] = args;
  const texts = TEXTS[context.host.language];
  const full = fullKey(key);
  if (full === undefined) return failure(1, /^(?:query|add|delete)$/i.test(verb) ? texts.key : texts.syntax);
  const options = readOptions(rest);
  if (options === undefined) return failure(1, texts.syntax);
  switch (verb.toLowerCase()) {
    case "query":
      return query(full, options, context);
    case "add":
      return add(full, options, context);
    case "delete":
      return remove(full, options, context);
    default:
      return failure(1, texts.syntax);
  }
};

function query(key: string, options: ReadonlyMap<string, string>, { host }: CommandContext): ProgramOutput {
  const missing = failure(1, TEXTS[host.language].missing);
  const name = options.get("v");
  const all = host.registry.values(key);
  if (all === undefined) return missing;
  const values = name === undefined ? all : all.filter((value) => value.name.toLowerCase() === name.toLowerCase());
  if (name !== undefined && values.length === 0) return missing;
  const shown = values.map(
    ({ name: called, value }) => `    ${called === "" ? "(Default)" : called}    ${text(value)}`,
  );
  const keys = name === undefined ? (host.registry.keys(key) ?? []).map((inner) => `${key}\\${inner}`) : [];
  return success(lines("", ...(shown.length > 0 ? [key, ...shown, ""] : []), ...keys));
}

function add(key: string, options: ReadonlyMap<string, string>, { host, caller }: CommandContext): ProgramOutput {
  const texts = TEXTS[host.language];
  if (!caller.administrator) return failure(1, texts.denied);
  const name = options.get("v");
  if (name === undefined) {
    host.registry.createKey(key);
    return success(texts.done);
  }
  const value = valueOf(options.get("t") ?? "REG_SZ", options.get("d") ?? "");
  if (value === undefined || !options.has("f")) return failure(1, texts.syntax);
  host.registry.set(key, name, value);
  return success(texts.done);
}

function remove(key: string, options: ReadonlyMap<string, string>, { host, caller }: CommandContext): ProgramOutput {
  const texts = TEXTS[host.language];
  const name = options.get("v");
  if (!caller.administrator) return failure(1, texts.denied);
  if (!options.has("f")) return failure(1, texts.syntax);
  const deleted = name === undefined ? deleteTree(host.registry, key) : host.registry.delete(key, name);
  return deleted ? success(texts.done) : failure(1, texts.missing);
}

function deleteTree(registry: Registry, key: string): boolean {
  for (const inner of registry.keys(key) ?? []) deleteTree(registry, `${key}\\${inner}`);
  return registry.deleteKey(key) === "deleted";
}

/** `/v NAME /t TYPE /d DATA /f /ve /reg:64`. */
function readOptions(args: readonly string[]): ReadonlyMap<string, string> | undefined {
  const options = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const option = /^\/(v|t|d|f|ve|reg:64)$/i.exec(args[at] ?? "")?.[1]?.toLowerCase();
    if (option === undefined) return undefined;
    if (/^[vtd]$/.test(option)) {
      at += 1;
      options.set(option, args[at] ?? "");
    } else options.set(option === "ve" ? "v" : option, "");
  }
  return options;
}

function fullKey(key: string): string | undefined {
  const [hive = "", ...path] = key.split("\\").filter((part) => part !== "");
  const name = HIVES[hive.toUpperCase()] ?? hive.toUpperCase();
  return Object.values(HIVES).includes(name) ? [name, ...path].join("\\") : undefined;
}

function text(value: RegistryValue): string {
  switch (value.type) {
    case "SZ":
    case "EXPAND_SZ":
      return `REG_${value.type}    ${value.data}`;
    case "MULTI_SZ":
      return `REG_MULTI_SZ    ${value.data.join("\\0")}`;
    case "DWORD":
    case "QWORD":
      return `REG_${value.type}    0x${value.data.toString(16)}`;
    case "BINARY":
      return `REG_BINARY    ${Buffer.from(value.data).toString("hex").toUpperCase()}`;
  }
}

function valueOf(type: string, data: string): RegistryValue | undefined {
  switch (type.toUpperCase()) {
    case "REG_SZ":
      return { type: "SZ", data };
    case "REG_EXPAND_SZ":
      return { type: "EXPAND_SZ", data };
    case "REG_DWORD": {
      const number = /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(data) ? Number(data) : Number.NaN;
      return number <= 0xffffffff ? { type: "DWORD", data: number } : undefined;
    }
    default:
      return undefined;
  }
}
