/** `sc query` and `net start` / `net stop`, for the one service that this model has. Assumed (sc-state). */

import type { ServiceState } from "../winrm-service";
import { type CommandContext, failure, lines, type Program, success } from "./command";
import type { ProgramOutput } from "./output";

const NAME = "winrm";
const STATES: Readonly<Record<ServiceState, string>> = {
  stopped: "1  STOPPED ",
  "stop-pending": "3  STOP_PENDING ",
  running: "4  RUNNING ",
};
/** `net` in the host's language; the numbers are not. */
const TEXTS = {
  "en-US": {
    running: lines("The requested service has already been started.", ""),
    stopped: lines("The Windows Remote Management (WS-Management) service is not started.", ""),
    help: (code: number) => lines(`More help is available by typing NET HELPMSG ${code}.`, ""),
    name: lines("The service name is invalid.", ""),
    busy: lines("The service could not be controlled in its present state.", ""),
    denied: lines("System error 5 has occurred.", "", "Access is denied.", ""),
  },
  "de-DE": {
    running: lines("Der angeforderte Dienst wurde bereits gestartet.", ""),
    stopped: lines("Windows-Remoteverwaltung (WS-Verwaltung) wurde nicht gestartet.", ""),
    help: (code: number) => lines(`Sie erhalten weitere Hilfe, wenn Sie NET HELPMSG ${code} eingeben.`, ""),
    name: lines("Der Dienstname ist ungültig.", ""),
    busy: lines("Der Dienst kann in diesem Zustand nicht gesteuert werden.", ""),
    denied: lines("Systemfehler 5 aufgetreten.", "", "Zugriff verweigert", ""),
  },
} as const;
const ERROR_SERVICE_DOES_NOT_EXIST = 1060;

/** `sc query NAME`. The labels are in the host's language; the digits are not. */
export const sc: Program = (args, { host }) => {
  const [verb = "", name = ""] = args;
  if (verb.toLowerCase() !== "query" || name.toLowerCase() !== NAME) {
    return failure(ERROR_SERVICE_DOES_NOT_EXIST, lines("[SC] EnumQueryServicesStatus:OpenService FAILED 1060:"));
  }
  const label = host.language === "de-DE" ? "STATUS" : "STATE";
  return success(
    lines(
      ...["", "SERVICE_NAME: WinRM ", "        TYPE               : 20  WIN32_SHARE_PROCESS  "],
      `        ${label.padEnd(19)}: ${STATES[host.service.state]}`,
      "                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)",
      ...["        WIN32_EXIT_CODE    : 0  (0x0)", "        SERVICE_EXIT_CODE  : 0  (0x0)"],
      ...["        CHECKPOINT         : 0x0", "        WAIT_HINT          : 0x0"],
    ),
  );
};

/** `net start` lists what runs; `net start NAME` and `net stop NAME` fail if there is nothing to do. */
export function netService(
  verb: "start" | "stop",
  name: string | undefined,
  { host, caller }: CommandContext,
): ProgramOutput {
  const { service } = host;
  const texts = TEXTS[host.language];
  // Without a name it lists.
  if (name === undefined) return success(lines("", "   Windows Remote Management (WS-Management)", ""));
  if (name.toLowerCase() !== NAME) return failure(2, texts.name + texts.help(2185));
  if (!caller.administrator) return failure(2, texts.denied);
  const wanted = verb === "start" ? "running" : "stopped";
  if (service.state === wanted)
    return failure(2, verb === "start" ? texts.running + texts.help(2182) : texts.stopped + texts.help(3521));
  if (verb === "start") service.start();
  else service.stop();
  // As it was asked a moment ago, the state may be another one now.
  const state: ServiceState = service.state;
  return state === wanted ? success() : failure(2, texts.busy + texts.help(2189));
}
