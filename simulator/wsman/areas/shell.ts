/** Command shells: `…/windows/shell/cmd` ([MS-WSMV] 3.1.4.1.31 to 3.1.4.1.36). Assumed (shell-ids). */

import { runCommandLine } from "../../windows/commands/cmd";
import { isCodePage } from "../../windows/commands/code-pages";
import { grants } from "../../windows/security-descriptor";
import { fault } from "../faults";
import { ADDRESSING_NS, CREATE_ACTION, DELETE_ACTION, SHELL_NS, TRANSFER_NS, WSMAN_NS } from "../namespaces";
import type { Received, Shell, ShellCommand } from "../../windows/shells";
import { readDuration, type SoapRequest } from "../soap";
import { attributeOf, childOf, elementsOf, tag, textOf, textTag, type XmlElement } from "../xml";
import type { Area, AreaHost, AreaNotes, AreaReply, AreaRequest } from "./area";

const SHELL_URI = `${SHELL_NS}/cmd`;
const DEFAULT_CODE_PAGE = 437;
/** STATUS_CONTROL_C_EXIT. */
const CTRL_C_EXIT = 0xc000013a;
const RSP = { "xmlns:rsp": SHELL_NS } as const;

interface Call {
  readonly request: AreaRequest;
  readonly host: AreaHost;
  readonly notes: AreaNotes;
}

/** The shell area. */
export const shellArea: Area = {
  owns: (uri) => uri === SHELL_URI,

  // [MS-WSMV] 3.1.4.1.28; diyan/pywinrm#362: members of Remote Management Users have PowerShell and WMI only.
  admits: ({ token }, { config }) => grants(config.get("service/RootSDDL"), token, "execute"),

  options: new Set(["winrs_noprofile", "winrs_codepage", "winrs_consolemode_stdin", "winrs_skip_cmd_shell"]),

  handle(request, host, notes): AreaReply {
    const call = { request, host, notes };
    switch (request.action) {
      case CREATE_ACTION:
        return { body: create(call) };
      case DELETE_ACTION:
        host.shells.delete(shellOf(call));
        return { body: "" };
      case `${SHELL_NS}/Command`:
        return { body: command(call) };
      case `${SHELL_NS}/Receive`:
        return { body: receive(call) };
      case `${SHELL_NS}/Send`:
        return { body: send(call) };
      case `${SHELL_NS}/Signal`:
        return { body: signal(call) };
      default:
        throw fault("actionNotSupported", request.action);
    }
  },
};

function create({ request, host }: Call): string {
  const { caller } = request;
  if (!host.config.isOn("winrs/AllowRemoteShellAccess")) throw fault("shellsDisabled");
  const body = bodyOf(request, "Shell");
  const codePage = Number(request.options.get("winrs_codepage") ?? DEFAULT_CODE_PAGE);
  if (!isCodePage(codePage)) throw fault("codePage", String(codePage));
  const owners = host.shells.owners();
  const own = owners.get(caller.name.toLowerCase()) ?? 0;
  const limit = Number(host.config.get("winrs/MaxShellsPerUser"));
  if (limit > 0 && own >= limit) throw fault("shellQuota");
  if (own === 0 && owners.size >= Number(host.config.get("winrs/MaxConcurrentUsers"))) throw fault("shellUsers");
  const id = attributeOf(body, "", "ShellId");
  const shell = host.shells.create({
    owner: caller.name,
    ...(id === undefined ? {} : { id }),
    codePage,
    idleTimeoutMs: idleTimeout(body, host),
    environment: variables(body),
    inputStreams: textOfChild(body, "InputStreams"),
    outputStreams: textOfChild(body, "OutputStreams"),
  });
  return resourceCreated(shell, request.to) + shellElement(shell);
}

function resourceCreated(shell: Shell, address: string): string {
  const selectors = tag("w:SelectorSet", {}, textTag("w:Selector", shell.id, { Name: "ShellId" }));
  return tag(
    "x:ResourceCreated",
    { "xmlns:x": TRANSFER_NS, "xmlns:a": ADDRESSING_NS, "xmlns:w": WSMAN_NS },
    textTag("a:Address", address),
    tag("a:ReferenceParameters", {}, textTag("w:ResourceURI", SHELL_URI), selectors),
  );
}

function shellElement(shell: Shell): string {
  return tag(
    "rsp:Shell",
    RSP,
    textTag("rsp:ShellId", shell.id),
    textTag("rsp:ResourceUri", SHELL_URI),
    textTag("rsp:Owner", shell.owner),
    textTag("rsp:ClientIP", "127.0.0.1"),
    textTag("rsp:IdleTimeOut", `PT${(shell.idleTimeoutMs / 1000).toFixed(3)}S`),
    textTag("rsp:InputStreams", shell.inputStreams),
    textTag("rsp:OutputStreams", shell.outputStreams),
    textTag("rsp:ShellRunTime", "P0DT0H0M0S"),
    textTag("rsp:ShellInactivity", "P0DT0H0M0S"),
  );
}

function command(call: Call): string {
  const { request, host } = call;
  const shell = shellOf(call);
  const body = bodyOf(request, "CommandLine");
  const parts = elementsOf(body).filter(({ ns, name }) => ns === SHELL_NS && /^(?:Command|Arguments)$/.test(name));
  const line = parts.map(textOf).join(" ");
  if (line.trim() === "") throw fault("invalidParameter", "Command");
  const output = runCommandLine(line, { host, caller: request.caller, environment: shell.environment });
  const id = host.shells.start(shell, line, output);
  return tag("rsp:CommandResponse", RSP, textTag("rsp:CommandId", id));
}

function receive(call: Call): string {
  const { request, host, notes } = call;
  const desired = childOf(bodyOf(request, "Receive"), SHELL_NS, "DesiredStream");
  const { id, running } = commandOf(call, desired);
  const streams = new Set((desired === undefined ? "" : textOf(desired)).split(/\s+/));
  const received = running.receive(streams);
  if (received !== undefined) return receiveResponse(id, received);
  const limitMs = Number(host.config.get("MaxTimeoutms"));
  notes.holdMs = Math.min(request.operationTimeoutMs ?? limitMs, limitMs);
  throw fault("timedOut");
}

function receiveResponse(id: string, { pieces, done, exitCode }: Received): string {
  const data = pieces.map(({ stream, bytes }) =>
    textTag("rsp:Stream", bytes.toString("base64"), { Name: stream, CommandId: id }),
  );
  const ends = ["stdout", "stderr"].map((Name) => tag("rsp:Stream", { Name, CommandId: id, End: "true" }));
  const State = `${SHELL_NS}/CommandState/${done ? "Done" : "Running"}`;
  const code = exitCode === undefined ? "" : textTag("rsp:ExitCode", String(exitCode));
  const state = tag("rsp:CommandState", { CommandId: id, State }, code);
  return tag("rsp:ReceiveResponse", RSP, ...data, ...(done ? ends : []), state);
}

/** Input ends a program that waits for it, whatever it is. */
function send(call: Call): string {
  const { running } = commandOf(call, childOf(bodyOf(call.request, "Send"), SHELL_NS, "Stream"));
  running.end(0);
  return tag("rsp:SendResponse", RSP);
}

function signal(call: Call): string {
  const body = bodyOf(call.request, "Signal");
  const { id, shell, running } = commandOf(call, body);
  const code = textOfChild(body, "Code").split("/").at(-1)?.toLowerCase();
  switch (code) {
    case "terminate":
      running.end(CTRL_C_EXIT);
      shell.commands.delete(id);
      break;
    case "ctrl_c":
    case "ctrl_break":
      running.end(CTRL_C_EXIT);
      break;
    default:
      throw fault("invalidParameter", "Code");
  }
  return tag("rsp:SignalResponse", RSP);
}

function shellOf({ request, host }: Call): Shell {
  const id = request.selectors.get("shellid");
  if (id === undefined) throw fault("insufficientSelectors", "ShellId");
  const shell = host.shells.find(id.trim(), request.caller.name);
  if (shell === undefined) throw fault("unexpectedSelectors", "ShellId");
  return shell;
}

/** The command that an element names; Windows answers 87 if it names none. */
function commandOf(
  call: Call,
  element: XmlElement | undefined,
): { readonly shell: Shell; readonly id: string; readonly running: ShellCommand } {
  const shell = shellOf(call);
  const id = element === undefined ? undefined : attributeOf(element, "", "CommandId")?.trim().toUpperCase();
  if (id === undefined) throw fault("invalidParameter", "CommandId");
  const running = shell.commands.get(id);
  if (running === undefined) throw fault("unexpectedSelectors", "CommandId");
  return { shell, id, running };
}

function bodyOf({ body }: SoapRequest, name: string): XmlElement {
  if (body?.ns !== SHELL_NS || body.name !== name) throw fault("invalidParameter", name);
  return body;
}

function idleTimeout(body: XmlElement, host: AreaHost): number {
  const limitMs = Number(host.config.get("winrs/IdleTimeout"));
  const text = textOfChild(body, "IdleTimeOut");
  if (text === "") return limitMs;
  const wantedMs = readDuration(text);
  if (wantedMs === undefined) throw fault("invalidParameter", "IdleTimeOut");
  return Math.min(wantedMs, limitMs);
}

function variables(body: XmlElement): ReadonlyMap<string, string> {
  const environment = childOf(body, SHELL_NS, "Environment");
  const set = environment === undefined ? [] : elementsOf(environment);
  return new Map(set.map((variable) => [(attributeOf(variable, "", "Name") ?? "").toUpperCase(), textOf(variable)]));
}

function textOfChild(parent: XmlElement, name: string): string {
  const found = childOf(parent, SHELL_NS, name);
  return found === undefined ? "" : textOf(found).trim();
}
