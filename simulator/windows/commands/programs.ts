/** The programs that the host has, by name in lower case without extension. */

import { type Program, success, lines } from "./command";
import { findstr } from "./findstr";
import { net } from "./net";
import { powershell } from "./powershell";
import { reg } from "./reg";
import { schtasks } from "./schtasks";
import { sc } from "./services";
import { winrm } from "./winrm";

const hostname: Program = (_args, { host }) => success(lines(host.name));

const whoami: Program = (_args, { host, caller }) => {
  const name = caller.name.includes("\\") || caller.name.includes("@") ? caller.name : `${host.name}\\${caller.name}`;
  return success(lines(name.toLowerCase()));
};

/** One line for each echo; the time between them does not pass. */
const ping: Program = (args) => {
  const count = Number(args[args.findIndex((arg) => /^[-/]n$/i.test(arg)) + 1] ?? 4) || 4;
  const target = args.filter((arg) => !/^[-/]|^\d+$/.test(arg)).at(-1) ?? "127.0.0.1";
  const head = lines("", `Pinging ${target} with 32 bytes of data:`);
  const replies = Array.from({ length: Math.min(count, 100) }, () =>
    lines(`Reply from ${target}: bytes=32 time<1ms TTL=128`),
  );
  const packets = `    Packets: Sent = ${count}, Received = ${count}, Lost = 0 (0% loss),`;
  return success(head, ...replies, lines("", `Ping statistics for ${target}:`, packets));
};

const PROGRAMS: Readonly<Record<string, () => Program>> = {
  findstr: () => findstr,
  hostname: () => hostname,
  net: () => net,
  net1: () => net,
  ping: () => ping,
  powershell: () => powershell,
  reg: () => reg,
  sc: () => sc,
  schtasks: () => schtasks,
  whoami: () => whoami,
  winrm: () => winrm,
};

/** A program; `undefined` if the host has none with this name. */
export function programNamed(name: string): Program | undefined {
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name]?.() : undefined;
}
