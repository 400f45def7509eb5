/** `winrm get winrm/config…`: the settings as text. */

import { allContainers, CONFIG_TREE, type Container, isContainer, leafPath } from "../config/schema";
import type { ConfigStore } from "../config/store";
import { failure, lines, type Program, success } from "./command";

const CONTAINERS = new Map(allContainers(CONFIG_TREE).map((container) => [container.path, container]));
const INDENT = "    ";
const NEGOTIATE_OFF = [
  ["client", 2150858977, "-2144108319 0x803380E1"],
  ["service", 5, "5 0x5"],
] as const;

/** `winrm`, as far as reading the configuration goes. */
export const winrm: Program = (args, { host }) => {
  const [verb = "", resource = ""] = args;
  const match = /^winrm\/config(?:\/(.+))?$/i.exec(resource);
  if (!/^g(?:et)?$/i.test(verb) || match === null) {
    return failure(1, lines('Error: Invalid use of command line. Type "winrm -?" for help.'));
  }
  const { config } = host;
  // Assumed (local-client, local-service): local calls log on with Negotiate too, so both sides must have it on.
  for (const [side, code, hex] of NEGOTIATE_OFF) {
    if (!config.isOn(`${side}/auth/Negotiate`)) return failure(code, lines("WSManFault", "", `Error number:  ${hex}`));
  }
  const container = CONTAINERS.get((match[1] ?? "").toLowerCase());
  if (container === undefined) {
    const fault = ["WSManFault", `${INDENT}Message = The resource URI is not known.`, ""];
    return failure(2150858811, lines(...fault, "Error number:  -2144108485 0x8033803B"));
  }
  return success(lines(...describe(container, host.config, "")));
};

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
