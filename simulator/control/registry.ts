/** The registry as the control interface shows and edits it: names and types as `reg.exe` writes them. */

import { WinrmError } from "../../provider/errors";
import type { Registry, RegistryValue } from "../windows/registry";
import type { ControlArea } from "./area";

/** One value as `GET <url>/registry` lists it. */
export interface ControlRegistryValue {
  /** Key and name, `HKLM\SOFTWARE\Vendor\Level`; the name of a default value is empty. */
  readonly path: string;
  /** `REG_DWORD`. */
  readonly type: string;
  /** Numbers in decimal, bytes in hexadecimal, the texts of a list with a line break between them. */
  readonly data: string;
}

/** `GET registry`; `PUT registry/<type>/<key\\name>` and `DELETE registry/<key\\name>`. */
export const registryArea: ControlArea = async ({ method, path, value }, { registry }) => {
  switch (method) {
    case "GET":
      return registryValues(registry);
    case "PUT": {
      const [type = "", ...name] = path;
      setRegistryValue(registry, { type, path: name.join("/"), data: await value() });
      return registryValues(registry);
    }
    case "DELETE":
      deleteRegistryValue(registry, path.join("/"));
      return registryValues(registry);
    default:
      return undefined;
  }
};

function registryValues(registry: Registry): ControlRegistryValue[] {
  return Object.entries(registry.all()).flatMap(([key, values]) =>
    Object.entries(values).map(([name, value]) => ({
      path: `${key}\\${name}`,
      type: `REG_${value.type}`,
      data: textOf(value),
    })),
  );
}

function setRegistryValue(registry: Registry, { path, type, data }: ControlRegistryValue): void {
  const { key, name } = splitValue(path);
  registry.set(key, name, valueOf(type, data));
}

function deleteRegistryValue(registry: Registry, path: string): void {
  const { key, name } = splitValue(path);
  if (registry.delete(key, name)) return;
  throw new WinrmError("WINRM_E_ARGUMENT", `the host has no registry value ${JSON.stringify(path)}`);
}

function splitValue(path: string): { readonly key: string; readonly name: string } {
  const backslash = path.lastIndexOf("\\");
  return { key: path.slice(0, Math.max(0, backslash)), name: path.slice(backslash + 1) };
}

function textOf(value: RegistryValue): string {
  if (value.type === "BINARY") return Buffer.from(value.data).toString("hex");
  return value.type === "MULTI_SZ" ? value.data.join("\n") : String(value.data);
}

function valueOf(type: string, data: string): RegistryValue {
  switch (type.toUpperCase()) {
    case "REG_SZ":
      return { type: "SZ", data };
    case "REG_EXPAND_SZ":
      return { type: "EXPAND_SZ", data };
    case "REG_MULTI_SZ":
      return { type: "MULTI_SZ", data: data.split("\n") };
    case "REG_DWORD":
      return { type: "DWORD", data: Number(digits(data)) };
    case "REG_QWORD":
      return { type: "QWORD", data: BigInt(digits(data)) };
    case "REG_BINARY":
      if (/^(?:[0-9a-f]{2})*$/i.test(data)) return { type: "BINARY", data: Buffer.from(data, "hex") };
      throw new WinrmError("WINRM_E_ARGUMENT", "REG_BINARY is written in hexadecimal, two digits for each byte");
    default:
      throw new WinrmError("WINRM_E_ARGUMENT", `${JSON.stringify(type)} is no type of a registry value`);
  }
}

function digits(data: string): string {
  if (/^(?:\d+|0x[0-9a-f]+)$/i.test(data)) return data;
  throw new WinrmError("WINRM_E_ARGUMENT", `${JSON.stringify(data)} is no number`);
}
