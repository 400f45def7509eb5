/** `winrm get winrm/config…`: the settings as text; `winrm set` changes them. */

import { FAULTS } from "../../wsman/fault-table";
import { allContainers, CONFIG_TREE, type Container, isContainer, leafPath } from "../config/schema";
import type { ConfigStore } from "../config/store";
import { failure, lines, type Program, success } from "./command";

const CONTAINERS = new Map(allContainers(CONFIG_TREE).map((container) => [container.path, container]));
const INDENT = "    ";
const NEGOTIATE_OFF = [
  ["client", 2150858977],
  ["service", 5],
] as const;

/** `winrm`, as far as the configuration goes. */
export const winrm: Program = (args, { host }) => {
  const [verb = "", resource = "", values = ""] = args;
  const match = /^winrm\/config(?:\/(.+))?$/i.exec(resource);
  const pairs = /^@\{(.*)\}$/s.exec(values)?.[1]?.split(";");
  const sets = /^s(?:et)?$/i.test(verb) && pairs !== undefined;
  if ((!/^g(?:et)?$/i.test(verb) && !sets) || match === null) {
    return failure(1, lines('Error: Invalid use of command line. Type "winrm -?" for help.'));
  }
  const { config } = host;
  // Assumed (local-client, local-service): local calls log on with Negotiate too, so both sides must have it on.
  for (const [side, code] of NEGOTIATE_OFF) {
    if (!config.isOn(`${side}/auth/Negotiate`)) return faultOf(code);
  }
  const container = CONTAINERS.get((match[1] ?? "").toLowerCase());
  if (container === undefined) return faultOf(2150858811, `${INDENT}Message = The resource URI is not known.`);
  if (sets) {
    const named = pairs
      .map((pair) => pair.split("=", 2))
      .map(([name = "", value = ""]) => ({ name: name.trim(), value }));
    const known = named.every(({ name }) =>
      container.children.some((node) => !isContainer(node) && node.name === name),
    );
    if (!known) return faultOf(FAULTS.schemaValidation.code);
    const refusal = config.change(new Map(named.map(({ name, value }) => [leafPath(container, name), value])));
    if (refusal !== undefined) return faultOf(FAULTS[refusal.fault].code);
  }
  return success(lines(...describe(container, host.config, "")));
};

function faultOf(code: number, ...message: readonly string[]) {
  const hex = code.toString(16).toUpperCase();
  return failure(code, lines("WSManFault", ...message, "", `Error number:  ${code | 0} 0x${hex}`));
}

function describe(container: Container, config: ConfigStore, indent: string): string[] {
  const inner = indent + INDENT;
  const children = container.children.flatMap((node) => {
    if (isContainer(node)) return describe(node, config, inner);
    const path = leafPath(container, node.name);
    const value = config.get(path);
    const source = config.ownedByPolicy(path) ? ' [Source="GPO"]' : "";
    return [`${inner}${node.name}${value === "" ? "" : ` = ${value}`}${source}`];
  });
  return [`${indent}${container.name}`, ...children];
}
