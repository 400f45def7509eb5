/** The registry of the host: keys, and values with their types. Names are compared without regard to case. */

import { WinrmError } from "../../provider/errors";

/** A value with its type. */
export type RegistryValue =
  | { readonly type: "SZ" | "EXPAND_SZ"; readonly data: string }
  | { readonly type: "MULTI_SZ"; readonly data: readonly string[] }
  /** 0 to 4294967295. */
  | { readonly type: "DWORD"; readonly data: number }
  /** 0 to 2^64 - 1. */
  | { readonly type: "QWORD"; readonly data: bigint }
  | { readonly type: "BINARY"; readonly data: Uint8Array };

/** A value as a person gives it: a number is a DWORD, a text an SZ. */
export type RegistryData = RegistryValue | number | string;

/** Keys, such as `HKLM\SOFTWARE\Vendor`, with their values by name; the default value's name is the empty text. */
export type RegistryContent = Readonly<Record<string, Readonly<Record<string, RegistryData>>>>;

/** A value and its name as it was first written. */
export interface NamedRegistryValue {
  readonly name: string;
  readonly value: RegistryValue;
}

/** Where Windows keeps `LocalAccountTokenFilterPolicy`, `FilterAdministratorToken` and `EnableLUA`. */
export const SYSTEM_POLICIES_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";

/** The value of remote UAC. */
export const TOKEN_FILTER_POLICY = "LocalAccountTokenFilterPolicy";

interface Key {
  readonly name: string;
  readonly keys: Map<string, Key>;
  readonly values: Map<string, NamedRegistryValue>;
}

const HIVES: Readonly<Record<string, string>> = {
  HKEY_CLASSES_ROOT: "HKCR",
  HKEY_CURRENT_USER: "HKCU",
  HKEY_LOCAL_MACHINE: "HKLM",
  HKEY_USERS: "HKU",
  HKEY_CURRENT_CONFIG: "HKCC",
};
/** What a fresh server holds, as far as this model needs it. */
const FRESH: RegistryContent = {
  [SYSTEM_POLICIES_KEY]: { ConsentPromptBehaviorAdmin: 5, EnableLUA: 1, FilterAdministratorToken: 0 },
  [`${SYSTEM_POLICIES_KEY}\\UIPI`]: {},
};
const DWORD_LIMIT = 2 ** 32;
const QWORD_LIMIT = 2n ** 64n;

/** The registry of one host. A key is written with its hive, short or long: `HKLM\SOFTWARE` or `HKEY_LOCAL_MACHINE\SOFTWARE`. */
export class Registry {
  readonly #hives: ReadonlyMap<string, Key>;

  /**
   * @param content what the host holds beside what a fresh Windows has.
   * @throws WinrmError `WINRM_E_ARGUMENT` for a wrong hive or data that does not fit its type.
   */
  constructor(content: RegistryContent = {}) {
    this.#hives = new Map(Object.values(HIVES).map((name) => [name, emptyKey(name)]));
    for (const prepared of [FRESH, content]) {
      for (const [key, values] of Object.entries(prepared)) {
        this.createKey(key);
        for (const [name, data] of Object.entries(values)) this.set(key, name, data);
      }
    }
  }

  /** The value; absent if the value or the key is not there. @throws WinrmError `WINRM_E_ARGUMENT` for a wrong hive. */
  get(key: string, name: string): RegistryValue | undefined {
    return this.#find(key)?.values.get(name.toLowerCase())?.value;
  }

  /** The number in a DWORD; absent if there is no such value or it has another type. */
  getDword(key: string, name: string): number | undefined {
    const value = this.get(key, name);
    return value?.type === "DWORD" ? value.data : undefined;
  }

  /**
   * Writes a value, whatever type it had, and creates missing keys, as `reg add` does.
   * @throws WinrmError `WINRM_E_ARGUMENT` for a wrong hive or data that does not fit its type.
   */
  set(key: string, name: string, data: RegistryData): void {
    const value = checked(typed(data));
    const { values } = this.#create(key);
    const known = values.get(name.toLowerCase());
    values.set(name.toLowerCase(), { name: known?.name ?? name, value });
  }

  /** Deletes a value. @returns false if it was not there. */
  delete(key: string, name: string): boolean {
    return this.#find(key)?.values.delete(name.toLowerCase()) ?? false;
  }

  /** The names of the subkeys; absent if the key is not there. */
  keys(key: string): readonly string[] | undefined {
    const found = this.#find(key);
    return found === undefined ? undefined : [...found.keys.values()].map(({ name }) => name);
  }

  /** The values in the order in which they were first written; absent if the key is not there. */
  values(key: string): readonly NamedRegistryValue[] | undefined {
    const found = this.#find(key);
    return found === undefined ? undefined : [...found.values.values()];
  }

  /** Creates a key and the missing ones above it. */
  createKey(key: string): void {
    this.#create(key);
  }

  /** Deletes a key with its values. @returns `has-subkeys` or `not-found` if it was left as it is. */
  deleteKey(key: string): "deleted" | "not-found" | "has-subkeys" {
    const { root, path } = this.#split(key);
    const name = path.at(-1);
    const parent = walk(root, path.slice(0, -1));
    const found = name === undefined ? undefined : parent?.keys.get(name.toLowerCase());
    if (parent === undefined || found === undefined) return "not-found";
    if (found.keys.size > 0) return "has-subkeys";
    parent.keys.delete(found.name.toLowerCase());
    return "deleted";
  }

  /** Every key that holds values, with them. */
  all(): Record<string, Record<string, RegistryValue>> {
    const content: Record<string, Record<string, RegistryValue>> = {};
    const visit = (key: Key, path: string): void => {
      if (key.values.size > 0) {
        content[path] = Object.fromEntries([...key.values.values()].map(({ name, value }) => [name, value]));
      }
      for (const inner of key.keys.values()) visit(inner, `${path}\\${inner.name}`);
    };
    for (const hive of this.#hives.values()) visit(hive, hive.name);
    return content;
  }

  #find(key: string): Key | undefined {
    const { root, path } = this.#split(key);
    return walk(root, path);
  }

  #create(key: string): Key {
    const { root, path } = this.#split(key);
    return path.reduce((parent, name) => {
      const known = parent.keys.get(name.toLowerCase());
      if (known !== undefined) return known;
      const created = emptyKey(name);
      parent.keys.set(name.toLowerCase(), created);
      return created;
    }, root);
  }

  #split(key: string): { readonly root: Key; readonly path: readonly string[] } {
    const [hive = "", ...path] = key.split("\\").filter((part) => part !== "");
    const root = this.#hives.get(HIVES[hive.toUpperCase()] ?? hive.toUpperCase());
    if (root === undefined) {
      throw new WinrmError(
        "WINRM_E_ARGUMENT",
        `${JSON.stringify(key)} does not begin with HKLM, HKCU, HKCR, HKU or HKCC`,
      );
    }
    return { root, path };
  }
}

function emptyKey(name: string): Key {
  return { name, keys: new Map(), values: new Map() };
}

function walk(root: Key, path: readonly string[]): Key | undefined {
  return path.reduce<Key | undefined>((key, name) => key?.keys.get(name.toLowerCase()), root);
}

function typed(data: RegistryData): RegistryValue {
  if (typeof data === "number") return { type: "DWORD", data };
  return typeof data === "string" ? { type: "SZ", data } : data;
}

function checked(value: RegistryValue): RegistryValue {
  const fits =
    value.type === "DWORD"
      ? Number.isInteger(value.data) && value.data >= 0 && value.data < DWORD_LIMIT
      : value.type !== "QWORD" || (value.data >= 0n && value.data < QWORD_LIMIT);
  if (!fits) throw new WinrmError("WINRM_E_ARGUMENT", `${String(value.data)} does not fit a ${value.type}`);
  return value;
}
