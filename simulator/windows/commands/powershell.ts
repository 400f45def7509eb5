/**
 * `powershell -EncodedCommand`, for three kinds of script: one program with its arguments, the statement that changes a
 * local group through ADSI, and the one that registers a task through Task Scheduler's COM object. Everything else is not
 * recognized, as if the host had no such command. Assumed (adsi-codes, powershell-output, task-shell).
 */

import { TASK_ERRORS } from "../scheduler/scheduler";
import { splitName } from "./cmd-syntax";
import { type CommandContext, failure, type Program, success } from "./command";
import type { ProgramOutput } from "./output";
import { type PowershellToken, readPowershell } from "./powershell-syntax";

const SWITCHES_WITH_VALUE =
  /^[-/](?:ex|executionpolicy|ep|outputformat|of|inputformat|if|windowstyle|w|version|psconsolefile)$/i;
const ENCODED = /^[-/](?:e|ec|en|enc|enco|encod|encode|encoded\w*)$/i;
const COMMAND = /^[-/]c(?:o|om|omm|omma|omman|ommand)?$/i;
/** HRESULT_FROM_WIN32, unsigned. */
const WIN32_FACILITY = 0x80070000;
const NERR_GROUP_NOT_FOUND = 2220;
const [E_INVALIDARG, CLASS_NOT_REGISTERED] = [0x80070057, 0x80040154];

/** Windows PowerShell. */
export const powershell: Program = (args, context) => {
  const script = scriptOf(args);
  const tokens = script === undefined ? undefined : readPowershell(script);
  if (tokens === undefined || tokens.length === 0) return notRecognized(script ?? "");
  return statement(tokens, context) ?? nativeProgram(tokens, context) ?? notRecognized(script ?? "");
};

function scriptOf(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? "";
    if (SWITCHES_WITH_VALUE.test(argument)) at += 1;
    else if (ENCODED.test(argument)) return Buffer.from(args[at + 1] ?? "", "base64").toString("utf16le");
    else if (COMMAND.test(argument)) return args.slice(at + 1).join(" ");
    else if (!/^[-/]/.test(argument)) return args.slice(at).join(" ");
  }
  return undefined;
}

/** One line of words: anything that is more to PowerShell than a word makes it another kind of script. */
function nativeProgram(tokens: readonly PowershellToken[], context: CommandContext): ProgramOutput | undefined {
  const plain = tokens.every(({ kind, text }) => kind === "literal" || /^[\w:.\\/*?-]+$/.test(text));
  const [first, ...rest] = tokens.map(({ text }) => text);
  if (!plain || first === undefined || tokens[0]?.kind === "literal") return undefined;
  const program = context.programNamed(splitName(first).name);
  if (program === undefined || program === powershell) return undefined;
  const output = program(rest, context);
  // Without `exit`, PowerShell only says whether the last command failed.
  return { ...output, exitCode: output.exitCode === 0 ? 0 : 1 };
}

/** A statement, with `?` for a text: its skeleton is compared without regard to white space and case. */
const HEAD = "$progresspreference=?;$erroractionpreference=?;try{";
const TAIL =
  ";exit0}catch{$e=$_.exception;while($e.innerexception){$e=$e.innerexception};$h=$e.hresult;if(!$h){$h=1};exit$h}";

/** A statement that ends with the HRESULT of what went wrong. */
function statement(tokens: readonly PowershellToken[], context: CommandContext): ProgramOutput | undefined {
  const skeleton = tokens.map(({ kind, text }) => (kind === "literal" ? "?" : text.toLowerCase())).join("");
  if (!skeleton.startsWith(HEAD) || !skeleton.endsWith(TAIL)) return undefined;
  const [, , ...texts] = tokens.filter(({ kind }) => kind === "literal").map(({ text }) => text);
  const body = skeleton.slice(HEAD.length, -TAIL.length);
  return body === TASK_REGISTRATION ? registration(texts, context) : groupChange(body, texts, context);
}

/** A definition from a value of the registry, which is deleted, registered if there is no task of that name. */
const TASK_REGISTRATION =
  "$x=(get-itemproperty-literalpath?).?;remove-itemproperty-literalpath?-name?;$s=new-object-comobject?;$s.connect();" +
  "[void]$s.getfolder(?).registertask(?,$x,2,$null,$null,5)";

function registration(texts: readonly string[], { host, caller }: CommandContext): ProgramOutput {
  const [key = "", name = "", , , object = "", path = "", task = ""] = texts;
  const at = key.replace(/^HKLM:/i, "HKLM");
  const xml = host.registry.get(at, name)?.data;
  if (typeof xml !== "string") return withHresult(E_INVALIDARG);
  if (!caller.administrator) return withHresult(TASK_ERRORS.accessDenied);
  host.registry.delete(at, name);
  if (object.toLowerCase() !== "schedule.service") return withHresult(CLASS_NOT_REGISTERED);
  return withHresult(host.scheduler.register(xml, { path, name: task, force: false }));
}

const LOCAL_MEMBER = "?+$env:computername+?";

function groupChange(
  body: string,
  texts: readonly string[],
  { host, caller }: CommandContext,
): ProgramOutput | undefined {
  const call = /^\(\[adsi\]\?\)\.(add|remove)\((.*)\)$/.exec(body);
  const [groupPath = "", first = "", second = ""] = texts;
  const member = call?.[2] === LOCAL_MEMBER ? first + host.name.toUpperCase() + second : first;
  if (call === null || (call[2] !== "?" && call[2] !== LOCAL_MEMBER)) return undefined;
  const group = /^WinNT:\/\/[^/]+\/([^/]+),group$/i.exec(groupPath)?.[1];
  const account = /^WinNT:\/\/(?:([^/,]+)\/)?([^/,]+)$/i.exec(member);
  if (group === undefined || account === null) return withHresult(0x80005000);
  if (host.sam.group(group) === undefined) return win32(NERR_GROUP_NOT_FOUND);
  const name = account[1] === undefined ? (account[2] ?? "") : `${account[1]}\\${account[2] ?? ""}`;
  const code =
    call[1] === "add"
      ? host.sam.addMember(group, name, caller.administrator)
      : host.sam.removeMember(group, name, caller.administrator);
  return code === 0 ? success() : win32(code);
}

function withHresult(code: number): ProgramOutput {
  return { ...success(), exitCode: code };
}

function win32(code: number): ProgramOutput {
  return withHresult(WIN32_FACILITY + code);
}

/** Errors of PowerShell come as CLIXML; line ends are written `_x000D__x000A_`. */
function notRecognized(script: string): ProgramOutput {
  const name = /^\s*(\S+)/.exec(script)?.[1] ?? "";
  const text = `${name} : The term '${name}' is not recognized as the name of a cmdlet, function, script file, or operable program.`;
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const objects = `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><S S="Error">${safe}_x000D__x000A_</S></Objs>`;
  return failure(1, `#< CLIXML\r\n${objects}`);
}
