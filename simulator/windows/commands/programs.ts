/** The programs that the host has, by name in lower case without extension. */

import { type Program, failure, success, lines } from "./command";
import { findstr } from "./findstr";
import { net } from "./net";
import { powershell } from "./powershell";
import { reg } from "./reg";
import { schtasks } from "./schtasks";
import { sc } from "./services";
import { winrm } from "./winrm";

const ERROR_ACCESS_DENIED = 5;

const hostname: Program = (_args, { host }) => success(lines(host.name));

const whoami: Program = (args, { host, caller }) => {
  const [first = ""] = caller.token;
  const own = host.sam.user(caller.name)?.sid ?? first;
  const groups = [...caller.token].filter((sid) => sid !== own);
  const asked = args.find((arg) => /^\/(?:user|groups)$/i.test(arg))?.toLowerCase();
  if (asked === "/groups") return success(...groups.map((sid) => lines(`"${host.sam.display(sid)}","","${sid}",""`)));
  const name = caller.name.includes("\\") || caller.name.includes("@") ? caller.name : `${host.name}\\${caller.name}`;
  return success(lines(asked === "/user" ? `"${name.toLowerCase()}","${own}"` : name.toLowerCase()));
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

/** `shutdown /r /t SECONDS`: restarts Windows, a moment after it has said so. */
const shutdown: Program = (args, { host, caller }) => {
  const seconds = args[args.findIndex((arg) => /^[-/]t$/i.test(arg)) + 1] ?? "30";
  if (!args.some((arg) => /^[-/]r$/i.test(arg)) || !/^\d{1,5}$/.test(seconds))
    return failure(1, lines("Usage: shutdown"));
  if (!caller.administrator) return failure(ERROR_ACCESS_DENIED, lines("Access is denied.(5)"));
  host.power.restartAfter(Math.max(Number(seconds), 1) * 1000);
  return success();
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
  shutdown: () => shutdown,
  whoami: () => whoami,
  winrm: () => winrm,
};

/** A program; `undefined` if the host has none with this name. */
export function programNamed(name: string): Program | undefined {
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name]?.() : undefined;
}
